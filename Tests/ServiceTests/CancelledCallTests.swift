import Engine
import Glibc
import JSON
import Testing

@testable import Service

/// A cancel ends long calls of every family within one piece of their work, and the session
/// continues as if they had never run.
@Suite(.serialized) struct CancelledCalls {
  /// Seconds for one chunk of rows on a busy machine. Each of the calls would take several times as
  /// long.
  private static let bound = 2.0

  /// The first row many times: much work with little memory.
  private static let indices = JSON.array([JSON](repeating: 0, count: 50_000))
  private static let latents = JSON.array([JSON](repeating: [0.5, 0], count: 50_000))

  private static let calls: [(method: String, params: JSON)] = [
    (
      "data.load",
      [
        "name": "d", "replace": true, "source": ["type": "strokes", "count": 1_000_000],
        "transforms": [["type": "shuffle"]],
      ]
    ),
    ("data.load", ["name": "new", "source": ["type": "strokes", "count": 1_000_000]]),
    ("model.encode", ["model": "m", "data": "d", "indices": indices]),
    ("model.reconstruct", ["model": "m", "data": "d", "indices": indices]),
    ("model.decode", ["model": "m", "latent": latents]),
    ("model.sample", ["model": "m", "count": 100_000]),
    ("model.interpolate", ["model": "m", "data": "d", "indices": [0, 1], "steps": 10_000]),
    ("model.traverse", ["model": "m", "steps": 10_000]),
    ("model.manifold", ["model": "m", "steps": 1000]),
    ("plot.reconstructions", ["model": "m", "data": "d", "indices": indices]),
    ("plot.samples", ["model": "m", "count": 10_000]),
    ("plot.latent", ["model": "m", "data": "d", "indices": indices]),
    ("plot.interpolation", ["model": "m", "data": "d", "indices": [0, 1], "steps": 10_000]),
    ("plot.traversal", ["model": "m", "steps": 10_000]),
    ("plot.manifold", ["model": "m", "steps": 1000]),
    ("evaluate.elbo", ["model": "m", "data": "d", "samples": 1_000_000]),
    ("evaluate.likelihood", ["model": "m", "data": "d", "samples": 1_000_000]),
    ("meanField.exact", ["distribution": "p"]),
  ]

  @Test func endSoonAndChangeNothing() throws {
    let dialogue = try Dialogue()
    func ask(_ method: String, _ params: JSON? = nil) throws -> JSON {
      dialogue.send(request(method, id: "ask", params))
      let reply = dialogue.take { $0["id"] == "ask" }.last
      return try #require(reply?["result"], "\(reply?.line ?? "")")
    }
    let wide: JSON = [
      ["type": "dense", "units": 3072], ["type": "tanh"], ["type": "dense", "units": 3072],
      ["type": "tanh"], ["type": "dense"],
    ]
    let loaded = try ask(
      "data.load",
      [
        "name": "d", "source": ["type": "strokes", "count": 20],
        "transforms": [["type": "subsample", "factor": 7], ["type": "binarize"]],
      ])
    _ = try ask(
      "model.build",
      [
        "name": "m", "data": "d", "latent": 2, "encoder": wide, "decoder": wide,
        "likelihood": ["type": "bernoulli"],
      ])
    let couplings = JSON.array((0..<19).map { [.int($0), .int($0 + 1), 0.5] })
    _ = try ask(
      "meanField.define",
      ["name": "p", "variables": 20, "energy": ["type": "ising", "couplings": couplings]])
    for (method, params) in Self.calls {
      dialogue.send(request(method, id: "long", params))
      dialogue.waitUntilRunning()
      usleep(50_000)
      let start = Clock.seconds
      dialogue.send(request("$/cancelRequest", id: nil, ["id": "long"]))
      let reply = try #require(dialogue.take { $0["id"] == "long" }.last)
      let took = Clock.seconds - start
      #expect(reply.code == -32800, "\(method): \(reply.line.prefix(300))")
      #expect(reply["error"]?["data"]?["path"] == nil, "\(method)")
      #expect(took < Self.bound, "\(method) ended after \(took) s")
      #expect(try ask("data.list") == ["data": ["d"]], "\(method)")
      #expect(try ask("data.info", ["data": "d"]) == loaded, "\(method)")
    }
  }

  /// The first checkpoint already finds the call cancelled.
  @Test func ofOneThatWasCancelledBeforeItBegan() throws {
    let session = Session()
    let stop = StopFlag()
    stop.raise()
    let method = try #require(methods.first { $0.name == "data.load" })
    let params: JSON = ["name": "x", "source": ["type": "array", "values": [[1]]]]
    #expect {
      try method.run(params, in: session, Call(stop: stop))
    } throws: {
      ($0 as? Fault)?.kind == .cancelled
    }
    _ = try method.run(params, in: session, Call())
  }
}
