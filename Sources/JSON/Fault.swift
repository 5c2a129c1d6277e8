/// An error that the input causes: the rule, the place, what was expected, what came, and a hint.
///
/// All targets use this one type, so that nothing is lost on the way up; only `Service` assigns
/// each kind its code on the wire.
public struct Fault: Error, Sendable, Equatable {
  /// The kind of error, by the name that clients see as `kind`.
  public enum Kind: String, Sendable, CaseIterable {
    case syntax
    case request
    case number
    case lineTooLarge = "tooLarge"
    case method
    case params
    case `internal`
    case cancelled
    case unknownName
    case nameInUse
    case wrongState
    case shape
    case support
    case resultTooLarge
    case notFinite
    case denied
    case io
    case badFile
    case noSpace
    case memory
    case queueFull
    case timeUp
    case plugin
    case missingProgram
    case rank

    /// The name on the wire: two kinds with different codes share `tooLarge`.
    public var name: String { self == .resultTooLarge ? "tooLarge" : rawValue }
  }

  /// The kind, which decides the code on the wire.
  public var kind: Kind
  /// One sentence without the path, such as "expected an integer from 1 to 65536, got -3".
  public var message: String
  /// The path in the parameters, such as `encoder[2].units`; empty if no member is concerned.
  public var path: String
  /// What was expected, as in "an integer from 1 to 5".
  public var expected: String?
  /// What came instead.
  public var got: String?
  /// What to do about it.
  public var hint: String?

  /// A fault with a message of its own; `misfit` writes the usual one.
  public init(
    _ kind: Kind, _ message: String, path: String = "", expected: String? = nil,
    got: String? = nil, hint: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.path = path
    self.expected = expected
    self.got = got
    self.hint = hint
  }

  /// Returns the fault of a value that does not fit its declaration: "expected a list, got 3".
  public static func misfit(
    _ kind: Kind = .params, expected: String, got: JSON, at path: String = "", hint: String? = nil
  ) -> Fault {
    .misfit(kind, expected: expected, got: got.excerpt, at: path, hint: hint)
  }

  /// Returns the fault of something that is not a single value: "expected 3 numbers, got 2".
  public static func misfit(
    _ kind: Kind = .params, expected: String, got: String, at path: String = "",
    hint: String? = nil
  ) -> Fault {
    Fault(
      kind, "expected \(expected), got \(got)", path: path, expected: expected, got: got,
      hint: hint)
  }

  /// The message, after the path if there is one.
  public var sentence: String { path.isEmpty ? message : "\(path): \(message)" }

  /// Returns the same fault, seen from one level further out: `units` within `[2]` within
  /// `encoder`. A cancel has no path.
  public func within(_ outer: String) -> Fault {
    guard kind != .cancelled else { return self }
    var fault = self
    let joint = path.isEmpty || path.hasPrefix("[") || outer.isEmpty ? "" : "."
    fault.path = outer + joint + path
    return fault
  }
}

/// Runs `body`; a fault that leaves it gets `outer` before its path.
public func within<T>(_ outer: String, _ body: () throws(Fault) -> T) throws(Fault) -> T {
  do { return try body() } catch { throw error.within(outer) }
}

extension Fault {
  /// Returns the same fault as one of a file, in which an invalid description is as wrong as on the
  /// wire.
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
