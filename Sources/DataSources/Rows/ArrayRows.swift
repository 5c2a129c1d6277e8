import Files
import JSON
import Tensors

extension StoredArray {
  /// Returns the rows and the shape of one; the first extent is their number. Throws `shape`, `io`,
  /// `badFile` and `memory`.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let row = try Shape(ofRowsOf: shape)
    return (try Storage(self, checkpoint), row)
  }

  /// Returns the numbers as classes; `name` is used in messages. Throws `shape`, `params`, `io` and
  /// `memory`.
  func classes(
    _ name: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Int] {
    let bytes = PlainBytes(file, offset..<offset + byteCount)
    return try StreamedArray(stream: bytes, layout: layout, shape: shape)
      .classes(name, checkpoint)
  }
}

extension StreamedArray {
  /// Returns the rows and the shape of one; the first extent is their number. Throws `shape`, `io`,
  /// `badFile` and `memory`.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let row = try Shape(ofRowsOf: shape)
    return (try storage(checkpoint), row)
  }

  /// Returns the numbers as classes; `name` is used in messages. Throws `shape`, `params`, `io` and
  /// `memory`.
  func classes(
    _ name: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Int] {
    guard shape.extents.count == 1 else {
      throw Fault(
        .shape, "\(name): expected labels of shape [rows], got \(shape)",
        expected: "[rows]", got: "\(shape)",
        hint: shape.count == shape.extents.first
          ? "save y.ravel()" : "save y.argmax(axis=1) if a 1 in each row marks its class")
    }
    let integers = try integers(checkpoint)
    if let row = integers.firstIndex(of: nil) {
      throw Fault(
        .params, "\(name): expected whole numbers as labels, and that of row \(row) is not one",
        expected: "whole numbers", got: "another number in row \(row)",
        hint: "save numpy.unique(y, return_inverse=True)[1]")
    }
    return integers.compactMap { $0 }
  }
}
