import Files

extension Model {
  /// Builds the model for the rows of `data`, which determine the classes of a condition and the
  /// mean at which the decoder's last bias begins. `checkpoint` is called between pieces of work,
  /// and may throw to end it.
  package convenience init(
    _ spec: ModelSpec, for data: DataSet, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    var spec = spec
    spec.shape = data.shape
    let mean = try data.mean(checkpoint)
    if let condition = spec.condition?.product {
      let completed = try within("data") { () throws(Fault) in try condition.completed(by: data) }
      spec.condition = Choice(Part(completed, completed.tagged))
    }
    try self.init(spec, checkpoint)
    try Memory.require(Size(mean.count) * 32, for: "the first bias")
    fitBias(toMean: mean.map { Double($0) })
  }
}
