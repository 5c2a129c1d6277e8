import Engine
import JSON

/// A revision of the Model Context Protocol, and what sets it apart from the others.
enum Revision: String, CaseIterable, Comparable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"
  case july2026 = "2026-07-28"

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The newest that begins with `initialize`.
  static let newestHandshake = november2025

  /// Every request says by itself what it needs; there is no `initialize`.
  var isStateless: Bool { self >= .july2026 }
  var allowsBatches: Bool { self == .march2025 }
  var hasAnnotations: Bool { self >= .march2025 }
  /// Progress may come with a sentence.
  var hasProgressMessages: Bool { self >= .march2025 }
  /// Tools have titles and say what they answer, and results have it as a value beside the text.
  var hasStructuredContent: Bool { self >= .june2025 }
  /// An error may have no id; before, only the `null` of JSON-RPC says that none is known.
  var allowsErrorsWithoutID: Bool { self >= .november2025 }

  /// Every revision, the newest first.
  static var names: JSON { .array(allCases.reversed().map { .string($0.rawValue) }) }

  /// A result with what the revision wants in each.
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
  /// The Model Context Protocol takes strings and integers only.
  var isRequestID: Bool {
    switch self {
    case .string, .int: true
    case .real(let value): value == value.rounded()
    default: false
    }
  }
}
