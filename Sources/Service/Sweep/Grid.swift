import JSON

/// The values that a sweep tries: every combination of those of its axes, the last of which varies
/// fastest.
struct Grid: Sendable {
  /// One `--grid` argument: members of requests, and their values in turn.
  struct Axis: Sendable, Equatable {
    let path: String
    let values: [JSON]
  }

  let axes: [Axis]
  let count: Int

  /// The most runs of a sweep.
  static let mostRuns = 100_000

  /// Throws `params` for two axes of one path, and for too many runs.
  init(_ axes: [Axis]) throws(Fault) {
    for (place, axis) in axes.enumerated()
    where axes[..<place].contains(where: { $0.path == axis.path }) {
      throw Fault(
        .params, "two grids of \(axis.path)", hint: "write all its values in one, after commas")
    }
    var count = 1
    for axis in axes {
      count *= axis.values.count
      guard count <= Self.mostRuns else {
        throw Fault(
          .params, "the grids make more than \(Self.mostRuns) runs", hint: "try fewer values")
      }
    }
    (self.axes, self.count) = (axes, count)
  }

  /// Returns the value on each axis of a run, counted from 0.
  func values(of run: Int) -> [JSON] {
    var rest = run
    return axes.reversed().map { axis in
      defer { rest /= axis.values.count }
      return axis.values[rest % axis.values.count]
    }.reversed()
  }
}

extension Grid.Axis {
  /// Reads "PATH=VALUE,VALUE,…". A value is JSON, a range of integers like 1..5, or a word. Throws
  /// `params`.
  init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw Fault(
        .params, "expected PATH=VALUE,VALUE,…, got \(text)",
        hint: "such as trainer.create.optimizer.rate=0.001,0.003 or seed=1..5")
    }
    path = String(parts[0])
    var values: [JSON] = []
    for word in Self.words(parts[1]) {
      guard !word.isEmpty else {
        throw Fault(
          .params, "\(path): expected a value before and after each comma, got \(parts[1])")
      }
      values += try Self.range(word, of: path) ?? [(try? JSON(parsing: word)) ?? .string(word)]
    }
    self.values = values
  }

  /// Divides a text at the commas outside brackets and quotes.
  private static func words(_ text: Substring) -> [String] {
    var words = [""]
    var (depth, isQuoted, isEscaped) = (0, false, false)
    for letter in text {
      if letter == ",", depth == 0, !isQuoted {
        words.append("")
        continue
      }
      words[words.count - 1].append(letter)
      if isEscaped {
        isEscaped = false
      } else if letter == "\\" {
        isEscaped = isQuoted
      } else if letter == "\"" {
        isQuoted.toggle()
      } else if !isQuoted {
        if letter == "[" || letter == "{" { depth += 1 }
        if letter == "]" || letter == "}" { depth -= 1 }
      }
    }
    return words
  }

  /// Returns the integers of a range like 1..5, both ends included; nil if the word is none.
  private static func range(_ word: String, of path: String) throws(Fault) -> [JSON]? {
    var ends = word.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty else { return nil }
    ends.remove(at: 1)
    let numbers = ends.compactMap { Int($0) }
    guard numbers.count == 2 else { return nil }
    let (first, last) = (numbers[0], numbers[1])
    guard first <= last, last.subtractingReportingOverflow(first).partialValue < Grid.mostRuns,
      !last.subtractingReportingOverflow(first).overflow
    else {
      throw Fault(
        .params,
        "\(path): expected a range such as 1..5 of at most \(Grid.mostRuns) integers, got \(word)")
    }
    return (first...last).map { .int($0) }
  }
}
