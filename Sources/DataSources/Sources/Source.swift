import Declarations
import JSON
import Tensors

/// What the registry of sources hands out: options that are decoded.
public protocol SourcePart: Sendable {
  /// Reads or makes the rows. Calls `checkpoint` between pieces of work that take some milliseconds
  /// each, and lets what it throws through: that ends the load. Throws with paths within the
  /// source's own options.
  func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows
}

/// Where rows come from: a source's options as a type.
public protocol Source: Module, SourcePart {}

/// The sources. A new one is one more file and one more row.
public enum SourceKind: Kind {
  public static let name = "source"
  public static let registry = Registry<any SourcePart>(
    name,
    [
      .module(ArraySource.self) { $0 },
      .module(CSV.self) { $0 },
      .module(IDX.self) { $0 },
      .module(NPYSource.self) { $0 },
      .module(PNGFolder.self) { $0 },
      .module(SafeTensorsSource.self) { $0 },
      .module(Strokes.self) { $0 },
    ])
}
