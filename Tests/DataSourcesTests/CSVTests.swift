import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

@Suite struct Tables {
  let folder = Folder()

  func table(_ text: [UInt8], _ options: String = "") throws -> DataSet {
    let path = try folder.write("table.csv", text)
    return try load("{\"type\": \"csv\", \"path\": \"\(path)\"\(options)}")
  }

  func table(_ text: String, _ options: String = "") throws -> DataSet {
    try table(Array(text.utf8), options)
  }

  /// The same two rows in different spellings.
  static let alike: [(name: String, text: [UInt8], options: String)] = [
    ("plain", Array("a,b\n1,2.5\n-3,4e2\n".utf8), ""),
    ("no last line break", Array("a,b\n1,2.5\n-3,4e2".utf8), ""),
    ("blank lines at the end", Array("a,b\n1,2.5\n-3,4e2\n\n\r\n".utf8), ""),
    ("CRLF", Array("a,b\r\n1,2.5\r\n-3,4e2\r\n".utf8), ""),
    ("a byte-order mark", [0xEF, 0xBB, 0xBF] + Array("a,b\n1,2.5\n-3,4e2\n".utf8), ""),
    ("quotes", Array("\"a\",\"b\"\n\"1\",\"2.5\"\n\"-3\",4e2\n".utf8), ""),
    ("spaces", Array("a, b\n 1 ,\t2.5\n-3 , 4e2 \n".utf8), ""),
    ("no header", Array("1,2.5\n-3,4e2\n".utf8), ", \"header\": false"),
    ("tabs", Array("a\tb\n1\t2.5\n-3\t4e2\n".utf8), ", \"delimiter\": \"\\t\""),
    ("semicolons", Array("a;b\n+1;2.5\n-3;400.\n".utf8), ", \"delimiter\": \";\""),
    ("gzip", gzip(Array("a,b\n1,2.5\n-3,4e2\n".utf8)), ""),
    (
      "other columns", Array("b,x,a\n2.5,no,1\n4e2,no,-3\n".utf8),
      ", \"columns\": [\"a\", \"b\"]"
    ),
    (
      "other columns, no header", Array("2.5,no,1\n4e2,no,-3\n".utf8),
      ", \"header\": false, \"columns\": [\"2\", \"0\"]"
    ),
  ]

  @Test(arguments: alike.map(\.name)) func reads(_ name: String) throws {
    let same = try #require(Self.alike.first { $0.name == name })
    let data = try table(same.text, same.options)
    #expect(gathered(data) == [1, 2.5, -3, 400])
    #expect(data.shape == [2])
    #expect(data.columns?.map(\.missing) == [0, 0])
    #expect(data.labels == nil && data.classNames == nil)
  }

  @Test func recordsLongerThanAPartOfTheFile() throws {
    // 70,000 fields span several reads, and so do 1,000 rows.
    let wide = (0..<70_000).map(String.init).joined(separator: ",")
    #expect(gathered(try table(wide, ", \"header\": false")) == (0..<70_000).map { Float($0) })
    let long = (0..<30_000).map { "\($0),\"\($0)\"\r\n" }.joined()
    let values = gathered(try table(long, ", \"header\": false"))
    #expect(values == (0..<60_000).map { Float($0 / 2) })
  }

  @Test func wordsAreNumberedInNaturalOrder() throws {
    let text = "size,n\nbox10,1\nbox2,2\n\"a, \"\"b\"\"\nc\",3\nbox10,4\n"
    let data = try table(text, ", \"categories\": {\"size\": []}")
    #expect(gathered(data) == [2, 1, 1, 2, 0, 3, 2, 4])
    #expect(data.columns?[0].categories == ["a, \"b\"\nc", "box2", "box10"])
    #expect(data.columns?[0].name == "size" && data.columns?[1].categories == nil)
    // In a given order, which another file shares.
    let given = try table("s\nM\nS\n", ", \"categories\": {\"s\": [\"S\", \"M\", \"L\"]}")
    #expect(gathered(given) == [1, 0])
    #expect(given.columns?[0].categories == ["S", "M", "L"])
  }

  @Test(arguments: [
    ("x,y\n1,10\n2,9\n3,10\n", [10, 9, 10], nil as [String]?),
    ("x,y\n1,dog\n2,cat\n3,dog\n", [1, 0, 1], ["cat", "dog"]),
    ("x,y\n1,1.0\n2,2.0\n3,1.0\n", [1, 2, 1], nil),
    ("x,y\n1,1e0\n2,+2.\n3,1\n", [1, 2, 1], nil),
    ("x,y\n1,-1\n2,-0.0\n3,3e2\n", [-1, 0, 300], nil),
    ("x,y\n1,2nd\n2,e\n3,nan\n", [0, 1, 2], ["2nd", "e", "nan"]),
  ])
  func labelsAreIntegersOrWords(text: String, labels: [Int], names: [String]?) throws {
    let data = try table(text, ", \"label\": \"y\"")
    #expect(gathered(data) == [1, 2, 3])
    #expect(data.labels == labels)
    #expect(data.classNames == names)
    #expect(data.columns?.map(\.name) == ["x"])
  }

  @Test func labelsInAnOrderOfOnesOwn() throws {
    let options = ", \"label\": \"y\", \"categories\": {\"y\": [\"dog\", \"cat\", \"cow\"]}"
    let data = try table("x,y\n1,dog\n2,cat\n", options)
    #expect(data.labels == [0, 1])
    #expect(data.classNames == ["dog", "cat", "cow"])
  }

  /// A column that is listed among the words has words, whatever they look like.
  @Test func labelsThatAreCalledWordsAreWords() throws {
    let text = "x,y\n1,10\n2,9.5\n3,ten\n"
    let open = try table(text, ", \"label\": \"y\", \"categories\": {\"y\": []}")
    #expect(open.labels == [1, 0, 2] && open.classNames == ["9.5", "10", "ten"])
    let given = try table(
      text, ", \"label\": \"y\", \"categories\": {\"y\": [\"ten\", \"10\", \"9.5\"]}")
    #expect(given.labels == [1, 2, 0] && given.classNames == ["ten", "10", "9.5"])
  }

  @Test(arguments: [
    (
      "x,y\n1,1\n2,cat\n", "line 3",
      "expected a whole number as the label, as in line 2, got \"cat\""
    ),
    (
      "x,y\n1,cat\n2,dog\n3,7.0\n", "line 4",
      "expected a word as the label, as in line 2, got \"7.0\""
    ),
    (
      "x,y\n1,1\n2,1.5\n", "line 3",
      "expected a whole number as the label, as in line 2, got \"1.5\""
    ),
    ("x,y\n1,0.5\n2,1\n", "line 2", "expected a whole number as the label, got \"0.5\""),
    ("x,y\n1,1e30\n2,1\n", "line 2", "expected a whole number as the label, got \"1e30\""),
  ])
  func labelsAreOfOneKind(text: String, line: String, message: String) throws {
    let fault = fault { _ = try table(text, ", \"label\": \"y\"") }
    #expect(fault?.kind == .badFile && fault?.path == "source.path")
    #expect(
      fault?.message.contains("\(line), column 2 (\"y\"): \(message)") == true, "\(fault as Any)")
    #expect(fault?.hint?.contains("\"categories\": {\"y\": []}") == true)
  }

  static let gaps = "a,w,y\n1,u,0\n,v,1\n4,NA,1\n7,v,0\n2,v,?\n"
  static let typed = ", \"categories\": {\"w\": []}, \"label\": \"y\""

  @Test func rowsWithMissingValuesAreLeftOut() throws {
    let data = try table(Self.gaps, Self.typed + ", \"missing\": \"drop\"")
    #expect(gathered(data) == [1, 0, 7, 1])
    #expect(data.labels == [0, 0])
    #expect(data.columns?.map(\.missing) == [0, 0])
  }

  @Test func missingValuesAreFilledIn() throws {
    let text = Self.gaps.split(separator: "\n").dropLast().joined(separator: "\n")
    let data = try table(text, Self.typed + ", \"missing\": \"mean\"")
    // The mean of 1, 4 and 7, and the word that occurs twice of three times.
    #expect(gathered(data) == [1, 0, 4, 1, 4, 1, 7, 1])
    #expect(data.columns?.map(\.missing) == [1, 1])
    let one = try table("a\n1\n\n3\n", ", \"missing\": \"mean\"")
    #expect(gathered(one) == [1, 2, 3])
  }

  @Test func marksOfOnesOwn() throws {
    let options = ", \"missing\": \"drop\", \"marks\": [\"-999\"]"
    #expect(gathered(try table("a\n1\n-999\n3\n", options)) == [1, 3])
    #expect(fault { _ = try table("a\n1\nNA\n", options) }?.message.contains("line 3") == true)
  }

  static let refused: [(text: String, options: String, message: String)] = [
    ("", "", "line 1: the file is empty"),
    ("a,b\n", "", "no row is left"),
    ("a,b\n1,2\n3\n", "", "line 3, column 2: expected 2 fields, got 1"),
    ("a,b\n1,2,3\n", "", "line 2, column 3: expected 2 fields, got 3"),
    ("a,b\n1,2\n\n3,4\n", "", "line 3, column 1: expected 2 fields, got a blank line"),
    ("a,b\n1,two\n", "", "line 2, column 2 (\"b\"): expected a number, got \"two\""),
    ("1,2\n3,x\n", ", \"header\": false", "line 2, column 2: expected a number, got \"x\""),
    ("a\n\"1\n\"\n2,\n", "", "line 2, column 1 (\"a\"): expected a number, got \"1\\n\""),
    ("a,b\n\"x\n\",1\n3,y\n", ", \"columns\": [\"b\"]", "line 4, column 2"),
    ("a\n0x10\n", "", "expected a number"), ("a\ninf\n", "", "expected a number"),
    ("a\n1.5.2\n", "", "expected a number"), ("a\n1 000\n", "", "expected a number"),
    ("a\n1e39\n", "", "expected a number of float32"), ("a\n1e999\n", "", "of float32"),
    ("a,b\n1,\n", "", "line 2, column 2 (\"b\"): the value is missing"),
    ("a,b\n1,NA\n", "", "the value is missing"),
    ("a,y\n1,\n", ", \"label\": \"y\", \"missing\": \"mean\"", "column 2 (\"y\"): the value is"),
    ("a,b\n1,\n2,?\n", ", \"missing\": \"mean\"", "every value of column \"b\" is missing"),
    ("a\n?\n", ", \"missing\": \"drop\"", "no row is left"),
    ("a,a\n1,2\n", "", "line 1, column 2: the name \"a\" occurs twice"),
    ("a,b\n1,\"2\n", "", "line 2, column 2: the file ends within a quoted field"),
    ("a,b\n1,2\"3\n", "", "line 2, column 2: a quote within a field"),
    ("a,b\n1,\"2\"3\n", "", "line 2, column 2: a field continues after its closing quote"),
    ("a,b\n1,2\r3,4\n", "", "line 2, column 2: a carriage return"),
    (
      "a,s\n1,XL\n", ", \"categories\": {\"s\": [\"S\", \"M\"]}",
      "line 2, column 2 (\"s\"): expected one of \"S\", \"M\", got \"XL\""
    ),
  ]

  /// The hint for a field that is not a number.
  @Test(arguments: [
    ("a;b\n1;2\n", "", "\"delimiter\": \";\""), ("a\tb\n1\t2\n", "", "\"delimiter\": \"\\t\""),
    ("a;b\n1,5;2,5\n", "", "\"delimiter\": \";\""),
    ("1;2\n", ", \"header\": false", "\"delimiter\": \";\""),
    ("a;b\n1,5;2\n", ", \"delimiter\": \";\"", "with a decimal point"),
    ("a,b\n1,nan\n", "", "if \"nan\" stands for a missing value, add it to \"marks\""),
    ("a,b\n1,red\n", "", "\"categories\": {\"b\": []}"),
  ])
  func hintsAtWhatWasMeant(text: String, options: String, words: String) throws {
    let hint = fault { _ = try table(text, options) }?.hint ?? ""
    #expect(hint.contains(words), "\(hint)")
  }

  @Test func anotherEncodingIsNamed() throws {
    let bytes: [UInt8] = [0xFF, 0xFE] + "a,b\n".utf8.flatMap { [$0, 0] }
    #expect(fault { _ = try table(bytes) }?.hint == "save the table as UTF-8")
  }

  @Test(arguments: 0..<refused.count) func refuses(_ index: Int) throws {
    let bad = Self.refused[index]
    let fault = fault { _ = try table(bad.text, bad.options) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.path == "source.path")
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test(arguments: [
    (", \"label\": \"c\"", "source.label"), (", \"columns\": [\"a\", \"c\"]", "source.columns[1]"),
    (", \"columns\": []", "source.columns"),
    (", \"columns\": [\"a\", \"b\", \"a\"]", "source.columns[2]"),
    (", \"categories\": {\"c\": []}", "source.categories.c"),
    (", \"categories\": {\"a\": [\"x\", \"x\"]}", "source.categories.a"),
    (", \"delimiter\": \"\"", "source.delimiter"), (", \"delimiter\": \"ab\"", "source.delimiter"),
    (", \"delimiter\": \"\\n\"", "source.delimiter"),
    (", \"delimiter\": \"é\"", "source.delimiter"),
    (", \"missing\": \"ignore\"", "source.missing"), (", \"labels\": \"b\"", "source.labels"),
  ])
  func refusesOptions(options: String, path: String) {
    let fault = fault { _ = try table("a,b\n1,2\n", options) }
    #expect(fault?.kind == .params)
    #expect(fault?.path == path)
  }

  @Test func wordsThatAreNotUTF8() {
    let bytes: [UInt8] = Array("a\n".utf8) + [0xFF, 0x0A]
    let fault = fault { _ = try table(bytes, ", \"categories\": {\"a\": []}") }
    #expect(fault?.message.contains("line 2, column 1 (\"a\"): expected text in UTF-8") == true)
  }

  @Test func everyCutOfAGzipTableIsRefused() throws {
    let small = gzip(Array("a,b\n1,2\n3,4\n".utf8))
    for length in 2..<small.count {
      #expect(fault { _ = try table(Array(small[..<length])) }?.kind == .badFile, "\(length)")
    }
  }
}
