import JSON

/// The number of values in one piece of work on rows: some milliseconds, so that a cancel takes
/// effect soon.
let valuesOfPiece = 1 << 20

/// Calls `body` for the numbers from 0 to `count`, a range at a time, and `checkpoint` before each
/// range. Each number stands for `width` values.
@inline(__always)
func forEachPiece(
  of count: Int, width: Int = 1, _ checkpoint: () throws(Fault) -> Void,
  _ body: (Range<Int>) throws(Fault) -> Void
) throws(Fault) {
  let length = max(1, valuesOfPiece / max(1, width))
  for begin in stride(from: 0, to: count, by: length) {
    try checkpoint()
    try body(begin..<min(count, begin + length))
  }
}
