import CPlugin
import Glibc
import JSON

/// A shared library in the process. It is never unloaded, because its functions are used to the
/// end.
struct Library {
  private let handle: UnsafeMutableRawPointer

  /// Throws `plugin` with the loader's message.
  init(_ path: String) throws(Fault) {
    guard access(path, R_OK) == 0 else {
      throw Fault(
        .plugin, String(cString: strerror(errno)), expected: "a shared library", got: path)
    }
    // Without a slash the loader would search other folders.
    let place = path.contains("/") ? path : "./\(path)"
    guard let handle = dlopen(place, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw Fault(
        .plugin, "cannot be loaded: \(reason)", expected: "a shared library", got: path,
        hint: "build it with -shared -fPIC, for this machine")
    }
    self.handle = handle
  }

  /// Returns the library's description, after checking its version and size.
  func description() throws(Fault) -> elbo_plugin_description {
    typealias Entry = @convention(c) () -> UnsafeRawPointer?
    guard let symbol = dlsym(handle, "elbo_plugin") else {
      throw Fault(
        .plugin, "there is no function elbo_plugin", expected: "a function elbo_plugin",
        got: "none",
        hint: "export it without a mangled name: extern \"C\" in C++, @_cdecl in Swift")
    }
    guard let base = unsafeBitCast(symbol, to: Entry.self)() else {
      throw Fault(
        .plugin, "elbo_plugin returned null", expected: "an elbo_plugin_description", got: "null")
    }
    let version = base.load(as: UInt32.self)
    guard version == UInt32(ELBO_PLUGIN_ABI) else {
      throw Reading.misfit(
        "abi_version", "version \(ELBO_PLUGIN_ABI) of the interface", "\(version)",
        hint: "build it with the elbo_plugin.h of this program")
    }
    let size = Int(base.load(fromByteOffset: 4, as: UInt32.self))
    let expected = MemoryLayout<elbo_plugin_description>.size
    guard size == expected else {
      throw Reading.wrongSize(size, "elbo_plugin_description", expected)
    }
    return base.load(as: elbo_plugin_description.self)
  }
}
