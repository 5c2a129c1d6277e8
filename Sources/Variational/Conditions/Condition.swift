import Declarations
import JSON
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
