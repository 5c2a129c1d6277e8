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
    ("tabs by the name", Array("a\tb\n1\t2.5\n-3\t4e2\n".utf8), "tsv"),
    ("spaces before quotes", Array("\"a\", \"b\"\n\"1\", \"2.5\"\n\"-3\", 4e2\n".utf8), ""),
    ("apostrophes", Array("'a','b'\n'1','2.5'\n-3,4e2\n".utf8), ", \"quote\": \"'\""),
    (
      "escapes", Array("\\a,\"b\"\n1,\"2\\.5\"\n\\-3,4e2\n".utf8), ", \"escape\": \"\\\\\""
    ),
    (
      "decimal commas", Array("a;b\n1;2,5\n-3,00;4e2\n".utf8),
      ", \"delimiter\": \";\", \"decimal\": \",\""
    ),
    (
      "points between thousands", Array("a;b\n1;2,5\n-3;400\n".utf8),
      ", \"delimiter\": \";\", \"decimal\": \",\", \"thousands\": \".\""
    ),
    ("UTF-16, little-endian", utf16("\u{FEFF}a,b\n1,2.5\n-3,4e2\n", isBig: false), ""),
    ("UTF-16, big-endian", utf16("\u{FEFF}a,b\n1,2.5\n-3,4e2\n", isBig: true), ""),
    ("UTF-16 without a mark", utf16("a,b\n1,2.5\n-3,4e2\n", isBig: false), ""),
    (
      "UTF-16 by name", utf16("a,b\n1,2.5\n-3,4e2\n", isBig: true), ", \"encoding\": \"utf-16be\""
    ),
    ("a column of row names", Array(",a,b\nx,1,2.5\ny,-3,4e2\n".utf8), ""),
    (
      "a column of row numbers", Array("a,n,b\n1,0,2.5\n-3,1,4e2\n".utf8), ", \"index\": \"n\""
    ),
    (
      "other columns", Array("b,x,a\n2.5,no,1\n4e2,no,-3\n".utf8),
      ", \"columns\": [\"a\", \"b\"]"
    ),
    (
      "other columns, no header", Array("2.5,no,1\n4e2,no,-3\n".utf8),
      ", \"header\": false, \"columns\": [\"2\", \"0\"]"
    ),
  ]

  static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let bytes = little(UInt64(unit), 2)
      return isBig ? bytes.reversed() : bytes
    }
  }

  @Test(arguments: alike.map(\.name)) func reads(_ name: String) throws {
    let same = try #require(Self.alike.first { $0.name == name })
    if same.options == "tsv" {
      let path = try folder.write("table.TSV", same.text)
      #expect(
        gathered(try load("{\"type\": \"csv\", \"path\": \"\(path)\"}")) == [1, 2.5, -3, 400])
      return
    }
    let data = try table(same.text, same.options)
    #expect(gathered(data) == [1, 2.5, -3, 400])
    #expect(data.shape == [2])
    #expect(data.columns?.map(\.missing) == [0, 0])
    #expect(data.labels == nil && data.classNames == nil)
  }

  /// Numbers as they are written in other countries.
  @Test(arguments: [
    ("1.234.567,5", ",", ".", 1_234_567.5), ("1,234", ".", ",", 1234),
    ("1 234,5", ",", " ", 1234.5),
    ("-1\u{202F}234\u{202F}567", ".", " ", -1_234_567), ("1'234.5", ".", "'", 1234.5),
    ("12,34,567", ".", ",", 1_234_567), ("1.234e3", ".", ",", 1234), (",5", ",", "", 0.5),
    ("+12", ",", ".", 12), ("1_000", ".", "_", 1000),
  ])
  func numbersOfOtherCountries(text: String, decimal: String, thousands: String, value: Float)
    throws
  {
    let options = ", \"decimal\": \"\(decimal)\", \"thousands\": \"\(thousands)\""
    #expect(gathered(try table("a\n\"\(text)\"\n", options)) == [value])
  }

  /// A separator that does not stand between groups is a mistake, which would change the number.
  @Test(arguments: [
    ("1,5", ".", ","), ("1234,567", ".", ","), (",123", ".", ","), ("1,,234", ".", ","),
    ("1,2345", ".", ","), ("1.5,000", ".", ","), ("1,234,", ".", ","), ("1.5", ",", ""),
    ("1.50", ",", "."), ("1e1,000", ".", ","), ("1,2,345", ".", ","), ("1 234", ".", ","),
  ])
  func separatorsInTheWrongPlaceAreRefused(text: String, decimal: String, thousands: String) {
    let options = ", \"decimal\": \"\(decimal)\", \"thousands\": \"\(thousands)\""
    let fault = fault { _ = try table("a\n\"\(text)\"\n", options) }
    #expect(fault?.message.contains("line 2, column 1 (\"a\"): expected a number") == true)
  }

  @Test func labelsWithDecimalCommas() throws {
    let options = ", \"delimiter\": \";\", \"decimal\": \",\", \"label\": \"y\""
    let data = try table("x;y\n0,5;1,0\n1,5;2\n", options)
    #expect(data.labels == [1, 2] && data.classNames == nil)
  }

  @Test func wordsInEveryEncoding() throws {
    let words = ["Ärger", "naïve", "øl"]
    let text = "w\n" + words.joined(separator: "\n") + "\n"
    let latin = text.unicodeScalars.map { UInt8($0.value) }
    let typed = ", \"categories\": {\"w\": []}"
    for (bytes, options) in [
      (Array(text.utf8), ""), (latin, ", \"encoding\": \"latin-1\""),
      (latin, ", \"encoding\": \"windows-1252\""), (Self.utf16("\u{FEFF}" + text, isBig: true), ""),
      (Self.utf16(text, isBig: false), ", \"encoding\": \"utf-16\""),
    ] {
      let data = try table(bytes, typed + options)
      #expect(Set(data.columns?[0].categories ?? []) == Set(words))
    }
    let fault = fault { _ = try table(latin, typed) }
    #expect(fault?.message.contains("line 2, column 1 (\"w\"): expected text in UTF-8") == true)
    #expect(fault?.hint?.contains("\"encoding\": \"latin-1\"") == true)
    // The euro sign is where Latin-1 has a control character.
    let euro = try table([0x77, 0x0A, 0x80, 0x0A], typed + ", \"encoding\": \"windows-1252\"")
    #expect(euro.columns?[0].categories == ["€"])
    // A pair of UTF-16 that spans two reads of the file.
    let long = "w\n" + String(repeating: "a", count: 32_766) + "😀\n"
    let pair = try table(Self.utf16("\u{FEFF}" + long, isBig: false), typed)
    #expect(pair.columns?[0].categories?[0].hasSuffix("a😀") == true)
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x61, 0x00, 0x0A], "the text ends within a character of UTF-16"),
      ([0xFF, 0xFE, 0x00, 0xD8, 0x61, 0x00], "a half of a pair of UTF-16 is alone"),
      ([0xFF, 0xFE, 0x00, 0xDC], "a half of a pair of UTF-16 is alone"),
      ([0xFE, 0xFF, 0xD8, 0x00], "a half of a pair of UTF-16 is alone"),
    ] as [([UInt8], String)])
  func brokenUTF16IsRefused(bytes: [UInt8], message: String) {
    let fault = fault { _ = try table(bytes) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func quotesAsTheyAre() throws {
    let options = ", \"quote\": \"\", \"categories\": {\"w\": []}"
    let data = try table("w\n5\"\n\"x\n", options)
    #expect(data.columns?[0].categories == ["\"x", "5\""])
    let hint = fault { _ = try table("w\n5\"\n", ", \"categories\": {\"w\": []}") }?.hint
    #expect(hint == "\"quote\": \"\" takes quotes as they are")
  }

  @Test func theIndexIsLeftOutUnlessItIsNamed() throws {
    let text = ",a\n5,1\n6,2\n"
    #expect(try table(text).columns?.map(\.name) == ["a"])
    #expect(gathered(try table(text, ", \"columns\": [\"\", \"a\"]")) == [5, 1, 6, 2])
    #expect(try table("a,\n1,5\n").columns?.map(\.name) == ["a", ""], "only the first column")
    #expect(gathered(try table("1,2\n", ", \"header\": false, \"index\": \"0\"")) == [2])
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

  @Test func columnsOfWordsAreFound() throws {
    let text = "n,leaf,odd\n1,,7\n2,round,x\n3,narrow,\n4,round,8\n"
    let options = ", \"missing\": \"drop\", \"detectWords\": true, \"columns\": [\"n\", \"leaf\"]"
    let data = try table(text, options)
    #expect(data.columns?.map(\.categories) == [nil, ["narrow", "round"]])
    #expect(gathered(data) == [2, 1, 3, 0, 4, 1])
    // Words that are listed are as they are listed.
    let listed = try table(text, options + ", \"categories\": {\"leaf\": [\"round\", \"narrow\"]}")
    #expect(listed.columns?[1].categories == ["round", "narrow"])
  }

  @Test(arguments: [
    ("a\n1\nx\n", "line 3", "\"categories\""),
    ("a\ncm\n1\n", "expected a word, as in line 2", "\"categories\""),
    ("a\n\"1,5\"\n", "expected a number", "\"decimal\""),
    ("a;b\n1;2\n", "expected a number", "\"delimiter\""),
  ]) func columnsOfWordsAndNumbers(_ text: String, _ message: String, _ hint: String) throws {
    let fault = #expect(throws: Fault.self) { try table(text, ", \"detectWords\": true") }
    #expect(fault?.message.contains(message) == true, "\(String(describing: fault))")
    #expect(fault?.hint?.contains(hint) == true, "\(String(describing: fault))")
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
    #expect(data.dropped == [1, 2, 4])
    let blank = try table("a\n1\n\n\n3\n", ", \"missing\": \"drop\"")
    #expect(gathered(blank) == [1, 3] && blank.dropped == [1, 2])
  }

  @Test func missingValuesAreFilledIn() throws {
    let text = Self.gaps.split(separator: "\n").dropLast().joined(separator: "\n")
    let data = try table(text, Self.typed + ", \"missing\": \"mean\"")
    // The mean of 1, 4 and 7, and the word that occurs twice of three times.
    #expect(gathered(data) == [1, 0, 4, 1, 4, 1, 7, 1])
    #expect(data.columns?.map(\.missing) == [1, 1])
    let one = try table("a\n1\n\n3\n", ", \"missing\": \"mean\"")
    #expect(gathered(one) == [1, 2, 3])
    // An empty field in quotes is a row, at the end of the file too.
    let last = try table("a\n1\n3\n\"\"\n", ", \"missing\": \"mean\"")
    #expect(gathered(last) == [1, 3, 2])
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
    (
      "a,b\n?,1\n", ", \"missing\": \"mean\", \"categories\": {\"a\": [\"x\"]}",
      "every value of column \"a\" is missing"
    ),
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
    ("a;b\n1,5;2\n", ", \"delimiter\": \";\"", "\"decimal\": \",\" reads 1,5 as a number"),
    ("a\n\"1,234\"\n", "", "\"decimal\": \",\", or \"thousands\": \",\" reads 1,234"),
    ("a\n\"1.234,5\"\n", "", "\"decimal\": \",\", \"thousands\": \".\" reads"),
    ("a\n1 234\n", "", "\"thousands\": \" \""),
    ("a,b\n1,nan\n", "", "if \"nan\" stands for a missing value, add it to \"marks\""),
    ("a,b\n1,red\n", "", "\"categories\": {\"b\": []}"),
  ])
  func hintsAtWhatWasMeant(text: String, options: String, words: String) throws {
    let hint = fault { _ = try table(text, options) }?.hint ?? ""
    #expect(hint.contains(words), "\(hint)")
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
    (", \"quote\": \",\"", "source.quote"), (", \"quote\": \"ab\"", "source.quote"),
    (", \"escape\": \"\\\"\"", "source.escape"), (", \"decimal\": \"\"", "source.decimal"),
    (", \"decimal\": \"5\"", "source.decimal"), (", \"thousands\": \".\"", "source.thousands"),
    (", \"thousands\": \"ab\"", "source.thousands"), (", \"index\": \"c\"", "source.index"),
    (", \"encoding\": \"ebcdic\"", "source.encoding"),
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
