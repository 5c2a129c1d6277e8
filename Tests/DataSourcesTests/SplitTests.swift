import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Splits with a share of every class, folds, and splits that a column names.
@Suite struct SplitsByClassAndColumn {
  private let folder = Folder()

  /// Rows whose labels are given, each with its own value.
  private static func source(_ labels: [Int]) -> String {
    let values = labels.indices.map { "[\($0)]" }.joined(separator: ",")
    return "{\"type\": \"array\", \"values\": [\(values)], \"labels\": \(labels)}"
  }

  /// 61 rows of class 0, 31 of class 3 and 8 of class 7, mixed.
  private static let labels = (0..<100).map { row in
    let place = row * 37 % 100
    return place < 61 ? 0 : place < 92 ? 3 : 7
  }

  private func counts(_ data: DataSet, _ name: String) throws -> [Int] {
    let rows = try #require(data.split(name)).rows
    let labels = rows.map { data.labels?[Int($0)] ?? -1 }
    return [0, 3, 7].map { label in labels.filter { $0 == label }.count }
  }

  @Test func everyClassHasItsShare() throws {
    let data = try load(
      Self.source(Self.labels), "[]", #"{"validation": 20, "test": 0.1, "stratify": true}"#)
    // Shares of 12.2, 6.2 and 1.6 of 20, and of 6.1, 3.1 and 0.8 of 10.
    #expect(try counts(data, "validation") == [12, 6, 2])
    #expect(try counts(data, "test") == [6, 3, 1])
    #expect(try counts(data, "train") == [43, 22, 5])
    #expect(data.splits.flatMap(\.rows).sorted() == (0..<100).map { UInt32($0) })
    let other = try load(
      Self.source(Self.labels), "[]",
      #"{"validation": 20, "test": 0.1, "stratify": true, "seed": 1}"#)
    #expect(other.splits != data.splits)
    #expect(try counts(other, "validation") == [12, 6, 2])
  }

  /// For all sizes of the splits of small data, the sizes are those that were asked for, and no
  /// class is further than a row from its share of the first one.
  @Test func sizesAreThoseAskedFor() throws {
    let labels = (0..<23).map { $0 % 7 < 3 ? 0 : $0 % 7 < 6 ? 3 : 7 }
    for validation in 1...20 {
      for test in 1...(22 - validation) {
        let data = try load(
          Self.source(labels), "[]",
          "{\"validation\": \(validation), \"test\": \(test), \"stratify\": true}")
        let sizes = data.splits.map(\.rows.count)
        #expect(sizes == [23 - validation - test, validation, test])
        let shares = try counts(data, "validation")
        for (label, count) in zip([0, 3, 7], shares) {
          let share = Double(labels.filter { $0 == label }.count * validation) / 23
          #expect(abs(Double(count) - share) < 1)
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func foldsAreEqualParts(isStratified: Bool) throws {
    let data = try load(
      Self.source(Self.labels), "[]", "{\"folds\": 3, \"stratify\": \(isStratified)}")
    #expect(
      data.splits.map(\.name)
        == ["fold-1", "without-fold-1", "fold-2", "without-fold-2", "fold-3", "without-fold-3"])
    let folds = try (1...3).map { try #require(data.split("fold-\($0)")).rows }
    #expect(folds.map(\.count) == [34, 33, 33])
    #expect(folds.flatMap { $0 }.sorted() == (0..<100).map { UInt32($0) })
    for fold in 1...3 {
      let others = try #require(data.split("without-fold-\(fold)")).rows
      #expect(others == folds.enumerated().flatMap { $0 == fold - 1 ? [] : $1 }.sorted())
    }
    guard isStratified else { return }
    let shares = try (1...3).map { try counts(data, "fold-\($0)") }
    for place in 0..<3 {
      let column = shares.map { $0[place] }
      #expect((column.max() ?? 0) - (column.min() ?? 0) <= 1)
    }
  }

  @Test(arguments: [
    (#"{"folds": 1}"#, "folds", "expected an integer from 2 to 1000, got 1"),
    (#"{"folds": 5}"#, "split.folds", "expected at most 4, the number of rows, got 5"),
    (#"{"folds": 2, "test": 1}"#, "split.test", "no meaning beside \"folds\""),
    (#"{"folds": 2, "by": "a"}"#, "split.by", "no column beside them"),
    (#"{"by": "a"}"#, "split.by", "no column beside them"),
    (#"{"words": {"a": "train"}}"#, "split.words", "none is named"),
    (#"{"folds": 2, "stratify": true}"#, "split.stratify", "class 5 has 1 row for 2 parts"),
    (#"{"test": 1, "stratify": true}"#, "split.stratify", "class 5 has 1 row for 2 parts"),
  ])
  func refusals(split: String, path: String, message: String) {
    let fault = fault { _ = try load(Self.source([2, 2, 5, 2]), "[]", split) }
    #expect(fault?.kind == .params && fault?.path == path, "\(fault as Any)")
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func sharesNeedLabels() {
    let fault = fault {
      _ = try load(
        #"{"type": "array", "values": [[1], [2], [3]]}"#, "[]", #"{"folds": 2, "stratify": true}"#)
    }
    #expect(fault?.path == "split.stratify" && fault?.got == "no labels")
  }

  private func table(_ column: [String], _ split: String, transforms: String = "[]") throws
    -> DataSet
  {
    let lines = column.enumerated().map { "\($0),\($1),\($0 * $0)" }
    let text = (["a,part,b"] + lines).joined(separator: "\n")
    let path = try folder.write("table.csv", Array(text.utf8))
    return try load("{\"type\": \"csv\", \"path\": \"\(path)\"}", transforms, split)
  }

  @Test func aColumnNamesTheSplits() throws {
    let data = try table(["test", "train", "validation", "train"], #"{"by": "part"}"#)
    #expect(data.shape == [2] && data.columns?.map(\.name) == ["a", "b"])
    #expect(gathered(data, [3]) == [3, 9])
    #expect(data.splits.map(\.name) == ["train", "validation", "test"])
    #expect(data.splits.map(\.rows) == [[1, 3], [2], [0]])
    let renamed = try table(
      ["1", "0", "dev", "0"],
      #"{"by": "part", "words": {"0": "train", "1": "test", "dev": "validation"}}"#)
    #expect(renamed.splits.map(\.rows) == [[1, 3], [2], [0]])
    // The rows that remain keep their splits.
    let taken = try table(
      ["test", "train", "validation", "train"], #"{"by": "part"}"#,
      transforms: #"[{"type": "take", "count": 2}]"#)
    #expect(taken.splits.map(\.rows) == [[1], [0]])
  }

  @Test func aColumnOfNumbersNamesFolds() throws {
    let data = try table(["2", "0", "2", "5"], #"{"by": "part"}"#)
    #expect(
      data.splits.map(\.name)
        == ["fold-0", "without-fold-0", "fold-2", "without-fold-2", "fold-5", "without-fold-5"])
    #expect(data.splits.map(\.rows) == [[1], [0, 2, 3], [0, 2], [1, 3], [3], [0, 1, 2]])
  }

  @Test(arguments: [
    (["train", "tset"], "part", "the column says \"tset\", which is no split", "test"),
    (["train", "dev"], "part", "the column says \"dev\"", "\"words\": {\"dev\": \"validation\"}"),
    (["train", "1"], "part", "the column says \"1\"", "\"words\""),
    (["test", "test"], "part", "no row is in the split \"train\"", "\"words\""),
    (["3", "3"], "part", "got 1 different, the least 3", ""),
    (["-1", "3"], "part", "got 2 different, the least -1", ""),
    (["train", "test"], "parts", "no column \"parts\"", "part"),
  ])
  func refuseColumn(column: [String], name: String, message: String, hint: String) {
    let fault = fault { _ = try table(column, "{\"by\": \"\(name)\"}") }
    #expect(fault?.kind == .params && fault?.path == "split.by", "\(fault as Any)")
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
    #expect(hint.isEmpty || fault?.hint?.contains(hint) == true, "\(fault?.hint ?? "none")")
  }

  @Test func aMissingWordIsRefusedOrDropsTheRow() throws {
    let column = ["train", "", "test", "train"]
    #expect(fault { _ = try table(column, #"{"by": "part"}"#) }?.kind == .badFile)
    let text = "a,part\n1,train\n2,NA\n3,test\n"
    let path = try folder.write("gaps.csv", Array(text.utf8))
    let data = try load(
      "{\"type\": \"csv\", \"path\": \"\(path)\", \"missing\": \"drop\"}", "[]",
      #"{"by": "part"}"#)
    #expect(data.count == 2 && data.splits.map(\.rows) == [[0], [1]])
  }
}
