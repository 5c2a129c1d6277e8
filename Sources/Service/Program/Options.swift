// `optarg`, `optind` and others are variables of C: only the main thread reads the command line.
@preconcurrency import CGlibc
import Declarations
import Glibc
import JSON

/// The options and operands after the name of the command.
struct Options: Equatable {
  private(set) var values: [String: [String]] = [:]
  private(set) var operands: [String] = []

  /// An error on the command line, in words for its author.
  struct Misuse: Error, Equatable { let message: String }

  /// Reads the arguments with getopt_long; options and operands may come in any order.
  init(_ arguments: [String], known: [Option]) throws(Misuse) {
    let known = known + [.help]
    let names = known.map { strdup($0.name) }
    // getopt expects the name of the program first, and moves the operands to the end.
    var words = (["elbo"] + arguments).map { strdup($0) } + [nil]
    defer { for text in names + words { free(text) } }
    let long =
      zip(known, names).map { option, name in
        CGlibc.option(
          name: name, has_arg: option.argument == nil ? no_argument : required_argument, flag: nil,
          val: 0)
      } + [CGlibc.option()]
    let count = Int32(words.count - 1)
    // Zero resets GNU's getopt, whose messages are replaced by our own.
    optind = 0
    opterr = 0
    let short =
      ":"
      + known.map { option in
        option.short.map { "\($0)" + (option.argument == nil ? "" : ":") } ?? ""
      }.joined()
    while true {
      var place: Int32 = 0
      let before = max(Int(optind), 1)
      let found = getopt_long(count, &words, short, long, &place)
      if found == -1 { break }
      let letter = Unicode.Scalar(UInt32(bitPattern: found)).map(Character.init)
      if found > 0, let option = known.first(where: { $0.short == letter && $0.short != nil }) {
        values[option.name, default: []].append(optarg.map { String(cString: $0) } ?? "")
        continue
      }
      // The option comes before its argument, unless they are one word.
      let isApart = found == 0 && optarg != nil && optarg == words[Int(optind) - 1]
      let end = Int(optind) - (isApart ? 2 : 1)
      let word = words[max(end, before)].map { String(cString: $0) } ?? ""
      // getopt accepts abbreviations, whose meaning a new option could change, so they are refused.
      let isWhole = found == 0 && word.dropFirst(2).prefix { $0 != "=" } == known[Int(place)].name
      guard isWhole else {
        throw Self.misuse(of: word, isMissingArgument: found == Int32(UInt8(ascii: ":")), known)
      }
      values[known[Int(place)].name, default: []].append(optarg.map { String(cString: $0) } ?? "")
    }
    operands = words[Int(optind)...].compactMap { $0.map { String(cString: $0) } }
  }

  private static func misuse(
    of word: String, isMissingArgument: Bool, _ known: [Option]
  ) -> Misuse {
    let name = String(word.drop { $0 == "-" }.prefix { $0 != "=" })
    if isMissingArgument {
      let argument = known.first { $0.name == name }?.argument ?? "an argument"
      return Misuse(message: "\(word) needs \(argument)")
    }
    if let option = known.first(where: { $0.name == name }), option.argument == nil {
      return Misuse(message: "--\(name) takes no argument")
    }
    let hint =
      suggestion(for: "--" + name, among: known.map { "--" + $0.name })
      ?? known.first { !name.isEmpty && $0.name.hasPrefix(name) }.map {
        "did you mean \"--\($0.name)\"?"
      }
    return Misuse(message: "no such option: \(word)" + (hint.map { ", \($0)" } ?? ""))
  }

  func has(_ name: String) -> Bool { values[name] != nil }
  /// The last value given.
  subscript(name: String) -> String? { values[name]?.last }
  /// Returns all values given, in order.
  func all(_ name: String) -> [String] { values[name] ?? [] }

  /// Returns an integer within bounds; nil if the option was not given.
  func integer(_ name: String, in bounds: ClosedRange<Int>) throws(Misuse) -> Int? {
    guard let text = self[name] else { return nil }
    guard let value = Int(text), bounds.contains(value) else {
      throw Misuse(
        message:
          "--\(name): expected an integer from \(bounds.lowerBound) to \(bounds.upperBound), got \(text)"
      )
    }
    return value
  }

  /// Returns a number of bytes, with or without a unit: 1048576, 1024KiB, 400MiB, 2GiB; nil if the
  /// option was not given.
  func size(_ name: String, in bounds: ClosedRange<Int>) throws(Misuse) -> Int? {
    guard let text = self[name] else { return nil }
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("", 0)]
    let unit = units.first { text.hasSuffix($0.0) } ?? ("", 0)
    let digits = text.dropLast(unit.0.count)
    guard let count = Int(digits), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw Misuse(
        message: "--\(name): expected a size like 400MiB or 419430400, got \(text)")
    }
    let bytes = count.multipliedReportingOverflow(by: 1 << unit.1)
    guard !bytes.overflow, bounds.contains(bytes.partialValue) else {
      throw Misuse(
        message:
          "--\(name): expected from \(bounds.lowerBound) to \(bounds.upperBound) bytes, got \(text)"
      )
    }
    return bytes.partialValue
  }

  /// Returns a number that is not negative; nil if the option was not given.
  func number(_ name: String) throws(Misuse) -> Double? {
    guard let text = self[name] else { return nil }
    guard let value = Double(text), value >= 0, value.isFinite else {
      throw Misuse(message: "--\(name): expected a number from 0, got \(text)")
    }
    return value
  }
}
