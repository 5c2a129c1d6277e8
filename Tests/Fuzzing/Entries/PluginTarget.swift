import CPlugin
import Plugins

/// Descriptions of plug-ins whose sizes, counts, texts and pointers follow from the bytes, and the
/// plans and rows that their functions hand over.
///
/// Only pointers that a description may have are made: null, or to as much memory as a count that
/// is allowed can ask for. That pointers are valid is what a plug-in promises.
final class PluginTarget: FuzzTarget {
  func take(_ bytes: [UInt8]) throws {
    let table = PluginTable(bytes)
    PluginTable.running.set(table)
    defer { PluginTable.running.set(nil) }
    try? Plugin.examine(table.description())
  }
}
