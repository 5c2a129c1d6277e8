import DataSources
import Layers
import MeanField
import Variational

/// All kinds of parts. A new one needs one line here.
package let kinds: [Catalogue] = [
  Catalogue(AugmentationKind.self, "A random change of the rows of a training batch."),
  Catalogue(ConditionKind.self, "Input given to encoder and decoder but not modelled."),
  Catalogue(
    EnergyKind.self, "The energy of a discrete distribution p(w) = exp(-beta E(w)) / Z."),
  Catalogue(LayerKind.self, "A layer of an encoder or a decoder."),
  Catalogue(
    LikelihoodKind.self, "The distribution p(x|z), whose parameters are the decoder's outputs."),
  Catalogue(ObjectiveKind.self, "The objective that a trainer maximises."),
  Catalogue(OptimizerKind.self, "How a trainer updates the parameters."),
  Catalogue(PolicyKind.self, "What a trainer does about an update that it refused."),
  Catalogue(
    PosteriorKind.self, "The distribution q(z|x), whose parameters are the encoder's outputs."),
  Catalogue(
    PreprocessingKind.self, "A change of the rows before a model sees them."),
  Catalogue(PriorKind.self, "The prior p(z)."),
  Catalogue(ScheduleKind.self, "How a trainer's learning rate changes with the updates."),
  Catalogue(SourceKind.self, "Where the rows of a data set come from."),
  Catalogue(TransformKind.self, "A change made to the rows when a data set is loaded."),
]
