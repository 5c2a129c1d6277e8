import Tensors

/// The input of a stack: the rows, or the encoder's view of them, followed by their conditioning
/// values if there are any.
struct StackInput {
  /// The rows alone.
  let rows: Block
  /// [row, given]; the same block as `rows` if nothing is given and there is no view.
  let joined: Block
  /// The number of columns of `joined` for each conditioning value: one, or a plane of an image.
  let copies: Int
  /// How the stack sees the rows, if not as they are.
  private let view: EncoderView?

  struct Layout {
    let rows: Arena.Place
    let joined: Arena.Place?
    let copies: Int
    let view: EncoderView?

    init(
      rows count: Int, columns: Int, given: Int, copies: Int = 1, view: EncoderView? = nil,
      in layout: inout Arena.Layout
    ) {
      rows = layout.block(rows: count, columns: columns)
      let seen = view?.width ?? columns
      joined =
        given == 0 && view == nil
        ? nil : layout.block(rows: count, columns: seen + given * copies)
      (self.copies, self.view) = (copies, view)
    }
  }

  init(_ layout: Layout, in arena: Arena) {
    rows = arena.block(layout.rows)
    joined = layout.joined.map { arena.block($0) } ?? rows
    (copies, view) = (layout.copies, layout.view)
  }

  /// Copies the first `count` rows and their conditioning values into `joined`; row r of `given`
  /// belongs to `samples` rows.
  func join(_ given: Block, _ count: Int, samples: Int = 1) {
    guard joined.base != rows.base else { return }
    for row in 0..<count {
      let target = joined.row(row)
      if let view {
        view.write(rows.row(row), into: target)
      } else {
        target.update(from: rows.row(row), count: rows.columns)
      }
      guard given.columns > 0 else { continue }
      let source = given.row(row / samples)
      var place = target + (view?.width ?? rows.columns)
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
