import JSON
import Layers
import Tensors

/// What is given with every row and not modelled: q(z | x, c) and p(x | z, c) (Kingma et al., arXiv
/// 1406.5298, section 2; Sohn, Lee and Yan, 2015). The prior stays p(z).
///
/// It is a few more columns in what goes into the encoder, and in what goes into the decoder.
public protocol Condition: Sendable {
  /// Numbers for each row.
  var columns: Int { get }
  /// Whether all of them are 0 or 1.
  var isBinary: Bool { get }
  /// Throws where rows lack what is to be given, or have a value that is not known; paths are
  /// members of the call.
  func check(_ data: any Examples, _ rows: [UInt32], at member: String) throws(Fault)
  /// Overwrites the rows of `given` with what the rows of `data` named `names` give. Called by
  /// several threads at once; allocates nothing.
  func write(_ names: UnsafePointer<UInt32>, of data: any Examples, into given: Block)
}

/// A condition's options: what a client writes.
public protocol ConditionModule: Module {
  /// The options with what has to be known of the data filled in, where a data set is named. Throws
  /// where the data lack it.
  func completed(by data: any Examples) throws(Fault) -> any ConditionModule
  /// Throws `params` where something is not known.
  func condition() throws(Fault) -> any Condition
}

public enum ConditionKind: Kind {
  public static let name = "condition"
  /// Every condition, one line each.
  public static let registry = Registry<any ConditionModule>(
    name,
    [
      .module(LabelCondition.self) { $0 }
    ])
}

/// Rows on their way into a stack, and what goes in: the rows with what is given beside them, or
/// the rows alone, where nothing is.
struct StackInput {
  /// The rows by themselves.
  let rows: Block
  /// [row, given]: the same block where nothing is given.
  let joined: Block
  /// Columns of `joined` that each given number takes: one, or a plane of an image.
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

  /// Puts the first `count` rows and what is given beside each other; row r of `given` belongs to
  /// `samples` rows.
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

  /// Takes the first `count` rows back out of `joined`, without what is given: of gradients.
  func part(_ count: Int) {
    guard joined.base != rows.base else { return }
    rows.first(count).copy(joined)
  }
}
