import Engine
import Glibc
import JSON
import SessionSupport
import Synchronization
import Testing

@testable import Service

/// Held while pipes are made and inherited.
private let starting = SpinLock()

/// A lock for very short sections.
private final class SpinLock: Sendable {
  private let isHeld = Atomic(false)
  func lock() {
    while isHeld.exchange(true, ordering: .acquiring) { usleep(100) }
  }
  func unlock() { isHeld.store(false, ordering: .releasing) }
}

/// The real binary, connected by pipes.
final class Child {
  let process: pid_t
  private var input: Int32
  private(set) var output: Int32
  private var buffered: [UInt8] = []
  private var status: Int32?
  /// Methods by the ids of their requests.
  private var asked: [String: String] = [:]

  /// The binary is in the folder of the tests.
  static let binary: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = max(0, readlink("/proc/self/exe", &path, path.count))
    let own = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/elbo"
  }()

  /// Starts a program; `stderr` is joined to stdout, or goes to a descriptor, if wanted.
  init(
    _ arguments: [String], of program: String = Child.binary, in environment: [String] = [],
    errors: Int32? = nil, joiningErrors: Bool = false
  ) throws {
    // One at a time, because a child that inherits an end of another's pipe keeps it open.
    starting.lock()
    defer { starting.unlock() }
    var ends: [Int32] = [-1, -1, -1, -1]
    for place in [0, 2] {
      var pair: [Int32] = [-1, -1]
      guard pipe(&pair) == 0 else { throw Fault(.io, "no pipe") }
      ends[place] = pair[0]
      ends[place + 1] = pair[1]
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_adddup2(&actions, ends[3], 1)
    if let errors = joiningErrors ? ends[3] : errors {
      posix_spawn_file_actions_adddup2(&actions, errors, 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    // The tests concern the child's behaviour, not what it inherits.
    var variables = environment.map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, program, &actions, nil, &words, &variables)
    close(ends[0])
    close(ends[3])
    (input, output) = (ends[1], ends[2])
    self.process = process
    guard failure == 0 else { throw Fault(.io, "\(program): \(systemMessage(failure))") }
  }

  deinit {
    closeInput()
    closeOutput()
    if status == nil {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
  }

  /// Sends one or several lines; `validated` checks later replies against the methods that they
  /// called.
  func send(_ text: String) {
    for line in text.split(separator: "\n") where line.utf8.count < 4096 {
      guard let message = try? json(String(line)) else { continue }
      for request in message.elements ?? [message] {
        guard let id = request["id"]?.line, let method = request["method"]?.text else { continue }
        // An id that was used twice does not identify a method.
        asked[id] = asked[id] == nil || asked[id] == method ? method : ""
      }
    }
    _ = writeAll(Array((text + "\n").utf8), to: input)
  }

  /// Returns the same message; a reply that violates its method's schema fails the test.
  func validated(_ message: JSON) -> JSON {
    for reply in message.elements ?? [message] where reply["method"] == nil {
      guard let method = reply["id"].flatMap({ asked[$0.line] }) else { continue }
      if let misfit = Declared.misfit(of: reply, to: method) { Issue.record("\(misfit)") }
    }
    return message
  }

  func send(bytes: [UInt8]) -> Bool { writeAll(bytes, to: input) }

  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  func closeOutput() {
    if output >= 0 { close(output) }
    output = -1
  }

  func signal(_ number: Int32) { kill(process, number) }

  /// Returns the next line; nil at the end, or if none arrives in time.
  func line(within seconds: Double = 20) -> String? {
    let deadline = Clock.seconds + seconds
    while true {
      if let end = buffered.firstIndex(of: 0x0A) {
        defer { buffered.removeFirst(end + 1) }
        return String(decoding: buffered[..<end], as: UTF8.self)
      }
      guard fill(until: deadline) else { return nil }
    }
  }

  /// Returns all remaining output.
  func rest(within seconds: Double = 60) -> String {
    let deadline = Clock.seconds + seconds
    while fill(until: deadline) {}
    defer { buffered = [] }
    return String(decoding: buffered, as: UTF8.self)
  }

  /// Reads and discards `lines` lines; returns false if they do not arrive in time.
  func skip(lines: Int, within seconds: Double = 60) -> Bool {
    let deadline = Clock.seconds + seconds
    var left = lines
    while true {
      for (place, byte) in buffered.enumerated() where byte == 0x0A {
        left -= 1
        if left == 0 {
          buffered.removeFirst(place + 1)
          return true
        }
      }
      buffered.removeAll(keepingCapacity: true)
      guard fill(until: deadline) else { return false }
    }
  }

  /// Returns a figure of the system about the process, in bytes: `VmRSS`, `VmHWM`; 0 once it is
  /// gone.
  func memory(_ figure: String) -> Int {
    guard let text = try? contents(of: "/proc/\(process)/status"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(figure + ":") })
    else { return 0 }
    return (Int(line.filter(\.isNumber)) ?? 0) << 10
  }

  private func fill(until deadline: Double) -> Bool {
    var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    let left = Int32(max(0, (deadline - Clock.seconds) * 1000))
    guard output >= 0, poll(&entry, 1, left) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(output, &buffer, buffer.count)
    guard count > 0 else { return false }
    buffered += buffer.prefix(count)
    return true
  }

  /// Returns the exit status, or minus the signal that ended it; nil if it has not ended in time.
  func end(within seconds: Double = 20) -> Int32? {
    let deadline = Clock.seconds + seconds
    while status == nil {
      var raw: Int32 = 0
      if waitpid(process, &raw, WNOHANG) == process {
        status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
      } else if Clock.seconds >= deadline {
        break
      } else {
        usleep(1000)
      }
    }
    return status
  }

  /// Runs a program to its end on some input; returns the status and the output.
  static func run(
    _ arguments: [String], _ input: String = "", of program: String = Child.binary,
    joiningErrors: Bool = false
  ) throws -> (status: Int32?, text: String) {
    let child = try Child(arguments, of: program, joiningErrors: joiningErrors)
    _ = child.send(bytes: Array(input.utf8))
    child.closeInput()
    let text = child.rest()
    return (child.end(), text)
  }
}
