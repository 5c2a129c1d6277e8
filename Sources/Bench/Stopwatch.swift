import Glibc

/// Time since some moment, in seconds.
func seconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// Seconds that `work` takes: the least of many short measurements within about `budget` seconds.
/// The least, because whatever else the machine does only ever adds; short, so that some of them
/// are left alone.
func leastTime(budget: Double, _ work: () -> Void) -> Double {
  work()
  let start = seconds()
  work()
  let calls = max(1, Int(200e-6 / max(seconds() - start, 1e-9)))
  var least = Double.infinity
  repeat {
    let begin = seconds()
    for _ in 0..<calls { work() }
    least = min(least, (seconds() - begin) / Double(calls))
  } while seconds() - start < budget
  return least
}

/// A number to so many decimal places.
func fixed(_ value: Double, _ places: Int = 1) -> String {
  var text = [CChar](repeating: 0, count: 64)
  _ = withVaList([Int32(places), value]) { vsnprintf(&text, text.count, "%.*f", $0) }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

func leftPadded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
