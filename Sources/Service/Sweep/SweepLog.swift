import Engine
import Files
import JSON

/// The requests of a file, which each run of a sweep repeats with other values.
struct SweepLog {
  /// One request for each line, and for each element of a batch; all have ids.
  let requests: [JSON]

  /// Throws `io` and `params`, with the line.
  init(path: String) throws(Fault) {
    var requests: [JSON] = []
    let text: String
    do throws(Fault) { text = try contents(of: path) } catch {
      throw Fault(error.kind, "\(path): \(error.message)", hint: error.hint)
    }
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !Log.isRemark(line) {
      let json = try within("\(path):\(number + 1)") { () throws(Fault) in
        try JSON(parsing: String(line))
      }
      for request in json.elements ?? [json] {
        guard request["method"]?.text != nil, request["params"]?.elements == nil else {
          throw Fault(
            .params, "\(path):\(number + 1): expected a request with named params",
            expected: "{\"method\": …, \"params\": {…}}", got: request.excerpt,
            hint: request["in"] == nil && request["log"] == nil
              ? nil : "a recorded log is for elbo replay: give the file of requests")
        }
        let head: JSON = ["jsonrpc": "2.0", "id": .int(requests.count + 1)]
        requests.append(head.with(request.without(["jsonrpc", "id"])))
      }
    }
    guard !requests.isEmpty else { throw Fault(.params, "\(path): expected requests, got none") }
    self.requests = requests
  }

  /// Returns requests with the files that they write in `folder`, and the folders that those need.
  /// Throws `params` for a file that other runs would write too.
  static func moved(
    _ requests: [JSON], to folder: String
  ) throws(Fault) -> (requests: [JSON], folders: [String]) {
    let outputs = Set(requests.flatMap(outputs))
    if let path = outputs.sorted().first(where: { $0.hasPrefix("/") }) {
      throw Fault(
        .params, "the log writes \(path), which every run would write again",
        expected: "paths without a / at the beginning", got: path,
        hint: "a relative path is written to the folder of each run")
    }
    var folders: Set<String> = []
    for path in outputs {
      var parts = path.split(separator: "/").dropLast()
      guard !parts.contains("..") else {
        throw Fault(
          .params, "the log writes \(path), outside the folder of its run",
          expected: "paths without ..", got: path, hint: "leave out ..")
      }
      while !parts.isEmpty {
        folders.insert("\(folder)/\(parts.joined(separator: "/"))")
        parts.removeLast()
      }
    }
    return (requests.map { $0.moved(outputs, to: folder) }, folders.sorted())
  }

  /// The files that a request writes.
  private static func outputs(of request: JSON) -> [String] {
    let method = served.first { $0.name == request["method"]?.text }
    var paths: [String] = []
    if let path = request["params"]?["checkpoint"]?["path"]?.text { paths.append(path) }
    if let path = request["params"]?["path"]?.text, let method, !method.effect.isLasting {
      paths.append(path)
    }
    return paths
  }
}

extension JSON {
  /// Returns the object without these members.
  fileprivate func without(_ names: [String]) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !names.contains($0.name) })
  }

  /// Returns the value with every "path" among `paths` moved to a folder.
  fileprivate func moved(_ paths: Set<String>, to folder: String) -> JSON {
    switch self {
    case .array(let elements): .array(elements.map { $0.moved(paths, to: folder) })
    case .object(let members):
      .object(
        members.map { member in
          if member.name == "path", let path = member.value.text, paths.contains(path) {
            return JSON.Member(member.name, .string("\(folder)/\(path)"))
          }
          return JSON.Member(member.name, member.value.moved(paths, to: folder))
        })
    default: self
    }
  }
}
