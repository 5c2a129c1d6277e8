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
  /// Files of what was lost and made anew under its name, which stay.
  private var spared: Set<String> = []
  /// Why the first of the changes that are owed could not be written.
  private var failure: Fault?
  /// The calls whose effect could not be written yet, in their order.
  private var owed: [Owed] = []
  /// Locks the folder, too.
  private let log: AppendedFile
  private var logged: Int

  /// A call whose effect is not in the folder yet.
  private struct Owed {
    let method: Method
    let params: JSON
    let reply: JSON
    /// Whether it only has to be written into the log.
    var isTaken = false

    /// What it makes by name from its parameters alone; a model or a trainer is taken as it is.
    var made: [String] {
      guard case .makes(let resources) = method.effect else { return [] }
      return resources.filter { $0 == .data || $0 == .distribution }.compactMap { kind in
        reply[kind.rawValue]?.text.map { "\(kind) \($0)" }
      }
    }
  }

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
  private var places: StatePlaces { StatePlaces(path: path) }

  /// Makes everything again that the folder lists. What cannot be made stays in the folder, and is
  /// tried again by the next process.
  func restore(in session: Session) {
    for kind in Resource.allCases {
      for item in items where item.kind == kind {
        do throws(Fault) {
          try item.make(in: session)
          if !item.isDropped { restored.append(StateReply.Item(item)) }
        } catch {
          let why = error.sentence + (error.hint.map { "; \($0)" } ?? "")
          item.lose(in: session, why: why)
          lost.append(
            StateReply.Item(
              item, why: "\(why); the next start tries it again, and \(item.remover) gives it up"))
          if kind == .trainer { Self.takeWeights(of: item, in: session) }
        }
      }
    }
    for item in items where item.isDropped && item.exists(in: session) {
      _ = try? session.data.drop(item.name, at: "name")
    }
    // The file of its trainer may have brought a lost model back.
    for item in items where item.kind == .model && isLost(item) && item.exists(in: session) {
      lost.removeAll { $0.kind == .model && $0.name == item.name }
      restored.append(StateReply.Item(item))
      do throws(Fault) { try save(model: item.name, in: session) } catch { failure = error }
    }
  }

  /// Gives the model of a trainer that cannot be made the weights in the trainer's checkpoint.
  private static func takeWeights(of item: StateItem, in session: Session) {
    guard let name = item.params["model"]?.text, let path = item.params["path"]?.text,
      let place = try? CheckpointFolder.newest(path),
      let file = try? SafeTensors(contentsOf: place),
      let model = try? session.models.peek(name)
        ?? Model(Trainer.record(file, path: place).model)
    else { return }
    do { try model.assign(file.modelArrays, at: "path") } catch { return }
    session.models.set(name, model)
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
    let call = Owed(method: method, params: params, reply: reply)
    // What an earlier call made under the same name is gone.
    for index in owed.indices where !Set(owed[index].made).isDisjoint(with: call.made) {
      owed[index].isTaken = true
    }
    owed.append(call)
    _ = settle(in: session)
  }

  /// Takes what is owed into the folder, in its order; returns why the first failure occurred. A
  /// call for which there is no memory stays owed, and does not hold up later ones.
  func settle(in session: Session) -> Fault? {
    failure = nil
    var left: [Owed] = []
    for (place, former) in owed.enumerated() {
      var call = former
      do throws(Fault) {
        if !call.isTaken { try take(call.method, call.params, call.reply, in: session) }
        call.isTaken = true
        try append(call.method, call.params)
      } catch {
        failure = failure ?? error
        left.append(call)
        guard error.kind != .memory else { continue }
        left += owed[(place + 1)...]
        break
      }
    }
    owed = left
    return failure
  }

  private func take(
    _ method: Method, _ params: JSON, _ reply: JSON, in session: Session
  ) throws(Fault) {
    let givenUp = items.filter { !$0.exists(in: session) && !$0.isLost(in: session) }
    lost.removeAll { lost in givenUp.contains { $0.kind == lost.kind && $0.name == lost.name } }
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
    takeOut(item)
    items.append(item)
  }

  /// Removes what has the kind and name of an item from the list; the files of what was lost stay.
  private func takeOut(_ item: StateItem) {
    let former = items.filter { $0.kind == item.kind && $0.name == item.name }
    spared.formUnion(former.filter(isLost).compactMap(places.ownFile))
    items.removeAll { $0.kind == item.kind && $0.name == item.name }
    lost.removeAll { $0.kind == item.kind && $0.name == item.name }
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
    // That of something lost may be damaged.
    let isWhole =
      File.exists(place) && !items.contains { isLost($0) && places.ownFile(of: $0) == place }
    if !isWhole { try NPY.write(tensor, to: place, replace: true) }
    return params.setting("source", to: source.setting("values", to: ["path": .string(place)]))
  }

  private func save(model name: String?, in session: Session) throws(Fault) {
    guard let name, let model = session.models.peek(name) else { return }
    let place = place(for: .model, name)
    try model.file().write(to: place, replace: true)
    // A trainer of this model loads its newest checkpoint over it.
    for entry in session.trainers.all where entry.trainer.model === model {
      entry.checkpoints?.flush(entry.trainer, evenIfWritten: true)
    }
    let item = StateItem(
      kind: .model, name: name, method: ModelLoad.method,
      params: ["name": .string(name), "path": .string(place), "replace": true])
    takeOut(item)
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
      params.path = place(for: .trainer, name)
      (params.keep, params.best, params.replace) = (1, false, true)
      try entry.keepCheckpoints(params, in: session)
    }
    guard let checkpoints = entry.checkpoints else { return }
    if let failure = checkpoints.flush(entry.trainer, evenIfWritten: true) {
      throw failure.within("checkpoint")
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

  /// Returns the place of the model's file or the trainer's folder that is there, or a new one:
  /// that of one which could not be restored stays.
  private func place(for kind: Resource, _ name: String) -> String {
    let own = items.first { $0.kind == kind && $0.name == name && !isLost($0) }
    return own.flatMap(places.ownFile) ?? places.free(for: kind, name)
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
    let former = Set(written.compactMap(places.ownFile))
    written = items
    places.remove(former.subtracting(items.compactMap(places.ownFile)).subtracting(spared))
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
