import Declarations
import JSON

extension DataSet {
  /// Loads `source`, applies the transforms in order, and splits the result, like `data.load` of
  /// the protocol. `weights` are those of the source's rows. `checkpoint` is called between pieces
  /// of work and may throw to end it.
  public static func load(
    _ source: Choice<SourceKind>, _ transforms: [Choice<TransformKind>] = [],
    _ split: Split? = nil, weights: RowWeights? = nil, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> DataSet {
    var rows: Rows
    let aside = AsideColumns(split: split?.by, weights: weights?.column)
    do throws(Fault) {
      let source = source.product
      rows = try aside.isEmpty ? source.load(checkpoint) : source.load(aside: aside, checkpoint)
    } catch {
      switch error.path {
      case "by": throw error.within("split")
      case "weights": throw error
      default: throw error.within("source")
      }
    }
    if let weights { try within("weights") { () throws(Fault) in try weights.give(to: &rows) } }
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
      case .params: throw fault.path == "weights" ? fault : fault.within("split")
      case .support: throw fault.within("transforms")
      default: throw fault.within("source")
      }
    }
  }
}
