import Glibc

/// Returns the time since a fixed moment, in seconds.
func seconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// Returns the seconds that `work` takes: the minimum of many short measurements within about
/// `budget` seconds. The minimum, because other work on the machine only adds time; short, so that
/// some measurements are undisturbed.
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

/// Returns a number with `places` decimal places.
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
