import Engine
import Files
import JSON

extension Option {
  static let root = Option(
    name: "root", argument: "DIR",
    summary: "Open files only beneath this folder; may be repeated.")
  static let read = Option(
    name: "read", argument: "DIR",
    summary: "Read files beneath this folder too; may be repeated.")
  static let readOnly = Option(name: "read-only", summary: "Write no files.")

  /// The options of the fence.
  static let fence = [root, read, readOnly]

  static let sandbox = Option(
    name: "sandbox",
    summary: "Let the kernel bound the whole process: files by Landlock, calls by seccomp.")
}

extension Subcommand {
  /// Closes the fence, if the command line has one. What the command line names itself is opened
  /// outside of it: plug-ins, which are loaded before, the file of requests and the recording.
  static func closeFence(_ options: Options) throws(Options.Misuse) {
    let (roots, readable) = (options.all(Option.root.name), options.all(Option.read.name))
    let isReadOnly = options.has(Option.readOnly.name)
    guard !roots.isEmpty || !readable.isEmpty || isReadOnly else {
      guard !options.has(Option.sandbox.name) else {
        throw Options.Misuse(message: "--sandbox needs --root, --read or --read-only")
      }
      return
    }
    do throws(Fault) {
      Fence.close(try Fence(roots: roots, readable: readable, isReadOnly: isReadOnly))
    } catch {
      let name = error.path == "read" ? Option.read.name : Option.root.name
      throw Options.Misuse(
        message: "--\(name): \(error.message)" + (error.hint.map { "; \($0)" } ?? ""))
    }
  }
}

extension Configuration {
  /// Returns the same configuration in a sandbox, if one is wanted. Throws `params` if the kernel
  /// cannot do it.
  func inSandbox(_ isWanted: Bool) throws(Fault) -> Configuration {
    guard isWanted else { return self }
    var configuration = self
    configuration.sandbox = try Sandbox.close(Fence.current)
    return configuration
  }
}
