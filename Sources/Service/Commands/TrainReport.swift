import Engine
import JSON

/// What `elbo train` says about a training. It holds no time and no path of the machine, so that
/// the same training has the same report.
struct TrainReport {
  let data: DataFile
  let set: JSON
  let reasons: [String]
  let notes: [String]
  let info: JSON
  let score: JSON
  /// Whether the score is that of rows that were set aside.
  let isHeldOut: Bool
  let files: Set<String>

  private static let descriptions = [
    "curves.svg": "both terms of the ELBO, update by update",
    "history.csv": "the same as a table, with the validations",
    "log.ndjson": "every request of this training",
    "model.safetensors": "the model with its best weights",
    "reconstructions.png": "rows and, below each, its reconstruction",
    "results.csv": "the figures of this page",
    "samples.png": "means decoded from draws of the prior",
    "trainer.safetensors": "everything that training needs to go on",
    "validation.svg": "the ELBO of the validation rows",
  ]

  private func value(_ name: String, digits: Int = 6) -> String {
    score[name]?.double.map { Summary.number($0, digits: digits) } ?? ""
  }

  /// The figure of a reply of evaluate.likelihood, such as "log p(x) is -29.03 ± 0.21".
  static func figure(_ score: JSON) -> String {
    let value = score["logLikelihood"]?.double ?? .nan
    return "log p(x) is \(Summary.measured(value, error: score["standardError"]?.double))"
  }

  /// The result in one sentence.
  var sentence: String {
    let whose = isHeldOut ? "rows that were set aside" : "rows, all of which were trained on"
    return
      "\(Self.figure(score)) nats a row, the mean over \(score["count"]?.line ?? "") \(whose)"
  }

  private var best: (update: String, elbo: String)? {
    guard let best = info["best"], let elbo = best["elbo"]?.double else { return nil }
    return (best["update"]?.line ?? "", Summary.number(elbo))
  }

  /// The figures as a table.
  var results: String {
    var lines = ["name,value"]
    for name in [
      "logLikelihood", "standardError", "monteCarloError", "bitsPerDimension",
      "effectiveSampleSize", "unreliable", "count", "samples",
    ] {
      if let value = score[name] { lines.append("\(name),\(value.line)") }
    }
    lines.append("updates,\(info["update"]?.line ?? "")")
    if let best = info["best"] {
      lines.append("bestUpdate,\(best["update"]?.line ?? "")")
      lines.append("bestValidation,\(best["elbo"]?.line ?? "")")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  var text: String {
    let file = data.path.split(separator: "/").last.map(String.init) ?? data.path
    var lines = ["# A variational autoencoder of \(file)", "", "**\(sentence).**", ""]
    lines.append(
      "The figure after ± is the standard error over the rows: of two models for these data, the one with the higher log p(x) describes new rows better, unless the two figures lie within their errors. It is \(value("bitsPerDimension", digits: 4)) bits a value, estimated with \(score["samples"]?.line ?? "") samples of z for each row (Monte Carlo error \(value("monteCarloError", digits: 2)))."
    )
    if let warning = score["warning"]?.text { lines += ["", "Take care: \(warning)."] }
    if !isHeldOut {
      lines += [
        "", "No rows were set aside, so this says nothing about new rows: bring more of them.",
      ]
    }
    lines += ["", "## Choices", ""] + reasons.map { "- \($0)" }
    if !notes.isEmpty { lines += ["", "## What looks wrong", ""] + notes.map { "- \($0)" } }
    var training = "\(info["update"]?.line ?? "") updates on \(info["rows"]?.line ?? "") rows"
    if let best {
      training += "; the best validation, \(best.elbo) nats, was after update \(best.update)"
    }
    if info["stopped"] == "converged" { training += ", and no better one followed" }
    lines += ["", "## Training", "", training + "."]
    lines += ["", "## Files", "", "| file | holds |", "|---|---|"]
    for name in files.sorted() { lines.append("| \(name) | \(Self.descriptions[name] ?? "") |") }
    lines += [
      "", "## Next", "", "```", "elbo sample . --count 100 --out samples.csv",
      "elbo encode . DATA\(data.dialect) --out latents.csv", "elbo score . DATA\(data.dialect)",
      "elbo run log.ndjson", "```", "",
      "The last line, in this folder, trains again and writes the same files. The data's SHA-256 is",
      "\(set["sha256"]?.text ?? ""); elbo \(Engine.version).",
    ]
    return lines.map { $0 + "\n" }.joined()
  }
}
