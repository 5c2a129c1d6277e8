import DataSources
import JSON
import Layers
import MeanField
import Variational

/// Every kind of part, one line each.
public let kinds: [Catalogue] = [
  Catalogue(ConditionKind.self, "What is given to encoder and decoder and not modelled."),
  Catalogue(
    EnergyKind.self, "What a discrete distribution is made of: p(w) = exp(-beta E(w)) / Z."),
  Catalogue(LayerKind.self, "What encoders and decoders are stacked from."),
  Catalogue(LikelihoodKind.self, "p(x|z), of which the decoder's outputs are the parameters."),
  Catalogue(ObjectiveKind.self, "What a trainer maximises."),
  Catalogue(OptimizerKind.self, "How a trainer moves the parameters."),
  Catalogue(PosteriorKind.self, "q(z|x), of which the encoder's outputs are the parameters."),
  Catalogue(PriorKind.self, "p(z)."),
  Catalogue(ScheduleKind.self, "How a trainer's rate changes with the updates."),
  Catalogue(SourceKind.self, "Where the rows of a data set come from."),
  Catalogue(TransformKind.self, "What is done to rows on their way into a data set."),
]

/// The parts of one kind without their types: what the documentation is made of.
public struct Catalogue: Sendable {
  /// "layer": the word for one of them.
  public let kind: String
  public let summary: String
  public let parts: [Part]

  public struct Part: Sendable {
    public let type: String
    public let summary: String
    public let options: Schema
  }

  init<K: Kind>(_: K.Type, _ summary: String) {
    kind = K.name
    self.summary = summary
    parts = K.registry.rows.map { row in
      let options = Schema(row.summary, ["description": .string(row.summary)])
      let examples = JSON.Member("examples", .array(row.examples))
      var schema = row.schema
      schema.members = options.members + schema.members + [examples]
      return Part(type: row.type, summary: row.summary, options: schema)
    }
  }

  /// Exactly one of the parts, told apart by `type`.
  public var schema: Schema {
    Schema(
      withArticle(kind),
      ["description": .string(summary), "oneOf": .array(parts.map(\.options.json))])
  }
}
