import Declarations
import JSON

/// An energy given state by state.
///
/// 2^N values in lexicographic order, w1 slowest; +infinity forbids a state. A mean under q folds
/// one variable after the other, so that it costs O(2^N), and so does a whole sweep of coordinate
/// ascent.
package struct TableEnergy: EnergyModule, Equatable {
  package static let type = "table"
  package static let summary =
    "One energy for each of the 2^N states; \"Infinity\" forbids a state."

  package var values: [Double]?
  package var path: String?

  package init() {}
  package init(values: [Double]) { self.values = values }

  package static var examples: [TableEnergy] { [TableEnergy(values: [0, 0.5, -1, .infinity])] }

  package static let fields: [Field<TableEnergy>] = [
    Field(
      "values", \.values, "Energies of the 2^N states in lexicographic order; w1 changes slowest."),
    Field("path", \.path, "A .npy file with the energies, instead of values."),
  ]

  package func energy(of variables: Int, _ read: NumberReader) throws(Fault) -> any Energy {
    let energies: [Double]
    let source: String
    switch (values, path) {
    case (let values?, nil): (energies, source) = (values, "values")
    case (nil, let path?):
      energies = try within("path") { () throws(Fault) in try read(path) }
      source = "path"
    default:
      throw Fault(
        .params, "a table has either values or a path", path: "values",
        expected: "one of values, path", got: values == nil ? "neither" : "both")
    }
    guard variables <= DiscreteDistribution.enumerable else {
      throw Fault(
        .params, "a table may have \(DiscreteDistribution.enumerable) variables", path: source,
        expected: "at most \(DiscreteDistribution.enumerable) variables", got: "\(variables)",
        hint: "ising, product and allOnesForbidden take thousands of variables")
    }
    guard energies.count == 1 << variables else {
      throw Fault(
        .params, "expected \(1 << variables) energies, got \(energies.count)", path: source,
        expected: "2^\(variables) = \(1 << variables) numbers", got: "\(energies.count)",
        hint: "one for each state of the \(variables) variables")
    }
    for (index, energy) in energies.enumerated() {
      try checkEnergy(energy, at: "\(source)[\(index)]")
    }
    guard energies.contains(where: \.isFinite) else {
      throw Fault(
        .params, "all states are forbidden", path: source,
        expected: "at least one finite energy", got: "\(energies.count) times \"Infinity\"")
    }
    return Bound(variables: variables, energies)
  }

  private struct Bound: Energy {
    let variables: Int
    let magnitude: Double
    let energies: [Double]
    let finite: Folding
    /// The indicator of the forbidden states; nil if there are none.
    let forbidden: Folding?

    init(variables: Int, _ energies: [Double]) {
      self.variables = variables
      self.energies = energies
      let allowed = energies.map { $0.isFinite ? $0 : 0 }
      magnitude = allowed.reduce(0) { max($0, $1.magnitude) }
      finite = Folding(allowed, isMass: false)
      forbidden =
        energies.contains(.infinity)
        ? Folding(energies.map { $0.isFinite ? 0 : 1 }, isMass: true) : nil
    }

    func value(of state: [Bool]) -> Double {
      energies[state.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }]
    }

    func table() -> [Double] { energies }

    func expectation(under q: [Double]) -> ExpectedEnergy {
      ExpectedEnergy(
        finite: finite.mean(under: q), forbidden: forbidden?.mean(under: q) ?? 0)
    }

    func sweep(
      _ q: inout [Double], _: inout [Bool],
      _ step: (_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double
    ) {
      var finite = Folding.Pass(finite)
      var forbidden = forbidden.map(Folding.Pass.init)
      for i in 0..<variables {
        let energy = finite.means(under: q, from: i)
        let mass = forbidden?.means(under: q, from: i) ?? (zero: 0, one: 0)
        q[i] = step(
          ExpectedEnergy(finite: energy.zero, forbidden: mass.zero),
          ExpectedEnergy(finite: energy.one, forbidden: mass.one))
        finite.settle(q[i])
        forbidden?.settle(q[i])
      }
    }

    var shared: [ExpectedEnergy] {
      var sums = [ExpectedEnergy](repeating: ExpectedEnergy(), count: variables + 1)
      var counts = [Double](repeating: 0, count: variables + 1)
      for (state, energy) in energies.enumerated() {
        let ones = state.nonzeroBitCount
        sums[ones] += ExpectedEnergy(energy)
        counts[ones] += 1
      }
      return zip(sums, counts).map {
        ExpectedEnergy(finite: $0.finite / $1, forbidden: $0.forbidden / $1)
      }
    }
  }
}

/// Throws for NaN and -infinity, which are not energies.
func checkEnergy(_ energy: Double, at path: String) throws(Fault) {
  guard energy.isNaN || energy == -.infinity else { return }
  throw Fault(
    .params, energy.isNaN ? "an energy is NaN" : "an energy is -Infinity", path: path,
    expected: "a number, or \"Infinity\" for what is forbidden", got: energy.json.excerpt,
    hint: energy.isNaN ? nil : "a state cannot be certain by its energy: forbid the others")
}
