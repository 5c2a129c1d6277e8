import CGlibc
import Glibc
import JSON

/// One folder of a fence, opened when the fence is made.
struct FencedFolder: Sendable {
  /// Its path without links.
  let path: String
  let isWritable: Bool
  let descriptor: Descriptor
  /// Its path in names, without links and as it was given.
  private let places: [[Substring]]

  /// Throws `io` and `denied`, and `params` if the kernel has no openat2.
  init(_ given: String, isWritable: Bool) throws(Fault) {
    try File.check(given)
    let number = elbo_openat2(
      AT_FDCWD, given, UInt64(elbo_open_path | O_DIRECTORY | O_CLOEXEC), 0)
    guard number >= 0 else {
      // A filter of system calls answers EPERM, which opening a folder never does.
      if errno == ENOSYS || errno == EPERM { throw Self.noKernel }
      throw File.fault(errno, given)
    }
    descriptor = Descriptor(number)
    guard let resolved = realpath(given, nil) else { throw File.fault(errno, given) }
    path = String(cString: resolved)
    free(resolved)
    self.isWritable = isWritable
    var places = [Self.names(in: path)]
    if given.hasPrefix("/") { places.append(Self.names(in: given)) }
    self.places = places
  }

  private static let noKernel = Fault(
    .params, "this system has no openat2, by which folders are fenced",
    hint: "Linux 5.6 or later is needed, and a container that allows the call")

  var depth: Int { places[0].count }

  func contains(_ other: FencedFolder) -> Bool { rest(of: other.places[0]) != nil }

  /// Returns the names of an absolute path.
  static func names(in path: String) -> [Substring] {
    path.split(separator: "/").filter { $0 != "." }
  }

  /// Returns the path from this folder on; nil if it does not begin with this folder.
  func rest(of names: [Substring]) -> String? {
    guard let place = places.first(where: { names.starts(with: $0) }) else { return nil }
    let rest = names.dropFirst(place.count)
    return rest.isEmpty ? "." : rest.joined(separator: "/")
  }

  /// Opens a path beneath this folder; returns -1 with `errno`, which is `EXDEV` if it leads out.
  func open(_ path: String, _ flags: Int32) -> Int32 {
    let resolve = UInt64(elbo_resolve_beneath | elbo_resolve_no_magic_links)
    var number: Int32 = -1
    // A rename anywhere in the system interrupts the resolving of `..`.
    for _ in 0..<1000 {
      number = elbo_openat2(descriptor.number, path, UInt64(flags), resolve)
      if number >= 0 || errno != EAGAIN && errno != EINTR { break }
    }
    return number
  }
}
