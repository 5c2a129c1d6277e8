import References
import Tensors

@testable import Variational

/// Trainers, and rows, of which an update is refused.
extension Small {
  static let binaryRows = Rows(binary: 47, [9])

  /// Rows of which one, by its value, makes its batch unusable.
  static func rows(bad: Float?) -> Rows {
    var values = numbers(60, seed: 3)
    if let bad { values[2 * 7] = bad }
    return Rows([2], values)
  }

  /// The model of these rows.
  static let gaussian = """
    {"shape": [2], "latent": 1, "likelihood": {"type": "gaussian"},
     "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
    """

  static func trainer(
    _ text: String, _ model: Model? = nil, _ data: Rows = binaryRows, held: Rows? = nil,
    every: Int? = nil
  ) throws -> Trainer {
    let held = held ?? Rows(binary: 11, [9], seed: 99)
    return try Trainer(
      try trainerSpec(text), model: try model ?? Small.model("plain"), data: data, rows: data.all,
      validation: every.map {
        Trainer.Validation(data: held, rows: held.all, every: $0, samples: 2)
      })
  }
}

extension Trainer {
  /// Sets the weights so that no batch has a finite objective.
  func ruin() {
    var bias = model.parameters.tensor(1)
    for i in bias.values.indices { bias.values[i] = 3e38 }
    model.parameters.assign(bias, to: 1)
    let last = model.parameters.specs.count - 1
    var other = model.parameters.tensor(last)
    for i in other.values.indices { other.values[i] = i % 2 == 0 ? 3e38 : -3e38 }
    model.parameters.assign(other, to: last)
    for index in model.parameters.specs.indices.dropFirst(2) {
      var tensor = model.parameters.tensor(index)
      for i in tensor.values.indices { tensor.values[i] = 3e38 }
      model.parameters.assign(tensor, to: index)
    }
  }

  /// Steps until so many updates are made, 1,000 times at most.
  func train(to update: Int, threads: Int = 1) throws {
    try withTeam(threads) { team in
      var steps = 0
      while self.update < update, steps < 1000 {
        try step(team)
        steps += 1
      }
    }
  }

  /// The whole state of training.
  var everything: [[Float]] {
    numbers + (average.map { [Array($0.parameters.all)] } ?? [])
  }
}
