import DataSources
import Files
import JSON
import Tensors

/// What a session decides together with the other processes that hold the same one.
extension Session {
  /// The processes that run the current method; nil if this one runs it alone.
  var sharing: Ranks? { isShared ? ranks : nil }

  /// Whether this process answers requests and writes files: the first of several, or the only one.
  var leads: Bool { ranks?.leads ?? true }

  /// Returns what the first process decides, which alone knows of time and of cancels. Throws
  /// `rank` if a process is lost.
  func agree(_ decision: Bool) throws(Fault) -> Bool {
    try sharing?.agree(decision) ?? decision
  }

  /// Returns the value that `body` makes, once all processes have made one of the same mark; before
  /// that nothing may have changed. Throws on all of them what it throws on the first, and `rank`
  /// where another one differs.
  func onAll<T>(
    _ what: String, _ body: () throws(Fault) -> (value: T, mark: String)
  ) throws(Fault) -> T {
    guard let ranks = sharing else { return try body().value }
    let outcome = Result { () throws(Fault) in try body() }
    let own =
      switch outcome {
      case .success(let made): "=\(made.mark)"
      case .failure(let fault): "!\(fault.sentence)"
      }
    let all = try ranks.texts(own)
    if case .failure(let fault) = outcome, ranks.leads || all[0] == own { throw fault }
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else {
      return try outcome.get().value
    }
    guard all[0].hasPrefix("=") else { throw Fault(.rank, "rank 0: \(all[0].dropFirst())") }
    let words = String(all[other].dropFirst())
    guard all[other].hasPrefix("=") else {
      throw Fault(
        .rank, "rank \(other): \(words)", expected: "the same on every host",
        hint: "each host needs the same files under the same paths")
    }
    throw Fault(
      .rank, "rank \(other) has another \(what)", expected: String(all[0].dropFirst()),
      got: words, hint: "each host needs the same files under the same paths")
  }
}

extension DataSet {
  /// Everything that updates read, by which processes compare theirs.
  var mark: String {
    let parts = [
      ("rows", sha256), ("labels", labels.map(SHA256.hex)), ("weights", weights.map(SHA256.hex)),
    ]
    let all = parts + splits.map { ("split \"\($0.name)\"", SHA256.hex($0.rows)) }
    return all.map { "\($0) \($1?.prefix(16) ?? "none")" }.joined(separator: ", ")
  }
}

extension Method {
  /// Whether all processes that hold a session run it: what only looks, or writes files, the first
  /// process does alone.
  package var isShared: Bool { effect.isLasting || effect == .evaluates }

  /// Whether a cancel ends it on all processes at the same place. Of the others, which are short,
  /// a shared one is not cancelled.
  package var stopsTogether: Bool {
    effect == .trains || effect == .evaluates || name == DataLoad.method
  }
}
