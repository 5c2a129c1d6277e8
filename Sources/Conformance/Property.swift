import JSON

/// One thing that holds for every part of a kind, whoever wrote it: what the tests and `elbo
/// check-plugin` both run.
public struct Property<Subject: Sendable>: Sendable, CustomStringConvertible {
  /// What holds, in words.
  public let name: String
  private let body: @Sendable (Subject, inout Findings) throws(Fault) -> Void

  public var description: String { name }

  init(
    _ name: String, _ body: @escaping @Sendable (Subject, inout Findings) throws(Fault) -> Void
  ) {
    self.name = name
    self.body = body
  }

  /// What speaks against it, in sentences; none where it holds.
  public func violations(of subject: Subject) -> [String] {
    var findings = Findings()
    do throws(Fault) { try body(subject, &findings) } catch {
      let place = error.path.isEmpty ? "" : "\(error.path): "
      findings.add("\(place)\(error.message)")
    }
    return findings.sentences
  }
}

/// What was found to speak against a property: the first few, and how many more there were.
public struct Findings: Sendable {
  private var first: [String] = []
  private var count = 0

  var sentences: [String] {
    count > first.count ? first + ["and \(count - first.count) more"] : first
  }

  mutating func add(_ sentence: String) {
    count += 1
    if count <= 3 { first.append(sentence) }
  }

  mutating func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) {
    if !holds { add(sentence()) }
  }

  mutating func expect(_ deviation: Deviation) {
    if !deviation.isTolerated { add("\(deviation)") }
  }
}
