import JSON

/// `engine.stats`: how the process fares. `Service` serves it, since it overtakes the queue and only the service knows.
public enum EngineStats: Command {
  public static let method = "engine.stats"
  public static let summary = "Requests, queue, memory and age of this process; answers at once."

  public struct Reply: Described {
    public var requests = 0
    public var queued: Int?
    public var residentBytes: Int?
    public var uptimeSeconds: Double?

    public init() {}

    public static let fields: [Field<Reply>] = [
      Field("requests", \.requests, "Requests that came so far, this one included."),
      Field("queued", \.queued, "Requests that wait for the one that runs."),
      Field("residentBytes", \.residentBytes, "Memory in use by the process."),
      Field("uptimeSeconds", \.uptimeSeconds, "Time since the process began."),
    ]
  }

  public static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Reply { Reply() }
}
