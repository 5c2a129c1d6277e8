import JSON

extension DataSet {
  /// Loads `source`, applies the transforms in their order, and splits what comes out: `data.load` of the protocol.
  public static func load(
    _ source: Choice<SourceKind>, _ transforms: [Choice<TransformKind>] = [],
    _ split: Split? = nil
  ) throws(Fault) -> DataSet {
    var rows = try within("source") { () throws(Fault) in try source.product.load() }
    for (position, transform) in transforms.enumerated() {
      rows = try within("transforms[\(position)]") { () throws(Fault) in
        try transform.product.apply(to: rows)
      }
    }
    do { return try DataSet(rows, split) } catch {
      throw error.kind == .params ? error.within("split") : error
    }
  }
}
