import Declarations
import JSON
import Tensors

/// Decoded options of a source, as the registry returns them.
public protocol SourcePart: Sendable {
  /// Reads or generates the rows. Calls `checkpoint` between pieces of work of some milliseconds,
  /// and passes on what it throws, which ends the load. Throws with paths within the source's
  /// options.
  func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows
  /// Does the same, and keeps the words of a column as `aside` of the rows, of which it is no part.
  /// Throws `params` with the path "by" if there is no such column.
  func load(
    aside column: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows
}

extension SourcePart {
  public func load(
    aside column: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows { throw Split.noColumn }
}

/// A source's options as a type.
public protocol Source: Module, SourcePart {}

/// All sources. A new one needs a file and one row here.
public enum SourceKind: Kind {
  public static let name = "source"
  public static let registry = Registry<any SourcePart>(
    name,
    [
      .module(ArraySource.self) { $0 },
      .module(CSVSource.self) { $0 },
      .module(HDF5Source.self) { $0 },
      .module(IDXSource.self) { $0 },
      .module(NPYSource.self) { $0 },
      .module(NPZSource.self) { $0 },
      .module(PicturesSource.self) { $0 },
      .module(PNGFolderSource.self) { $0 },
      .module(SafeTensorsSource.self) { $0 },
      .module(SQLiteSource.self) { $0 },
      .module(StrokesSource.self) { $0 },
    ], wayOut: SourceAdvice.hint)
}
