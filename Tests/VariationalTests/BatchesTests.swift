import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// How the rows of an epoch are divided into batches.
@Suite struct LastBatches {
  private func epoch(_ count: Int, _ size: Int, _ last: LastBatch) -> [[UInt32]] {
    var batches = Batches(rows: (0..<UInt32(count)).map { $0 }, size: size, seed: 3, last: last)
    return (1...batches.perEpoch).map { update in
      let range = batches.range(of: update)
      return Array(batches.order[range])
    }
  }

  /// For every number of rows up to 40, in batches of every size.
  @Test(arguments: LastBatch.allCases)
  func everyRowIsInOneBatch(last: LastBatch) {
    for count in 1...40 {
      for size in 1...45 {
        let batches = epoch(count, size, last)
        let sizes = batches.map(\.count)
        let (full, place) = (min(size, count), "\(count) rows by \(size)")
        #expect(Set(batches.joined()).count == sizes.reduce(0, +), "\(place)")
        switch last {
        case .keep:
          #expect(sizes.dropLast().allSatisfy { $0 == full }, "\(place)")
          #expect(sizes.reduce(0, +) == count, "\(place)")
        case .drop:
          #expect(sizes.allSatisfy { $0 == full }, "\(place)")
          #expect(count - sizes.reduce(0, +) < full, "\(place)")
        case .spread:
          #expect(sizes.reduce(0, +) == count && sizes.max() ?? 0 <= full, "\(place)")
          #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "\(place)")
          #expect(sizes.count == epoch(count, size, .keep).count, "\(place)")
        }
      }
    }
  }

  @Test func whatIsDroppedComesInAnotherEpoch() {
    var batches = Batches(rows: (0..<11).map { $0 }, size: 4, seed: 0, last: .drop)
    #expect(batches.perEpoch == 2 && batches.rowsPerEpoch == 8)
    var seen: Set<UInt32> = []
    for update in 1...20 {
      let range = batches.range(of: update)
      seen.formUnion(batches.order[range])
    }
    #expect(seen.count == 11)
  }

  @Test func theDefaultIsToSpreadWhereRowsAreCoupled() throws {
    func last(_ model: String, _ text: String = "{}") throws -> LastBatch? {
      try trainerSpec(text).completed(for: try Small.model(model)).lastBatch
    }
    #expect(try last("plain") == .keep && last("conditional") == .keep)
    for name in ["coupled", "nested", "conditionalImages"] { #expect(try last(name) == .spread) }
    // One layer is enough, in the encoder or in the decoder.
    let norm = #"{"type": "batchNorm"}, {"type": "dense"}]"#
    for (encoder, decoder) in [(norm, #"{"type": "dense"}]"#), (#"{"type": "dense"}]"#, norm)] {
      let model = try Model(
        spec(
          """
          {"shape": [4], "latent": 2, "likelihood": {"type": "bernoulli"},
           "encoder": [\(encoder), "decoder": [\(decoder)}
          """))
      #expect(try trainerSpec("{}").completed(for: model).lastBatch == .spread)
    }
    for objective in [
      #"{"type": "totalCorrelation"}"#, #"{"type": "maximumMeanDiscrepancy"}"#,
      #"{"type": "elbo", "freeBits": 0.1}"#,
      #"{"type": "elbo", "capacity": {"maximum": 1, "updates": 1}}"#,
    ] {
      #expect(try last("plain", #"{"objective": \#(objective)}"#) == .spread, "\(objective)")
    }
    #expect(try last("plain", #"{"objective": {"type": "importance"}}"#) == .keep)
    #expect(try last("coupled", #"{"lastBatch": "keep"}"#) == .keep)
    #expect(try last("plain", #"{"lastBatch": "drop"}"#) == .drop)
  }

  /// A single row has no statistics, and no other row to be compared with.
  @Test func singleRowsAreRefused() throws {
    let cases: [(model: String, options: String, rows: Int, path: String?)] = [
      ("coupled", #""batch": 1"#, 50, "batch"), ("nested", #""batch": 1"#, 50, "batch"),
      ("conditionalImages", #""batch": 1"#, 50, "batch"), ("plain", #""batch": 1"#, 50, nil),
      ("coupled", #""batch": 10, "lastBatch": "keep""#, 21, "batch"),
      ("coupled", #""batch": 10, "lastBatch": "drop""#, 21, nil),
      ("coupled", #""batch": 10"#, 21, nil), ("coupled", #""batch": 2"#, 3, "batch"),
      ("coupled", #""batch": 2, "lastBatch": "drop""#, 3, nil), ("coupled", "", 1, "data"),
      ("plain", #""lastBatch": "keep", "batch": 10"#, 21, nil), ("plain", "", 1, nil),
    ]
    for objective in ["totalCorrelation", "maximumMeanDiscrepancy"] {
      let spec = try trainerSpec(
        #"{"objective": {"type": "\#(objective)"}, "batch": 10, "lastBatch": "keep"}"#)
      let fault = #expect(throws: Fault.self) {
        try spec.check(Small.model("plain"), rows: 21, isValidated: false)
      }
      #expect(fault?.kind == .params && fault?.path == "batch", "\(fault as Any)")
    }
    for (name, options, rows, path) in cases {
      let (model, spec) = (try Small.model(name), try trainerSpec("{\(options)}"))
      let fault: Fault?
      do throws(Fault) {
        try spec.check(model, rows: rows, isValidated: false)
        fault = nil
      } catch { fault = error }
      #expect(fault?.path == path, "\(name) \(options) \(rows): \(fault as Any)")
      #expect(fault == nil || fault?.kind == .params && fault?.hint != nil)
      // Earlier trainers with such batches may go on.
      if path != "data" {
        try spec.check(model, rows: rows, isValidated: false, allowingSingleRows: true)
      }
    }
  }
}

/// The running statistics of batch normalisation if the batches of an epoch differ in size.
@Suite struct UnevenBatches {
  /// A batch with the fraction s of a full one's rows moves the running statistics by 1 - (1 -
  /// momentum)^s.
  @Test(arguments: [LastBatch.keep, .spread])
  func runningStatisticsWeighRows(last: LastBatch) throws {
    let model = try Model(
      spec(
        """
        {"shape": [2], "latent": 1, "likelihood": {"type": "gaussian"},
         "encoder": [{"type": "batchNorm", "momentum": 0.3}, {"type": "dense"}],
         "decoder": [{"type": "dense"}]}
        """))
    let data = Rows([2], numbers(2 * 7, seed: 5))
    let trainer = try Trainer(
      try trainerSpec(
        #"{"batch": 4, "lastBatch": "\#(last.rawValue)", "optimizer": {"type": "sgd", "rate": 0}}"#
      ), model: model, data: data, rows: data.all)
    var order = Batches(rows: data.all, size: 4, seed: 0, last: last)
    var (mean, variance) = ([0.0, 0.0], [1.0, 1.0])
    try withTeam(1) { team in
      for update in 1...5 {
        try trainer.step(team)
        let range = order.range(of: update)
        let rows = order.order[range]
        // Of 4 and 3 rows the larger one is the full batch, in any division of the epoch.
        let weight = rows.count == 4 ? 0.3 : 1 - pow(0.7, 0.75)
        for column in 0..<2 {
          let values = rows.map { Double(data.values[2 * Int($0) + column]) }
          let center = values.reduce(0, +) / Double(values.count)
          let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
          mean[column] += weight * (center - mean[column])
          variance[column] += weight * (squares / Double(values.count - 1) - variance[column])
        }
      }
    }
    for column in 0..<2 {
      #expect((Double(model.state.tensor(0).values[column]) - mean[column]).magnitude < 1e-5)
      #expect((Double(model.state.tensor(1).values[column]) - variance[column]).magnitude < 1e-5)
    }
  }

  /// 257 rows in batches of 256 train as well as in one of 257; with a last batch of a single row,
  /// the evaluation would be far worse.
  @Test(arguments: 0..<4)
  func oneRowTooMany(seed: Int) throws {
    func bound(batch: Int, _ last: LastBatch?) throws -> Double {
      let model = try Model(
        spec(
          """
          {"shape": [6], "latent": 2, "likelihood": {"type": "gaussian", "deviation": 0.3},
           "encoder": [{"type": "dense", "units": 16}, {"type": "batchNorm"}, {"type": "tanh"},
             {"type": "dense"}],
           "decoder": [{"type": "dense", "units": 16}, {"type": "batchNorm"}, {"type": "tanh"},
             {"type": "dense"}], "seed": \(seed)}
          """))
      let data = Self.curves(257)
      var options = try trainerSpec(
        #"{"batch": \#(batch), "optimizer": {"type": "adam", "rate": 0.005}, "seed": \#(seed)}"#)
      options.lastBatch = last
      let trainer = try Trainer(options, model: model, data: data, rows: data.all)
      return try withTeam(1) { team in
        for _ in 0..<600 { try trainer.step(team) }
        return try Evaluation(model, samples: 10, seed: 0)
          .bound(of: data, rows: data.all, team: team).elbo.mean
      }
    }
    let (whole, spread) = (try bound(batch: 257, nil), try bound(batch: 256, nil))
    #expect((spread - whole).magnitude < 0.3, "\(spread) instead of \(whole)")
    #expect(try bound(batch: 256, .drop) > whole - 0.3)
    #expect(try bound(batch: 256, .keep) < whole - 2)
  }

  /// Returns six functions of two numbers.
  private static func curves(_ count: Int) -> Rows {
    let factors = numbers(2 * count, seed: 21)
    return Rows(
      [6],
      (0..<count).flatMap { row -> [Float] in
        let (a, b) = (factors[2 * row], factors[2 * row + 1])
        return [a, b, a - b, 2 * a * b, 1.5 * a * a - 0.5, b + a]
      })
  }
}
