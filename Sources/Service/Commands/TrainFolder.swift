import Files
import Glibc
import JSON

/// The folder that `elbo train` writes.
struct TrainFolder {
  /// As the command line gave it.
  let path: String
  /// From the root.
  private let whole: String
  /// Every file that a training may leave.
  static let names = [
    "curves.svg", "history.csv", "log.ndjson", "model.safetensors", "reconstructions.png",
    "report.md", "results.csv", "samples.csv", "samples.png", "trainer.safetensors",
    "validation.svg",
  ]

  /// Makes the folder, or takes an empty one; one of an earlier training only if `replacing`. The
  /// process works in it from then on, so that its log names no other folder.
  init(_ path: String, replacing: Bool) throws(Requests.Refusal) {
    self.path = path
    do throws(Fault) { try File.makeFolder(path, in: .none) } catch {
      throw Requests.Refusal(
        error.message, hint: "give another folder with --out")
    }
    let found: [String]
    do throws(Fault) {
      let listing = try FolderListing(path, in: .none)
      found = listing.files + listing.folders + (listing.hidden > 0 ? ["hidden files"] : [])
    } catch { throw Requests.Refusal(error) }
    if let foreign = found.sorted().first(where: { !Self.names.contains($0) }) {
      throw Requests.Refusal(
        "\(path) holds what no training wrote: \(foreign)", hint: "give another folder with --out")
    }
    guard found.isEmpty || Self.isLog("\(path)/log.ndjson") else {
      throw Requests.Refusal(
        "\(path) is not empty, and has no log of a training", hint: "give another folder with --out"
      )
    }
    guard found.isEmpty || replacing else {
      throw Requests.Refusal(
        "\(path) holds an earlier training",
        hint: "--replace writes over it, --out gives another folder")
    }
    guard access(path, W_OK | X_OK) == 0, let whole = realpath(path, nil), chdir(path) == 0 else {
      throw Requests.Refusal(
        "cannot write to \(path): \(systemMessage())", hint: "give another folder with --out")
    }
    defer { free(whole) }
    self.whole = String(cString: whole)
  }

  /// Whether a file begins as the log of a training does.
  private static func isLog(_ path: String) -> Bool {
    guard let text = try? contents(of: path), let line = text.split(separator: "\n").first,
      let request = try? JSON(parsing: String(line))
    else { return false }
    return request["method"] == "data.load" && request["params"]?["name"] == "data"
  }

  /// Removes the folder if nothing was written to it.
  func abandon() {
    guard chdir("/") == 0 else { return }
    rmdir(whole)
  }

  /// Writes a text file as a whole.
  func write(_ name: String, _ text: String) throws(Requests.Refusal) {
    do throws(Fault) {
      var file = try AtomicFile(.text, at: name, replace: true, in: .none)
      try file.append(Array(text.utf8))
      _ = try file.keep()
    } catch { throw Requests.Refusal(error) }
  }

  /// Removes what an earlier training has left and this one has not written.
  func removeAll(but written: Set<String>) {
    for name in Self.names where !written.contains(name) { unlink(name) }
  }
}
