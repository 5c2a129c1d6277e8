import CGlibc
import Engine
import Files
import Glibc
import JSON
import Synchronization
import Tensors

/// `elbo serve`: holds a conversation over stdin and stdout.
enum Serve {
  /// Whether the input ended because reading it failed.
  private static let isUnreadable = Atomic(false)

  /// Returns the exit status at the end of the conversation. `start` starts the processes that hold
  /// the session, if this one does not.
  static func run(
    _ configuration: Configuration, recording path: String?, isSandboxed: Bool = false,
    ranks start: (() throws(Fault) -> RankedSession)? = nil
  ) -> Int32 {
    for (descriptor, name) in [(Int32(0), "stdin"), (1, "stdout")]
    where fcntl(descriptor, F_GETFD) < 0 {
      say("elbo: \(name) is closed")
      return 1
    }
    guard let output = takeOutput() else {
      say("elbo: no stdout: \(systemMessage())")
      return 1
    }
    // Fixed, because glibc raises both to the size last freed, and then keeps up to 64 MiB in each
    // thread's arena.
    mallopt(M_TRIM_THRESHOLD, 1 << 20)
    mallopt(M_MMAP_THRESHOLD, 1 << 20)
    guard let signals = Signals.install() else {
      say("elbo: cannot begin: \(systemMessage())")
      return 1
    }
    var ranked: RankedSession?
    do throws(Fault) {
      ranked = try start?()
    } catch {
      say("elbo: \(error.sentence)" + (error.hint.map { "; \($0)" } ?? ""))
      return RankProcess.unavailable
    }
    defer { ranked?.end() }
    do throws(Fault) {
      try Memory.requireStart()
      let recorder =
        if let path { try Recorder(path: path, header(configuration)) } else { Recorder?.none }
      // After the recording, which may lie outside, and before there are other threads.
      let configuration = try configuration.inSandbox(isSandboxed)
      let conversation = Conversation(
        served, configuration, to: DescriptorSink(descriptor: output), recorder: recorder,
        ranked: ranked, onClose: { Signals.send(Signals.closed) })
      try conversation.start(onEnd: { _ in Signals.send(Signals.ended) })
      guard !conversation.hasBegun || Thread.start({ read(0, into: conversation) }) else {
        throw Fault(.memory, "cannot start a thread for the input")
      }
      let status = Supervisor(conversation: conversation, signals: signals, output: output)
        .run { conversation.waitForEnd() }
      return status == 0 && isUnreadable.load(ordering: .acquiring) ? 1 : status
    } catch {
      say("elbo: \(error.sentence)" + (error.hint.map { "; \($0)" } ?? ""))
      return 1
    }
  }

  /// Returns the header of a recording: how the session ran.
  static func header(_ configuration: Configuration) -> JSON {
    [
      "version": .string(Engine.version), "deterministic": .bool(configuration.isDeterministic),
      "threads": .int(configuration.threads), "maxLine": .int(configuration.limits.line),
    ]
  }

  /// Keeps the real stdout and points descriptor 1 at stderr, so that nothing else can print
  /// between messages.
  private static func takeOutput() -> Int32? {
    if fcntl(2, F_GETFD) < 0 {
      // If the parent closed stderr, the next file to be opened would take its number.
      _ = open("/dev/null", O_RDWR)
    }
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    guard output >= 0, dup2(2, 1) == 1 else { return nil }
    return output
  }

  private static func read(_ input: Int32, into conversation: Conversation) {
    var listener = conversation.listener()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(input, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        var entry = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, -1)
        continue
      }
      if count < 0 {
        say("elbo: cannot read stdin: \(systemMessage())")
        isUnreadable.store(true, ordering: .releasing)
      }
      guard count > 0 else { break }
      listener.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    listener.finish()
  }
}
