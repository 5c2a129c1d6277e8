import DataSources
import Layers
import MeanField
import Variational

/// All kinds of parts. A new one needs one line here.
package let kinds: [Catalogue] = [
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
