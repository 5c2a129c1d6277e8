import Files
import Glibc

/// A call of a process that fails: `Tests/Injection/inject.c`.
struct Injection: Sendable, CustomStringConvertible {
  /// The kinds of calls, in the order of the library.
  enum Kind: Int, CaseIterable, Sendable {
    case programMemory, libraryMemory, largeMemory, read, write, synchronise, rename, openToWrite
    case openToRead, truncate, thread, makeFolder

    /// The errors with which calls of this kind fail; zero cuts a read or write short. The Swift
    /// runtime ends the process if it gets no memory.
    var errors: [Int32] {
      switch self {
      case .programMemory, .libraryMemory: [ENOMEM]
      case .largeMemory: []
      case .read: [EIO, EINTR, 0]
      case .write: [ENOSPC, EIO, EINTR, 0]
      case .synchronise, .truncate: [EIO]
      case .rename, .makeFolder: [ENOSPC]
      case .openToWrite: [ENOSPC, EINTR, EMFILE]
      case .openToRead: [EMFILE, EINTR]
      case .thread: [EAGAIN]
      }
    }
  }

  let kind: Kind
  let number: Int
  let error: Int32

  var description: String { "\(kind) \(number), errno \(error)" }
  var word: String { "ELBO_INJECT=\(kind.rawValue):\(number):\(error)" }
}

/// What the library has counted in a process.
struct InjectionCounts {
  let calls: [Int]
  let hasFailed: Bool
  /// The large allocations of the Swift runtime that no trial came before.
  let untried: Int

  static let size = Injection.Kind.allCases.count + 2

  init(_ bytes: [UInt8]) {
    let numbers = bytes.values(Int.self, at: 0, count: Self.size)
    calls = Array(numbers.dropLast(2))
    hasFailed = numbers[Self.size - 2] != 0
    untried = numbers[Self.size - 1]
  }
}
