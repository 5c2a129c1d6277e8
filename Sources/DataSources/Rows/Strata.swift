import Files
import JSON

/// The classes of rows, of which every part of a split gets its share.
struct Strata {
  /// The number of each row's class among those that occur.
  private let places: [Int]
  /// The number of rows in each class.
  private let counts: [Int]

  /// Throws `params` for rows without labels, and for a class with fewer rows than there are parts;
  /// `memory`.
  init(_ rows: Rows, parts: Int) throws(Fault) {
    guard let labels = rows.labels else {
      throw Fault(
        .params, "classes are shared out by labels, but the rows have none", path: "stratify",
        expected: "rows with labels", got: "no labels", hint: "give the source its labels")
    }
    try Memory.require(Size(labels.count) * 64, for: "the classes of the rows")
    let classes = Set(labels).sorted()
    let numbers = Dictionary(zip(classes, classes.indices)) { first, _ in first }
    let places = labels.map { numbers[$0] ?? 0 }
    var counts = [Int](repeating: 0, count: classes.count)
    for place in places { counts[place] += 1 }
    if let least = counts.indices.first(where: { counts[$0] < parts }) {
      let label = classes[least]
      let names = rows.classNames ?? []
      let name =
        names.indices.contains(label)
        ? "\(label), \(JSON.string(names[label]).excerpt)," : "\(label)"
      throw Fault(
        .params,
        "class \(name) has \(counts[least]) \(counts[least] == 1 ? "row" : "rows") for \(parts) parts",
        path: "stratify", expected: "at least \(parts) rows of each class",
        got: "\(counts[least])", hint: "leave the class out of the rows, or \"stratify\" away")
    }
    (self.places, self.counts) = (places, counts)
  }

  /// Returns the rows of `order` class by class, in their order within a class.
  func sorted(_ order: [UInt32]) -> [UInt32] {
    var next = [Int](repeating: 0, count: counts.count)
    for place in counts.indices.dropFirst() { next[place] = next[place - 1] + counts[place - 1] }
    var sorted = order
    for row in order {
      let place = places[Int(row)]
      sorted[next[place]] = row
      next[place] += 1
    }
    return sorted
  }

  /// Returns `order` with rows for parts of these sizes at its beginning, which take of each class
  /// its share.
  func putFirst(_ sizes: [Int], of order: [UInt32]) -> [UInt32] {
    var left = counts
    var parts: [[UInt32]] = []
    // The rows of a part are the next ones of each class.
    var wanted: [[Int]] = []
    for size in sizes {
      let share = share(of: size, left)
      for place in left.indices { left[place] -= share[place] }
      wanted.append(share)
      parts.append([])
    }
    var rest: [UInt32] = []
    for row in order {
      let place = places[Int(row)]
      if let part = wanted.firstIndex(where: { $0[place] > 0 }) {
        wanted[part][place] -= 1
        parts[part].append(row)
      } else {
        rest.append(row)
      }
    }
    return parts.flatMap { $0 } + rest
  }

  /// Returns how many rows of each class a part of `size` rows has: its share rounded down, and one
  /// more in order of the remainders, as far as `left` rows are left.
  private func share(of size: Int, _ left: [Int]) -> [Int] {
    let all = places.count
    let exact = counts.map { all.dividingFullWidth($0.multipliedFullWidth(by: size)) }
    var share = exact.map(\.quotient)
    var missing = size - share.reduce(0, +)
    let order = counts.indices.sorted {
      (exact[$1].remainder, $0) < (exact[$0].remainder, $1)
    }
    while missing > 0 {
      for place in order where missing > 0 && share[place] < left[place] {
        share[place] += 1
        missing -= 1
      }
    }
    return share
  }
}
