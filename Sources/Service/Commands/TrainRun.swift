import Glibc
import JSON

/// The steps of `elbo train`: each is a request, so that the log repeats them.
struct TrainRun {
  let requests: Requests
  let folder: TrainFolder
  let data: DataFile

  /// Rows of the history; longer runs are thinned.
  private static let mostRows = 1000

  /// Few rows are evaluated with more samples, since that takes no time.
  private static let (mostSamples, mostDraws) = (1000, 200_000)

  /// Trains and writes everything; returns the sentence with the result.
  func run(_ wishes: JSON) throws(Requests.Refusal) -> String {
    var set = try data.load(requests)
    let proposal = try data.ask("model.propose", wishes, requests)
    var again: JSON = ["replace": true]
    for name in ["transforms", "split"] {
      if let value = proposal[name] { again = again.with(.object([JSON.Member(name, value)])) }
    }
    if again != ["replace": true] { set = try data.load(requests, again) }
    let reasons = proposal["reasons"]?.texts ?? []
    for reason in reasons { say("  \(reason)") }

    let model = try requests.ask(
      "model.build", (proposal["build"] ?? [:]).with(["name": "model", "data": "data"]))
    let trainer = try requests.ask(
      "trainer.create",
      (proposal["train"] ?? [:]).with(["name": "trainer", "model": "model", "data": "data"]))
    let notes =
      [set, model, trainer].flatMap { $0["notes"]?.texts ?? [] }
      + [DataFile.leftOut(set)].compactMap(\.self)
    for note in notes { say("  note: \(note)") }
    let step = try train(proposal["updates"] ?? 1)

    let info = try requests.ask("trainer.info", ["trainer": "trainer"])
    var best = "model"
    if info["best"] != nil {
      best = "best"
      _ = try requests.ask(
        "trainer.model", ["trainer": "trainer", "weights": "best", "name": .string(best)])
    }
    let name = JSON.string(best)
    let splits = set["splits"]
    let held: JSON = splits?["test"] == nil ? [:] : ["split": "test"]
    let tested = Int((splits?["test"] ?? set["count"])?.double ?? 1)
    let samples = max(100, min(Self.mostSamples, Self.mostDraws / max(1, tested)))
    let score = try requests.ask(
      "evaluate.likelihood",
      (["model": name, "data": "data", "samples": .int(samples), "seed": wishes["seed"] ?? 0]
        as JSON)
        .with(held))
    // Without its log a folder would not be known as one of a training, should this one end here.
    try writeLog()
    _ = try requests.ask("model.save", ["model": name, "path": "model.safetensors"])
    _ = try requests.ask("trainer.save", ["trainer": "trainer", "path": "trainer.safetensors"])
    var written: Set<String> = ["model.safetensors", "trainer.safetensors"]
    written.formUnion(draw(name, model, held, isValidated: info["best"] != nil))
    let history = try history(of: step)

    let report = TrainReport(
      data: data, set: set, reasons: reasons, notes: notes, info: info, score: score,
      isHeldOut: held != [:], files: written.union(["history.csv", "results.csv", "log.ndjson"]))
    try folder.write("history.csv", history)
    try folder.write("results.csv", report.results)
    try folder.write("report.md", report.text)
    try writeLog()
    folder.removeAll(but: written.union(["history.csv", "results.csv", "report.md", "log.ndjson"]))
    return "\(report.sentence)\n\(folder.path)/report.md"
  }

  private func writeLog() throws(Requests.Refusal) {
    try folder.write("log.ndjson", requests.log.map { $0 + "\n" }.joined())
  }

  /// Trains; the log has the updates that were made, if Ctrl-C ended the training.
  private func train(_ updates: JSON) throws(Requests.Refusal) -> JSON {
    let step = try requests.ask(
      "trainer.step", ["trainer": "trainer", "updates": updates],
      logged: { reply in
        guard reply["stopped"] == "cancelled", let made = reply["updates"], made != 0 else {
          return nil
        }
        return ["trainer": "trainer", "updates": made]
      })
    guard step["update"] != 0 else {
      throw Requests.Refusal("the training was ended before its first update")
    }
    return step
  }

  /// Draws what suits the rows; returns the files. A picture that cannot be drawn is said and left
  /// out.
  private func draw(
    _ name: JSON, _ model: JSON, _ held: JSON, isValidated: Bool
  ) -> [String] {
    let isImage = (model["shape"]?.elements?.count ?? 0) > 1
    var plots: [(String, JSON)] = [
      ("plot.curves", ["trainer": "trainer", "path": "curves.svg"])
    ]
    if isValidated {
      plots.append(("plot.validation", ["trainer": "trainer", "path": "validation.svg"]))
    }
    if isImage {
      let reconstructions: JSON = ["model": name, "data": "data", "path": "reconstructions.png"]
      plots += [
        ("plot.reconstructions", reconstructions.with(held)),
        ("plot.samples", ["model": name, "path": "samples.png"]),
      ]
    }
    var files: [String] = []
    for (method, params) in plots {
      do throws(Requests.Refusal) {
        _ = try requests.ask(method, params)
        files.append(params["path"]?.text ?? "")
      } catch {
        say("  \(method): \(error.message)" + (error.hint.map { "; \($0)" } ?? ""))
      }
    }
    return files
  }

  /// The terms of updates and validations as a table.
  private func history(of step: JSON) throws(Requests.Refusal) -> String {
    let updates = Int(step["update"]?.double ?? 1)
    let reply = try requests.ask(
      "trainer.history",
      ["trainer": "trainer", "every": .int(max(1, updates / Self.mostRows))])
    var lines = ["rows,update,elbo,reconstruction,divergence"]
    for (kind, terms) in [("training", reply), ("validation", reply["validation"] ?? .null)] {
      let columns = ["update", "elbo", "reconstruction", "divergence"].map {
        terms[$0]?.elements ?? []
      }
      for row in columns[0].indices {
        lines.append(
          ([kind] + columns.map { $0.indices.contains(row) ? $0[row].line : "" })
            .joined(separator: ","))
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
