import DataSources
import Pictures

/// A program or library of the system that some methods use, and the others do without.
package struct Companion: Sendable {
  package let name: String
  /// What needs it.
  package let purpose: String
  /// The Debian package that has it.
  package let package: String
  package let isInstalled: Bool

  package static var all: [Companion] {
    [
      Companion(
        name: "gnuplot", purpose: "charts with the renderer \"gnuplot\"", package: "gnuplot-nox",
        isInstalled: Gnuplot().program != nil),
      Companion(
        name: "libhdf5", purpose: "the source \"hdf5\"",
        package: "libhdf5-103-1 (libhdf5-310 from Debian 13 on)",
        isInstalled: HDF5Source.isInstalled),
      Companion(
        name: "libsqlite3", purpose: "the source \"sqlite\"", package: "libsqlite3-0",
        isInstalled: SQLiteSource.isInstalled),
    ]
  }
}
