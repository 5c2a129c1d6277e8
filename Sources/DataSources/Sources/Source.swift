import Declarations
import JSON
import Tensors

/// Decoded options of a source, as the registry returns them.
public protocol SourcePart: Sendable {
  /// Reads or generates the rows. Calls `checkpoint` between pieces of work of some milliseconds,
  /// and passes on what it throws, which ends the load. Throws with paths within the source's
  /// options.
  func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows
  /// Does the same, and keeps what stands in some columns beside the rows, of which they are no
  /// part. Throws `params` with the path "by" or "weights" if there is no such column.
  func load(
    aside: AsideColumns, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows
}

extension SourcePart {
  public func load(
    aside: AsideColumns, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    let isSplit = aside.split != nil
    throw Fault(
      .params, "the rows have no column beside them", path: isSplit ? "by" : "weights",
      expected: "a source with named columns: csv, hdf5 or sqlite", got: "another source",
      hint: isSplit
        ? "load a table, or give the sizes of the splits"
        : "load a table, or give an array with a weight for each row")
  }
}

/// A source's options as a type.
public protocol Source: Module, SourcePart {}

/// A source of rows with columns beside them: it has to read those, and reads none by default.
public protocol TableSource: Source {}

extension TableSource {
  public func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try load(aside: AsideColumns(), checkpoint)
  }
}

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
