/// The reading end of a conversation; lives on the thread that reads.
struct Listener {
  private let conversation: Conversation
  private var framing: Framing

  init(_ conversation: Conversation, limit: Int) {
    self.conversation = conversation
    framing = Framing(limit: limit)
  }

  /// Takes bytes as they came. Blocks while the client has more outstanding than it may.
  mutating func take(_ chunk: UnsafeRawBufferPointer) {
    if framing.mode == .undecided {
      framing.decide(by: chunk)
      if framing.mode == .headers { conversation.outlet.useHeaders() }
    }
    framing.take(chunk) { frame in conversation.router.receive(frame) }
    conversation.outlet.flush()
    conversation.outlet.waitForRoom()
  }

  /// The input is over.
  mutating func finish() {
    framing.finish { frame in conversation.router.receive(frame) }
    conversation.outlet.flush()
    conversation.close()
  }
}
