import Glibc
import Synchronization

/// Signals and other wake-ups as bytes in a pipe, which one thread polls together with other
/// descriptors.
///
/// A signal handler may do very little, but it may write a byte.
enum Signals {
  static let interrupt = UInt8(ascii: "I")
  static let terminate = UInt8(ascii: "T")
  static let hangUp = UInt8(ascii: "H")
  static let ended = UInt8(ascii: "E")
  static let closed = UInt8(ascii: "C")

  private static let writing = Atomic<Int32>(-1)

  /// Makes the pipe and returns its reading end; nil if there are no descriptors. From now on
  /// SIGINT, SIGTERM and SIGHUP arrive there; SIGPIPE and SIGXFSZ are ignored, so that a write to a
  /// file that may not grow fails with an error.
  static func install() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    writing.store(ends[1], ordering: .sequentiallyConsistent)
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    handle(SIGINT) { _ in Signals.send(Signals.interrupt) }
    handle(SIGTERM) { _ in Signals.send(Signals.terminate) }
    // A program started by nohup outlives its terminal.
    if !isIgnored(SIGHUP) { handle(SIGHUP) { _ in Signals.send(Signals.hangUp) } }
    return ends[0]
  }

  static func send(_ byte: UInt8) {
    let saved = errno
    var byte = byte
    _ = write(writing.load(ordering: .relaxed), &byte, 1)
    errno = saved
  }

  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = Int32(SA_RESTART)
    sigaction(number, &action, nil)
    // A parent that starts this process from one of its threads may have passed on its mask.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, number)
    sigprocmask(SIG_UNBLOCK, &mask, nil)
  }
}
