import Declarations
import Files
import JSON
import Tensors

/// The changes of every column of the data before a model, in their order.
package struct Preprocessor: Sendable {
  /// The changes of each column, in their order; neighbouring affine ones are one.
  private var chains: [[any ColumnMap]]
  /// The columns with changes.
  private let changed: [Int]
  /// The number of zeros and ones by which the encoder sees a column.
  let levels: [Int: Int]
  /// The sum of log |dy/dx| over the columns, if it is the same for all rows.
  private let constantLogSlope: Double?

  /// Whether there is a column whose values change.
  var changesValues: Bool { !changed.isEmpty }

  /// Returns whether the values of a column change.
  func changes(_ column: Int) -> Bool { !chains[column].isEmpty }

  /// Combines the changes, in their order. Throws `params` for one whose numbers are not known or
  /// do not fit, and `unknownName` for a column that does not exist.
  init(_ parts: [Choice<PreprocessingKind>], width: Int) throws(Fault) {
    try Memory.require(Size(width) * 64, for: "the changes of \(width) columns")
    var chains = [[any ColumnMap]](repeating: [], count: width)
    var levels: [Int: Int] = [:]
    for (index, part) in parts.enumerated() {
      try within("[\(index)]") { () throws(Fault) in
        let places = try part.product.places(among: nil, width: width)
        try Self.requireFitted(part, places.count)
        for (place, column) in places.enumerated() {
          if let count = part.product.levels(place) { levels[column] = count }
          guard let map = part.product.map(place) else { continue }
          guard map.value(1).isFinite, (map.value(1) - map.value(0)) > 0 else {
            throw Fault(
              .params, "the numbers of column \(column) make no finite scale above zero",
              expected: "finite numbers, deviations and ranges above zero",
              got: "a slope of \(map.value(1) - map.value(0))")
          }
          if let last = chains[column].last as? AffineMap, let next = map as? AffineMap {
            chains[column][chains[column].count - 1] = last.then(next)
          } else {
            chains[column].append(map)
          }
        }
      }
    }
    if let column = levels.keys.sorted().first(where: { !chains[$0].isEmpty }) {
      throw Fault(
        .params, "column \(column) holds classes for oneHot and is changed as a number too",
        expected: "oneHot alone for the column", got: "two changes",
        hint: "give the other change its \"columns\"")
    }
    self.chains = chains
    self.levels = levels
    changed = chains.indices.filter { !chains[$0].isEmpty }
    let isAffine = changed.allSatisfy { chains[$0].count == 1 && chains[$0][0] is AffineMap }
    constantLogSlope =
      isAffine ? changed.reduce(0) { $0 + chains[$1][0].logSlope(0) } : nil
  }

  private static func requireFitted(
    _ part: Choice<PreprocessingKind>, _ columns: Int
  ) throws(Fault) {
    guard part.product.isFitted else {
      throw Fault(
        .params, "the numbers of \(part.typeName) are not known",
        expected: "data to find them from",
        got: "no data", hint: "give \"data\", or the numbers of each column")
    }
    guard let given = part.product.fittedColumns, given != columns else { return }
    throw Fault(
      .params, "\(part.typeName) has numbers for other columns than it changes",
      expected: "a number for each of \(columns) columns",
      got: given < 0 ? "lists that do not fit" : "\(given)",
      hint: "leave the numbers out to have them found from the data")
  }

  /// Throws `support` for the first value that a change is not made for; `names` gives the rows'
  /// indices in the data.
  func check(
    _ block: Block, columnNames: [String]? = nil, names: (Int) -> Int
  ) throws(Fault) {
    for row in 0..<block.rows {
      let values = block.row(row)
      for (column, count) in levels {
        guard Int(exactly: values[column]).map((0..<count).contains) != true else { continue }
        let value = JSON.float(values[column]).line
        throw Fault(
          .support,
          "row \(names(row)), column \(columnNames?[column] ?? "\(column)"): \(value) is not one of the \(count) classes of oneHot",
          expected: "a class from 0 to \(count - 1)", got: value,
          hint: "number the classes as the data of the model did, or give \"levels\"")
      }
      for column in changed {
        var value = Double(values[column])
        for map in chains[column] {
          guard map.contains(value) else {
            throw Fault(
              .support,
              "row \(names(row)), column \(columnNames?[column] ?? "\(column)"): \(value) is not \(map.domain)",
              expected: map.domain, got: "\(value)",
              hint:
                "leave the row out, or build the model with \"columns\" that leave the column out")
          }
          value = map.value(value)
        }
      }
    }
  }

  /// Overwrites rows x with y.
  func apply(_ block: Block) {
    for column in changed {
      let chain = chains[column]
      if chain.count == 1, let affine = chain[0] as? AffineMap {
        for row in 0..<block.rows {
          block[row, column] = Float(affine.value(Double(block[row, column])))
        }
        continue
      }
      for row in 0..<block.rows {
        block[row, column] = Float(chain.reduce(Double(block[row, column])) { $1.value($0) })
      }
    }
  }

  /// Overwrites rows y with x.
  func undo(_ block: Block) {
    for column in changed {
      let chain = chains[column]
      for row in 0..<block.rows {
        block[row, column] = Float(
          chain.reversed().reduce(Double(block[row, column])) { $1.original($0) })
      }
    }
  }

  /// Returns the sum of log |dy/dx| over the columns of a row y.
  func logSlope(_ row: UnsafePointer<Float>) -> Double {
    if let constantLogSlope { return constantLogSlope }
    var sum = 0.0
    for column in changed {
      var value = Double(row[column])
      for map in chains[column].reversed() {
        value = map.original(value)
        sum += map.logSlope(value)
      }
    }
    return sum
  }
}

extension PreprocessingModule {
  /// Returns the numbers of its columns. Throws `unknownName`.
  func places(among names: [String]?, width: Int) throws(Fault) -> [Int] {
    guard let columns else { return Array(0..<width) }
    var places: [Int] = []
    for (index, column) in columns.enumerated() {
      let place = try within("columns[\(index)]") { () throws(Fault) in
        try column.place(among: names, width: width)
      }
      guard !places.contains(place) else {
        throw Fault(
          .params, "column \(column.json.excerpt) is named twice", path: "columns[\(index)]",
          expected: "each column once", got: column.json.excerpt)
      }
      places.append(place)
    }
    return places
  }
}
