import Engine
import JSON

/// The requests of a command, one after the other, and their log.
final class Requests {
  /// Why a command ends without its result: a message and the way out.
  struct Refusal: Error {
    let message: String
    var hint: String?

    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
    init(_ fault: Fault) { (message, hint) = (fault.sentence, fault.hint) }
  }

  private let client: Client
  /// Whether each request is shown on stdout once it is answered.
  private let isShown: Bool
  /// The requests that were answered, a line each.
  private(set) var log: [String] = []

  /// Starts a session.
  init(_ configuration: Configuration, isShown: Bool = false) throws(Refusal) {
    do throws(Fault) { client = try Client(configuration) } catch { throw Refusal(error) }
    self.isShown = isShown
  }

  /// Returns the result of a request. `logged` gives the params for the log where they differ from
  /// those that were sent. Throws the error of its reply.
  func ask(
    _ method: String, _ params: JSON, logged: (JSON) -> JSON? = { _ in nil }
  ) throws(Refusal) -> JSON {
    let number = log.count + 1
    func line(_ params: JSON) -> String {
      JSON.object([
        JSON.Member("jsonrpc", "2.0"), JSON.Member("id", .int(number)),
        JSON.Member("method", .string(method)), JSON.Member("params", params),
      ]).line
    }
    let request = Client.request(line(params), number: number)
    let reply = client.send(request.name, request.text).first { $0["id"] == .int(number) }
    if let error = reply?["error"] {
      throw Refusal(
        error["message"]?.text ?? error.line, hint: error["data"]?["hint"]?.text)
    }
    guard let result = reply?["result"] else { throw Refusal("\(method) was not answered") }
    let written = line(logged(result) ?? params)
    log.append(written)
    if isShown, !writeAll(Array((written + "\n").utf8), to: 1) {
      throw Refusal("cannot write to stdout: \(systemMessage())")
    }
    return result
  }

  /// Ends the session.
  func end() { client.end() }
}

extension Subcommand {
  /// Runs a command over a session; returns the exit status, after its refusal is said.
  static func over(
    _ name: String, _ options: Options, isShown: Bool = false,
    _ body: (Requests) throws(Requests.Refusal) -> Void
  ) throws(Options.Misuse) -> Int32 {
    let configuration = try configuration(options)
    do throws(Requests.Refusal) {
      let requests = try Requests(configuration, isShown: isShown)
      defer { requests.end() }
      try body(requests)
      return 0
    } catch {
      say("elbo \(name): \(error.message)" + (error.hint.map { "\n  \($0)" } ?? ""))
      return 1
    }
  }

  /// Returns exactly `names.count` operands.
  static func operands(_ options: Options, _ names: String) throws(Options.Misuse) -> [String] {
    let count = names.split(separator: " ").count
    guard options.operands.count == count else {
      throw Options.Misuse(message: "expected \(names), got \(options.operands.count) operands")
    }
    return options.operands
  }
}

extension JSON {
  /// Returns the object with further members; those of the same name take the place of its own.
  func with(_ more: JSON) -> JSON {
    guard case .object(var members) = self, case .object(let added) = more else { return self }
    for member in added {
      members.removeAll { $0.name == member.name }
      members.append(member)
    }
    return .object(members)
  }

  /// The number, if it is one.
  var double: Double? { try? Double(json: self) }
  /// The numbers of an array.
  var numbers: [Double] { (elements ?? []).map { $0.double ?? .nan } }
  /// The texts of an array.
  var texts: [String] { (elements ?? []).compactMap(\.text) }
}
