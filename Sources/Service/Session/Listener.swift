/// The reading end of a conversation, used by the reading thread only.
package struct Listener {
  private let conversation: Conversation
  private var framing: Framing

  init(_ conversation: Conversation, limit: Int) {
    self.conversation = conversation
    framing = Framing(limit: limit)
  }

  /// Takes bytes in chunks of any size. Blocks while the client has too much outstanding.
  package mutating func take(_ chunk: UnsafeRawBufferPointer) {
    framing.take(chunk) { frame in conversation.router.receive(frame) }
    conversation.outlet.flush()
    conversation.outlet.waitForRoom()
  }

  /// Ends the input.
  package mutating func finish() {
    framing.finish { frame in conversation.router.receive(frame) }
    conversation.outlet.flush()
    conversation.close()
  }
}
