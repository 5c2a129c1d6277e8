import JSON

/// A property that every part of a kind must have, whoever wrote it; the tests and `elbo
/// check-plugin` both check it.
package struct Property<Subject: Sendable>: Sendable, CustomStringConvertible {
  /// The property in words.
  package let name: String
  private let body: @Sendable (Subject, inout Findings) throws(Fault) -> Void

  package var description: String { name }

  init(
    _ name: String, _ body: @escaping @Sendable (Subject, inout Findings) throws(Fault) -> Void
  ) {
    self.name = name
    self.body = body
  }

  /// Returns the violations as sentences; none if the property holds.
  package func violations(of subject: Subject) -> [String] {
    var findings = Findings()
    do throws(Fault) { try body(subject, &findings) } catch {
      let place = error.path.isEmpty ? "" : "\(error.path): "
      findings.add("\(place)\(error.message)")
    }
    return findings.sentences
  }
}

/// The violations of a property: the first few, and the number of further ones.
package struct Findings: Sendable {
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
