import Declarations
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Databases are made by Python's sqlite3, and read through libsqlite3 if it is there.
private let isThere =
  SQLite.library != nil && system("python3 -c 'import sqlite3' 2> /dev/null") == 0

@Suite(.enabled(if: isThere, "no libsqlite3 or no Python")) struct SQLiteDatabases {
  let folder = Folder()

  /// Runs statements on the database x.db.
  private func make(_ statements: [String], mode: String = "delete", keepsOpen: Bool = false) throws
  {
    let script = """
      import os, sqlite3
      base = sqlite3.connect(\(JSON.string(folder("x.db")).line))
      base.execute("PRAGMA journal_mode=\(mode)")
      for text in \(JSON.array(statements.map { .string($0) }).line): base.execute(text)
      base.commit()
      \(keepsOpen ? "os._exit(0)" : "base.close()")
      """
    try folder.write("make.py", Array(script.utf8))
    #expect(system("python3 \(folder("make.py"))") == 0)
  }

  private func load(_ query: String, _ options: String = "") throws -> DataSet {
    let path = JSON.string(folder("x.db")).line
    return try DataSourcesTests.load(
      "{\"type\": \"sqlite\", \"path\": \(path), \"query\": \(JSON.string(query).line)\(options)}")
  }

  private static let plants = [
    "CREATE TABLE plants (height REAL, leaves INTEGER, leaf TEXT, kind TEXT, note BLOB)",
    "INSERT INTO plants VALUES (1.5, 3, 'round', 'basil', x'00'), (0.1, -4, 'narrow', 'mint', x'01')",
    "INSERT INTO plants VALUES (NULL, 9007199254740993, 'round', 'basil', x'02')",
  ]

  @Test func numbersAndWordsAreRead() throws {
    try make(Self.plants)
    let typed = ", \"categories\": {\"leaf\": []}, \"label\": \"kind\""
    let data = try load(
      "SELECT height, leaves, leaf, kind FROM plants WHERE height IS NOT NULL ORDER BY height",
      typed)
    #expect(gathered(data) == [0.1, -4, 0, 1.5, 3, 1])
    #expect(data.labels == [1, 0] && data.classNames == ["basil", "mint"])
    #expect(data.columns?.map(\.name) == ["height", "leaves", "leaf"])
    #expect(data.columns?[2].categories == ["narrow", "round"])
    #expect(
      gathered(try load("SELECT height FROM plants", ", \"missing\": \"mean\"")) == [1.5, 0.1, 0.8])
    #expect(
      gathered(try load("SELECT height FROM plants", ", \"missing\": \"drop\"")) == [1.5, 0.1])
    #expect(gathered(try load("SELECT count(*) AS n, sum(leaves) % 10 FROM plants;")) == [3, 2])
    #expect(
      gathered(
        try load(
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n"
        )) == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [
    ("INSERT INTO plants (height) VALUES (1)", "query", "the query does more than read"),
    ("DELETE FROM plants", "query", "the query does more than read"),
    ("CREATE TABLE t (a)", "query", "the query does more than read"),
    ("DROP TABLE plants", "query", "the query does more than read"),
    ("PRAGMA user_version", "query", "the query does more than read"),
    ("ATTACH '/etc/passwd' AS other", "query", "the query does more than read"),
    ("VACUUM INTO '/tmp/elbo-never'", "query", "the query does more than read"),
    ("SELECT load_extension('x')", "query", "the query does more than read"),
    ("INSERT INTO plants (height) VALUES (1) RETURNING height", "query", "more than read"),
    ("SELECT height FROM plants; SELECT 1", "query", "expected one statement, got more"),
    ("", "query", "the query is empty"), ("-- nothing", "query", "the query is empty"),
    ("SELECT x FROM plants", "query", "no such column: x"),
    ("SELECT height FROM plant", "query", "no such table: plant"),
    ("SELEC 1", "query", "syntax error"),
    ("SELECT height, height FROM plants", "query", "two columns are named \"height\""),
    (
      "SELECT leaf FROM plants", "path",
      "row 1, column 1 (\"leaf\"): expected a number, got \"round\""
    ),
    ("SELECT height FROM plants", "path", "row 3, column 1 (\"height\"): the value is missing"),
    ("SELECT note FROM plants", "path", "expected a number, got \"(a blob of 1 bytes)\""),
    ("SELECT height FROM plants WHERE height > 9", "path", "no row is left"),
    ("SELECT 1e39 AS x", "path", "expected a number of float32"),
  ])
  func refuses(query: String, member: String, message: String) throws {
    try make(Self.plants)
    let before = try File.read(folder("x.db"))
    let fault = fault { _ = try load(query) }
    #expect(fault?.path == "source.\(member)", "\(fault as Any)")
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
    #expect(try File.read(folder("x.db")) == before)
    if message.hasPrefix("no such table") { #expect(fault?.hint == "the tables are plants") }
  }

  @Test func whatIsNoDatabaseIsRefused() throws {
    try folder.write("x.db", Array("no database".utf8))
    #expect(fault { _ = try load("SELECT 1") }?.message.contains("begins with") == true)
    unlink(folder("x.db"))
    try make(Self.plants)
    let whole = try File.read(folder("x.db"))
    for length in [0, 20, 99, 100, 2000, whole.count / 2] {
      try folder.write("x.db", Array(whole[..<length]))
      let fault = fault { _ = try load("SELECT leaves FROM plants") }
      #expect(fault?.kind == .badFile, "\(length): \(fault as Any)")
      #expect(fault?.path == "source.path")
    }
  }

  /// A database in the mode of a write-ahead log is read; one with changes in the log is not.
  @Test func aLogMustBeEmpty() throws {
    try make(Self.plants, mode: "wal")
    #expect(gathered(try load("SELECT leaves FROM plants LIMIT 2")) == [3, -4])
    try make(["UPDATE plants SET leaves = 7"], mode: "wal", keepsOpen: true)
    let fault = fault { _ = try load("SELECT leaves FROM plants") }
    #expect(
      fault?.message.contains("changes that are not yet in it are in") == true, "\(fault as Any)")
    #expect(fault?.hint?.contains("wal_checkpoint") == true)
  }

  @Test func aQueryWithoutEndCanBeCancelled() throws {
    try make(Self.plants)
    let endless =
      "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS s FROM n"
    var calls = 0
    var source = SQLiteSource()
    (source.path, source.query) = (folder("x.db"), endless)
    let found = fault {
      _ = try source.load { () throws(Fault) in
        calls += 1
        if calls > 20 { throw Fault(.cancelled, "cancelled") }
      }
    }
    #expect(found?.kind == .cancelled && calls == 21)
  }

  @Test func aColumnNamesTheSplits() throws {
    try make([
      "CREATE TABLE t (a REAL, part INTEGER)", "INSERT INTO t VALUES (1, 1), (2, 0), (3, 1)",
    ])
    let path = JSON.string(folder("x.db")).line
    let data = try DataSourcesTests.load(
      "{\"type\": \"sqlite\", \"path\": \(path), \"query\": \"SELECT * FROM t\"}", "[]",
      #"{"by": "part", "words": {"1": "train", "0": "test"}}"#)
    #expect(data.shape == [1] && data.splits.map(\.rows) == [[0, 2], [1]])
  }
}
