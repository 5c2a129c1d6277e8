import Engine
import Glibc
import JSON
import SessionSupport
import Testing

/// Labels that are words in a table: shown with the data, saved with the model, and accepted
/// wherever a label is.
@Suite struct ClassNames {
  private let session = Session()
  private let folder = "/tmp/elbo-names-\(getpid())-\(UInt64.random(in: 0 ... .max))"

  private func write(_ name: String, _ text: String) throws -> String {
    mkdir(folder, 0o700)
    let file = try #require(fopen("\(folder)/\(name)", "w"))
    defer { fclose(file) }
    fputs(text, file)
    return "\(folder)/\(name)"
  }

  private func load(_ name: String, _ words: [String], _ options: String = "") throws -> JSON {
    let rows = words.enumerated().map { "\($0 % 2),\(($0 + 1) % 2),\($1)" }
    let path = try write("\(name).csv", "a,b,animal\n" + rows.joined(separator: "\n") + "\n")
    return try session.call(
      "data.load",
      """
      {"name": "\(name)", "source": {"type": "csv", "path": "\(path)", "label": "animal"\(options)}}
      """)
  }

  private func build(_ name: String = "vae", _ condition: String = #"{"type": "label"}"#) throws {
    _ = try load("pets", ["dog", "cat", "owl", "dog", "cat", "owl"])
    _ = try session.call(
      "model.build",
      """
      {"name": "\(name)", "data": "pets", "latent": 2, "likelihood": {"type": "bernoulli"},
       "condition": \(condition), "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
      """)
  }

  private func clear() { system("rm -rf '\(folder)'") }

  @Test func areShownWithTheData() throws {
    defer { clear() }
    let loaded = try load("pets", ["dog", "cat", "owl"])
    #expect(loaded["classes"] == [0, 1, 2] && loaded["classNames"] == ["cat", "dog", "owl"])
    #expect(
      try session.call("data.info", #"{"data": "pets"}"#)["classNames"] == ["cat", "dog", "owl"])
    let rows = try session.call("data.get", #"{"data": "pets", "indices": [2, 0]}"#)
    #expect(rows["labels"] == [2, 1] && rows["classNames"] == ["cat", "dog", "owl"])
  }

  @Test func standForTheirLabels() throws {
    defer { clear() }
    try build()
    let condition = try session.call("model.info", #"{"model": "vae"}"#)["condition"]
    #expect(condition == ["type": "label", "classes": [0, 1, 2], "names": ["cat", "dog", "owl"]])
    for (method, params) in [
      ("model.sample", #""count": 2, "label": LABEL"#),
      ("model.sample", #""count": 2, "label": [LABEL, 0]"#),
      ("model.decode", #""latent": [[0, 1]], "label": LABEL"#),
      ("model.encode", #""input": [[0, 1]], "labels": LABEL"#),
      ("model.reconstruct", #""input": [[0, 1]], "labels": [LABEL]"#),
      ("model.traverse", #""steps": 2, "label": LABEL"#),
      ("model.manifold", #""steps": 2, "label": LABEL"#),
      ("model.interpolate", #""latent": [[0, 1], [1, 0]], "label": LABEL"#),
      ("evaluate.elbo", #""input": [[0, 1]], "labels": LABEL"#),
      ("evaluate.gradient", #""input": [[0, 1]], "labels": LABEL, "objective": {"type": "elbo"}"#),
      ("evaluate.bracket", #""count": 3, "samples": 2, "temperatures": 3, "label": LABEL"#),
    ] {
      let answers = try ["\"owl\"", "2", "\"dog\""].map { label in
        try session.call(
          method,
          "{\"model\": \"vae\", \(params.replacing("LABEL", with: label))}")
      }
      #expect(answers[0] == answers[1], "\(method)")
      #expect(answers[0] != answers[2], "\(method)")
    }
  }

  @Test func areKeptInAFile() throws {
    defer { clear() }
    try build()
    let path = "\(folder)/vae.safetensors"
    _ = try session.call("model.save", #"{"model": "vae", "path": "\#(path)"}"#)
    _ = try session.call("model.load", #"{"name": "again", "path": "\#(path)"}"#)
    let samples = try ["vae", "again"].map {
      try session.call("model.sample", #"{"model": "\#($0)", "count": 3, "label": "owl"}"#)
    }
    #expect(samples[0] == samples[1])
  }

  @Test(arguments: [
    (#"{"type": "label", "names": ["b", "c", "d"]}"#, "\"c\"", nil as String?),
    (#"{"type": "label", "classes": [2, 0, 1], "names": ["b", "c", "d"]}"#, "\"c\"", nil),
    (#"{"type": "label", "names": ["b", "c"]}"#, "0", "condition.names"),
    (#"{"type": "label", "names": ["b", "c", "b"]}"#, "0", "condition.names"),
    (#"{"type": "label", "classes": 2, "names": ["b", "c"]}"#, "\"c\"", nil),
  ])
  func canBeGiven(condition: String, label: String, path: String?) throws {
    defer { clear() }
    _ = try load("pets", ["dog", "cat", "owl"])
    let stack = #""encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]"#
    do {
      _ = try session.call(
        "model.build",
        """
        {"name": "vae", "data": "pets", "latent": 2, "likelihood": {"type": "bernoulli"},
         "condition": \(condition), \(stack)}
        """)
    } catch {
      #expect(error.path == path && error.kind == .params, "\(error)")
      return
    }
    #expect(path == nil)
    let answers = try [label, "1"].map {
      try session.call("model.sample", #"{"model": "vae", "count": 2, "label": \#($0)}"#)
    }
    #expect(answers[0] == answers[1])
  }

  /// In ascending order of the labels, which need not be 0, 1, ….
  @Test func areInTheOrderOfTheLabels() throws {
    _ = try session.call(
      "model.build",
      """
      {"name": "vae", "shape": [2], "latent": 2, "likelihood": {"type": "bernoulli"},
       "condition": {"type": "label", "classes": [7, 3], "names": ["low", "high"]},
       "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
      """)
    for (name, label) in [("low", 3), ("high", 7)] {
      let answers = try ["\"\(name)\"", "\(label)"].map {
        try session.call("model.sample", #"{"model": "vae", "count": 2, "label": \#($0)}"#)
      }
      #expect(answers[0] == answers[1])
    }
    let bare = #expect(throws: Fault.self) {
      _ = try session.call(
        "model.build",
        """
        {"name": "bare", "shape": [2], "latent": 2, "likelihood": {"type": "bernoulli"},
         "condition": {"type": "label", "classes": 2}, "encoder": [{"type": "dense"}],
         "decoder": [{"type": "dense"}]}
        """)
      _ = try session.call("model.sample", #"{"model": "bare", "count": 2, "label": "low"}"#)
    }
    #expect(bare?.kind == .params && bare?.message.contains("have no names") == true)
  }

  @Test func thatAreNoneAreNamed() throws {
    defer { clear() }
    try build()
    for (label, path) in [("\"owls\"", "label"), ("[\"cat\", \"cow\"]", "label[1]")] {
      let fault = #expect(throws: Fault.self) {
        _ = try session.call("model.sample", #"{"model": "vae", "count": 2, "label": \#(label)}"#)
      }
      #expect(fault?.kind == .support && fault?.path == path, "\(fault as Any)")
      #expect(fault?.expected == #"one of "cat", "dog", "owl""#)
    }
  }

  /// The same words in another order have other numbers: a bound would be of other classes.
  @Test func ofTheDataMustBeThoseOfTheModel() throws {
    defer { clear() }
    try build()
    _ = try load("others", ["dog", "owl"])
    for (method, params) in [
      ("evaluate.elbo", #"{"model": "vae", "data": "others"}"#),
      ("trainer.create", #"{"model": "vae", "data": "others"}"#),
    ] {
      let fault = #expect(throws: Fault.self) { _ = try session.call(method, params) }
      #expect(fault?.kind == .support && fault?.path == "data", "\(fault as Any)")
      #expect(fault?.expected == "\"cat\"" && fault?.got == "\"dog\"")
    }
    _ = try load("same", ["dog", "owl"], #", "categories": {"animal": ["cat", "dog", "owl"]}"#)
    _ = try session.call("evaluate.elbo", #"{"model": "vae", "data": "same"}"#)
  }
}
