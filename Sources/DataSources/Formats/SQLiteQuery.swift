import Files
import JSON
import Tensors

/// The rows of a query to an SQLite database, which can only read.
///
/// The database is read into memory, so that SQLite opens no file: neither another database nor a
/// journal is reached around the fence. It refuses all but SELECT.
final class SQLiteQuery: TableRecord {
  let names: [String]
  private(set) var line = 0
  private let path: String
  private let sqlite: SQLite
  private let database: SQLite.Database
  private let bytes: UnsafeMutableRawBufferPointer
  private var statement: SQLite.Statement?
  private let watch: Watch
  /// The fields of the row, each followed by a NUL for `strtod`.
  private var text: [UInt8] = []
  /// The end of each field in `text`.
  private var ends: [Int] = []

  /// What interrupts a long query.
  private final class Watch {
    let checkpoint: () throws(Fault) -> Void
    var fault: Fault?
    init(_ checkpoint: @escaping () throws(Fault) -> Void) { self.checkpoint = checkpoint }
  }

  /// Reads a database and prepares a query. Throws `badFile`, `io`, `memory` and `missingProgram`
  /// with "path" as their path, and `params` with "query".
  init(
    _ query: String, in path: String, _ checkpoint: @escaping () throws(Fault) -> Void
  ) throws(Fault) {
    guard let sqlite = SQLite.library else {
      throw Fault(
        .missingProgram, "\(path): libsqlite3 is not installed, and no database is read without it",
        path: "path", hint: "install Debian's libsqlite3-0")
    }
    self.sqlite = sqlite
    self.path = path
    watch = Watch(checkpoint)
    bytes = try within("path") { () throws(Fault) in try Self.read(path) }
    var opened: SQLite.Database?
    // Read and write, in memory.
    guard sqlite.open(":memory:", &opened, 2 | 0x80, nil) == SQLite.ok, let database = opened else {
      if let opened { _ = sqlite.close(opened) }
      bytes.deallocate()
      throw Fault(.memory, "\(path): no memory to open it", path: "path")
    }
    self.database = database
    do throws(Fault) {
      guard let base = bytes.baseAddress,
        sqlite.deserialize(database, "main", base, Int64(bytes.count), Int64(bytes.count), 4)
          == SQLite.ok
      else { throw Fault(.badFile, "\(path): is not an SQLite database", path: "path") }
      _ = sqlite.authorize(database, Self.mayOnlyRead, nil)
      let context = Unmanaged.passUnretained(watch).toOpaque()
      sqlite.watch(database, 1 << 20, Self.goesOn, context)
      let statement = try Self.prepare(query, sqlite, database, path)
      var names: [String] = []
      for index in 0..<sqlite.columnCount(statement) {
        names.append(sqlite.columnName(statement, index).map { String(cString: $0) } ?? "")
      }
      self.names = names
      self.statement = statement
    } catch {
      _ = sqlite.close(database)
      bytes.deallocate()
      throw error
    }
  }

  deinit {
    if let statement { _ = sqlite.finalize(statement) }
    _ = sqlite.close(database)
    bytes.deallocate()
  }

  var count: Int { ends.count }
  var isBlank: Bool { false }

  func withField<T>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
    let begin = index == 0 ? 0 : ends[index - 1] + 1
    return text.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[begin..<ends[index]]))
    }
  }

  /// Takes the next row; returns false at the end.
  func next() throws(Fault) -> Bool {
    guard let statement else { return false }
    let code = sqlite.step(statement)
    if let fault = watch.fault { throw fault }
    guard code == SQLite.row else {
      if code == SQLite.done { return false }
      throw Self.fault(code, sqlite, database, path)
    }
    line += 1
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    for index in 0..<sqlite.columnCount(statement) {
      switch sqlite.columnType(statement, index) {
      case 1: text += "\(sqlite.columnInteger(statement, index))".utf8
      case 2: text += "\(sqlite.columnDouble(statement, index))".utf8
      case 3:
        if let field = sqlite.columnText(statement, index) {
          let count = Int(sqlite.columnBytes(statement, index))
          try Memory.require(count, for: path)
          text += UnsafeBufferPointer(start: field, count: count)
        }
      case 4: text += "(a blob of \(sqlite.columnBytes(statement, index)) bytes)".utf8
      default: break
      }
      ends.append(text.count)
      text.append(0)
    }
    return true
  }

  private static func prepare(
    _ query: String, _ sqlite: SQLite, _ database: SQLite.Database, _ path: String
  ) throws(Fault) -> SQLite.Statement {
    var statement: SQLite.Statement?
    var rest = ""
    let code = query.withCString { text in
      var tail: SQLite.Text?
      let code = sqlite.prepare(database, text, -1, &statement, &tail)
      rest = tail.map { String(cString: $0) } ?? ""
      return code
    }
    guard code == SQLite.ok else { throw fault(code, sqlite, database, path) }
    guard let statement else {
      throw Fault(
        .params, "the query is empty", path: "query", expected: "a SELECT", got: "nothing")
    }
    guard rest.allSatisfy({ $0.isWhitespace || $0 == ";" }) else {
      _ = sqlite.finalize(statement)
      throw Fault(
        .params, "expected one statement, got more", path: "query", expected: "one SELECT",
        got: JSON.string(rest).excerpt)
    }
    guard sqlite.isReadOnly(statement) != 0, sqlite.columnCount(statement) > 0 else {
      _ = sqlite.finalize(statement)
      throw writing
    }
    return statement
  }

  private static var writing: Fault {
    Fault(
      .params, "the query does more than read", path: "query", expected: "a SELECT",
      got: "another statement", hint: "a database is only read: write \"SELECT … FROM …\"")
  }

  private static func fault(
    _ code: Int32, _ sqlite: SQLite, _ database: SQLite.Database, _ path: String
  ) -> Fault {
    let words = String(cString: sqlite.message(database))
    // SQLite's parser refuses some statements without the code.
    if words.hasPrefix("not authorized") { return writing }
    switch code & 0xFF {
    case SQLite.denied: return writing
    case SQLite.noMemory: return Fault(.memory, "\(path): \(words)", path: "path")
    case SQLite.noDatabase, SQLite.corrupt:
      return Fault(.badFile, "\(path): \(words)", path: "path")
    default:
      let tables = tables(sqlite, database)
      return Fault(
        .params, words, path: "query", expected: "a query that SQLite takes", got: words,
        hint: tables.isEmpty
          ? "the database has no tables" : "the tables are \(tables.joined(separator: ", "))")
    }
  }

  /// Returns the names of the tables and views, at most 16.
  private static func tables(_ sqlite: SQLite, _ database: SQLite.Database) -> [String] {
    var statement: SQLite.Statement?
    let query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') LIMIT 16"
    guard sqlite.prepare(database, query, -1, &statement, nil) == SQLite.ok, let statement else {
      return []
    }
    defer { _ = sqlite.finalize(statement) }
    var names: [String] = []
    while sqlite.step(statement) == SQLite.row {
      if let name = sqlite.columnText(statement, 0) { names.append(String(cString: name)) }
    }
    return names
  }

  /// Allows SELECT, the reading of columns, functions and recursion.
  private static let mayOnlyRead: SQLite.Authorizer = { _, action, _, function, _, _ in
    switch action {
    case 20, 21, 33: return 0
    case 31: return function.map { String(cString: $0) } == "load_extension" ? 1 : 0
    default: return 1
    }
  }

  private static let goesOn: SQLite.Watch = { context in
    guard let context else { return 0 }
    let watch = Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue()
    do throws(Fault) {
      try watch.checkpoint()
      return 0
    } catch {
      watch.fault = error
      return 1
    }
  }

  /// Reads a database. One in the mode of a write-ahead log is read as it is without the log, which
  /// therefore must be empty.
  private static func read(_ path: String) throws(Fault) -> UnsafeMutableRawBufferPointer {
    let file = try OpenFile(path)
    let beginning = try file.bytes(at: 0, count: 16)
    guard beginning == Array("SQLite format 3\0".utf8), file.size >= 100 else {
      throw File.bad(
        path, at: 0, "an SQLite database begins with \"SQLite format 3\"",
        hint: ForeignFormat.advice(for: beginning))
    }
    for (ending, mark) in [("-wal", [UInt8]()), ("-journal", [0xD9, 0xD5, 0x05, 0xF9])]
    where File.exists(path + ending) {
      let log = try OpenFile(path + ending)
      let head = try log.bytes(at: 0, count: 4)
      guard head.isEmpty || !head.starts(with: mark) else {
        throw Fault(
          .badFile, "\(path): changes that are not yet in it are in \(path)\(ending)",
          expected: "a database that no program has open", got: "\(path)\(ending)",
          hint: "close the program that writes to it, or run PRAGMA wal_checkpoint(TRUNCATE)")
      }
    }
    try Memory.require(file.size, for: path)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 16)
    do throws(Fault) {
      guard try file.read(into: bytes, at: 0) == bytes.count else { throw File.shrunk(path) }
    } catch {
      bytes.deallocate()
      throw error
    }
    // The versions of the format: 2 wants a log, which a database in memory does not have.
    for place in 18...19 where bytes[place] == 2 { bytes[place] = 1 }
    return bytes
  }
}
