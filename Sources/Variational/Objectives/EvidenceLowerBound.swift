import Declarations
import JSON
import Tensors

/// The evidence lower bound: mean over samples of log p(x | z), minus beta KL(q(z | x) || p(z))
/// (Kingma and Welling, arXiv 1312.6114, equation 7). The divergence is analytic if it is known and
/// `sampled` is false, and is estimated from the same samples otherwise.
///
/// During the first `warmUp` updates beta rises in equal steps (Soenderby et al., arXiv 1602.02282,
/// section 2.3). With K the mean divergence of the batch, and K_d that of latent d, the second term
/// may be
/// - beta |K - C|, a `capacity` C for it (Burgess et al., arXiv 1804.03599, equation 8, whose gamma
///   is beta);
/// - beta sum_d max(freeBits, K_d), `freeBits` nats of each latent that cost nothing (Kingma et
///   al., arXiv 1606.04934, appendix C.8, with groups of one latent).
public struct EvidenceLowerBound: ObjectiveModule, CoupledObjective {
  public var samples = 1
  package var beta: Double = 1
  package var warmUp = 0
  package var sampled = false
  package var capacity: Capacity?
  package var freeBits: Double?

  /// A capacity that rises in equal steps to `maximum` nats over `updates`, and stays there.
  public struct Capacity: Described {
    public var maximum = 0.0
    public var updates = 1

    public init() {}

    /// A capacity that reaches `maximum` nats after `updates` updates.
    public init(maximum: Double, updates: Int) {
      (self.maximum, self.updates) = (maximum, updates)
    }

    public static let fields: [Field<Capacity>] = [
      Field("maximum", \.maximum, "Largest capacity, in nats.", required: true, .factor),
      Field(
        "updates", \.updates, "Updates until the largest capacity is reached.", required: true,
        .count(from: 1)),
    ]

    func value(at update: Int) -> Double { maximum * min(1, Double(update) / Double(updates)) }
  }

  public init() {}

  public static let type = "elbo"
  public static let summary = "Evidence lower bound: E_q log p(x|z) - beta KL(q(z|x) || p(z))."
  public static var examples: [EvidenceLowerBound] {
    var (sampled, warm, narrow, free) = (Self(), Self(), Self(), Self())
    (sampled.samples, sampled.beta, sampled.sampled) = (2, 4, true)
    warm.warmUp = 1000
    (narrow.beta, narrow.capacity) = (1000, Capacity(maximum: 25, updates: 100_000))
    free.freeBits = 0.125
    return [Self(), sampled, warm, narrow, free]
  }
  public static let fields: [Field<EvidenceLowerBound>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("beta", \.beta, "Weight of the divergence.", .factor),
    Field(
      "warmUp", \.warmUp, "Updates over which beta rises from zero to its value.", .count(from: 0)),
    Field(
      "sampled", \.sampled,
      "Whether the divergence is estimated from the samples even if its value is known."
    ),
    Field(
      "capacity", \.capacity,
      "Capacity C that holds the batch's mean divergence: beta |KL - C| replaces beta KL."
    ),
    Field(
      "freeBits", \.freeBits,
      "Nats of each latent's mean divergence that cost nothing: the sum of beta max(freeBits, KL).",
      .factor),
  ]
  public static let adjustable = ["beta", "warmUp", "capacity", "freeBits"]

  public var prefersAnalyticDivergence: Bool { !sampled }
  public var uniformWeight: Float? { 1 / Float(samples) }
  public var warmUpEnd: Int { max(warmUp, capacity?.updates ?? 0) }

  /// Returns beta at an update.
  func weight(at update: Int) -> Double {
    update < warmUp ? beta * Double(update) / Double(warmUp) : beta
  }

  /// Returns the weight of the analytic divergence if it alone counts; `addGradient` adds that of
  /// single latents.
  public func divergenceWeight(_ pass: ObjectivePass) -> Double {
    freeBits == nil ? slope(pass) : 0
  }

  public func weigh(_ terms: Terms, _ pass: ObjectivePass) {
    let slope = slope(pass)
    let weight = Float(slope / Double(samples * pass.batch))
    for row in 0..<pass.rows.count {
      var sum = 0.0
      for sample in row * samples..<(row + 1) * samples {
        sum += terms.reconstruction[sample]
        terms.path[sample] = pass.isAnalytic ? 0 : weight
        terms.score[sample] = pass.isAnalytic ? 0 : weight
        terms.prior[sample] = terms.score[sample]
      }
      let cost = freeBits == nil ? slope * excess(row, terms, pass) : 0
      terms.objective[row] = sum / Double(samples) - cost
    }
    chargeLatents(terms, pass)
  }

  // MARK: - Means over the batch

  public var coupling: (any CoupledObjective)? {
    capacity == nil && freeBits == nil ? nil : self
  }
  public var meetings: Int { 1 }

  /// Returns one value for the divergence of the example, or one for that of each of its latents,
  /// stored with the first of its draws.
  public func keptPerDraw(latent: Int) -> Int { freeBits == nil ? 1 : latent }

  public func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    for (row, example) in pass.rows.enumerated() {
      let kept = latents.kept(example * samples)
      if freeBits == nil {
        kept[0] = divergence(row, terms, pass)
      } else {
        let gaussian = latents.gaussian(example)
        for i in 0..<latents.latent { kept[i] = gaussian.divergence(i) }
      }
    }
  }

  /// Returns the divergence in the objective: analytic, or from the samples.
  private func divergence(_ row: Int, _ terms: Terms, _ pass: ObjectivePass) -> Double {
    if pass.isAnalytic { return terms.divergence[row] }
    var sum = 0.0
    for sample in row * samples..<(row + 1) * samples {
      sum += terms.logPosterior[sample] - terms.logPrior[sample]
    }
    return sum / Double(samples)
  }

  private func mean(_ latent: Int, _ latents: LatentBatch, _ pass: ObjectivePass) -> Double {
    var sum = 0.0
    for example in 0..<pass.batch { sum += latents.kept(example * samples)[latent] }
    return sum / Double(pass.batch)
  }

  /// Returns the weight of the divergence: beta, or -beta below the capacity.
  private func slope(_ pass: ObjectivePass) -> Double {
    let weight = weight(at: pass.update)
    guard let capacity, let latents = pass.latents else { return weight }
    let excess = mean(0, latents, pass) - capacity.value(at: pass.update)
    return excess > 0 ? weight : excess < 0 ? -weight : 0
  }

  /// Returns the factor of `slope`; the mean of their products is the second term.
  private func excess(_ row: Int, _ terms: Terms, _ pass: ObjectivePass) -> Double {
    divergence(row, terms, pass) - (capacity?.value(at: pass.update) ?? 0)
  }

  /// Subtracts the cost of each latent, if there are free bits.
  private func chargeLatents(_ terms: Terms, _ pass: ObjectivePass) {
    guard let freeBits, let latents = pass.latents else { return }
    let weight = weight(at: pass.update)
    for i in 0..<latents.latent {
      let isFree = mean(i, latents, pass) <= freeBits
      for (row, example) in pass.rows.enumerated() {
        terms.objective[row] -= weight * (isFree ? freeBits : latents.kept(example * samples)[i])
      }
    }
  }

  public func addGradient(toParameters dh: Block, _ pass: ObjectivePass) {
    guard let freeBits, let latents = pass.latents else { return }
    let weight = weight(at: pass.update) / Double(pass.batch)
    for i in 0..<latents.latent where mean(i, latents, pass) > freeBits {
      for (row, example) in pass.rows.enumerated() {
        let slope = latents.gaussian(example).divergenceSlope(i)
        dh[row, i] -= Float(weight * slope.mean)
        dh[row, latents.latent + i] -= Float(weight * slope.logVariance)
      }
    }
  }

  public func check(_ model: Model) throws(Fault) {
    guard freeBits != nil else { return }
    guard capacity == nil else {
      throw Fault(
        .params, "expected freeBits or capacity, got both", path: "capacity",
        expected: "one of freeBits and capacity", got: "both")
    }
    guard !sampled else {
      throw Fault(
        .params, "free bits count each latent's analytic divergence, which \"sampled\" forbids",
        path: "freeBits", expected: "\"sampled\": false", got: "true")
    }
    try model.requireDiagonalGaussian(at: "freeBits", for: "free bits are counted")
    guard model.prior.isStandardNormal else {
      throw Fault(
        .params,
        "free bits need each latent's divergence, which is not known for a \(model.spec.prior.typeName) prior",
        path: "freeBits", expected: "a model with a standardNormal prior",
        got: model.spec.prior.typeName)
    }
  }
}

extension Choice<ObjectiveKind> {
  /// Evidence lower bound: E_q log p(x|z) - beta KL(q(z|x) || p(z)).
  public static func elbo(
    samples: Int = 1, beta: Double = 1, warmUp: Int = 0, sampled: Bool = false,
    capacity: EvidenceLowerBound.Capacity? = nil, freeBits: Double? = nil
  ) -> Self {
    var module = EvidenceLowerBound()
    module.samples = samples
    module.beta = beta
    module.warmUp = warmUp
    module.sampled = sampled
    module.capacity = capacity
    module.freeBits = freeBits
    return Choice(module) { $0 }
  }

  /// Evidence lower bound: E_q log p(x|z) - beta KL(q(z|x) || p(z)).
  public static var elbo: Self { .elbo() }
}
