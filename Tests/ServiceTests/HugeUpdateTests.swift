import Engine
import Glibc
import JSON
import Testing

@testable import Service

/// An update that takes minutes can be cancelled.
@Suite(.serialized) struct HugeUpdates {
  /// Seconds for replies that take 100 ms plus a shard, on a shared machine.
  private static let bound = 2.0

  /// Ten thousand draws for each of 20,000 rows, and the pairs of 60,000 rows.
  private static let options: [(name: String, options: JSON)] = [
    ("samples", ["objective": ["type": "elbo", "samples": 10_000], "batch": 20_000]),
    ("importance", ["objective": ["type": "importance", "samples": 10_000], "batch": 20_000]),
    ("pairs", ["objective": ["type": "totalCorrelation"], "batch": 60_000]),
  ]

  private static let setting: [(String, JSON)] = {
    let dense: JSON = [["type": "dense", "units": 8], ["type": "tanh"], ["type": "dense"]]
    return [
      (
        "data.load",
        [
          "name": "d", "source": ["type": "strokes", "count": 60_000],
          "transforms": [["type": "subsample", "factor": 7], ["type": "binarize"]],
        ]
      ),
      (
        "model.build",
        [
          "name": "m", "data": "d", "latent": 2, "encoder": dense, "decoder": dense,
          "likelihood": ["type": "bernoulli"],
        ]
      ),
      ("trainer.create", ["name": "small", "model": "m", "data": "d", "batch": 10]),
      ("trainer.step", ["trainer": "small", "updates": 3]),
    ]
  }()

  private func child(_ options: JSON) throws -> Child {
    let child = try Child(["serve", "--threads", "2"])
    guard case .object(let members) = options else { return child }
    let create = JSON.object(
      [JSON.Member("name", "t"), JSON.Member("model", "m"), JSON.Member("data", "d")] + members)
    for (place, (method, params)) in (Self.setting + [("trainer.create", create)]).enumerated() {
      let reply = child.call(method, id: .int(place), params)
      try #require(reply?["result"] != nil, "\(method): \(reply?.line ?? "nothing")")
    }
    return child
  }

  private func parameters(_ child: Child) -> JSON? {
    child.call("model.parameters", id: "parameters", ["model": "m"])?["result"]
  }

  @Test(arguments: options.indices) func areCancelled(index: Int) throws {
    let child = try child(Self.options[index].options)
    let before = parameters(child)
    try #require(before != nil)
    for (method, params) in [
      ("trainer.step", ["trainer": "t"]), ("trainer.step", ["trainer": "t", "updates": 5]),
      ("trainer.wait", ["trainer": "t"]),
    ] as [(String, JSON)] {
      if method == "trainer.wait" {
        child.send(request("trainer.start", id: "start", ["trainer": "t", "updates": 9]))
        #expect(child.message()?["result"] != nil)
      }
      child.send(request(method, id: "long", params))
      usleep(300_000)
      let start = Clock.seconds
      child.send(request("$/cancelRequest", id: nil, ["id": "long"]))
      let reply = child.message()
      let took = Clock.seconds - start
      #expect(
        reply?["id"] == "long" && took < Self.bound, "\(method): \(took) s, \(reply?.line ?? "")")
      // A wait may be queued after the update, and never begin.
      #expect(reply?["result"]?["update"] == 0 || reply?.code == -32800, "\(reply?.line ?? "")")
    }
    // The background run continues, and its end does not wait for the update either.
    usleep(100_000)
    let start = Clock.seconds
    let stopped = child.call("trainer.stop", id: "stop", ["trainer": "t"])
    #expect(Clock.seconds - start < Self.bound)
    #expect(stopped?["result"]?["state"] == "idle" && stopped?["result"]?["update"] == 0)
    #expect(parameters(child) == before)
  }

  @Test(arguments: options.indices, [true, false])
  func endWithTheProcess(index: Int, isBackground: Bool) throws {
    // After 0.8 s the process is killed, whatever it does. One of four tries must end by itself
    // before that, since other work may share the machine.
    var times: [Double] = []
    while times.count < 4, times.last ?? 1 > 0.6 {
      let child = try child(Self.options[index].options)
      child.send(
        request(
          isBackground ? "trainer.start" : "trainer.step", id: "long",
          ["trainer": "t", "updates": 9]))
      usleep(300_000)
      let start = Clock.seconds
      child.signal(SIGTERM)
      #expect(child.end() == 143)
      times.append(Clock.seconds - start)
      #expect(times.last ?? 0 < Self.bound)
    }
    #expect(times.last ?? 1 < 0.6, "gone after \(times) s")
  }

  /// The end of the input ends a background run, and an interrupt ends a request.
  @Test func endWithTheInputOrAnInterrupt() throws {
    let child = try child(Self.options[0].options)
    child.send(request("trainer.step", id: "long", ["trainer": "t"]))
    usleep(300_000)
    var start = Clock.seconds
    child.signal(SIGINT)
    #expect(child.message()?["result"]?["stopped"] == "cancelled")
    #expect(Clock.seconds - start < Self.bound)
    #expect(child.call("trainer.start", id: 1, ["trainer": "t", "updates": 9])?["result"] != nil)
    usleep(300_000)
    start = Clock.seconds
    child.closeInput()
    #expect(child.end() == 0)
    #expect(Clock.seconds - start < Self.bound)
  }
}
