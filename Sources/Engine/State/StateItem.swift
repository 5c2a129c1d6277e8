import Declarations
import JSON

/// One thing in a session's folder, and the call that makes it again.
struct StateItem: Described, Equatable {
  var kind = Resource.data
  var name = ""
  var method = ""
  var params: JSON = .object([])
  /// Of a data set.
  var sha256: String?
  /// Whether the data set was dropped, and only a trainer still has it.
  var isDropped = false

  init() {}

  init(kind: Resource, name: String, method: String, params: JSON) {
    (self.kind, self.name, self.method, self.params) = (kind, name, method, params)
  }

  static let fields: [Field<StateItem>] = [
    Field("kind", \.kind, "What it is.", required: true),
    Field("name", \.name, "Its name.", required: true),
    Field("method", \.method, "The method that makes it.", required: true),
    Field("params", \.params, "The parameters of that call.", required: true),
    Field("sha256", \.sha256, "SHA-256 of the rows of a data set."),
    Field("isDropped", \.isDropped, "Whether only a trainer still has the data set."),
  ]

  /// Makes it. Throws `badFile` if the method makes no such thing, `wrongState` if a data set is
  /// not what it was, and what the method throws.
  func make(in session: Session) throws(Fault) {
    guard let made = methods.first(where: { $0.name == method }), case .makes = made.effect else {
      throw Fault(
        .badFile, "\(JSON.string(method).excerpt) makes nothing",
        expected: "a method like data.load",
        got: JSON.string(method).excerpt)
    }
    let reply = try made.body(params, session, Call())
    guard let sha256, reply["sha256"] != .string(sha256) else { return }
    try session.data.drop(name, at: "name")
    throw Fault(
      .wrongState, "the rows of the source of \"\(name)\" are not those that were loaded",
      expected: "sha256 \(sha256)", got: reply["sha256"]?.excerpt ?? "none",
      hint: "put the file back as it was, or load the data set again")
  }

  /// Notes in the session that it could not be made, so that later errors say so.
  func lose(in session: Session, why: String) {
    switch kind {
    case .data: session.data.lose(name, why: why)
    case .distribution: session.distributions.lose(name, why: why)
    case .model: session.models.lose(name, why: why)
    case .trainer: session.trainers.lose(name, why: why)
    }
  }

  /// Whether it could not be made, and no client has given it up or made it anew.
  func isLost(in session: Session) -> Bool {
    switch kind {
    case .data: session.data.lost[name] != nil
    case .distribution: session.distributions.lost[name] != nil
    case .model: session.models.lost[name] != nil
    case .trainer: session.trainers.lost[name] != nil
    }
  }

  /// The method that removes it, or gives it up.
  var remover: String { method.prefix { $0 != "." } + ".drop" }

  func exists(in session: Session) -> Bool {
    switch kind {
    case .data: session.data.peek(name) != nil
    case .distribution: session.distributions.peek(name) != nil
    case .model: session.models.peek(name) != nil
    case .trainer: session.trainers.peek(name) != nil
    }
  }
}
