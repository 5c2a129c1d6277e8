import Declarations
import Files
import JSON
import Layers
import Tensors

/// A model in a saved file: its arrays by name, and its description as JSON in the metadata.
extension Model {
  /// Parameters and running statistics by name, and where they are stored.
  package var arrays: [(name: String, store: Parameters, index: Int)] {
    [parameters, state].flatMap { store in
      store.specs.enumerated().map { ($1.name, store, $0) }
    }
  }

  /// Sets arrays by name: all of them or, if one does not fit, none. Throws `unknownName` and
  /// `shape`.
  package func assign(_ given: [(name: String, tensor: Tensor)], at member: String) throws(Fault) {
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

  /// Returns everything as entries of a file, with `prefix` before the arrays' names.
  package func entries(prefix: String = "") -> [SafeTensors.Entry] {
    arrays.map { SafeTensors.Entry(prefix + $0.name, $0.store.tensor($0.index)) }
  }

  /// Returns the file that `init(_:path:)` reads. Throws `memory`, and `notFinite` if `init` would
  /// refuse the file.
  package func file() throws(Fault) -> SafeTensors {
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

  /// Builds the model in a file. Throws `badFile` if the file is not a model's, and what building
  /// and assigning throw.
  package convenience init(_ file: SafeTensors, path: String) throws(Fault) {
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
  /// The arrays of the model in a trainer's file, without their prefix; in another file, all.
  package var modelArrays: [(name: String, tensor: Tensor)] {
    guard [Trainer.format, Trainer.checkpointFormat].contains(note("format")) else {
      return entries.map { ($0.name, $0.tensor) }
    }
    return entries.filter { $0.name.hasPrefix("model.") }.map {
      (name: String($0.name.dropFirst("model.".count)), tensor: $0.tensor)
    }
  }

  /// Throws `notFinite` if an array has a number that is not finite, so that an existing file is
  /// not replaced by one that cannot be loaded.
  func requireFinite(_ whose: String) throws(Fault) {
    for entry in entries where !entry.tensor.values.allSatisfy(\.isFinite) {
      throw Fault(
        .notFinite,
        "\(whose) has numbers in \"\(entry.name)\" that are not finite; nothing was written",
        expected: "finite numbers", hint: "continue from an earlier file")
    }
  }

  /// Decodes the metadata named `name`, in a file of this format.
  func described<T: Described>(
    _ name: String, format: String, path: String
  ) throws(Fault) -> T {
    guard let found = note("format") else {
      throw Fault(
        .badFile, "\(path) was not written by elbo: its metadata have no \"format\"", path: "path",
        expected: "a file of format \"\(format)\"", got: "no format",
        hint: "load arrays without a model with model.assign")
    }
    guard found == format else {
      let hint =
        switch found {
        case Model.format: "model.load reads a model's file"
        case Trainer.format, Trainer.checkpointFormat:
          "trainer.load reads a trainer's file, and the model in it"
        case SafeTensors.arraysFormat: "load arrays without a model with model.assign"
        default: "a newer elbo may read it: elbo --version says which this is"
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
        hint: "the file was changed after it was saved: save it again")
    }
    // A long run has more validations than a line may have values.
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
