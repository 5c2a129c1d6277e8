import JSON

/// Everything on its way to the client.
///
/// Whoever has something to say writes it himself while the pipe takes it: a thread in between
/// would cost a wake-up for every reply. Once the pipe is full, what is left goes to a writer
/// thread, and the worker works on. Replies never drop; of progress only the newest is kept.
final class Outlet: Sendable {
  private struct State: Sendable {
    /// Written by nobody yet.
    var pending: [UInt8] = []
    /// In the hands of the one who writes, from `offset` on.
    var taken: [UInt8] = []
    var offset = 0
    /// Someone writes: others only add to `pending`.
    var isWriting = false
    /// The one who writes is the writer thread.
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

  // MARK: What callers say

  /// From now on each message stands behind a `Content-Length` header.
  func useHeaders() { state.withLock { $0.hasHeaders = true } }

  /// Sends a message, at the latest with the next `flush`; progress of that request that still
  /// waits is out of date.
  func send(_ body: [UInt8], endingProgressOf number: Int? = nil, flushing: Bool = true) {
    state.withLock { state in
      if let number { state.progress.removeAll { $0.number == number } }
      append(body, to: &state)
    }
    if flushing { flush() }
  }

  /// Sends progress, unless the client still has to read: then the newest of each request waits.
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

  /// The request is over without a reply: progress of it that still waits is out of date.
  func endProgress(of number: Int) {
    state.withLock { $0.progress.removeAll { $0.number == number } }
  }

  /// Writes what there is, as far as the pipe takes it.
  func flush() {
    let isMine = state.withLock { state in
      if state.isWriting || state.isClosed || state.backlog == 0 { return false }
      state.isWriting = true
      return true
    }
    if isMine { write(waiting: false) }
  }

  // MARK: What callers ask

  /// Whether there is room for more replies.
  var hasRoom: Bool { state.withLock { $0.backlog < bound || $0.isClosed } }
  func waitForRoom() { state.wait { $0.backlog < bound || $0.isClosed } }
  /// Waits until everything is written, or nobody reads any more.
  func drain() {
    flush()
    state.wait { ($0.backlog == 0 && !$0.isWriting) || $0.isClosed }
  }
  var isClosed: Bool { state.withLock { $0.isClosed } }
  var backlog: Int { state.withLock { $0.backlog } }

  /// Nobody reads any more: whatever waits, waits no longer.
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

  /// Called by the one who set `isWriting`; returns when all is written, or handed over to the
  /// writer thread.
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
        // No thread to be had: the caller has to wait for the client.
        waiting = true
      }
    }
  }

  /// The bytes to write next; nil, and no longer writing, when there are none.
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
        // A rush is over: its room is given back.
        if state.taken.capacity > 1 << 16 { state.taken = [] }
        state.offset = 0
        state.isWriting = false
        return nil
      }
      return state.taken[state.offset...]
    }
  }

  /// Gives what is left to the writer thread, which is started when it is first needed.
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
