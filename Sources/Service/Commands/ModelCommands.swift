import Files
import Glibc
import JSON
import Tensors

extension Option {
  static let out = Option(
    name: "out", argument: "FILE", summary: "The file to write: .csv or .npy.")
  static let replaceFile = Option(name: "replace", summary: "Write over an existing file.")
  static let seed = Option(name: "seed", argument: "N", summary: "Seed of the draws (0).")
}

extension Subcommand {
  static let sample = Subcommand(
    name: "sample",
    summary: "Draw new rows from a saved model.",
    operands: "MODEL",
    options: [
      Option(name: "count", short: "n", argument: "N", summary: "Number of rows (64)."),
      Option(name: "out", argument: "FILE", summary: "The file to write: .csv, .npy or .png."),
      Option(name: "mean", summary: "Write the mean of p(x|z) instead of a draw from it."),
      .seed, .replaceFile, .threads, .maxMemory,
    ],
    remarks: "MODEL is a file of model.save, or a folder of elbo train."
  ) { (options) throws(Options.Misuse) in
    let path = try operands(options, "MODEL")[0]
    let count = try options.integer("count", in: 1...1_000_000) ?? 64
    let output = try OutputFile(options, ["csv", "npy", "png"])
    let seed = try options.integer("seed", in: 0...Int(UInt32.max)) ?? 0
    return try over("sample", options) { (requests) throws(Requests.Refusal) in
      let model = try load(path, requests)
      let params: JSON = ["model": "model", "count": .int(count), "seed": .int(seed)]
      if output.ending == "png" {
        guard (model["shape"]?.elements?.count ?? 0) > 1 else {
          throw Requests.Refusal(
            "\(output.path): the model's rows are no pictures",
            hint: "--out FILE.csv or FILE.npy writes the rows")
        }
        try output.write("samples.png") { (path, _) throws(Requests.Refusal) in
          _ = try requests.ask("plot.samples", params.with(["path": .string(path)]))
        }
        return
      }
      let drawn = params.with(["draw": .bool(!options.has("mean"))])
      try output.write("output.\(output.ending)") { (path, folder) throws(Requests.Refusal) in
        let target = output.ending == "csv" ? path : folder
        _ = try requests.ask("model.sample", drawn.with(["path": .string(target)]))
      }
    }
  }

  static let encode = Subcommand(
    name: "encode",
    summary: "Write the latents of rows: the means of q(z|x) of a saved model.",
    operands: "MODEL DATA",
    options: [.out, .replaceFile] + Option.data + [.threads, .maxMemory],
    remarks: "MODEL is a file of model.save, or a folder of elbo train; DATA is as for elbo train."
  ) { (options) throws(Options.Misuse) in
    let paths = try operands(options, "MODEL DATA")
    let output = try OutputFile(options, ["csv", "npy"])
    return try over("encode", options) { (requests) throws(Requests.Refusal) in
      let model = try load(paths[0], requests)
      let data = try DataFile(paths[1], options, for: model).load(requests)
      if let left = DataFile.leftOut(data) { say("  \(left)") }
      let name = output.ending == "csv" ? "latents.mean.csv" : "mean.npy"
      try output.write(name) { (_, folder) throws(Requests.Refusal) in
        let target = output.ending == "csv" ? "\(folder)/latents.csv" : folder
        _ = try requests.ask(
          "model.encode", ["model": "model", "data": "data", "path": .string(target)])
      }
    }
  }

  static let score = Subcommand(
    name: "score",
    summary: "Estimate log p(x) of rows under a saved model.",
    operands: "MODEL DATA",
    options: [
      Option(name: "samples", argument: "N", summary: "Samples of z for each row (100)."),
      Option(name: "out", argument: "FILE", summary: "A .csv or .npy with log p(x) of each row."),
      .seed, .replaceFile,
    ] + Option.data + [.threads, .maxMemory],
    remarks: "MODEL is a file of model.save, or a folder of elbo train; DATA is as for elbo train."
  ) { (options) throws(Options.Misuse) in
    let paths = try operands(options, "MODEL DATA")
    let output = try options.has("out") ? OutputFile(options, ["csv", "npy"]) : nil
    let samples = try options.integer("samples", in: 1...1_000_000) ?? 100
    let seed = try options.integer("seed", in: 0...Int(UInt32.max)) ?? 0
    return try over("score", options) { (requests) throws(Requests.Refusal) in
      let model = try load(paths[0], requests)
      let data = try DataFile(paths[1], options, for: model).load(requests)
      if let left = DataFile.leftOut(data) { say("  \(left)") }
      let reply = try requests.ask(
        "evaluate.likelihood",
        [
          "model": "model", "data": "data", "samples": .int(samples), "seed": .int(seed),
          "perRow": .bool(output != nil),
        ])
      if let output {
        let scores = reply["rows"]?["logLikelihood"]?.elements ?? []
        let places = DataFile.places(data)
        try output.write("scores.\(output.ending)") { (path, _) throws(Requests.Refusal) in
          do throws(Fault) {
            switch output.ending {
            case "npy": try write(scores, at: places, of: DataFile.rows(data), to: path)
            default: try write(scores, at: places, to: path)
            }
          } catch { throw Requests.Refusal(error) }
        }
      }
      let sentence =
        "\(TrainReport.figure(reply)) nats a row, the mean over \(reply["count"]?.line ?? "") rows"
      guard writeAll(Array((sentence + "\n").utf8), to: 1) else {
        throw Requests.Refusal("cannot write to stdout: \(systemMessage())")
      }
      if let warning = reply["warning"]?.text {
        say("  \(warning)\n  on this command line: --samples N takes more")
      }
    }
  }

  /// Writes a table of scores with the places of their rows.
  private static func write(
    _ scores: [JSON], at places: [Int], to path: String
  ) throws(Fault) {
    let lines = zip(places, scores).map { "\($0),\($1.line)\n" }
    var file = try AtomicFile(.text, at: path, in: .none)
    try file.append(Array(("row,logLikelihood\n" + lines.joined()).utf8))
    _ = try file.keep()
  }

  /// Writes a number for each of `count` rows: NaN for those that were left out.
  private static func write(
    _ scores: [JSON], at places: [Int], of count: Int, to path: String
  ) throws(Fault) {
    var values = [Float](repeating: .nan, count: count)
    for (place, score) in zip(places, scores) { values[place] = Float(score.double ?? .nan) }
    try NPY.write(Tensor([count], values), to: path)
  }

  /// Loads a model from a file, or from a folder of `elbo train`.
  private static func load(
    _ path: String, _ requests: Requests
  ) throws(Requests.Refusal) -> JSON {
    let file = File.isFolder(path, in: .none) ? "\(path)/model.safetensors" : path
    return try requests.ask("model.load", ["name": "model", "path": .string(file)])
  }
}

/// A file that a command writes: made whole in a folder beside it, and then renamed.
struct OutputFile {
  let path: String
  let ending: String
  private let mayReplace: Bool

  init(_ options: Options, _ endings: [String]) throws(Options.Misuse) {
    let known = endings.map { ".\($0)" }.joined(separator: ", ")
    guard let path = options["out"] else {
      throw Options.Misuse(message: "expected --out FILE, which ends in one of \(known)")
    }
    guard let ending = endings.first(where: { path.lowercased().hasSuffix(".\($0)") }) else {
      throw Options.Misuse(
        message: "--out: expected a name that ends in one of \(known), got \(path)")
    }
    (self.path, self.ending) = (path, ending)
    mayReplace = options.has("replace")
  }

  /// Calls `body` with the path of the file `name` in a folder, and the folder; then moves that
  /// file to its place, and removes the folder.
  func write(
    _ name: String, _ body: (String, String) throws(Requests.Refusal) -> Void
  ) throws(Requests.Refusal) {
    var status = stat()
    let isThere = lstat(path, &status) == 0
    guard !isThere || mayReplace && status.st_mode & S_IFMT == S_IFREG else {
      throw Requests.Refusal(
        "\(path) is there already",
        hint: "--replace writes over a file, --out gives another name")
    }
    let parent =
      path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    var template = Array("\(parent.isEmpty ? "/" : parent)/.elbo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Requests.Refusal(
        "cannot write to \(parent): \(systemMessage())", hint: "give another place with --out")
    }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      if let listing = try? FolderListing(folder, in: .none) {
        for file in listing.files { unlink("\(folder)/\(file)") }
      }
      rmdir(folder)
    }
    try body("\(folder)/\(name)", folder)
    guard rename("\(folder)/\(name)", path) == 0 else {
      throw Requests.Refusal("cannot write \(path): \(systemMessage())")
    }
  }
}
