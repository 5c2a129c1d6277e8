import Glibc
import Synchronization

/// What the kernel says about the memory of the machine and of this process; nil without `/proc`.
enum MachineMemory {
  /// The bytes available without displacing memory in use, swap included; nil if unknown.
  static var available: Int? {
    guard let text = SmallFile.text("/proc/meminfo") else {
      return sysconf(Int32(_SC_PHYS_PAGES)) * page
    }
    guard let memory = text.kilobytes("MemAvailable:") else { return nil }
    return memory + (text.kilobytes("SwapFree:") ?? 0)
  }

  /// The bytes that this process was promised since the first call and has not touched, which no
  /// count of used memory includes.
  static var promised: Int? { untouched.map { max(0, $0 - untouchedAtStart) } }

  /// The bytes that this process may write to, touched or not, without those that were reserved
  /// before the first call.
  static var held: Int? { writable.map { $0.all - untouchedAtStart } }

  /// The memory that the system, or a sanitizer by the terabyte, reserves and never touches.
  private static let untouchedAtStart = untouched ?? 0

  private static var untouched: Int? { writable.map { $0.all - $0.touched } }

  /// The bytes that this process may write to, and those of them that it has touched.
  ///
  /// Stacks of threads are left out, since they hardly touch a page.
  private static var writable: (all: Int, touched: Int)? {
    guard let text = SmallFile.text("/proc/self/statm") else { return nil }
    let pages = text.split(separator: " ").map { Int($0) ?? 0 }
    guard pages.count > 5 else { return nil }
    // In pages: size, resident, shared part of that, text, 0, writable.
    let stacks = stacks.load(ordering: .relaxed)
    return (pages[5] * page - stacks, max(0, pages[1] - pages[2]) * page)
  }

  /// The bytes of the stacks of all running threads.
  static let stacks = Atomic<Int>(0)

  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
}

extension Memory {
  /// Adds the stack of a thread that started, or subtracts that of one that ended (a negative
  /// number).
  package static func noteStack(_ bytes: Int) {
    MachineMemory.stacks.add(bytes, ordering: .relaxed)
  }
}

/// Reads short files of the kernel.
enum SmallFile {
  /// Returns the text of such a file; nil if it does not exist.
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 1) { buffer in
      var count = 0
      while count < buffer.count {
        let got = read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { break }
        count += got
      }
      return String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
    }
  }

  /// Returns the number that such a file consists of; nil for a word, such as "max".
  static func number(_ path: String) -> Int? {
    text(path).flatMap { text in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      return digits.isEmpty ? nil : Int(digits) ?? .max
    }
  }
}

extension String {
  /// Returns the number after `name` at the beginning of a line.
  func value(_ name: String) -> Int? {
    for line in split(separator: "\n") where line.hasPrefix(name) {
      let rest = line.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
      return Int(rest.prefix { $0.isASCII && $0.isNumber })
    }
    return nil
  }

  fileprivate func kilobytes(_ name: String) -> Int? { value(name).map { $0 << 10 } }
}
