import Declarations
import JSON

extension DataSet {
  /// Loads `source`, applies the transforms in order, and splits the result, like `data.load` of
  /// the protocol. `checkpoint` is called between pieces of work and may throw to end it.
  public static func load(
    _ source: Choice<SourceKind>, _ transforms: [Choice<TransformKind>] = [],
    _ split: Split? = nil, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> DataSet {
    let rows: Rows
    do throws(Fault) {
      if let column = split?.by {
        rows = try source.product.load(aside: column, checkpoint)
      } else {
        rows = try source.product.load(checkpoint)
      }
    } catch { throw error.within(error.path == "by" ? "split" : "source") }
    return try load(rows, transforms, split, checkpoint: checkpoint)
  }

  /// Does the same for existing rows.
  public static func load(
    _ rows: Rows, _ transforms: [Choice<TransformKind>] = [], _ split: Split? = nil,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> DataSet {
    var rows = rows
    for (position, transform) in transforms.enumerated() {
      try checkpoint()
      rows = try within("transforms[\(position)]") { () throws(Fault) in
        try transform.product.apply(to: rows, checkpoint)
      }
    }
    do { return try DataSet(rows, split, checkpoint) } catch {
      var fault = error
      if fault.kind == .notFinite, !transforms.isEmpty { fault.message += " after the transforms" }
      switch fault.kind {
      case .params: throw fault.within("split")
      case .support: throw fault.within("transforms")
      default: throw fault.within("source")
      }
    }
  }
}
