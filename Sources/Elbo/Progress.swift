/// The progress of a training, with means over the updates since the last report.
public struct Progress: Sendable, Equatable {
  /// The number of updates since the training began.
  public let update: Int
  /// E_q log p(x | z), in nats: the mean over the updates since the last report.
  public let reconstruction: Double
  /// KL(q(z | x) || p(z)), in nats, over the same updates.
  public let divergence: Double
  /// The ELBO of the latest validation, in nats; nil before the first.
  public let validation: Double?
  /// Batches that were passed over because an update was refused, since the training began.
  public let skipped: Int
  /// How often the training went back to a snapshot because an update was refused.
  public let rewound: Int
  /// What goes wrong, in words: latents that say nothing about the rows, or a bound that has run
  /// away; nil if nothing does.
  public let warning: String?
  /// Whether `stopping` ends the training.
  public let isConverged: Bool

  /// The evidence lower bound: reconstruction - divergence.
  public var elbo: Double { reconstruction - divergence }

  init(_ trainer: Trainer, since first: Int) {
    update = trainer.update
    let history = trainer.history
    let means = history.means(over: first..<trainer.update) ?? (.nan, .nan)
    (reconstruction, divergence) = (means.reconstruction, means.divergence)
    validation = history.validation.reconstruction.last.flatMap { reconstruction in
      history.validation.divergence.last.map { reconstruction - $0 }
    }
    (skipped, rewound) = (history.skipped.count, history.rewound)
    warning = trainer.warning
    isConverged = trainer.isConverged
  }
}
