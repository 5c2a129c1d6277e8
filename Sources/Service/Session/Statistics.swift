import Engine
import JSON

/// The reply of `engine.stats` in a service, where requests wait in a queue.
struct Statistics: Sendable {
  private let configuration: Configuration
  private let mailbox: Mailbox
  private let start = Clock.seconds

  init(_ configuration: Configuration, _ mailbox: Mailbox) {
    self.configuration = configuration
    self.mailbox = mailbox
  }

  func answer(_ params: JSON, requests: Int) -> Result<JSON, Fault> {
    Result { () throws(Fault) in
      _ = try EngineStats.Params(json: params)
      return EngineStats.Reply(
        requests: requests, queued: mailbox.count, since: start, configuration
      ).json
    }
  }
}
