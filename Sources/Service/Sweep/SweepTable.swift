import Files
import JSON

/// The figures of a sweep's runs: one row a run, in columns named METHOD.MEMBER.
struct SweepTable {
  /// The figures of one run.
  struct Row {
    let run: SweepRun
    let figures: [(name: String, value: JSON)]
    let failure: SweepFailure?

    subscript(name: String) -> Double? { figure(name)?.double }

    func figure(_ name: String) -> JSON? { figures.first { $0.name == name }?.value }
  }

  let axes: [String]
  var rows: [Row] = []

  /// Returns the numbers of the replies of trainings and queries, except those in lists and nested
  /// objects. The replies of the second request of a method are METHOD#2.
  static func figures(of replies: [JSON], to requests: [JSON]) -> [(name: String, value: JSON)] {
    var counts: [String: Int] = [:]
    var figures: [(String, JSON)] = []
    for (reply, request) in zip(replies, requests) {
      guard let method = served.first(where: { $0.name == request["method"]?.text }),
        method.effect == .trains || method.effect.isQuery, case .object(let members) = reply
      else { continue }
      counts[method.name, default: 0] += 1
      let number = counts[method.name, default: 1]
      let name = number == 1 ? method.name : "\(method.name)#\(number)"
      for member in members where member.value.double != nil {
        figures.append(("\(name).\(member.name)", member.value))
      }
    }
    return figures
  }

  /// The last word of a path.
  static func last(_ path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  /// The method of a column, with the number of its call.
  private static func call(of column: String) -> Substring {
    column[..<(column.lastIndex(of: ".") ?? column.endIndex)]
  }

  /// The columns in the order in which they first appear.
  var columns: [String] {
    var columns: [String] = []
    var known: Set<String> = []
    for row in rows {
      for figure in row.figures where known.insert(figure.name).inserted {
        columns.append(figure.name)
      }
    }
    return columns
  }

  /// The figure that is shown: the first of the last evaluation or, without one, the ELBO of the
  /// last training.
  var mainColumn: String? {
    let columns = columns
    guard let last = columns.last(where: { $0.hasPrefix("evaluate.") }) else {
      return columns.last { $0.hasSuffix(".elbo") } ?? columns.last
    }
    let call = Self.call(of: last)
    return columns.first { Self.call(of: $0) == call }
  }

  /// All figures, with the values on the axes.
  var csv: String {
    let columns = columns
    var lines = [(["run"] + axes + ["error"] + columns).map(cell).joined(separator: ",")]
    for row in rows {
      var cells = ["\(row.run.number)"] + axes.indices.map { row.run.word($0) }
      cells.append(row.failure?.sentence ?? "")
      cells += columns.map { column in row.figure(column)?.line ?? "" }
      lines.append(cells.map(cell).joined(separator: ","))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The table for a person: the axes, and one figure with its error.
  func text(_ column: String?) -> String {
    let names = axes.map { path in
      let last = Self.last(path)
      return axes.filter { Self.last($0) == last }.count > 1 ? path : last
    }
    var lines = [["run"] + names + [column ?? "figure"]]
    let error = column.map { "\(Self.call(of: $0)).standardError" }
    for row in rows {
      var figure = row.failure?.sentence ?? ""
      if row.failure == nil, let column, let value = row[column] {
        figure = Summary.measured(value, error: error.flatMap { row[$0] })
      }
      lines.append(["\(row.run.number)"] + axes.indices.map { row.run.word($0) } + [figure])
    }
    let widths = lines[0].indices.map { place in lines.map { $0[place].count }.max() ?? 0 }
    return lines.map { line in
      var cells = zip(line, widths).map { padded($0, $1) }
      cells[cells.count - 1] = line[line.count - 1]
      return cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

/// Returns a cell; nothing stands for what there is not.
private func cell(_ text: String) -> String { text.isEmpty ? "" : csvField(text) }
