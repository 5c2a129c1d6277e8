import Glibc
import Synchronization

/// What the kernel says of the memory of the machine and of this process. Without `/proc`, nothing.
enum MachineMemory {
  /// Bytes that can be had without pushing out what others work with, swap included; nil where they
  /// are not known.
  static var available: Int? {
    guard let text = SmallFile.text("/proc/meminfo") else {
      return sysconf(Int32(_SC_PHYS_PAGES)) * page
    }
    guard let memory = text.kilobytes("MemAvailable:") else { return nil }
    return memory + (text.kilobytes("SwapFree:") ?? 0)
  }

  /// Bytes that this process was promised since it was first asked, and has not touched: they are
  /// in nobody's sum of what is used.
  static var promised: Int? { untouched.map { max(0, $0 - untouchedAtStart) } }

  /// What the system reserves for itself, and a sanitizer by the terabyte, is never touched.
  private static let untouchedAtStart = untouched ?? 0

  /// Bytes that this process may write to and has not touched.
  ///
  /// Stacks of threads are left out, of which hardly a page is touched.
  private static var untouched: Int? {
    guard let text = SmallFile.text("/proc/self/statm") else { return nil }
    let pages = text.split(separator: " ").map { Int($0) ?? 0 }
    guard pages.count > 5 else { return nil }
    // In pages: size, resident, of which shared, text, 0, what is written to.
    return (pages[5] - max(0, pages[1] - pages[2])) * page - stacks.load(ordering: .relaxed)
  }

  /// Bytes of the stacks of all threads that were started.
  static let stacks = Atomic<Int>(0)

  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
}

extension Memory {
  /// Counts the stack of a thread that was started, or that has ended (a negative number).
  public static func noteStack(_ bytes: Int) {
    MachineMemory.stacks.add(bytes, ordering: .relaxed)
  }
}

/// Files of the kernel that hold a few lines.
enum SmallFile {
  /// The text of such a file; nil where there is none.
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

  /// The number that is all of such a file; nil for a word, as in "max".
  static func number(_ path: String) -> Int? {
    text(path).flatMap { text in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      return digits.isEmpty ? nil : Int(digits) ?? .max
    }
  }
}

extension String {
  /// The number behind `name` at the beginning of a line.
  func value(_ name: String) -> Int? {
    for line in split(separator: "\n") where line.hasPrefix(name) {
      let rest = line.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
      return Int(rest.prefix { $0.isASCII && $0.isNumber })
    }
    return nil
  }

  fileprivate func kilobytes(_ name: String) -> Int? { value(name).map { $0 << 10 } }
}
