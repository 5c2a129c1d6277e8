import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// A saved trainer continues only with the data that it was trained on: everything that determines
/// its numbers is compared.
@Suite struct Resuming {
  private let path = "/tmp/elbo-resume-\(getpid())-\(UInt.random(in: 0 ... .max)).safetensors"

  private static let rows = (0..<40).map { "[\($0 % 2), \($0 / 2 % 2), \($0 / 4 % 2)]" }
  private static func labels(_ shift: Int) -> String {
    (0..<40).map { "\(($0 + shift) % 2)" }.joined(separator: ", ")
  }

  private func data(
    _ name: String = "d", split: String? = nil, labels shift: Int = 0, transforms: String = "[]"
  ) -> String {
    let split = split.map { #", "split": \#($0)"# } ?? ""
    return """
      {"name": "\(name)", "source": {"type": "array",
        "values": [\(Self.rows.joined(separator: ", "))], "labels": [\(Self.labels(shift))]},
       "transforms": \(transforms)\(split)}
      """
  }

  private func build(_ session: Session, _ condition: String = "") throws {
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "d", "latent": 1, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": {"type": "bernoulli"}\(condition)}
      """)
  }

  /// Trains and saves; returns what three more updates would have given.
  private func save(_ data: [String], _ options: String, condition: String = "") throws -> JSON {
    let session = Session()
    for set in data { _ = try session.call("data.load", set) }
    try build(session, condition)
    _ = try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 7, \#(options)}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 5}"#)
    _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(path)"}"#)
    return try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#)
  }

  private func resume(_ data: [String], force: Bool = false) throws -> (
    session: Session, reply: JSON
  ) {
    let session = Session()
    for set in data { _ = try session.call("data.load", set) }
    let force = force ? #", "force": true"# : ""
    return (
      session,
      try session.call("trainer.load", #"{"name": "t", "path": "\#(path)", "data": "d"\#(force)}"#)
    )
  }

  private static let validation = #""validation": {"every": 2}"#
  private static let label = #", "condition": {"type": "label"}"#

  /// The saved data, the loaded data, and a word of the error.
  @Test func onOtherData() throws {
    let split = #"{"test": 10, "validation": 5, "seed": 1}"#
    let cases:
      [(name: String, saved: [String], options: String, isGiven: Bool, now: [String], word: String)] =
        [
          (
            "another seed", [data(split: #"{"test": 10, "seed": 0}"#)], #""seed": 1"#, false,
            [data(split: #"{"test": 10, "seed": 1}"#)], "are other ones"
          ),
          (
            "another size", [data(split: #"{"test": 10}"#)], #""split": "train""#, false,
            [data(split: #"{"test": 11}"#)], "are other ones"
          ),
          (
            "no split any more", [data(split: #"{"test": 10}"#)], #""seed": 1"#, false, [data()],
            "are other ones"
          ),
          (
            "a split where there was none", [data()], #""seed": 1"#, false,
            [data(split: #"{"test": 10}"#)], "are other ones"
          ),
          ("other labels", [data()], #""seed": 1"#, true, [data(labels: 1)], "other labels"),
          (
            "another order", [data()], #""seed": 1"#, false,
            [data(transforms: #"[{"type": "shuffle", "seed": 2}]"#)], "is not the one"
          ),
          (
            "other values", [data()], #""seed": 1"#, false,
            [data(transforms: #"[{"type": "take", "count": 30}]"#)], "is not the one"
          ),
          (
            "another validation split", [data(split: split)], Self.validation, false,
            [data(split: #"{"test": 10, "validation": 6, "seed": 1}"#)], "are other ones"
          ),
          (
            "other labels of the validation", [data(), data("v")],
            #""validation": {"data": "v", "every": 2}"#, true, [data(), data("v", labels: 1)],
            "validated have other labels"
          ),
          (
            "other validation data", [data(), data("v")],
            #""validation": {"data": "v", "every": 2}"#, false,
            [data(), data("v", transforms: #"[{"type": "take", "count": 30}]"#)], "is not the one"
          ),
          (
            "another split of the validation's data",
            [data(), data("v", split: #"{"test": 10}"#)],
            #""validation": {"data": "v", "split": "test", "every": 2}"#, false,
            [data(), data("v", split: #"{"test": 10, "seed": 5}"#)], "validated are other ones"
          ),
        ]
    defer { unlink(path) }
    for (name, saved, options, isGiven, now, word) in cases {
      let next = try save(saved, options, condition: isGiven ? Self.label : "")
      let fault = #expect(throws: Fault.self, "\(name)") { _ = try resume(now) }
      #expect(fault?.kind == .wrongState && fault?.path == "data", "\(name): \(fault as Any)")
      #expect(fault?.message.contains(word) == true, "\(name): \(fault as Any)")
      #expect(fault?.expected != nil && fault?.got != nil && fault?.expected != fault?.got)
      #expect(fault?.hint?.contains("force") == true)
      _ = try resume(now, force: true)
      // The same data are accepted again, and training continues to the bit.
      let (session, reply) = try resume(saved)
      #expect(reply["warning"] == nil, "\(name)")
      #expect(
        try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#) == next, "\(name)")
    }
  }

  /// Labels that the model does not use may differ.
  @Test func withLabelsThatAreNotUsed() throws {
    defer { unlink(path) }
    let next = try save([data()], #""seed": 1"#)
    let (session, _) = try resume([data(labels: 1)])
    #expect(try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#) == next)
  }

  /// A trainer keeps its data, so later data of the same name are not used.
  @Test func afterItsDataWereReplaced() throws {
    defer { unlink(path) }
    let next = try save([data()], #""seed": 1"#)
    let session = Session()
    _ = try session.call("data.load", data())
    _ = try session.call("trainer.load", #"{"name": "t", "path": "\#(path)", "data": "d"}"#)
    _ = try session.call(
      "data.load",
      #"{"name": "d", "replace": true, "source": {"type": "array", "values": [[1, 1, 1]]}}"#)
    #expect(try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#) == next)
    _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(path)"}"#)
    _ = try resume([data()])
  }

  /// A file of an earlier version lacks the rows and the last batch: training continues as before,
  /// and the reply says what was not compared.
  @Test func fromAnOldFile() throws {
    defer { unlink(path) }
    let split = data(split: #"{"test": 10}"#)
    let next = try save([split], #""lastBatch": "keep""#)
    #expect(try strip(["rows", "validationRows", "lastBatch"]) == 2)
    let (session, reply) = try resume([split])
    #expect(reply["warning"]?.text?.contains("which rows it took") == true, "\(reply.line)")
    #expect(reply["lastBatch"] == "keep")
    #expect(try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#) == next)
    _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(path)"}"#)
    #expect(throws: Fault.self) { _ = try resume([data(split: #"{"test": 10, "seed": 3}"#)]) }
    // If all rows are used there is nothing to compare.
    _ = try save([data()], #""seed": 1"#)
    _ = try strip(["rows", "validationRows", "lastBatch"])
    #expect(try resume([data()]).reply["warning"] == nil)
  }

  private static func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }

  /// Removes members from the record in the file; returns how many there were.
  private func strip(_ names: [String]) throws -> Int {
    let bytes = Self.bytes(of: path)
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    let header = try json(String(decoding: bytes[8..<8 + length], as: UTF8.self))
    var count = 0
    func without(_ value: JSON) -> JSON {
      guard case .object(let members) = value else { return value }
      count += members.filter { names.contains($0.name) }.count
      return .object(
        members.filter { !names.contains($0.name) }.map { JSON.Member($0.name, without($0.value)) })
    }
    guard case .object(var members) = header,
      let place = members.firstIndex(where: { $0.name == "__metadata__" }),
      case .object(var notes) = members[place].value,
      let note = notes.firstIndex(where: { $0.name == "trainer" })
    else { return 0 }
    notes[note].value = .string(without(try json(notes[note].value.text ?? "")).line)
    members[place].value = .object(notes)
    var text = JSON.object(members).bytes
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    let size = (0..<8).map { UInt8(text.count >> (8 * $0) & 255) }
    #expect(write(size + text + bytes[(8 + length)...], to: path))
    return count
  }
}
