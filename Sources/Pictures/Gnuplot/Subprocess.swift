import Files
import Glibc
import JSON

/// A program that runs to its end: bytes in on stdin, bytes out on stdout and stderr.
///
/// Its streams are sockets, so that writing to a program that has ended is an error and never a
/// signal, whatever the process has done about SIGPIPE.
struct Subprocess {
  /// The output of the program.
  struct Outcome {
    /// The exit status, or 128 plus the signal that ended it.
    let status: Int32
    let output: [UInt8]
    let errors: [UInt8]
  }

  let program: String
  var arguments: [String] = []
  var environment: [String] = []

  /// Runs the program on `input`. If it exceeds `limit`, or `checkpoint` throws, it is killed with
  /// all processes that it started.
  func run(
    _ input: [UInt8], limit: Duration, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Outcome {
    let streams = [try Stream(), try Stream(), try Stream()]
    let process = try ChildProcess.start(program, arguments, environment: environment) { actions in
      for (target, stream) in streams.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, stream.far, Int32(target))
      }
    }
    for stream in streams { stream.closeFar() }
    let deadline = ContinuousClock.now + limit
    var fault: Fault?
    func isWanted() -> Bool {
      do throws(Fault) { try checkpoint() } catch { fault = error }
      return fault == nil
    }
    var isLate = !Self.exchange(input, streams, until: deadline, isWanted)
    var status: Int32 = 0
    while true {
      let answer = waitpid(process, &status, WNOHANG)
      if answer == process { break }
      // If the parent process ignores SIGCHLD, children leave no status.
      if answer < 0, errno != EINTR { break }
      isLate = isLate || ContinuousClock.now > deadline || !isWanted()
      // Kills the whole group, repeatedly until it is gone.
      if isLate { kill(-process, SIGKILL) }
      usleep(500)
    }
    if let fault { throw fault }
    if isLate {
      throw Fault(.io, "\(program) was not done within \(limit.components.seconds) s")
    }
    let signal = status & 0x7F
    return Outcome(
      status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: streams[1].received,
      errors: streams[2].received)
  }

  /// Feeds the program and reads its output until it closes both streams; returns false if the time
  /// runs out first, or the call is cancelled.
  private static func exchange(
    _ input: [UInt8], _ streams: [Stream], until deadline: ContinuousClock.Instant,
    _ isWanted: () -> Bool
  ) -> Bool {
    var sent = 0
    if input.isEmpty { streams[0].closeNear() }
    while streams[1].isOpen || streams[2].isOpen {
      let left = (deadline - ContinuousClock.now) / .milliseconds(1)
      if left <= 0 || !isWanted() { return false }
      // poll skips descriptors below 0.
      var polls = streams.map { pollfd(fd: $0.near, events: Int16(POLLIN), revents: 0) }
      polls[0].events = Int16(POLLOUT)
      if poll(&polls, nfds_t(polls.count), Int32(min(left + 1, 20))) < 0, errno != EINTR {
        return false
      }
      if polls[0].revents != 0 {
        let count = input[sent...].withUnsafeBytes {
          send(streams[0].near, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        sent += max(count, 0)
        let isGone = count < 0 && errno != EAGAIN && errno != EINTR
        if isGone || sent == input.count { streams[0].closeNear() }
      }
      for place in 1...2 where polls[place].revents != 0 { streams[place].receive() }
    }
    return true
  }
}

/// A pair of connected sockets: the near end is ours, the far one the program's.
private final class Stream {
  private(set) var near: Int32 = -1
  private(set) var far: Int32 = -1
  private(set) var received: [UInt8] = []

  var isOpen: Bool { near >= 0 }

  init() throws(Fault) {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
      throw Fault(.io, "no socket: \(String(cString: strerror(errno)))")
    }
    // Above 2: if the process runs with its own streams closed, the sockets would collide in the
    // program.
    near = fcntl(pair[0], F_DUPFD_CLOEXEC, 3)
    far = fcntl(pair[1], F_DUPFD_CLOEXEC, 3)
    close(pair[0])
    close(pair[1])
    guard near >= 0, far >= 0 else {
      throw Fault(.io, "no socket: \(String(cString: strerror(errno)))")
    }
    // The program expects blocking streams.
    _ = fcntl(far, F_SETFL, 0)
  }

  deinit {
    closeNear()
    closeFar()
  }

  func closeNear() {
    if near >= 0 { close(near) }
    near = -1
  }

  func closeFar() {
    if far >= 0 { close(far) }
    far = -1
  }

  /// Reads the available bytes; closes the stream at its end.
  func receive() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(near, &buffer, buffer.count)
    if count > 0 {
      received += buffer[..<count]
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      closeNear()
    }
  }
}
