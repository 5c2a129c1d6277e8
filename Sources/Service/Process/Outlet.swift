import JSON
import Tensors

/// Everything that is to be sent to the client.
///
/// A thread that sends something writes it itself while the pipe accepts bytes: a thread in between
/// would cost a wake-up for every reply. When the pipe is full, a writer thread takes the rest, and
/// the worker continues. Replies are never dropped; of progress only the newest report is kept.
final class Outlet: Sendable {
  private struct State: Sendable {
    /// Bytes that nothing has begun to write.
    var pending: [UInt8] = []
    /// Bytes that are being written, from `offset` on.
    var taken: [UInt8] = []
    var offset = 0
    /// Whether a thread is writing: others then only add to `pending`.
    var isWriting = false
    /// Whether the rest is left to the writer thread, which has not begun on it yet.
    var isHandedOver = false
    var hasWriter = false
    var isClosed = false
    var hasHeaders = false
    var progress: [(number: Int, body: [UInt8])] = []

    var backlog: Int { pending.count + taken.count - offset }
  }

  private let state = Monitor(State())
  private let sink: any Sink
  private let recorder: Recorder?
  private let bound: Int
  private let onClose: @Sendable () -> Void

  init(
    _ sink: any Sink, recorder: Recorder? = nil, bound: Int = 64 << 20,
    onClose: @escaping @Sendable () -> Void = {}
  ) {
    self.sink = sink
    self.recorder = recorder
    self.bound = bound
    self.onClose = onClose
  }

  // MARK: Sending

  /// Makes every following message begin with a `Content-Length` header.
  func useHeaders() { state.withLock { $0.hasHeaders = true } }

  /// Sends a message, at the latest with the next `flush`; discards progress of request `number`
  /// that is still unsent.
  func send(_ body: [UInt8], endingProgressOf number: Int? = nil, flushing: Bool = true) {
    state.withLock { state in
      if let number { state.progress.removeAll { $0.number == number } }
      append(body, to: &state)
    }
    if flushing { flush() }
  }

  /// Sends progress; if the client has unread bytes, keeps only the newest report of each request.
  func sendProgress(_ body: [UInt8], of number: Int) {
    state.withLock { state in
      if state.backlog == 0 {
        append(body, to: &state)
      } else if let place = state.progress.firstIndex(where: { $0.number == number }) {
        state.progress[place].body = body
      } else {
        state.progress.append((number, body))
      }
    }
    flush()
  }

  /// Discards unsent progress of a request that ended without a reply.
  func endProgress(of number: Int) {
    state.withLock { $0.progress.removeAll { $0.number == number } }
  }

  /// Writes as much as the pipe accepts.
  func flush() {
    let isMine = state.withLock { state in
      if state.isWriting || state.isClosed || state.backlog == 0 { return false }
      state.isWriting = true
      return true
    }
    if isMine { write(waiting: false) }
  }

  // MARK: State

  /// Whether there is room for more replies.
  var hasRoom: Bool { state.withLock { $0.backlog < bound || $0.isClosed } }
  func waitForRoom() { state.wait { $0.backlog < bound || $0.isClosed } }
  /// Waits until everything is written, or the reader is gone.
  func drain() {
    flush()
    state.wait { ($0.backlog == 0 && !$0.isWriting) || $0.isClosed }
  }
  var isClosed: Bool { state.withLock { $0.isClosed } }
  var backlog: Int { state.withLock { $0.backlog } }

  /// Discards everything, because the reader is gone.
  func close() {
    let isFirst = state.change { state in
      defer { state.isClosed = true }
      state.pending = []
      state.progress = []
      return !state.isClosed
    }
    if isFirst { onClose() }
  }

  // MARK: Writing

  private func append(_ body: [UInt8], to state: inout State) {
    if state.isClosed { return }
    recorder?.noteOut(body)
    if state.hasHeaders {
      state.pending.append(contentsOf: "Content-Length: \(body.count)\r\n\r\n".utf8)
      state.pending.append(contentsOf: body)
    } else {
      state.pending.append(contentsOf: body)
      state.pending.append(0x0A)
    }
  }

  /// Must be called by the thread that set `isWriting`; returns when everything is written, or
  /// handed over to the writer thread.
  private func write(waiting: Bool) {
    var waiting = waiting
    while let bytes = take() {
      var offset = 0
      let isOpen = bytes.withUnsafeBytes { all in
        while offset < all.count {
          let rest = UnsafeRawBufferPointer(rebasing: all[offset...])
          guard let count = sink.write(rest, waiting: waiting) else { return false }
          if count == 0 { break }
          offset += count
          if waiting { state.change { $0.offset += count } }
        }
        return true
      }
      if !isOpen {
        close()
        state.change { $0.isWriting = false }
        return
      }
      if waiting { continue }
      state.change { $0.offset += offset }
      if offset < bytes.count {
        if handOver() { return }
        // There is no thread for it, so the caller waits for the client.
        waiting = true
      }
    }
  }

  /// Returns the bytes to write next; nil if there are none, and the thread is then no longer
  /// writing.
  private func take() -> ArraySlice<UInt8>? {
    state.change { state in
      if state.offset == state.taken.count {
        swap(&state.taken, &state.pending)
        state.offset = 0
        state.pending.removeAll(keepingCapacity: state.pending.capacity <= 1 << 16)
        if state.taken.isEmpty {
          for progress in state.progress { append(progress.body, to: &state) }
          state.progress.removeAll()
          swap(&state.taken, &state.pending)
        }
      }
      if state.taken.isEmpty || state.isClosed {
        // Frees the memory of a large backlog once it is written.
        if state.taken.capacity > 1 << 16 { state.taken = [] }
        state.offset = 0
        state.isWriting = false
        return nil
      }
      return state.taken[state.offset...]
    }
  }

  /// Hands the rest to the writer thread, which starts when first needed.
  private func handOver() -> Bool {
    let hasWriter = state.change { state in
      state.isHandedOver = true
      defer { state.hasWriter = true }
      return state.hasWriter
    }
    if hasWriter || Thread.start({ self.writeForEver() }) { return true }
    state.change { state in
      state.isHandedOver = false
      state.hasWriter = false
    }
    return false
  }

  private func writeForEver() {
    while true {
      let isClosed = state.wait(
        until: { $0.isHandedOver || $0.isClosed },
        then: { state in
          state.isHandedOver = false
          return state.isClosed
        })
      if isClosed { return }
      write(waiting: true)
    }
  }
}
