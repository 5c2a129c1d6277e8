import CKernels
import Glibc
import JSON

/// Adam with Nesterov's momentum (Dozat, 2016), the momentum warming up as beta1 (1 - 0.96^(t momentumDecay) / 2).
public struct NAdam: OptimizerModule {
  public var rate = 0.002
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var momentumDecay = 0.004

  public init() {}

  public static let type = "nadam"
  public static let summary = "Adam with Nesterov's momentum."
  public static let fields: [Field<NAdam>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
    Field("momentumDecay", \.momentumDecay, "How fast the momentum warms up.", .from(0)),
  ]

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let correction = AdamCorrection(update, beta1, beta2)
    func momentum(_ update: Int) -> Double {
      beta1 * (1 - 0.5 * pow(0.96, Double(update) * momentumDecay))
    }
    // The product of all momenta so far: nothing is left of it after some hundred.
    var product = 1.0
    for past in 1...update {
      product *= momentum(past)
      if product < 1e-20 { break }
    }
    let next = momentum(update + 1)
    let root = correction.second.squareRoot()
    var step = correction.step(rate: rate, beta1, beta2, epsilon)
    step.alongMean = Float(rate * root * next / (1 - product * next))
    step.alongGradient = Float(rate * root * (1 - momentum(update)) / (1 - product))
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), nil, gradient, scale, &step)
  }
}
