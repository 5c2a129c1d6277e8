import DataSources
import Declarations
import JSON
import Variational

/// A likelihood that suits the data, with the changes of the rows that it needs, and why.
struct ProposedDensity {
  var likelihood: Choice<LikelihoodKind>
  var preprocess: [Choice<PreprocessingKind>] = []
  var transforms: [Choice<TransformKind>] = []
  var reasons: [String] = []

  /// Chooses for rows with this profile; `wish` is the likelihood that the client gives, if it
  /// does. Throws `support` for a column of too many words, or of any where the likelihood would
  /// take their numbers for values.
  init(
    for data: DataSet, _ profile: DataProfile, wish: Choice<LikelihoodKind>?
  ) throws(Fault) {
    if let wish {
      self = try Self.given(wish, data, profile)
    } else if profile.isTable {
      self = try ProposedColumns(data, profile).density
    } else {
      self = Self.ofPixels(data, profile)
    }
  }

  init(_ likelihood: Choice<LikelihoodKind>, _ reasons: String...) {
    (self.likelihood, self.reasons) = (likelihood, reasons)
  }

  private static func given(
    _ wish: Choice<LikelihoodKind>, _ data: DataSet, _ profile: DataProfile
  ) throws(Fault) -> ProposedDensity {
    if let column = profile.columns.first(where: { $0.words != nil }),
      !["mixed", "categorical", "bernoulli"].contains(wish.typeName)
    {
      let name = JSON.string(column.name).excerpt
      throw Fault(
        .support,
        "column \(name) holds words, whose numbers \(wish.typeName) would take for values",
        path: "likelihood", expected: "a density of words for the column", got: wish.typeName,
        hint:
          "leave the likelihood out, which gives each column a density of its own; give \"mixed\"; or leave the column out"
      )
    }
    var density = ProposedDensity(wish, "\(wish.typeName), because it was asked for")
    if !data.isBinary, data.minimum >= 0, data.shape.extents.count > 1,
      let bernoulli = wish.product as? Bernoulli, !bernoulli.relaxed
    {
      let threshold = data.maximum <= 1 ? 0.5 : Double(data.maximum) > 255 ? 32768 : 128
      density.transforms = [.binarize(threshold: threshold)]
      density.reasons.append(
        "binarize at \(JSON.real(threshold).line), because bernoulli has no density of grey levels")
    }
    if profile.isTable, ["gaussian", "laplace", "studentT"].contains(wish.typeName) {
      density.preprocess = [.standardize()]
      density.reasons.append("standardize, because the columns have scales of their own")
    }
    return density
  }

  private static func ofPixels(_ data: DataSet, _ profile: DataProfile) -> ProposedDensity {
    if data.isBinary {
      return ProposedDensity(.bernoulli, "bernoulli, because every value is 0 or 1")
    }
    let areWhole = profile.columns.allSatisfy(\.areCounts)
    if areWhole, (128...255).contains(data.maximum) {
      return ProposedDensity(
        .discretizedLogistic,
        "discretizedLogistic, because the values are grey levels: whole numbers from 0 to \(Int(data.maximum))"
      )
    }
    if areWhole, data.maximum < 128 {
      return ProposedDensity(
        .negativeBinomial(),
        "negativeBinomial, because the values are counts from 0 to \(Int(data.maximum))")
    }
    if data.minimum >= 0, data.maximum <= 1 {
      return ProposedDensity(
        .continuousBernoulli, "continuousBernoulli, because the values are shares from 0 to 1")
    }
    var density = ProposedDensity(
      .gaussian,
      "gaussian, because the values are numbers from \(JSON.float(data.minimum).line) to \(JSON.float(data.maximum).line)"
    )
    density.preprocess = [.standardize()]
    density.reasons.append("standardize, so that all pixels are learned at one rate")
    return density
  }
}
