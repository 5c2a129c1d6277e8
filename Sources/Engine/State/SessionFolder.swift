import Declarations
import Files
import JSON
import Tensors
import Variational

/// The folder in which a session survives its process: `elbo serve --state FOLDER`.
///
/// `session.json` lists what there is, in an order in which each thing finds what it needs.
/// `models` holds each model as it was last built, loaded or assigned; `trainers` the checkpoints
/// of each trainer, with its model; `arrays` the arrays that came in requests. Data sets are loaded
/// from their sources again. `requests.ndjson` is a log of the requests that changed something; it
/// is for people, and nothing is read from it.
final class SessionFolder {
  let path: String
  private var items: [StateItem] = []
  /// The items in the file.
  private var written: [StateItem] = []
  private var restored: [StateReply.Item] = []
  private var lost: [StateReply.Item] = []
  /// Why the latest change could not be written.
  private var failure: Fault?
  /// The calls whose effect could not be written yet, in their order.
  private var owed: [(method: Method, params: JSON, reply: JSON)] = []
  /// Locks the folder, too.
  private let log: AppendedFile
  private var logged: Int

  /// Opens the folder, and makes it if there is none. Throws `wrongState` if another process uses
  /// it, `badFile`, `io`, `denied` and `noSpace`.
  init(_ path: String) throws(Fault) {
    self.path = path
    for folder in [path, path + "/models", path + "/trainers", path + "/arrays"] {
      try File.makeFolder(folder)
    }
    log = try AppendedFile(path + "/requests.ndjson")
    logged = try Self.endOfLines(log)
    guard File.exists(manifest) else { return }
    let text = String(decoding: try File.read(manifest), as: UTF8.self)
    var limits = JSON.Limits()
    (limits.line, limits.values) = (.max, .max)
    do {
      items = try [StateItem](json: try JSON(parsing: text, limits: limits))
      for place in items.indices {
        items[place].params = items[place].params.replacing(Self.here, with: path + "/")
      }
      written = items
    } catch {
      var fault = error.within(manifest).asBadFile(nil)
      fault.hint = "the file was damaged: put a copy of it back, or move it away to begin without"
      throw fault
    }
  }

  /// What stands in the file for this folder, which may be copied or moved. No path has a NUL.
  private static let here = "\u{0}/"

  /// Returns where the last whole line of the log ends.
  private static func endOfLines(_ log: AppendedFile) throws(Fault) -> Int {
    let size = try log.size()
    let first = max(0, size - (1 << 24))
    let tail = try OpenFile(log.path).bytes(at: first, count: size - first)
    return tail.lastIndex(of: 0x0A).map { first + $0 + 1 } ?? first
  }

  private var manifest: String { path + "/session.json" }

  /// Makes everything again that the folder lists. What cannot be made stays in the folder, and is
  /// tried again by the next process.
  func restore(in session: Session) {
    for kind in Resource.allCases {
      for item in items where item.kind == kind {
        do throws(Fault) {
          try item.make(in: session)
          if !item.isDropped { restored.append(StateReply.Item(item)) }
        } catch {
          lost.append(StateReply.Item(item, why: error))
          if kind == .trainer { Self.takeWeights(of: item, in: session) }
        }
      }
    }
    for item in items where item.isDropped && item.exists(in: session) {
      _ = try? session.data.drop(item.name, at: "name")
    }
  }

  /// Gives the model of a trainer that cannot be made the weights in the trainer's checkpoint.
  private static func takeWeights(of item: StateItem, in session: Session) {
    guard let name = item.params["model"]?.text, let model = session.models.peek(name),
      let path = item.params["path"]?.text,
      let file = try? SafeTensors(contentsOf: CheckpointFolder.newest(path))
    else { return }
    try? model.assign(file.modelArrays, at: "path")
  }

  /// The standing of the folder, for `engine.info`.
  var reply: StateReply {
    StateReply(path: path, restored: restored, lost: lost, failure: failure?.sentence)
  }

  // MARK: Changes

  /// Takes the effect of a call that has succeeded into the folder. If that fails, the session goes
  /// on, and `failure` says why.
  func note(_ method: Method, _ params: JSON, _ reply: JSON, in session: Session) {
    guard method.effect.isLasting else { return }
    owed.append((method, params, reply))
    _ = settle(in: session)
  }

  /// Takes what is owed into the folder, in its order; returns why that failed.
  func settle(in session: Session) -> Fault? {
    do throws(Fault) {
      while let call = owed.first {
        try take(call.method, call.params, call.reply, in: session)
        try append(call.method, call.params)
        owed.removeFirst()
      }
      failure = nil
    } catch { failure = error }
    return failure
  }

  private func take(
    _ method: Method, _ params: JSON, _ reply: JSON, in session: Session
  ) throws(Fault) {
    for item in items where item.kind == .trainer && !item.exists(in: session) && !isLost(item) {
      try leave(item, in: session)
    }
    if case .makes(let resources) = method.effect {
      for resource in resources {
        guard let name = reply[resource.rawValue]?.text else { continue }
        switch resource {
        case .data: try add(.data, name, method, params, sha256: reply["sha256"]?.text)
        case .distribution: try add(.distribution, name, method, params)
        case .model: try save(model: name, in: session)
        case .trainer: try add(trainer: name, in: session)
        }
      }
    } else {
      if method.effect == .changes { try save(model: params["model"]?.text, in: session) }
      if let trainer = params["trainer"]?.text { note(trainer: trainer, method, in: session) }
    }
    for (place, item) in items.enumerated() where item.kind == .data {
      // A trainer keeps its rows, and so does its file of this session.
      items[place].isDropped = !item.exists(in: session) && !isLost(item)
    }
    items.removeAll { item in
      !item.exists(in: session) && !isLost(item) && !(item.isDropped && isUsed(item, in: session))
    }
    if items != written { try write(in: session) }
  }

  private func add(
    _ kind: Resource, _ name: String, _ method: Method, _ params: JSON, sha256: String? = nil
  ) throws(Fault) {
    var params = params.setting("name", to: .string(name)).setting("replace", to: true)
    if kind == .data { params = try keepingArrays(params) }
    var item = StateItem(kind: kind, name: name, method: method.name, params: params)
    item.sha256 = sha256
    put(item)
  }

  /// Replaces an item of the same kind and name, or appends one.
  private func put(_ item: StateItem) {
    items.removeAll { $0.kind == item.kind && $0.name == item.name }
    lost.removeAll { $0.kind == item.kind && $0.name == item.name }
    items.append(item)
  }

  private func isUsed(_ item: StateItem, in session: Session) -> Bool {
    session.trainers.all.contains { entry in
      entry.dataName == item.name || entry.validation?.rows.data == item.name
    }
  }

  private func isLost(_ item: StateItem) -> Bool {
    lost.contains { $0.kind == item.kind && $0.name == item.name }
  }

  /// Writes the array of a source into the folder, and names that file instead: it came in the
  /// request, or in a file that the client may have made for this request only.
  private func keepingArrays(_ params: JSON) throws(Fault) -> JSON {
    guard let source = params["source"], source["type"]?.text == "array",
      let values = source["values"]
    else { return params }
    let tensor = try TensorForm(json: values).tensor()
    let place = "\(path)/arrays/\(SHA256.hex(tensor.values)).npy"
    if !File.exists(place) { try NPY.write(tensor, to: place) }
    return params.setting("source", to: source.setting("values", to: ["path": .string(place)]))
  }

  private func save(model name: String?, in session: Session) throws(Fault) {
    guard let name, let model = session.models.peek(name) else { return }
    let place = "\(path)/models/\(name).safetensors"
    try model.file().write(to: place)
    // A trainer of this model loads its newest checkpoint over it.
    for entry in session.trainers.all where entry.trainer.model === model {
      entry.checkpoints?.flush(entry.trainer, evenIfWritten: true)
    }
    let item = StateItem(
      kind: .model, name: name, method: ModelLoad.method,
      params: ["name": .string(name), "path": .string(place), "replace": true])
    items.removeAll { $0.kind == .model && $0.name == name }
    lost.removeAll { $0.kind == .model && $0.name == name }
    // A trainer finds its model already made.
    items.insert(item, at: items.firstIndex { $0.kind == .trainer } ?? items.count)
  }

  /// Saves the model of a trainer that is no longer there: it had the latest weights.
  private func leave(_ trainer: StateItem, in session: Session) throws(Fault) {
    try save(model: trainer.params["model"]?.text, in: session)
  }

  private func add(trainer name: String, in session: Session) throws(Fault) {
    guard let entry = session.trainers.peek(name) else { return }
    // It may have taken the place of another one.
    if let former = items.first(where: { $0.kind == .trainer && $0.name == name }) {
      try leave(former, in: session)
    }
    if entry.checkpoints == nil {
      var params = CheckpointParams()
      params.path = freeFolder(for: name)
      (params.keep, params.best, params.replace) = (1, false, true)
      try entry.keepCheckpoints(params, in: session)
    }
    guard let checkpoints = entry.checkpoints else { return }
    checkpoints.flush(entry.trainer, evenIfWritten: true)
    if let failure = checkpoints.status.failure {
      throw Fault(.io, failure, path: "checkpoint")
    }
    var policy = checkpoints.params
    policy.replace = true
    put(
      StateItem(
        kind: .trainer, name: name, method: TrainerLoad.method,
        params: [
          "name": .string(name), "data": .string(entry.dataName),
          "model": .string(entry.modelName), "path": .string(policy.path),
          "checkpoint": policy.json, "replace": true,
        ]))
  }

  /// Returns the folder of the trainer that is there, or a new one: that of a trainer which could
  /// not be restored stays.
  private func freeFolder(for name: String) -> String {
    let first = "\(path)/trainers/\(name).run"
    let own = items.first { $0.kind == .trainer && $0.name == name && !isLost($0) }
    if let own = own?.params["path"]?.text, own.hasPrefix("\(path)/trainers/") { return own }
    var (place, number) = (first, 2)
    while File.exists(place) { (place, number) = ("\(first)-\(number)", number + 1) }
    return place
  }

  /// The trainer that made the latest updates of a model is restored last.
  private func note(trainer name: String, _ method: Method, in session: Session) {
    guard let place = items.firstIndex(where: { $0.kind == .trainer && $0.name == name }),
      let entry = session.trainers.peek(name)
    else { return }
    items.append(items.remove(at: place))
    if method.effect == .changes {
      entry.checkpoints?.flush(entry.trainer, evenIfWritten: true)
    }
  }

  private func write(in session: Session) throws(Fault) {
    for (place, item) in items.enumerated() where item.kind == .trainer {
      guard let entry = session.trainers.peek(item.name),
        session.models.peek(entry.modelName) !== entry.trainer.model
      else { continue }
      // Another model has taken the name; the trainer's own is made under a new one.
      items[place].params = item.params.setting("model", to: nil)
    }
    var portable = items
    for place in items.indices {
      portable[place].params = items[place].params.replacing(path + "/", with: Self.here)
    }
    var file = try AtomicFile(.text, at: manifest)
    try file.append(Array((portable.json.line + "\n").utf8))
    _ = try file.keep()
    written = items
  }

  private func append(_ method: Method, _ params: JSON) throws(Fault) {
    let line: JSON = ["jsonrpc": "2.0", "method": .string(method.name), "params": params]
    // A request may hold an array.
    let bound = line.textBound + 1
    try Memory.require(Size(bound), for: "the line of \(method.name) in \(log.path)")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(bound)
    line.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    var failure: Fault?
    bytes.withUnsafeBytes { raw in
      do throws(Fault) { try log.write(raw, at: logged) } catch { failure = error }
    }
    if let failure { throw failure }
    logged += bytes.count
  }
}

extension JSON {
  /// Returns the same value with another beginning of each text that begins with `prefix`.
  fileprivate func replacing(_ prefix: String, with other: String) -> JSON {
    switch self {
    case .string(let text) where text.hasPrefix(prefix):
      .string(other + text.dropFirst(prefix.count))
    case .array(let values): .array(values.map { $0.replacing(prefix, with: other) })
    case .object(let members):
      .object(members.map { Member($0.name, $0.value.replacing(prefix, with: other)) })
    default: self
    }
  }

  /// Returns the same object with this member, or without it if `value` is nil.
  fileprivate func setting(_ name: String, to value: JSON?) -> JSON {
    guard case .object(let members) = self else { return self }
    let others = members.filter { $0.name != name }
    return .object(others + (value.map { [Member(name, $0)] } ?? []))
  }
}
