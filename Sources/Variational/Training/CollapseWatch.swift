import Glibc

/// Watches a training by the means of its stretches of 100 updates: whether the latents die
/// (posterior collapse; Bowman et al., arXiv 1511.06349, section 3.1), or the bound runs away.
///
/// It follows from the history alone; an update computes nothing for it.
struct CollapseWatch: Equatable {
  /// The number of updates in a stretch.
  static let length = 100
  /// Latents are dead if their mean divergence is less than so many nats ...
  static let leastDivergence = 0.01
  /// ... in so many stretches, one after the other.
  static let patience = 5
  /// The first stretch has run away if it is below the first update by so many times its magnitude.
  private static let beginning = 10.0

  /// The stretches in a row with too little divergence.
  private var quiet = 0
  private var elbo = ELBOReference()
  private var objective = ELBOReference()
  /// The ELBO of the latest stretch, if it has run away.
  private var fallen: Double?

  /// Forgets everything: values of another objective cannot be compared.
  mutating func restart() { self = CollapseWatch() }

  /// Takes a history from its beginning, as the updates themselves did one by one.
  mutating func restart(_ history: History, _ spec: TrainerSpec, latent: Int) {
    restart()
    var warmUp = WarmUpEnds(spec, history.changes)
    var changes = history.changes.filter { $0.objective != nil }[...]
    for update in stride(from: Self.length, through: history.count, by: Self.length) {
      if let change = changes.first, change.update < update {
        restart()
        changes = changes.drop { $0.update < update }
      }
      take(history, upTo: update, latent: latent, warmUpEnd: warmUp.end(of: update))
    }
    if !changes.isEmpty { restart() }
  }

  /// Takes the stretch of updates that ends at `update`, of a model with `latent` latents. During a
  /// warm-up the objective changes with every update, so that such stretches do not count.
  mutating func take(_ history: History, upTo update: Int, latent: Int, warmUpEnd: Int) {
    let stretch = update - Self.length..<update
    guard stretch.lowerBound >= warmUpEnd, let means = history.means(over: stretch) else { return }
    var sum = 0.0
    for index in stretch { sum += Double(history.objective[index]) }
    quiet = means.divergence < Self.leastDivergence * Double(latent) ? quiet + 1 : 0
    let (bound, mean) = (means.reconstruction - means.divergence, sum / Double(Self.length))
    if stretch.lowerBound == 0 { begin(history, bound, mean) }
    // What the objective does not weigh may grow, and an objective in other units may jump.
    let (hasFallen, isWorse) = (elbo.take(bound), objective.take(mean))
    fallen = hasFallen && isWorse ? bound : nil
  }

  /// Holds the first stretch against the first update, whose batch was seen before any change of
  /// the weights; it stays the reference if the stretch is far below it. A single batch may be an
  /// easy one, so that `beginning` times its magnitude are needed.
  private mutating func begin(_ history: History, _ bound: Double, _ mean: Double) {
    guard let above = history.reconstruction.first, let below = history.divergence.first,
      let first = history.objective.first
    else { return }
    let start = (elbo: Double(above) - Double(below), objective: Double(first))
    func isFar(_ value: Double, below start: Double) -> Bool {
      !value.isFinite || value < start - Self.beginning * max(start.magnitude, 1)
    }
    guard isFar(bound, below: start.elbo), isFar(mean, below: start.objective) else { return }
    _ = elbo.take(start.elbo)
    _ = objective.take(start.objective)
  }

  /// What is wrong, in words; nil if nothing is.
  var warning: String? {
    if let fallen {
      return
        "the ELBO has run away: \(words(fallen)) nats over the last \(Self.length) updates, \(words(elbo.best)) at best; lower the rate with trainer.set, or go back to the best weights"
    }
    guard quiet >= Self.patience else { return nil }
    return
      "the latents say nothing about the rows: KL(q(z|x) || p(z)) was below \(Self.leastDivergence) nats for each latent during the last \(quiet * Self.length) updates; lower beta with trainer.set, or train anew with \"warmUp\" or \"freeBits\" in the objective"
  }

  /// Three digits, which do not depend on the processor.
  private func words(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    let unit = pow(10, floor(log10(value.magnitude)) - 2)
    return "\((value / unit).rounded() * unit)"
  }
}
