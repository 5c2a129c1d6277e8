import JSON

/// The latents that say nothing about the rows of a validation, where others do.
///
/// A latent is dead if KL(q(z_i|x) || p(z_i)) is below `CollapseWatch.leastDivergence` in the mean
/// over the first rows of the validation. Only a diagonal Gaussian posterior with a standard normal
/// prior has a divergence for each latent.
struct DeadLatents: Equatable {
  /// The number of rows that are looked at.
  static let rows = 256
  /// The number of updates after the warm-up in which a latent may come to life.
  static let patience = CollapseWatch.patience * CollapseWatch.length
  /// The number of latents that a warning names.
  private static let named = 8

  /// The update of the validation.
  let update: Int
  /// Ascending, counted from 0.
  let latents: [Int]

  /// Nil if no latent is dead, or if it is too early to tell.
  init?(_ divergences: [Double], at update: Int, warmUpEnd: Int) {
    guard update >= warmUpEnd, update - warmUpEnd >= Self.patience else { return nil }
    latents = divergences.indices.filter { divergences[$0] < CollapseWatch.leastDivergence }
    guard !latents.isEmpty else { return nil }
    self.update = update
  }

  /// Takes what a file says about its latest validation. Throws `badFile` for what no model with
  /// `latent` latents has.
  init?(_ latents: [Int]?, _ history: History, latent: Int, path: String) throws(Fault) {
    guard let latents, let update = history.validation.update.last else { return nil }
    guard !latents.isEmpty, zip(latents, latents.dropFirst()).allSatisfy({ $0 < $1 }),
      latents.allSatisfy((0..<latent).contains)
    else {
      throw Fault(
        .badFile, "\(path) names latents that the model does not have, or names them twice",
        path: "path", expected: "ascending numbers below \(latent)",
        got: "\(latents.prefix(Self.named))")
    }
    (self.update, self.latents) = (update, latents)
  }

  /// What is wrong, in words, with a model of `count` latents.
  func warning(of count: Int) -> String {
    let names = latents.prefix(Self.named).map(String.init).joined(separator: ", ")
    let rest = latents.count > Self.named ? ", …: \(latents.count)" : ""
    return
      "latent\(latents.count == 1 ? "" : "s") \(names)\(rest) of \(count) had KL(q(z|x) || p(z)) below \(CollapseWatch.leastDivergence) nats at the validation of update \(update), and so say nothing about the rows; a model with fewer latents is as good, or lower beta with trainer.set, or train anew with \"freeBits\" in the objective"
  }
}
