import Files
import FuzzEntries
import Glibc
import Synchronization

// ELBO_FUZZ_ENTRY=ENTRY ELBO_FUZZ_FOLDER=FOLDER elbo-fuzz [options of libFuzzer, folders of inputs]
// elbo-fuzz --seeds FOLDER writes the inputs to begin with.
//
// The entry and the folder for its files are in the environment, because libFuzzer starts this
// program again with options of its own.

/// libFuzzer's loop, which counts the paths that each input takes.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// What runs the cases; made before the first.
final class Current: @unchecked Sendable {
  // Unchecked: libFuzzer runs one case at a time, on the first thread.
  var target: (any FuzzTarget)?
  static let one = Current()
}

let words = CommandLine.arguments
if words.count == 3, words[1] == "--seeds" {
  try FuzzSeeds.write(to: words[2])
  exit(0)
}
guard let name = getenv("ELBO_FUZZ_ENTRY"), let folder = getenv("ELBO_FUZZ_FOLDER"),
  let entry = FuzzEntry(rawValue: String(cString: name))
else {
  let names = FuzzEntry.allCases.map(\.rawValue).joined(separator: ", ")
  fatalError("expected ELBO_FUZZ_FOLDER, and in ELBO_FUZZ_ENTRY one of \(names)")
}
let files = String(cString: folder)
// An input may ask for any file and any size.
Fence.close(try Fence(roots: [files]))
if getenv("ELBO_FUZZ_MEMORY") == nil {
  var limit = rlimit(rlim_cur: 6 << 30, rlim_max: 6 << 30)
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}
Current.one.target = try entry.target(in: files, usingOneIn: 16)

var count = CommandLine.argc
var rest = CommandLine.unsafeArgv
exit(
  runDriver(&count, &rest) { bytes, size in
    do {
      try Current.one.target?.take(Array(UnsafeBufferPointer(start: bytes, count: size)))
    } catch { fatalError("the case could not be run: \(error)") }
    return 0
  })
