import Declarations
import JSON

/// What happens to rows between their source and the data set.
public protocol Transform: Module {
  /// Calls `checkpoint` between pieces of work, and lets what it throws through. Throws with paths
  /// within the transform's own options.
  func apply(to rows: Rows, _ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows
}

/// The transforms. A new one is one more file and one more row.
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
