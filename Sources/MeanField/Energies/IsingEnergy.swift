import Declarations
import JSON

/// The Ising model over any graph: -sum c_ij s_i s_j - sum f_i s_i, with spins s = 2 w - 1.
///
/// A pair may be given only once, in either order, because both orders of a symmetric matrix would
/// silently double the coupling. Couplings and fields are finite; `product` expresses hard
/// constraints.
package struct IsingEnergy: EnergyModule, Equatable {
  package static let type = "ising"
  package static let summary = "-sum c s_i s_j - sum f_i s_i with s = 2 w - 1, over any graph."

  package var couplings: [Coupling] = []
  package var fields: [Double]?

  package init() {}
  package init(couplings: [Coupling], fields: [Double]? = nil) {
    self.couplings = couplings
    self.fields = fields
  }

  package static var examples: [IsingEnergy] {
    [IsingEnergy(couplings: [Coupling(0, 1, 0.5)], fields: [0.1, -0.2])]
  }

  package static let fields: [Field<IsingEnergy>] = [
    Field(
      "couplings", \.couplings,
      "[i, j, c] for each coupled pair, given once; variables are counted from 0."),
    Field("fields", \.fields, "One field for each variable; zeros if left out."),
  ]

  package func energy(of variables: Int, _: NumberReader) throws(Fault) -> any Energy {
    let fields = fields ?? Array(repeating: 0, count: variables)
    guard fields.count == variables else {
      throw Fault(
        .params, "expected \(variables) fields, got \(fields.count)", path: "fields",
        expected: "\(variables) numbers", got: "\(fields.count)", hint: "one for each variable")
    }
    for (i, field) in fields.enumerated() where !field.isFinite {
      throw .misfit(expected: "a finite number", got: field.json, at: "fields[\(i)]")
    }
    var seen: Set<Int> = []
    for (place, coupling) in couplings.enumerated() {
      let path = "couplings[\(place)]"
      try checkVariables([coupling.i, coupling.j], of: variables, at: path)
      guard coupling.c.isFinite else {
        throw .misfit(expected: "a finite number", got: coupling.c.json, at: path + "[2]")
      }
      let pair = [min(coupling.i, coupling.j), max(coupling.i, coupling.j)]
      guard seen.insert(pair[0] * variables + pair[1]).inserted else {
        throw Fault(
          .params, "the pair \(pair) is given twice", path: path, expected: "each pair once",
          got: coupling.json.excerpt,
          hint: "[i, j] and [j, i] are the same pair; add up their couplings")
      }
    }
    return PairwiseEnergy(
      variables: variables,
      singles: fields.enumerated().map { ($0, $1, -$1) },
      pairs: couplings.map { ($0.i, $0.j, SIMD4(-$0.c, $0.c, $0.c, -$0.c)) })
  }
}

/// Throws for variables that do not exist, and for a variable that is paired with itself.
func checkVariables(_ named: [Int], of variables: Int, at path: String) throws(Fault) {
  for (place, variable) in named.enumerated() where !(0..<variables).contains(variable) {
    throw Fault(
      .params, "there is no variable \(variable)", path: "\(path)[\(place)]",
      expected: "an integer from 0 to \(variables - 1)", got: "\(variable)",
      hint: "variables are counted from 0")
  }
  guard Set(named).count == named.count else {
    throw Fault(
      .params, "a variable is paired with itself", path: path, expected: "two variables",
      got: "\(named)", hint: "an energy of a single variable is a field, or a table of one")
  }
}
