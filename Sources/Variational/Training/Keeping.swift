import JSON
import Layers
import Tensors

/// What a saved file holds of a model: its arrays by name, and its description as JSON in the
/// metadata.
extension Model {
  /// Parameters and running statistics by name, and where they are.
  public var arrays: [(name: String, store: Parameters, index: Int)] {
    [parameters, state].flatMap { store in
      store.specs.enumerated().map { ($1.name, store, $0) }
    }
  }

  /// Sets arrays by name: all of them or, where one does not fit, none. Throws `unknownName` and
  /// `shape`.
  public func assign(_ given: [(name: String, tensor: Tensor)], at member: String) throws(Fault) {
    let arrays = arrays
    var places: [(store: Parameters, index: Int, tensor: Tensor)] = []
    for (name, tensor) in given {
      guard let array = arrays.first(where: { $0.name == name }) else {
        let known = arrays.map(\.name)
        throw Fault(
          .unknownName, "the model has no parameter \"\(name)\"", path: member,
          expected: "one of \(known.joined(separator: ", "))", got: name,
          hint: suggestion(for: name, among: known))
      }
      let shape = array.store.specs[array.index].shape
      guard tensor.shape == shape else {
        throw Fault(
          .shape, "\"\(name)\" has shape \(shape), got \(tensor.shape)", path: "\(member).\(name)",
          expected: "\(shape)", got: "\(tensor.shape)")
      }
      guard tensor.values.allSatisfy(\.isFinite) else {
        throw Fault(
          .notFinite, "\"\(name)\" has numbers that are not finite", path: "\(member).\(name)",
          expected: "finite numbers")
      }
      places.append((array.store, array.index, tensor))
    }
    for place in places { place.store.assign(place.tensor, to: place.index) }
  }

  /// Everything as a file, its arrays' names behind `prefix`.
  public func entries(prefix: String = "") -> [SafeTensors.Entry] {
    arrays.map { SafeTensors.Entry(prefix + $0.name, $0.store.tensor($0.index)) }
  }

  /// The file that `init(_:path:)` reads. Throws `memory`, and `notFinite` where that would refuse
  /// it.
  public func file() throws(Fault) -> SafeTensors {
    try Memory.require(
      Parameters.bytes(parameters.specs) + Parameters.bytes(state.specs),
      for: "a copy of the model for its file")
    let file = SafeTensors(
      entries(),
      metadata: [
        SafeTensors.Note("format", Self.format), SafeTensors.Note("model", spec.json.line),
      ])
    try file.requireFinite("the model")
    return file
  }

  static let format = "elbo model 1"

  /// A model out of a file. Throws `badFile` where it is not one, and what building and assigning
  /// throw.
  public convenience init(_ file: SafeTensors, path: String) throws(Fault) {
    let spec: ModelSpec = try file.described("model", format: Self.format, path: path)
    try self.init(spec)
    do { try assign(file.entries.map { ($0.name, $0.tensor) }, at: "path") } catch {
      throw error.kind == .unknownName ? error.asBadFile(path) : error
    }
    try requireAll(file, prefix: "", path: path)
  }

  func requireAll(_ file: SafeTensors, prefix: String, path: String) throws(Fault) {
    for array in arrays where file[prefix + array.name] == nil {
      throw Fault(
        .badFile, "\(path) has no array \"\(prefix + array.name)\"", path: "path",
        expected: "every parameter of the model")
    }
  }
}

extension SafeTensors {
  /// Throws `notFinite` where an array has a number that is not finite: a file that is there is not
  /// replaced by one that is refused.
  func requireFinite(_ whose: String) throws(Fault) {
    for entry in entries where !entry.tensor.values.allSatisfy(\.isFinite) {
      throw Fault(
        .notFinite,
        "\(whose) has numbers in \"\(entry.name)\" that are not finite; nothing was written",
        expected: "finite numbers", hint: "go on from a file that was saved before")
    }
  }

  /// Decodes what the metadata say under `name`, in a file of this format.
  func described<T: Described>(
    _ name: String, format: String, path: String
  ) throws(Fault) -> T {
    guard let found = note("format") else {
      throw Fault(
        .badFile, "\(path) was not written by elbo: its metadata have no \"format\"", path: "path",
        expected: "a file of format \"\(format)\"", got: "no format",
        hint: "arrays alone go into a model with model.assign")
    }
    guard found == format else {
      let hint =
        switch found {
        case Model.format: "model.load reads a model's file"
        case Trainer.format: "trainer.load reads a trainer's file, and the model in it"
        case SafeTensors.arraysFormat: "arrays alone go into a model with model.assign"
        default: "another version of elbo may read it"
        }
      throw Fault(
        .badFile, "\(path) has format \"\(found)\"", path: "path",
        expected: "a file of format \"\(format)\"", got: JSON.string(found).line,
        hint: hint)
    }
    guard let text = note(name) else {
      throw Fault(
        .badFile, "\(path) has no \"\(name)\" in its metadata", path: "path",
        expected: "a \"\(name)\" in the metadata", got: "nothing",
        hint: "it was changed after it was saved: save it anew")
    }
    // Of a long run there are more validations than a line has values.
    var limits = JSON.Limits()
    (limits.line, limits.values) = (SafeTensors.headerLimit, 1 << 23)
    do {
      let json = try JSON(parsing: text, limits: limits) { (bytes) throws(Fault) in
        try Memory.require(bytes, for: "the metadata of \(path)")
      }
      return try T(json: json)
    } catch {
      if error.kind == .memory { throw error }
      throw error.within("\(name) in the metadata of \(path)").asBadFile(nil)
    }
  }
}

extension Fault {
  /// The same as a fault of the file that said so: what is wrong with a description on the wire is
  /// wrong with one in a file, too.
  public func asBadFile(_ file: String?) -> Fault {
    var fault = self
    if let file {
      fault.message = "\(file): \(message)"
    } else {
      fault.message = path.isEmpty ? message : "\(path): \(message)"
    }
    (fault.kind, fault.path) = (kind == .memory ? .memory : .badFile, "path")
    return fault
  }
}

/// Everything that a trainer needs to go on, beside the model and the data.
public struct TrainerRecord: Described {
  public var trainer = TrainerSpec()
  public var model = ModelSpec()
  /// Names that were used, for the reply and for a validation's data.
  public var modelName = ""
  public var dataName = ""
  public var split: String?
  public var sha256 = ""
  public var validation: JSON = .null
  public var validationSha256: String?
  /// What files of earlier versions do not say.
  public var rows: RowsRecord?
  public var validationRows: RowsRecord?
  public var validationReconstruction: [Double] = []
  public var validationDivergence: [Double] = []

  public init() {}

  public static let fields: [Field<TrainerRecord>] = [
    Field("trainer", \.trainer, "How it works.", required: true),
    Field("model", \.model, "What the model is made of.", required: true),
    Field("modelName", \.modelName, "The model's name."),
    Field("dataName", \.dataName, "The data set's name."),
    Field("split", \.split, "The split that is trained on."),
    Field("sha256", \.sha256, "Of the data."),
    Field("validation", \.validation, "What is validated."),
    Field("validationSha256", \.validationSha256, "Of the validation's data."),
    Field("rows", \.rows, "The rows that are trained on."),
    Field("validationRows", \.validationRows, "The rows that are validated."),
    Field("validationReconstruction", \.validationReconstruction, "Validations, float64."),
    Field("validationDivergence", \.validationDivergence, "Likewise."),
  ]
}

extension Trainer {
  static let format = "elbo trainer 1"

  /// Parameters, slots and history as arrays; the rest in the metadata. Of now, or of the moment of
  /// the best validation. Throws `notFinite` where a number that training goes on from is not:
  /// nobody could read that file.
  public func file(_ record: TrainerRecord, isBest: Bool = false) throws(Fault) -> SafeTensors {
    let best = try isBest ? requireBest(at: "best") : nil
    let history = best.map { self.history.first($0.update) } ?? history
    var record = record
    record.trainer = spec
    record.model = model.spec
    record.validationReconstruction = history.validation.reconstruction
    record.validationDivergence = history.validation.divergence
    record.rows = RowsRecord(rows, of: data, for: model)
    record.validationRows = validation.map { RowsRecord($0.rows, of: $0.data, for: model) }
    let kept = self.best.map { stores($0, prefix: "best.") } ?? []
    let bytes = (stores(best?.checkpoint) + (best == nil ? kept : [])).reduce(0 as Size) {
      $0 + Parameters.bytes($1.parameters.specs)
    }
    try Memory.require(
      bytes + Size(history.count) * 32, for: "a copy of the trainer for its file")
    var entries = stores(best?.checkpoint).flatMap(\.entries)
    if best == nil, let kept = self.best, let update = standing.bestUpdate, update != self.update {
      entries += stores(kept, prefix: "best.").flatMap(\.entries)
    }
    // What is kept of the past need not be finite, since nothing is computed from it.
    try SafeTensors(entries).requireFinite("the trainer")
    for (name, values) in [
      ("reconstruction", history.reconstruction), ("divergence", history.divergence),
      ("objective", history.objective),
    ] {
      entries.append(SafeTensors.Entry("history.\(name)", Tensor([values.count], values)))
    }
    return SafeTensors(
      entries,
      metadata: [
        SafeTensors.Note("format", Self.format), SafeTensors.Note("trainer", record.json.line),
      ])
  }

  /// What a file says of its trainer.
  public static func record(_ file: SafeTensors, path: String) throws(Fault) -> TrainerRecord {
    var record: TrainerRecord = try file.described("trainer", format: format, path: path)
    RAdam.keepRule(of: file, in: &record.trainer)
    return record
  }

  /// Takes the model's arrays, the slots and the history of a file.
  public func restore(_ file: SafeTensors, _ record: TrainerRecord, path: String) throws(Fault) {
    try model.requireAll(file, prefix: "model.", path: path)
    let arrays = file.entries.filter { $0.name.hasPrefix("model.") }.map {
      (name: String($0.name.dropFirst("model.".count)), tensor: $0.tensor)
    }
    do { try model.assign(arrays, at: "path") } catch {
      throw error.kind == .unknownName ? error.asBadFile(path) : error
    }
    for store in stores() where store.prefix != "model." { try store.read(file, path: path) }
    let history = try History(file, record, every: validation?.every, path: path)
    restore(history)
    var known = Set(stores().flatMap(\.names))
    known.formUnion(["reconstruction", "divergence", "objective"].map { "history.\($0)" })
    if let best, let update = standing.bestUpdate {
      if update == self.update {
        best.take(self)
      } else {
        for store in stores(best, prefix: "best.") {
          try store.read(file, path: path)
          known.formUnion(store.names)
        }
      }
    }
    try file.refuseOthers(than: known, path: path)
  }

  /// What goes into a file: of now, or of a checkpoint.
  private func stores(_ kept: Checkpoint? = nil, prefix: String = "") -> [Store] {
    let slots = kept?.slots ?? slots
    let average = kept.map(\.average) ?? average?.parameters
    let squares = spec.optimizer.product.squares
    return [
      Store(prefix: "\(prefix)model.", parameters: kept?.parameters ?? model.parameters),
      Store(prefix: "\(prefix)model.", parameters: kept?.state ?? model.state),
    ]
      + slots.enumerated().map {
        Store(
          prefix: "\(prefix)slot.\($0).", parameters: $1, isNonnegative: squares.contains($0))
      }
      + [average].compactMap { $0.map { Store(prefix: "\(prefix)average.", parameters: $0) } }
  }
}
