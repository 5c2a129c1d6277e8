import Engine
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// A cancel reaches the first of several processes alone; threads stand for processes.
@Suite struct RanksCancelTests {
  @Test(arguments: [false, true]) func endsAnEvaluationOnAll(isDistributed: Bool) throws {
    let ends = try ThreadRanks.run(3) { ranks in
      let session = Session()
      session.ranks = ranks
      session.isShared = true
      _ = try session.call(
        "data.load",
        """
        {"name": "d", "source": {"type": "strokes", "count": 60},
         "distributed": \(isDistributed)}
        """)
      _ = try session.call(
        "model.build",
        """
        {"name": "m", "data": "d", "latent": 2, "likelihood": {"type": "gaussian"},
         "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
        """)
      let evaluate = try #require(methods.first { $0.name == "evaluate.elbo" })
      let params: JSON = ["model": "m", "data": "d"]
      let stop = StopFlag()
      if ranks.leads { stop.raise() }
      let fault = fault { _ = try evaluate.run(params, in: session, Call(stop: stop)) }
      let reply = try evaluate.run(params, in: session, Call())
      return (fault?.kind, reply)
    }
    for end in ends { #expect(end.0 == .cancelled && end.1 == ends[0].1) }
  }
}
