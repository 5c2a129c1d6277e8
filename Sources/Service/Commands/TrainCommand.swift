import Glibc
import JSON

extension Subcommand {
  static let train = Subcommand(
    name: "train",
    summary: "Train a model on a file of rows, and leave model, figures and a report in a folder.",
    operands: "DATA",
    options: [
      Option(
        name: "out", argument: "FOLDER", summary: "The folder to write (NAME-vae, beside you)."),
      Option(name: "replace", summary: "Write over an earlier training in that folder."),
      Option(name: "latent", argument: "N", summary: "Number of latent variables."),
      Option(
        name: "layers", argument: "N,N,…",
        summary: "Widths of the hidden layers (128,128), or channels of conv (16,32)."),
      Option(
        name: "architecture", argument: "NAME", summary: "mlp, conv or table; chosen by the data."),
      Option(
        name: "likelihood", argument: "NAME",
        summary: "Such as bernoulli, gaussian or negativeBinomial; chosen by the data."),
      Option(name: "updates", argument: "N", summary: "Weight updates at most (10000)."),
      Option(name: "seed", argument: "N", summary: "Seed of everything random (0)."),
      Option(name: "print-log", summary: "Show the requests, one per line, on stdout."),
    ] + Option.data + [.threads, .maxMemory],
    remarks: """
      DATA is a csv, npy, npz, safetensors, h5ad or idx file, or a folder of pictures. A tenth of
      the rows each is set aside to validate and to test. The same data and seed leave the same
      folder, and so does its log: cd FOLDER && elbo run log.ndjson. Ctrl-C ends the training, and
      keeps its model.
      """
  ) { (options) throws(Options.Misuse) in
    let data = try operands(options, "DATA")[0]
    let wishes = try wishes(options)
    return try over("train", options, isShown: options.has("print-log")) {
      (requests) throws(Requests.Refusal) in
      let file = try DataFile(data, options)
      let folder = try TrainFolder(
        options["out"] ?? name(of: file.path) + "-vae", replacing: options.has("replace"))
      let run = TrainRun(requests: requests, folder: folder, data: file)
      let sentence: String
      do throws(Requests.Refusal) { sentence = try run.run(wishes) } catch {
        folder.abandon()
        throw error
      }
      if options.has("print-log") {
        say(sentence)
      } else if !writeAll(Array((sentence + "\n").utf8), to: 1) {
        throw Requests.Refusal("cannot write to stdout: \(systemMessage())")
      }
    }
  }

  /// The name of a file without its folders and endings.
  static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? "data"
    return last.split(separator: ".").first.map(String.init) ?? last
  }

  /// The params of model.propose.
  private static func wishes(_ options: Options) throws(Options.Misuse) -> JSON {
    var wishes: JSON = [
      "data": "data", "seed": .int(try options.integer("seed", in: 0...Int(UInt32.max)) ?? 0),
    ]
    for (name, most) in [("latent", 65_536), ("updates", 1_000_000_000)] {
      if let value = try options.integer(name, in: 1...most) {
        wishes = wishes.with(.object([JSON.Member(name, .int(value))]))
      }
    }
    if let text = options["layers"] {
      let widths = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard widths.allSatisfy({ $0.map { (1...65_536).contains($0) } ?? false }) else {
        throw Options.Misuse(
          message: "--layers: expected widths such as 128,128, got \(text)")
      }
      wishes = wishes.with(["layers": .array(widths.compactMap { $0.map { .int($0) } })])
    }
    if let name = options["architecture"] {
      wishes = wishes.with(["architecture": .string(name)])
    }
    if let name = options["likelihood"] {
      wishes = wishes.with(["likelihood": ["type": .string(name)]])
    }
    return wishes
  }
}
