import Engine
import JSON

/// Calls of which the first loads a file, and the others use what it has loaded.
///
/// Most inputs are refused, or like earlier ones once their numbers are left out: these are only
/// loaded, but for a share, so that many more are tried in the same time.
final class LoadAndUse {
  typealias Run = (Method, JSON) throws -> JSON

  private let load: (Method, JSON)
  private let uses: [(Method, JSON)]
  /// What has been loaded, without its numbers.
  private var known: Set<Int> = []
  /// Bounds the memory of a long run.
  private static let most = 100_000

  init(load: (Method, JSON), uses: [(Method, JSON)]) { (self.load, self.uses) = (load, uses) }

  /// Returns whether the file was loaded. If it is like an earlier one and `isSpared`, it is only
  /// loaded and dropped.
  func take(isSpared: Bool, _ run: Run) -> Bool {
    guard let reply = try? run(load.0, load.1) else { return false }
    let isNew = known.count < Self.most && known.insert(Self.likeness(reply)).inserted
    for (method, params) in uses where isNew || !isSpared || method.name.hasSuffix(".drop") {
      _ = try? run(method, params)
    }
    return true
  }

  /// A hash of a reply without its numbers and hashes.
  private static func likeness(_ reply: JSON) -> Int {
    var hasher = Hasher()
    add(reply, to: &hasher)
    return hasher.finalize()
  }

  private static func add(_ value: JSON, to hasher: inout Hasher) {
    switch value {
    case .array(let values):
      hasher.combine(min(values.count, 4))
      for value in values.prefix(4) { add(value, to: &hasher) }
    case .object(let members):
      for member in members where member.name != "sha256" {
        hasher.combine(member.name)
        add(member.value, to: &hasher)
      }
    case .string(let text): hasher.combine(text)
    case .bool(let value): hasher.combine(value)
    default: hasher.combine(0)
    }
  }
}
