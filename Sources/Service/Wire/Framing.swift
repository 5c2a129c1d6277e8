import Files
import Glibc
import JSON
import Tensors

/// One item of the input.
enum Frame {
  /// The first header line: the client uses the framing of editors, for replies too.
  case header
  /// The text of one message; valid only while the receiver runs.
  case message(UnsafeRawBufferPointer)
  /// A message that is too long: it is dropped, except its id if that came before the limit.
  case oversized(bytes: Int, id: JSON?)
  /// A message for which there is no memory: it is dropped in the same way.
  case unheld(Fault, bytes: Int, id: JSON?)
  /// An unusable header in the framing of editors.
  case malformed(String)
}

/// Splits a stream of bytes into messages: one a line, or each after a `Content-Length` header.
///
/// The first byte decides: no JSON text begins with the first letter of `Content-Length`, in either
/// case. If the line turns out to be no header, it is reported, and the next line decides.
struct Framing {
  private enum Mode: Sendable { case undecided, lines, headers }

  private var mode = Mode.undecided
  /// The bytes of a byte order mark that have come; nil once the text has begun.
  private var mark: Int? = 0
  private let limit: Int
  /// The beginning of the current message from earlier chunks.
  private var carry: [UInt8] = []
  /// The number of dropped bytes of the current message; zero if none are dropped.
  private var dropped = 0
  /// Why the message is dropped, if not for its length.
  private var fault: Fault?
  /// The id of the dropped message.
  private var id: JSON?
  private var header = Header()
  /// Whether a header line came, so that the client does use headers.
  private var hasHeaders = false

  /// The longest header line, far above what any client writes.
  private static let headerLimit = 8 << 10

  init(limit: Int) { self.limit = limit }

  /// Decides by the first byte that is not a line break; later calls change nothing.
  private mutating func decide(by chunk: UnsafeRawBufferPointer) {
    guard mode == .undecided, let first = chunk.first(where: { $0 != 0x0A && $0 != 0x0D }) else {
      return
    }
    mode = first | 0x20 == UInt8(ascii: "c") ? .headers : .lines
  }

  /// Takes the next bytes, in chunks of any size, and passes on the messages that they complete.
  mutating func take(_ chunk: UnsafeRawBufferPointer, _ receive: (Frame) -> Void) {
    var rest = chunk[...]
    if let mark { rest = skipMark(rest, seen: mark) }
    while !rest.isEmpty {
      decide(by: UnsafeRawBufferPointer(rebasing: rest))
      if mode == .undecided { return }
      if mode == .headers, header.isComplete {
        rest = takeBody(rest, receive)
      } else {
        rest = takeLine(rest, receive)
      }
    }
  }

  /// Ends the input; the rest is the last message.
  mutating func finish(_ receive: (Frame) -> Void) {
    if let mark { endMark(mark) }
    if mode == .headers {
      // A message that is too long has been reported already.
      if !hasHeaders, !carry.isEmpty || dropped > 0 {
        receive(.malformed(Self.neither))
      } else if header.isComplete && header.length <= limit || !carry.isEmpty {
        receive(.malformed("the input ended inside a message"))
      } else if header.isBegun {
        receive(.malformed(Header.expected))
      } else if header.isComplete, dropped == 0 {
        receive(.oversized(bytes: header.length, id: nil))
      }
    } else {
      endLine(receive)
    }
    carry = []
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Skips a byte order mark before the first message, which some editors write.
  private mutating func skipMark(
    _ rest: Slice<UnsafeRawBufferPointer>, seen: Int
  ) -> Slice<UnsafeRawBufferPointer> {
    var (rest, seen) = (rest, seen)
    while seen < 3, rest.first == Self.byteOrderMark[seen] {
      rest = rest.dropFirst()
      seen += 1
    }
    if seen == 3 { mark = nil } else if rest.isEmpty { mark = seen } else { endMark(seen) }
    return rest
  }

  /// Ends a mark that was none: its bytes belong to the text.
  private mutating func endMark(_ seen: Int) {
    mark = nil
    guard seen > 0 else { return }
    mode = .lines
    carry += Self.byteOrderMark.prefix(seen)
  }

  private mutating func takeLine(
    _ rest: Slice<UnsafeRawBufferPointer>, _ receive: (Frame) -> Void
  ) -> Slice<UnsafeRawBufferPointer> {
    let limit = mode == .headers ? Self.headerLimit : limit
    guard let end = Self.lineBreak(in: rest) else {
      keep(rest, limit)
      return rest[rest.endIndex...]
    }
    let line = rest[..<end]
    if mode == .lines, carry.isEmpty, dropped == 0, line.count <= limit {
      // In the common case the line is whole in the chunk, and nothing is copied.
      emit(UnsafeRawBufferPointer(rebasing: line), receive)
    } else {
      keep(line, limit)
      endLine(receive)
    }
    return rest[(end + 1)...]
  }

  private static func lineBreak(in rest: Slice<UnsafeRawBufferPointer>) -> Int? {
    let part = UnsafeRawBufferPointer(rebasing: rest)
    guard let base = part.baseAddress, let place = memchr(base, 0x0A, part.count) else {
      return nil
    }
    return rest.startIndex + (UnsafeRawPointer(place) - base)
  }

  private mutating func keep(_ part: Slice<UnsafeRawBufferPointer>, _ limit: Int) {
    if dropped > 0 || carry.count + part.count > limit + 1 {
      // One byte more than the limit may be a carriage return.
      if dropped == 0, mode == .lines { id = Self.id(carry, part) }
      dropped += carry.count + part.count
      carry = []
      return
    }
    // Grows once, to the maximum: untouched pages cost nothing, and doubling would copy.
    if carry.count + part.count > 1 << 16, carry.capacity <= limit { makeRoom(limit + 1) }
    guard fault == nil else {
      if mode == .lines { id = Self.id(carry, part) }
      dropped += carry.count + part.count
      carry = []
      return
    }
    carry.append(contentsOf: part)
  }

  /// Reserves memory for a message, or records that there is none.
  private mutating func makeRoom(_ bytes: Int) {
    do throws(Fault) {
      try Memory.require(
        bytes, for: "a message of up to \(bytes) bytes",
        hint: "send large arrays as a file, by path, or start elbo with a smaller --max-line")
      carry.reserveCapacity(bytes)
    } catch { fault = error }
  }

  /// Returns the frame for a dropped message.
  private mutating func drop() -> Frame {
    defer { (dropped, fault, id) = (0, nil, nil) }
    return fault.map { .unheld($0, bytes: dropped, id: id) } ?? .oversized(bytes: dropped, id: id)
  }

  /// Returns the id in the kept part of a message or, if nothing was kept, in the new part.
  private static func id(_ carry: [UInt8], _ part: Slice<UnsafeRawBufferPointer>) -> JSON? {
    carry.isEmpty
      ? LeadingID.find(in: UnsafeRawBufferPointer(rebasing: part))
      : carry.withUnsafeBytes { LeadingID.find(in: $0) }
  }

  /// What is wrong with a first line that begins like a header.
  private static let neither =
    "expected a request, which begins with {, or a header \"Content-Length: N\""

  private mutating func endLine(_ receive: (Frame) -> Void) {
    if mode == .headers, !hasHeaders, dropped > 0 || !(carry.isEmpty || carry == [0x0D]) {
      hasHeaders = dropped == 0 && carry.contains(UInt8(ascii: ":"))
      if !hasHeaders {
        (mode, dropped) = (.undecided, 0)
        forget()
        return receive(.malformed(Self.neither))
      }
      receive(.header)
    }
    if dropped > 0 {
      if mode == .headers {
        header.spoil()
        dropped = 0
      } else {
        receive(drop())
      }
    } else if mode == .headers {
      let line = String(decoding: carry, as: UTF8.self)
      if let fault = header.take(line) { receive(.malformed(fault)) }
    } else {
      carry.withUnsafeBytes { emit($0, receive) }
    }
    forget()
  }

  /// Keeps the memory of short messages and frees that of long ones.
  private mutating func forget() {
    if carry.capacity > 1 << 20 { carry = [] } else { carry.removeAll(keepingCapacity: true) }
  }

  private func emit(_ line: UnsafeRawBufferPointer, _ receive: (Frame) -> Void) {
    var line = line
    if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
    if line.count > limit {
      return receive(.oversized(bytes: line.count, id: LeadingID.find(in: line)))
    }
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    receive(.message(line))
  }

  private mutating func takeBody(
    _ rest: Slice<UnsafeRawBufferPointer>, _ receive: (Frame) -> Void
  ) -> Slice<UnsafeRawBufferPointer> {
    let length = header.length
    if length <= limit, carry.isEmpty, dropped == 0, rest.count < length { makeRoom(length) }
    let isDropped = length > limit || fault != nil
    let part = rest.prefix(length - (isDropped ? dropped : carry.count))
    if isDropped {
      if dropped == 0 {
        let id = Self.id([], part)
        // Reported at the beginning of its body: if the length is wrong, the end never comes.
        if length > limit { receive(.oversized(bytes: length, id: id)) } else { self.id = id }
      }
      dropped += part.count
      if dropped == length {
        // A message that is too long was reported before its body.
        if fault != nil { receive(drop()) }
        dropped = 0
        header = Header()
      }
    } else if carry.isEmpty, part.count == length {
      receive(.message(UnsafeRawBufferPointer(rebasing: part)))
      header = Header()
    } else {
      carry.append(contentsOf: part)
      if carry.count == length {
        carry.withUnsafeBytes { receive(.message($0)) }
        forget()
        header = Header()
      }
    }
    return rest[part.endIndex...]
  }
}

/// The header lines before one message.
private struct Header {
  private(set) var length = 0
  private(set) var isComplete = false
  private var isSpoilt = false
  private var isEmpty = true
  /// Whether there are lines of a header that is not complete.
  var isBegun: Bool { !isEmpty && !isComplete }

  static let expected = "expected a header \"Content-Length: N\" before a message"

  /// Takes a line; returns the error of a bad header at its end.
  mutating func take(_ line: String) -> String? {
    let line = line.hasSuffix("\r") ? line.dropLast() : line[...]
    if line.isEmpty {
      // Blank lines between messages are ignored.
      if isEmpty { return nil }
      if isSpoilt || length == 0 {
        self = Header()
        return Self.expected
      }
      isComplete = true
      return nil
    }
    isEmpty = false
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      isSpoilt = true
      return nil
    }
    if parts[0].lowercased() == "content-length" {
      let digits = parts[1].drop { $0 == " " || $0 == "\t" }
      let number = digits.prefix { $0.isASCII && $0.isNumber }
      length = Int(number) ?? 0
      // A new length after nonsense is where the stream makes sense again.
      isSpoilt = number.isEmpty
    }
    return nil
  }

  mutating func spoil() {
    isEmpty = false
    isSpoilt = true
  }
}
