import Engine
import JSON

/// A revision of the Model Context Protocol, and how it differs from the others.
enum Revision: String, CaseIterable, Comparable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"
  case july2026 = "2026-07-28"

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The newest revision that begins with `initialize`.
  static let newestHandshake = november2025

  /// Whether every request carries its own context, and there is no `initialize`.
  var isStateless: Bool { self >= .july2026 }
  var allowsBatches: Bool { self == .march2025 }
  var hasAnnotations: Bool { self >= .march2025 }
  /// Whether progress may carry a sentence.
  var hasProgressMessages: Bool { self >= .march2025 }
  /// Whether tools have titles and output schemas, and results have a value besides the text.
  var hasStructuredContent: Bool { self >= .june2025 }
  /// Whether an error may lack an id; before, an unknown id is the `null` of JSON-RPC.
  var allowsErrorsWithoutID: Bool { self >= .november2025 }

  /// All revisions, the newest first.
  static var names: JSON { .array(allCases.reversed().map { .string($0.rawValue) }) }

  /// Returns a result with the members that the revision requires in each.
  func stamped(_ members: [JSON.Member]) -> JSON {
    guard isStateless else { return .object(members) }
    return .object(
      [JSON.Member("resultType", "complete")] + members + [
        JSON.Member("_meta", ["io.modelcontextprotocol/serverInfo": Self.server])
      ])
  }

  static let server: JSON = ["name": "elbo", "version": .string(Engine.version)]
}

extension JSON {
  /// Whether the id is allowed: the Model Context Protocol takes only strings and integers.
  var isRequestID: Bool {
    switch self {
    case .string, .int: true
    case .real(let value): value == value.rounded()
    default: false
    }
  }
}
