import Engine
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// Files of trainers and of models that no run has written, each changed in one way: they are
/// refused with the reason.
@Suite struct CraftedFiles {
  private let session = Session()
  private let folder = Folder()
  private var path: String { folder("file") }
  private static let parts =
    #""data":"d","latent":2,"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}]"#

  init() throws {
    _ = try session.call(
      "data.load",
      #"{"name":"d","source":{"type":"array","values":[[0,1,0],[1,0,1],[1,1,0],[0,0,1]]},"split":{"validation":1}}"#
    )
    _ = try session.call(
      "model.build", #"{"name":"m",\#(Self.parts),"likelihood":{"type":"bernoulli"}}"#)
  }

  /// Returns a trainer's file after five updates, with a moment, an average, and a best validation,
  /// and one more update.
  private func trained(_ optimizer: String = "adam") throws -> SafeTensors {
    _ = try session.call(
      "trainer.create",
      #"{"name":"t","replace":true,"model":"m","data":"d","optimizer":{"type":"\#(optimizer)","rate":0.1},"averaging":{"decay":0.5},"validation":{"every":2},"stopping":{"patience":9}}"#
    )
    _ = try session.call("trainer.step", #"{"trainer":"t","updates":5}"#)
    _ = try session.call("trainer.save", #"{"trainer":"t","path":"\#(path)"}"#)
    // With the hash, a changed number is refused before it is looked at; whoever crafts a file
    // leaves it out, or computes it.
    var file = try SafeTensors(contentsOf: path)
    file.metadata.removeAll { $0.name == "hash" }
    return file
  }

  private func fault(_ method: String, _ params: String) -> Fault? {
    do throws(Fault) { _ = try session.call(method, params) } catch { return error }
    return nil
  }

  private func load(_ file: SafeTensors) throws -> Fault? {
    try file.write(to: path)
    return fault("trainer.load", #"{"path":"\#(path)","data":"d","name":"u","replace":true}"#)
  }

  @Test func unchangedItIsLoaded() throws {
    let file = try trained()
    #expect(try load(file) == nil)
    #expect(file.entries.contains { $0.name.hasPrefix("average.") })
    #expect(file.entries.contains { $0.name.hasPrefix("best.") }, "the cases below need one")
    #expect(file.entries.contains { $0.name.hasPrefix("best.slot.1.") })
  }

  // MARK: Histories

  @Test(arguments: ["reconstruction", "divergence", "objective"])
  func historiesAreOfOneLength(list: String) throws {
    var file = try trained()
    for values in [[Float](repeating: -1, count: 4), [], [Float](repeating: -1, count: 6)] {
      file.set("history.\(list)", Tensor([values.count], values))
      let found = try load(file)
      #expect(found?.kind == .badFile)
      #expect(
        found?.message.contains("history of unequal lengths") == true, "\(found?.message ?? "")")
    }
    file.set("history.\(list)", Tensor([5, 1], [Float](repeating: -1, count: 5)))
    #expect(try load(file)?.message.contains("of shape [5, 1]") == true)
  }

  @Test func historiesAreOfNumbers() throws {
    for (list, value) in [("objective", Float.infinity), ("objective", .nan), ("divergence", .nan)]
    {
      var file = try trained()
      file.set("history.\(list)", Tensor([5], [-1, -1, value, -1, -1]))
      #expect(try load(file)?.kind == .badFile, "\(list)")
    }
  }

  @Test(arguments: [
    ("validationReconstruction", "[-1,-1,-1]", "validations of unequal lengths"),
    ("validationDivergence", "[]", "validations of unequal lengths"),
    ("every", "4611686018427387904", "validation"),
    ("every", "9007199254740991", "more than its 5 updates allow"),
    ("every", "3", "more than its 5 updates allow"),
    ("every", "0", "validation"), ("every", "-1", "validation"),
    ("patience", "-9223372036854775808", "trainer"),
    ("modelName", #""..\/\u0000""#, "modelName"),
    ("validation", #"{"data":7}"#, "validation"),
    ("validation", #"[0]"#, "validation"),
    ("latent", "9223372036854775807", "trainer"),
    ("latent", "4294967295", "latent"),
    ("shape", "[576460752303423488]", "trainer"),
  ])
  func descriptionsAreHeldAgainstTheBounds(member: String, value: String, words: String) throws {
    var file = try trained()
    file.describe("trainer", member, value)
    let found = try load(file)
    #expect(found != nil)
    #expect(
      found.map { $0.message.contains(words) || $0.path.contains(words) } == true,
      "\(found?.message ?? "")")
  }

  // MARK: Arrays

  @Test(arguments: [
    "slot.0.", "slot.1.", "average.", "best.model.", "best.slot.0.", "best.average.", "model.",
  ])
  func everyArrayIsFinite(prefix: String) throws {
    for value in [Float.nan, .infinity, -.infinity] {
      var file = try trained()
      try file.plant(value, prefix)
      #expect(try load(file)?.kind == .notFinite, "\(value)")
    }
  }

  /// These must not be negative, since their roots are taken.
  @Test(arguments: [
    ("adam", "slot.1."), ("adamw", "slot.1."), ("adamax", "slot.1."), ("nadam", "slot.1."),
    ("radam", "slot.1."), ("amsgrad", "slot.1."), ("amsgrad", "slot.2."), ("adagrad", "slot.0."),
    ("rmsprop", "slot.0."), ("adam", "best.slot.1."),
  ])
  func sumsOfSquaresAreNotNegative(optimizer: String, prefix: String) throws {
    var file = try trained(optimizer)
    try file.plant(-1, prefix)
    let found = try load(file)
    #expect(found?.kind == .badFile)
    #expect(found?.expected == "numbers from 0")
  }

  /// First moments are sums of gradients, so they may be.
  @Test func firstMomentsMayBeNegative() throws {
    var file = try trained()
    try file.plant(-1, "slot.0.")
    #expect(try load(file) == nil)
  }

  @Test(arguments: [
    "other", "slot.7.encoder.0.weight", "history.other", "best.other", "model.other",
  ])
  func arraysOfNobodyAreRefused(name: String) throws {
    var file = try trained()
    file.entries.append(.init(name, Tensor([1], [0])))
    let found = try load(file)
    #expect(found?.kind == .badFile)
    #expect(found?.message.contains("other") == true || found?.got?.contains(name) == true)
  }

  @Test(arguments: ["slot.1.", "average.", "best.model.", "history.divergence", "model."])
  func arraysThatLackAreTold(prefix: String) throws {
    var file = try trained()
    let place = try #require(file.entries.firstIndex { $0.name.hasPrefix(prefix) })
    file.entries.remove(at: place)
    #expect(try load(file)?.kind == .badFile)
  }

  // MARK: Models

  @Test(arguments: [
    ("shape", "[576460752303423488]"), ("shape", "[4294967296,4294967296]"),
    ("shape", "[-3]"), ("latent", "9223372036854775807"), ("latent", "0"),
    ("encoder", #"[{"type":"dense","units":9223372036854775807}]"#),
    (
      "encoder",
      #"[{"type":"reshape","shape":[1,1,3]},{"type":"upsample2d","factor":4294967295},{"type":"dense"}]"#
    ),
    ("decoder", #"[{"type":"dense","units":2},{"type":"other"}]"#),
  ])
  func aModelsFileIsCheckedLikeTheWire(member: String, value: String) throws {
    _ = try session.call("model.save", #"{"model":"m","path":"\#(path)"}"#)
    var file = try SafeTensors(contentsOf: path)
    file.describe("model", member, value)
    try file.write(to: path)
    let found = fault("model.load", #"{"path":"\#(path)"}"#)
    #expect(found?.kind == .badFile || found?.kind == .params || found?.kind == .memory)
  }

  @Test func aModelsFileHasItsArraysAndNoOthers() throws {
    _ = try session.call("model.save", #"{"model":"m","path":"\#(path)"}"#)
    var file = try SafeTensors(contentsOf: path)
    file.entries.append(.init("other", Tensor([1], [0])))
    try file.write(to: path)
    let found = fault("model.load", #"{"path":"\#(path)"}"#)
    #expect(found?.kind == .badFile)
    #expect(found?.message.contains("other") == true)
  }
}

extension SafeTensors {
  fileprivate mutating func set(_ name: String, _ tensor: Tensor) {
    entries = entries.map { $0.name == name ? .init(name, tensor) : $0 }
  }

  /// Sets one number of the first array whose name begins with `prefix`.
  fileprivate mutating func plant(_ value: Float, _ prefix: String) throws {
    let place = try #require(entries.firstIndex { $0.name.hasPrefix(prefix) })
    let old = entries[place].tensor
    var values = old.values
    values[values.count - 1] = value
    entries[place] = .init(entries[place].name, Tensor(old.shape, values))
  }

  /// Replaces the members named `name` in a description.
  fileprivate mutating func describe(_ note: String, _ name: String, _ value: String) {
    metadata = metadata.map { one in
      guard one.name == note, let description = try? json(one.text) else { return one }
      return .init(note, description.replacing(name, with: (try? json(value)) ?? .null).line)
    }
  }
}

extension JSON {
  /// Returns the same with this value for every member named `name`.
  fileprivate func replacing(_ name: String, with value: JSON) -> JSON {
    switch self {
    case .array(let elements): .array(elements.map { $0.replacing(name, with: value) })
    case .object(let members):
      .object(
        members.map {
          Member($0.name, $0.name == name ? value : $0.value.replacing(name, with: value))
        })
    default: self
    }
  }
}
