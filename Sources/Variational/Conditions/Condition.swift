import Declarations
import JSON
import Tensors

/// Values that are supplied with every row and not modelled: the networks become q(z | x, c) and
/// p(x | z, c) (Kingma et al., arXiv 1406.5298, section 2; Sohn, Lee and Yan, 2015). The prior
/// stays p(z).
///
/// The values are appended as columns to the input of the encoder and to that of the decoder.
public protocol Condition: Sendable {
  /// The number of columns in each row.
  var columns: Int { get }
  /// Whether every column is 0 or 1.
  var isBinary: Bool { get }
  /// Throws if rows lack the values, or have one that the model does not know; paths in the fault
  /// are members of the call.
  func check(_ data: any Examples, _ rows: [UInt32], at member: String) throws(Fault)
  /// Overwrites the rows of `given` with the values of the rows `names` of `data`. Allocates
  /// nothing; several threads may call it at once.
  func write(_ names: UnsafePointer<UInt32>, of data: any Examples, into given: Block)
}

/// A condition's options, as a client writes them.
public protocol ConditionModule: Module {
  /// Returns the options, with those that depend on the data taken from `data`. Throws if the data
  /// lack them.
  func completed(by data: any Examples) throws(Fault) -> any ConditionModule
  /// Throws `params` if an option is still missing.
  func condition() throws(Fault) -> any Condition
}

/// The kind of the conditions.
public enum ConditionKind: Kind {
  public static let name = "condition"
  /// All conditions by name. A new one needs one line here.
  public static let registry = Registry<any ConditionModule>(
    name,
    [
      .module(LabelCondition.self) { $0 }
    ])
}
