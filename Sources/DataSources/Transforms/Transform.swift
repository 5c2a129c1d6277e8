import Declarations
import JSON

/// A change of the rows between their source and the data set.
public protocol Transform: Module {
  /// Calls `checkpoint` between pieces of work, and passes on what it throws. Throws with paths
  /// within the transform's options.
  func apply(to rows: Rows, _ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows
}

/// All transforms. A new one needs a file and one row here.
public enum TransformKind: Kind {
  public static let name = "transform"
  public static let registry = Registry<any Transform>(
    name,
    [
      .module(Binarize.self) { $0 },
      .module(PerClass.self) { $0 },
      .module(Scale.self) { $0 },
      .module(Shuffle.self) { $0 },
      .module(Subsample.self) { $0 },
      .module(Take.self) { $0 },
    ])
}
