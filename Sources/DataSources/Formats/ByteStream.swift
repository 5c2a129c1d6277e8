import Files
import JSON

/// The bytes of a file, or of a part of it, in order.
protocol ByteStream: AnyObject {
  /// The name of the file in messages.
  var name: String { get }

  /// Fills `out` as far as possible; returns the number of bytes. Throws `io`, and `badFile` if
  /// what is inflated is corrupt or truncated.
  func read(
    into out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int
}

extension ByteStream {
  /// Returns the next bytes, `count` or as many as are left; calls `checkpoint` while inflating.
  func read(
    _ count: Int, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    var failure: Fault?
    let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(Fault) { filled = try read(into: buffer, checkpoint) } catch { failure = error }
    }
    if let failure { throw failure }
    return out
  }
}

/// The bytes of a file from an offset on, as they are.
final class PlainBytes: ByteStream {
  private let file: OpenFile
  private var position: Int
  private let end: Int

  init(_ file: OpenFile, _ range: Range<Int>) {
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  var name: String { file.path }

  func read(
    into out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int {
    var filled = 0
    while filled < min(out.count, filled + end - position) {
      try checkpoint()
      let part = min(out.count - filled, end - position, valuesOfPiece)
      let room = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(out)[
          filled..<filled + part])
      let got = try file.read(into: room, at: position)
      guard got == part else { throw File.shrunk(file.path) }
      filled += got
      position += got
    }
    return filled
  }
}
