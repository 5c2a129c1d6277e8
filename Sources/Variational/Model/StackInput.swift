import Tensors

/// The input of a stack: the rows followed by their conditioning values, or the rows alone if there
/// are none.
struct StackInput {
  /// The rows alone.
  let rows: Block
  /// [row, given]; the same block as `rows` if nothing is given.
  let joined: Block
  /// The number of columns of `joined` for each conditioning value: one, or a plane of an image.
  let copies: Int

  struct Layout {
    let rows: Arena.Place
    let joined: Arena.Place?
    let copies: Int

    init(rows count: Int, columns: Int, given: Int, copies: Int = 1, in layout: inout Arena.Layout)
    {
      rows = layout.block(rows: count, columns: columns)
      joined = given == 0 ? nil : layout.block(rows: count, columns: columns + given * copies)
      self.copies = copies
    }
  }

  init(_ layout: Layout, in arena: Arena) {
    rows = arena.block(layout.rows)
    joined = layout.joined.map { arena.block($0) } ?? rows
    copies = layout.copies
  }

  /// Copies the first `count` rows and their conditioning values into `joined`; row r of `given`
  /// belongs to `samples` rows.
  func join(_ given: Block, _ count: Int, samples: Int = 1) {
    guard given.columns > 0 else { return }
    for row in 0..<count {
      let target = joined.row(row)
      target.update(from: rows.row(row), count: rows.columns)
      let source = given.row(row / samples)
      var place = target + rows.columns
      for column in 0..<given.columns {
        place.update(repeating: source[column], count: copies)
        place += copies
      }
    }
  }

  /// Copies the first `count` rows from `joined` back to `rows`, without the conditioning values:
  /// for gradients.
  func part(_ count: Int) {
    guard joined.base != rows.base else { return }
    rows.first(count).copy(joined)
  }
}
