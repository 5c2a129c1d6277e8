"""Written by scripts/describe from protocols/openrpc.json: every method with its types."""

# mypy: disable-error-code=empty-body
from __future__ import annotations

from typing import Any, Generic, List, Literal, Mapping, Optional, Sequence, TypedDict, Union

from .arrays import Rows
from .calls import Ask, Family, Mode, Reports, method
from .errors import (
    ElboError, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)
from .values import ArrayLike, Numbers, Path, Picture, Result

# The version of the program that this was written from, and of this package.
VERSION = "0.1.0"

# Errors, by their code and kind


class ElboSyntaxError(ProtocolError, code=-32700, kind="syntax"):
    """The text is not JSON: bad syntax, a NUL byte, invalid UTF-8, a lone surrogate or too many nested containers."""


class RequestError(ProtocolError, code=-32600, kind="request"):
    """The JSON is not a request: not an object, no version or a member named twice."""


class NumberError(ProtocolError, code=-32600, kind="number"):
    """A number exceeds int64 or double."""


class TooLargeError(ProtocolError, code=-32600, kind="tooLarge"):
    """A line or a batch exceeds the limits of engine.info."""


class MethodError(ProtocolError, code=-32601, kind="method"):
    """There is no such method."""


class ParamsError(ProtocolError, ValueError, code=-32602, kind="params"):
    """A parameter is unknown, missing, of the wrong type or out of bounds."""


class InternalError(ProtocolError, code=-32603, kind="internal"):
    """The engine has a defect."""


class CancelledError(ProtocolError, code=-32800, kind="cancelled"):
    """The request was cancelled; nothing was changed."""


class UnknownNameError(SessionError, code=1001, kind="unknownName"):
    """There is no data set, model, trainer, distribution, split or parameter of this name."""


class NameInUseError(SessionError, code=1002, kind="nameInUse"):
    """The name is already in use."""


class WrongStateError(SessionError, code=1003, kind="wrongState"):
    """The call does not fit the current state, such as a trainer that already runs."""


class ShapeError(InputError, code=1101, kind="shape"):
    """Shapes do not fit together; the message names the layer or the array."""


class SupportError(InputError, code=1102, kind="support"):
    """Values lie outside the support of the distribution."""


class ResultTooLargeError(InputError, code=1103, kind="tooLarge"):
    """The result does not fit in a line or in memory; ask for a path."""


class NotFiniteError(NumericError, code=1201, kind="notFinite"):
    """A value is not finite; the parameters are those before the update."""


class DeniedError(FileError, code=1301, kind="denied"):
    """The system does not allow it, or the path is outside the folders that the engine may touch."""


class IoError(FileError, code=1302, kind="io"):
    """The system refused a file; the message is its own."""


class BadFileError(FileError, code=1303, kind="badFile"):
    """A file breaks its format; the message names the place and the rule."""


class NoSpaceError(FileError, code=1304, kind="noSpace"):
    """No space is left for a file."""


class ElboMemoryError(ResourceError, code=1401, kind="memory"):
    """Not enough memory is available; the message gives the bytes needed and available."""


class QueueFullError(ResourceError, code=1402, kind="queueFull"):
    """As many requests wait as --max-pending allows; this one was not taken."""


class TimeUpError(ResourceError, code=1403, kind="timeUp"):
    """The request ran for the time that --max-seconds allows, and was stopped as by a cancel."""


class PluginError(ProgramError, code=1501, kind="plugin"):
    """A plug-in failed."""


class MissingProgramError(ProgramError, code=1601, kind="missingProgram"):
    """A program that is needed is missing; the hint says how to install it."""


class RankError(ElboError, code=1701, kind="rank"):
    """One of several processes that hold the session has ended, or differs from the others; the message gives its
    rank.
    """

# Modules: what a list of layers, a source, an optimizer, … is written as


class FlipAugmentationType(TypedDict):
    type: Literal["flip"]


class FlipAugmentation(FlipAugmentationType, total=False):
    """Mirrors images with a probability, all channels alike."""

    horizontal: float
    vertical: float


class MaskAugmentationType(TypedDict):
    type: Literal["mask"]
    probability: float


class MaskAugmentation(MaskAugmentationType, total=False):
    """Sets values to 0: each with a probability, or a square patch of an image, in all channels."""

    patch: int


class NoiseAugmentationType(TypedDict):
    type: Literal["noise"]


class NoiseAugmentation(NoiseAugmentationType, total=False):
    """Adds Gaussian noise to every value; or, for rows of zeros and ones, exchanges each value for the other with a
    probability.
    """

    deviation: float
    probability: float


class ShiftAugmentationType(TypedDict):
    type: Literal["shift"]
    pixels: int


class ShiftAugmentation(ShiftAugmentationType, total=False):
    """Moves images, all channels alike, by a whole number of pixels in each direction, every one from -pixels to
    pixels equally likely.
    """

    fill: Literal["zero", "edge"]


Augmentation = Union[FlipAugmentation, MaskAugmentation, NoiseAugmentation, ShiftAugmentation]


class LabelConditionType(TypedDict):
    type: Literal["label"]


class LabelCondition(LabelConditionType, total=False):
    """The row's label, one-hot: one column for each class."""

    classes: Union[int, Sequence[int]]
    names: Sequence[str]


Condition = LabelCondition


class AllOnesForbiddenEnergy(TypedDict):
    """Zero, but infinite if all w are 1: p(w) is proportional to 1 - w1 w2 … wN."""

    type: Literal["allOnesForbidden"]


class IsingEnergyType(TypedDict):
    type: Literal["ising"]


class IsingEnergy(IsingEnergyType, total=False):
    """-sum c s_i s_j - sum f_i s_i with s = 2 w - 1, over any graph."""

    couplings: Sequence[Sequence[Union[int, float]]]
    fields: Sequence[float]


class ProductEnergyTables(TypedDict, total=False):
    variables: Sequence[int]
    values: Sequence[float]


class ProductEnergy(TypedDict):
    """The sum of tables of one or two variables each; "Infinity" forbids a state."""

    type: Literal["product"]
    tables: Sequence[ProductEnergyTables]


class TableEnergyType(TypedDict):
    type: Literal["table"]


class TableEnergy(TableEnergyType, total=False):
    """One energy for each of the 2^N states; "Infinity" forbids a state."""

    values: Sequence[float]
    path: str


Energy = Union[AllOnesForbiddenEnergy, IsingEnergy, ProductEnergy, TableEnergy]


class AveragePool2dLayerType(TypedDict):
    type: Literal["averagePool2d"]


class AveragePool2dLayer(AveragePool2dLayerType, total=False):
    """The mean of every factor x factor pixels."""

    factor: int


class BatchNormLayerType(TypedDict):
    type: Literal["batchNorm"]


class BatchNormLayer(BatchNormLayerType, total=False):
    """Standardises every column, or channel, over the batch: y = scale (x - mean) / sqrt(variance + epsilon) + shift."""

    momentum: float
    epsilon: float


class Conv2dLayerType(TypedDict):
    type: Literal["conv2d"]
    channels: int
    kernel: Union[int, Sequence[int]]


class Conv2dLayer(Conv2dLayerType, total=False):
    """Convolution of images [C, H, W]; weight (channels, C, kernel, kernel)."""

    stride: int
    padding: int


class ConvTranspose2dLayerType(TypedDict):
    type: Literal["convTranspose2d"]
    channels: int
    kernel: Union[int, Sequence[int]]


class ConvTranspose2dLayer(ConvTranspose2dLayerType, total=False):
    """Transposed convolution of images [C, H, W]; weight (C, channels, kernel, kernel)."""

    stride: int
    padding: int
    outputPadding: int


class DenseLayerType(TypedDict):
    type: Literal["dense"]


class DenseLayer(DenseLayerType, total=False):
    """Fully connected: y = x W + b."""

    units: int
    initialization: Literal["glorot", "fanIn"]


class DropoutLayerType(TypedDict):
    type: Literal["dropout"]


class DropoutLayer(DropoutLayerType, total=False):
    """Zero with probability rate, else x / (1 - rate), in training; x in an evaluation."""

    rate: float


class EluLayer(TypedDict):
    """x where x > 0, else exp(x) - 1."""

    type: Literal["elu"]


class FlattenLayer(TypedDict):
    """Turns a row into one vector."""

    type: Literal["flatten"]


class GatedDenseLayerType(TypedDict):
    type: Literal["gatedDense"]


class GatedDenseLayer(GatedDenseLayerType, total=False):
    """Fully connected with a gate: y = (x W + b) sigmoid(x V + c)."""

    units: int


class GeluLayer(TypedDict):
    """x times the standard normal distribution function of x."""

    type: Literal["gelu"]


class GroupNormLayerType(TypedDict):
    type: Literal["groupNorm"]
    groups: int


class GroupNormLayer(GroupNormLayerType, total=False):
    """Standardises the channels of each image in groups; scale and shift by channel."""

    epsilon: float


class HardTanhLayer(TypedDict):
    """x within [-1, 1], else the nearer end."""

    type: Literal["hardTanh"]


class LayerNormLayerType(TypedDict):
    type: Literal["layerNorm"]


class LayerNormLayer(LayerNormLayerType, total=False):
    """Standardises each row over its last axis; scale and shift by position."""

    epsilon: float


class LeakyReluLayerType(TypedDict):
    type: Literal["leakyRelu"]


class LeakyReluLayer(LeakyReluLayerType, total=False):
    """x where x > 0, else slope x."""

    slope: float


class MaxPool2dLayerType(TypedDict):
    type: Literal["maxPool2d"]


class MaxPool2dLayer(MaxPool2dLayerType, total=False):
    """The largest of every factor x factor pixels."""

    factor: int


class MishLayer(TypedDict):
    """x tanh(log(1 + exp(x)))."""

    type: Literal["mish"]


class ParallelLayerType(TypedDict):
    type: Literal["parallel"]
    branches: Sequence[Sequence[Layer]]


class ParallelLayer(ParallelLayerType, total=False):
    """Runs several stacks on the same input and joins their outputs."""

    join: Literal["concatenate", "sum"]


class ReluLayer(TypedDict):
    """Rectifier: the larger of every number and 0."""

    type: Literal["relu"]


class ReshapeLayer(TypedDict):
    """Keeps the numbers of a row and changes its shape."""

    type: Literal["reshape"]
    shape: Sequence[int]


class ResidualLayer(TypedDict):
    """The input plus the output of the layers inside: y = x + f(x)."""

    type: Literal["residual"]
    layers: Sequence[Layer]


class SeluLayer(TypedDict):
    """Exponential linear unit scaled so that mean 0 and variance 1 are preserved."""

    type: Literal["selu"]


class SigmoidLayer(TypedDict):
    """Logistic function of every number: 1 / (1 + exp(-x))."""

    type: Literal["sigmoid"]


class SiluLayer(TypedDict):
    """x / (1 + exp(-x)), also called swish."""

    type: Literal["silu"]


class SoftmaxLayer(TypedDict):
    """exp(x) / sum of exp(x), over the last axis."""

    type: Literal["softmax"]


class SoftplusLayer(TypedDict):
    """log(1 + exp(x)) of every number."""

    type: Literal["softplus"]


class SoftsignLayer(TypedDict):
    """x / (1 + |x|) of every number."""

    type: Literal["softsign"]


class TanhLayer(TypedDict):
    """Hyperbolic tangent of every number."""

    type: Literal["tanh"]


class Upsample2dLayerType(TypedDict):
    type: Literal["upsample2d"]


class Upsample2dLayer(Upsample2dLayerType, total=False):
    """Every pixel becomes factor x factor pixels."""

    factor: int


Layer = Union[AveragePool2dLayer, BatchNormLayer, Conv2dLayer, ConvTranspose2dLayer, DenseLayer, DropoutLayer,
    EluLayer, FlattenLayer, GatedDenseLayer, GeluLayer, GroupNormLayer, HardTanhLayer, LayerNormLayer, LeakyReluLayer,
    MaxPool2dLayer, MishLayer, ParallelLayer, ReluLayer, ReshapeLayer, ResidualLayer, SeluLayer, SigmoidLayer,
    SiluLayer, SoftmaxLayer, SoftplusLayer, SoftsignLayer, TanhLayer, Upsample2dLayer]


class BernoulliLikelihoodType(TypedDict):
    type: Literal["bernoulli"]


class BernoulliLikelihood(BernoulliLikelihoodType, total=False):
    """Bernoulli on logits: the decoder's outputs are one logit for each value."""

    relaxed: bool


class CategoricalLikelihood(TypedDict):
    """Classes counted from 0: the decoder's outputs are the logits of each value's classes."""

    type: Literal["categorical"]
    classes: int


class ContinuousBernoulliLikelihood(TypedDict):
    """Continuous Bernoulli for values from 0 to 1: the decoder's outputs are one logit for each value."""

    type: Literal["continuousBernoulli"]


class DiscretizedLogisticLikelihood(TypedDict):
    """256 grey levels as bins of a logistic: the decoder's outputs are the means in [-1, 1], then the log-scales."""

    type: Literal["discretizedLogistic"]


class GaussianLikelihoodType(TypedDict):
    type: Literal["gaussian"]


class GaussianLikelihood(GaussianLikelihoodType, total=False):
    """Gaussian; without a deviation the decoder's outputs are the means, then the log-variances."""

    deviation: float
    floor: float


class LaplaceLikelihood(TypedDict):
    """Laplace: the decoder's outputs are the locations, then the log-scales."""

    type: Literal["laplace"]


MixedLikelihoodColumns = TypedDict("MixedLikelihoodColumns", {
    "from": "int", "to": "int", "likelihood": "Likelihood"
}, total=False)


class MixedLikelihood(TypedDict):
    """Different likelihoods for different columns of a table."""

    type: Literal["mixed"]
    columns: Sequence[MixedLikelihoodColumns]


class NegativeBinomialLikelihoodType(TypedDict):
    type: Literal["negativeBinomial"]


class NegativeBinomialLikelihood(NegativeBinomialLikelihoodType, total=False):
    """Negative binomial counts: the decoder's outputs are the log-means, then the log-inverse-dispersions."""

    sizeFactors: bool


class PoissonLikelihood(TypedDict):
    """Poisson counts: the decoder's outputs are the log-rates."""

    type: Literal["poisson"]


class StudentTLikelihoodType(TypedDict):
    type: Literal["studentT"]


class StudentTLikelihood(StudentTLikelihoodType, total=False):
    """Student t: the decoder's outputs are the locations, then the log-scales."""

    freedom: float


Likelihood = Union[BernoulliLikelihood, CategoricalLikelihood, ContinuousBernoulliLikelihood,
    DiscretizedLogisticLikelihood, GaussianLikelihood, LaplaceLikelihood, MixedLikelihood, NegativeBinomialLikelihood,
    PoissonLikelihood, StudentTLikelihood]


class ElboObjectiveCapacity(TypedDict, total=False):
    maximum: float
    updates: int


class ElboObjectiveType(TypedDict):
    type: Literal["elbo"]


class ElboObjective(ElboObjectiveType, total=False):
    """Evidence lower bound: E_q log p(x|z) - beta KL(q(z|x) || p(z))."""

    samples: int
    beta: float
    warmUp: int
    sampled: bool
    capacity: ElboObjectiveCapacity
    freeBits: float


class ImportanceObjectiveType(TypedDict):
    type: Literal["importance"]


class ImportanceObjective(ImportanceObjectiveType, total=False):
    """Importance-weighted bound: log of the mean over samples of p(x, z) / q(z|x)."""

    samples: int
    outer: int
    estimator: Literal["reparameterized", "stickTheLanding", "doublyReparameterized"]


class MaximumMeanDiscrepancyObjectiveType(TypedDict):
    type: Literal["maximumMeanDiscrepancy"]


class MaximumMeanDiscrepancyObjective(MaximumMeanDiscrepancyObjectiveType, total=False):
    """E_q log p(x|z) - beta KL(q(z|x) || p(z)) - weight MMD(q(z), p(z)) (InfoVAE, WAE-MMD)."""

    samples: int
    weight: float
    beta: float
    kernel: Literal["gaussian", "inverseMultiquadratic"]
    bandwidth: float
    scales: Sequence[float]


class RenyiObjectiveType(TypedDict):
    type: Literal["renyi"]


class RenyiObjective(RenyiObjectiveType, total=False):
    """Renyi bound: log of the mean of (p(x, z) / q(z|x))^(1 - alpha), divided by 1 - alpha."""

    samples: int
    alpha: float


class TotalCorrelationObjectiveType(TypedDict):
    type: Literal["totalCorrelation"]


class TotalCorrelationObjective(TotalCorrelationObjectiveType, total=False):
    """ELBO whose divergence is split into mutual information, total correlation (times beta) and divergence of single
    latents.
    """

    samples: int
    beta: float
    mutualInformation: float
    dimensionWise: float
    estimator: Literal["minibatchWeighted", "minibatchStratified"]


Objective = Union[ElboObjective, ImportanceObjective, MaximumMeanDiscrepancyObjective, RenyiObjective,
    TotalCorrelationObjective]


class AdagradOptimizerType(TypedDict):
    type: Literal["adagrad"]


class AdagradOptimizer(AdagradOptimizerType, total=False):
    """Steps scaled by the root of the sum of all squared gradients."""

    rate: float
    epsilon: float


class AdamaxOptimizerType(TypedDict):
    type: Literal["adamax"]


class AdamaxOptimizer(AdamaxOptimizerType, total=False):
    """Adam with the largest gradient instead of the mean square."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float


class AdamOptimizerType(TypedDict):
    type: Literal["adam"]


class AdamOptimizer(AdamOptimizerType, total=False):
    """Adam: steps scaled by running means of the gradient and its square."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float


class AdamwOptimizerType(TypedDict):
    type: Literal["adamw"]


class AdamwOptimizer(AdamwOptimizerType, total=False):
    """Adam with decoupled weight decay."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float
    decay: float


class AmsgradOptimizerType(TypedDict):
    type: Literal["amsgrad"]


class AmsgradOptimizer(AmsgradOptimizerType, total=False):
    """Adam with the largest mean square so far instead of the latest."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float


class NadamOptimizerType(TypedDict):
    type: Literal["nadam"]


class NadamOptimizer(NadamOptimizerType, total=False):
    """Adam with Nesterov's momentum."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float
    momentumDecay: float


class RadamOptimizerType(TypedDict):
    type: Literal["radam"]


class RadamOptimizer(RadamOptimizerType, total=False):
    """Adam that waits until the variance of its step is known."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float
    correctsEpsilon: bool


class RmspropOptimizerType(TypedDict):
    type: Literal["rmsprop"]


class RmspropOptimizer(RmspropOptimizerType, total=False):
    """Steps scaled by the root of a running mean of squared gradients."""

    rate: float
    decay: float
    epsilon: float


class SgdOptimizerType(TypedDict):
    type: Literal["sgd"]
    rate: float


class SgdOptimizer(SgdOptimizerType, total=False):
    """Stochastic gradient descent, with momentum if it is given."""

    momentum: float
    nesterov: bool


Optimizer = Union[AdagradOptimizer, AdamaxOptimizer, AdamOptimizer, AdamwOptimizer, AmsgradOptimizer, NadamOptimizer,
    RadamOptimizer, RmspropOptimizer, SgdOptimizer]


class RewindPolicyType(TypedDict):
    type: Literal["rewind"]


class RewindPolicy(RewindPolicyType, total=False):
    """Goes back to the latest good validation, or to the first update, with a lower rate."""

    factor: float
    most: int


class SkipPolicyType(TypedDict):
    type: Literal["skip"]


class SkipPolicy(SkipPolicyType, total=False):
    """Passes over the batch of the refused update, and makes the update with the next batch."""

    most: int
    total: int


class StopPolicy(TypedDict):
    """Ends the run with the error of the refused update."""

    type: Literal["stop"]


Policy = Union[RewindPolicy, SkipPolicy, StopPolicy]


class FlowPosteriorType(TypedDict):
    type: Literal["flow"]


class FlowPosterior(FlowPosteriorType, total=False):
    """Diagonal Gaussian sent through invertible layers; the encoder's outputs are the means, the log-variances and the
    inputs of the layers: w, u and b (2 latents + 1) for each planar layer, or one context of units numbers for all
    inverse autoregressive layers.
    """

    kind: Literal["planar", "inverseAutoregressive"]
    layers: int
    units: int
    floor: float
    ceiling: float


class FullGaussianPosteriorType(TypedDict):
    type: Literal["fullGaussian"]


class FullGaussianPosterior(FullGaussianPosteriorType, total=False):
    """Gaussian with a full covariance matrix; the encoder's outputs are the means, the log-diagonal of a Cholesky
    factor, and its rows below the diagonal.
    """

    floor: float
    ceiling: float


class GaussianPosteriorType(TypedDict):
    type: Literal["gaussian"]


class GaussianPosterior(GaussianPosteriorType, total=False):
    """Diagonal Gaussian; the encoder's outputs are the means, then the log-variances."""

    floor: float
    ceiling: float


Posterior = Union[FlowPosterior, FullGaussianPosterior, GaussianPosterior]


class Log1pPreprocessingType(TypedDict):
    type: Literal["log1p"]


class Log1pPreprocessing(Log1pPreprocessingType, total=False):
    """log(1 + x), for values above -1, such as incomes."""

    columns: Sequence[Union[int, str]]


class LogitPreprocessingType(TypedDict):
    type: Literal["logit"]


class LogitPreprocessing(LogitPreprocessingType, total=False):
    """log(p / (1 - p)) with p = margin + (1 - 2 margin) x, for shares from 0 to 1."""

    columns: Sequence[Union[int, str]]
    margin: float


class OneHotPreprocessingType(TypedDict):
    type: Literal["oneHot"]


class OneHotPreprocessing(OneHotPreprocessingType, total=False):
    """The encoder sees a column of classes 0, 1, … as zeros and a one; the values stay."""

    columns: Sequence[Union[int, str]]
    levels: Sequence[int]


class RangePreprocessingType(TypedDict):
    type: Literal["range"]


class RangePreprocessing(RangePreprocessingType, total=False):
    """low + (high - low) (x - minimum) / (maximum - minimum) of each column."""

    columns: Sequence[Union[int, str]]
    low: float
    high: float
    minimum: Sequence[float]
    maximum: Sequence[float]


class StandardizePreprocessingType(TypedDict):
    type: Literal["standardize"]


class StandardizePreprocessing(StandardizePreprocessingType, total=False):
    """(x - mean) / deviation of each column."""

    columns: Sequence[Union[int, str]]
    mean: Sequence[float]
    deviation: Sequence[float]


Preprocessing = Union[Log1pPreprocessing, LogitPreprocessing, OneHotPreprocessing, RangePreprocessing,
    StandardizePreprocessing]


class FlowPriorType(TypedDict):
    type: Literal["flow"]


class FlowPrior(FlowPriorType, total=False):
    """Standard normal noise sent through affine coupling layers: z' = z exp(s) + t in one half of the latents, s and t
    functions of the other.
    """

    layers: int
    units: int


class MixturePriorType(TypedDict):
    type: Literal["mixture"]


class MixturePrior(MixturePriorType, total=False):
    """Learned mixture of diagonal Gaussians: p(z) = sum w_k N(z; mean_k, exp(logVariance_k))."""

    components: int


class StandardNormalPrior(TypedDict):
    """Independent standard normal latents."""

    type: Literal["standardNormal"]


class VampPriorType(TypedDict):
    type: Literal["vamp"]


class VampPrior(VampPriorType, total=False):
    """Mixture of the posteriors of learned pseudo-inputs: p(z) = 1/K sum q(z | u_k)."""

    components: int


Prior = Union[FlowPrior, MixturePrior, StandardNormalPrior, VampPrior]


class ConstantSchedule(TypedDict):
    """Leaves the rate unchanged."""

    type: Literal["constant"]


class CosineScheduleType(TypedDict):
    type: Literal["cosine"]
    updates: int


class CosineSchedule(CosineScheduleType, total=False):
    """Half a cosine from 1 down to final, then constant."""

    final: float


class ExponentialSchedule(TypedDict):
    """Exponential decay: factor to the power of (update - 1) / every."""

    type: Literal["exponential"]
    factor: float
    every: int


PiecewiseSchedulePieces = TypedDict("PiecewiseSchedulePieces", {
    "from": "int", "to": "int", "factor": "float"
}, total=False)


class PiecewiseScheduleType(TypedDict):
    type: Literal["piecewise"]
    pieces: Sequence[PiecewiseSchedulePieces]


class PiecewiseSchedule(PiecewiseScheduleType, total=False):
    """A factor for each range of updates or epochs."""

    unit: Literal["updates", "epochs"]


class StagesScheduleType(TypedDict):
    type: Literal["stages"]


class StagesSchedule(StagesScheduleType, total=False):
    """Stage i lasts 3^i epochs at 10^(-i / 7) of the rate."""

    count: int


class StepScheduleType(TypedDict):
    type: Literal["step"]
    every: int


class StepSchedule(StepScheduleType, total=False):
    """Decay in steps: the rate is multiplied by `factor` after each `every` updates."""

    factor: float


class WarmUpScheduleType(TypedDict):
    type: Literal["warmUp"]
    updates: int


class WarmUpSchedule(WarmUpScheduleType, total=False):
    """Rises from 1 / updates to 1 in equal steps, then follows another schedule."""

    then: Schedule


Schedule = Union[ConstantSchedule, CosineSchedule, ExponentialSchedule, PiecewiseSchedule, StagesSchedule,
    StepSchedule, WarmUpSchedule]


class ArraySourceType(TypedDict):
    type: Literal["array"]
    values: ArrayLike


class ArraySource(ArraySourceType, total=False):
    """Rows given in the request; the first extent is their number."""

    labels: Sequence[int]
    columns: Sequence[str]
    categories: Mapping[str, Sequence[str]]


class CsvSourceType(TypedDict):
    type: Literal["csv"]
    path: str


class CsvSource(CsvSourceType, total=False):
    """Rows of a table of comma-separated values (RFC 4180) or its dialects, plain or gzip: numbers, and words as
    numbers.
    """

    header: bool
    delimiter: str
    quote: str
    escape: str
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be"]
    decimal: str
    thousands: str
    columns: Sequence[str]
    index: str
    categories: Mapping[str, Sequence[str]]
    detectWords: bool
    label: str
    missing: Literal["refuse", "drop", "mean"]
    marks: Sequence[str]


class Hdf5SourceType(TypedDict):
    type: Literal["hdf5"]
    path: str


class Hdf5Source(Hdf5SourceType, total=False):
    """Rows of an HDF5 file (libhdf5): a dataset of numbers, or a matrix of AnnData (.h5ad), dense or sparse. Sparse
    rows stay sparse in memory; data above 64 MiB stay in their file if they lie together there.
    """

    dataset: str
    labels: str


class IdxSourceType(TypedDict):
    type: Literal["idx"]
    images: str


class IdxSource(IdxSourceType, total=False):
    """Images and labels in IDX files like those of MNIST, plain or gzip. Plain data above 64 MiB stay in their file."""

    labels: str


class NpySourceType(TypedDict):
    type: Literal["npy"]
    path: str


class NpySource(NpySourceType, total=False):
    """Rows of a NumPy file of numbers or truth values; the first extent is their number. Data above 64 MiB stay in
    their file, unless they are in Fortran's order.
    """

    labels: str


class NpzSourceType(TypedDict):
    type: Literal["npz"]
    path: str


class NpzSource(NpzSourceType, total=False):
    """Rows of an array in an archive of NumPy (numpy.savez, numpy.savez_compressed); the first extent is their number.
    Data above 64 MiB stay in their file, unless they are compressed or in Fortran's order.
    """

    key: str
    labels: str


class PicturesSourceType(TypedDict):
    type: Literal["pictures"]
    path: str


class PicturesSource(PicturesSourceType, total=False):
    """A folder of PNG and JPEG files of one size, in natural order: samples as in the files (0 to 255, or 65535 with
    16 bits), of shape [H, W], or [3, H, W] in colour. JPEG files are turned as their EXIF orientation says. Other
    files are left out.
    """

    colour: bool
    background: int
    labels: Literal["none", "folders", "names"]


class PngSourceType(TypedDict):
    type: Literal["png"]
    path: str


class PngSource(PngSourceType, total=False):
    """A folder of PNG files of one size, in natural order: samples as in the files (0 to 255, or 65535 with 16 bits),
    of shape [H, W], or [3, H, W] in colour. Other files are left out.
    """

    colour: bool
    background: int
    labels: Literal["none", "folders", "names"]


class SafetensorsSourceType(TypedDict):
    type: Literal["safetensors"]
    path: str


class SafetensorsSource(SafetensorsSourceType, total=False):
    """Rows of a tensor in a safetensors file (BOOL, I8, I16, I32, I64, U8, U16, U32, U64, F16, BF16, F32, F64,
    F8_E5M2, F8_E4M3); the first extent is their number. Data above 64 MiB stay in their file.
    """

    tensor: str
    labels: str


class SqliteSourceType(TypedDict):
    type: Literal["sqlite"]
    path: str
    query: str


class SqliteSource(SqliteSourceType, total=False):
    """Rows of a query to an SQLite database, which is read into memory and never written (libsqlite3): numbers, and
    words as numbers.
    """

    categories: Mapping[str, Sequence[str]]
    label: str
    missing: Literal["refuse", "drop", "mean"]


class StrokesSourceType(TypedDict):
    type: Literal["strokes"]
    count: int


class StrokesSource(StrokesSourceType, total=False):
    """Handwritten-looking digits drawn from the seed: 28x28 grey levels, labelled; row i is the digit i mod 10."""

    seed: int


Source = Union[ArraySource, CsvSource, Hdf5Source, IdxSource, NpySource, NpzSource, PicturesSource, PngSource,
    SafetensorsSource, SqliteSource, StrokesSource]


class BinarizeTransformType(TypedDict):
    type: Literal["binarize"]


class BinarizeTransform(BinarizeTransformType, total=False):
    """Turns values into 0 and 1, by a threshold, or at random for each batch with the grey level as the probability of
    1.
    """

    threshold: float
    random: bool
    seed: int


class PerClassTransform(TypedDict):
    """Keeps the first `count` rows of each class, in the order of the file."""

    type: Literal["perClass"]
    count: int


class ScaleTransform(TypedDict):
    """Multiplies every value by a factor: 0.00392156862745098 maps bytes to 0 … 1, 1.5259021896696422e-05 does so for
    pictures of 16 bits.
    """

    type: Literal["scale"]
    by: float


class ShuffleTransformType(TypedDict):
    type: Literal["shuffle"]


class ShuffleTransform(ShuffleTransformType, total=False):
    """Puts the rows in an order drawn from the seed."""

    seed: int


class SubsampleTransform(TypedDict):
    """Keeps every factor-th pixel of every factor-th row, from the first."""

    type: Literal["subsample"]
    factor: int


class TakeTransform(TypedDict):
    """Keeps the first `count` rows."""

    type: Literal["take"]
    count: int


Transform = Union[BinarizeTransform, PerClassTransform, ScaleTransform, ShuffleTransform, SubsampleTransform,
    TakeTransform]

# Replies


class ProgressCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class Progress(Result):
    """How far a training has come."""

    id: Any
    trainer: str
    update: int
    updates: Optional[int]
    elbo: Optional[float]
    updatesPerSecond: Optional[float]
    skipped: Optional[int]
    rewound: Optional[int]
    warning: Optional[str]
    checkpoint: Optional[ProgressCheckpoint]
    state: Optional[Literal["idle", "running", "failed"]]


class DataDropReply(Result):
    """What data.drop answers."""


class DataGetReply(Result):
    """What data.get answers."""

    input: Numbers
    labels: Optional[List[int]]
    classNames: Optional[List[str]]
    weights: Optional[List[float]]


class DataInfoReplyWeights(Result):
    """A part of it."""

    minimum: float
    maximum: float
    effectiveCount: float


class DataInfoReplyColumns(Result):
    """A part of it."""

    name: str
    categories: Optional[List[str]]
    missing: int


class DataInfoReplyPictures(Result):
    """A part of it."""

    bits: int
    transparent: int
    background: int
    skipped: Mapping[str, int]


class DataInfoReply(Result):
    """What data.info answers."""

    data: str
    count: int
    shape: List[int]
    binary: bool
    binarization: str
    minimum: float
    maximum: float
    splits: Mapping[str, int]
    classes: Optional[List[int]]
    classNames: Optional[List[str]]
    weights: Optional[DataInfoReplyWeights]
    columns: Optional[List[DataInfoReplyColumns]]
    dropped: Optional[List[int]]
    pictures: Optional[DataInfoReplyPictures]
    held: Optional[List[int]]
    sha256: str
    notes: Optional[List[str]]


class DataListReply(Result):
    """What data.list answers."""

    data: List[str]


class DataLoadReplyWeights(Result):
    """A part of it."""

    minimum: float
    maximum: float
    effectiveCount: float


class DataLoadReplyColumns(Result):
    """A part of it."""

    name: str
    categories: Optional[List[str]]
    missing: int


class DataLoadReplyPictures(Result):
    """A part of it."""

    bits: int
    transparent: int
    background: int
    skipped: Mapping[str, int]


class DataLoadReply(Result):
    """What data.load answers."""

    data: str
    count: int
    shape: List[int]
    binary: bool
    binarization: str
    minimum: float
    maximum: float
    splits: Mapping[str, int]
    classes: Optional[List[int]]
    classNames: Optional[List[str]]
    weights: Optional[DataLoadReplyWeights]
    columns: Optional[List[DataLoadReplyColumns]]
    dropped: Optional[List[int]]
    pictures: Optional[DataLoadReplyPictures]
    held: Optional[List[int]]
    sha256: str
    notes: Optional[List[str]]


class EngineInfoReplyLimits(Result):
    """A part of it."""

    line: int
    depth: int
    batch: int
    memory: Optional[int]
    pending: Optional[int]
    seconds: Optional[float]
    threads: Optional[int]


class EngineInfoReplyPlugins(Result):
    """A part of it."""

    name: str
    version: str
    path: str
    layers: List[str]
    likelihoods: List[str]
    sources: List[str]


class EngineInfoReplyRanks(Result):
    """A part of it."""

    count: int
    transport: str
    received: int
    meetings: int


class EngineInfoReplyStateRestored(Result):
    """A part of it."""

    kind: Literal["data", "distribution", "model", "trainer"]
    name: str
    why: Optional[str]


class EngineInfoReplyStateLost(Result):
    """A part of it."""

    kind: Literal["data", "distribution", "model", "trainer"]
    name: str
    why: Optional[str]


class EngineInfoReplyState(Result):
    """A part of it."""

    path: str
    restored: List[EngineInfoReplyStateRestored]
    lost: List[EngineInfoReplyStateLost]
    failure: Optional[str]


class EngineInfoReply(Result):
    """What engine.info answers."""

    name: str
    version: str
    protocol: int
    threads: int
    simd: str
    products: str
    limits: EngineInfoReplyLimits
    plugins: List[EngineInfoReplyPlugins]
    roots: Optional[List[str]]
    readable: Optional[List[str]]
    readOnly: Optional[bool]
    scratch: Optional[str]
    ranks: Optional[EngineInfoReplyRanks]
    sandbox: Optional[str]
    state: Optional[EngineInfoReplyState]


class EngineModulesReplyModules(Result):
    """A part of it."""

    kind: str
    type: str
    summary: str
    options: Mapping[str, Any]


class EngineModulesReply(Result):
    """What engine.modules answers."""

    modules: List[EngineModulesReplyModules]


class EnginePingReply(Result):
    """What engine.ping answers."""


class EngineSelfTestReplyChecks(Result):
    """A part of it."""

    check: str
    expected: float
    got: float
    tolerance: float
    passed: bool


class EngineSelfTestReply(Result):
    """What engine.selfTest answers."""

    passed: bool
    checks: List[EngineSelfTestReplyChecks]


class EngineStatsReply(Result):
    """What engine.stats answers."""

    requests: int
    queued: Optional[int]
    residentBytes: Optional[int]
    uptimeSeconds: Optional[float]


class EvaluateBracketReplyStandardError(Result):
    """A part of it."""

    lower: Optional[float]
    upper: Optional[float]


class EvaluateBracketReplyMonteCarloError(Result):
    """A part of it."""

    lower: Optional[float]
    upper: Optional[float]


class EvaluateBracketReplyUnreliable(Result):
    """A part of it."""

    lower: Optional[float]
    upper: Optional[float]


class EvaluateBracketReplyRows(Result):
    """A part of it."""

    lower: List[float]
    upper: List[float]


class EvaluateBracketReply(Result):
    """What evaluate.bracket answers."""

    lower: float
    upper: float
    standardError: EvaluateBracketReplyStandardError
    monteCarloError: EvaluateBracketReplyMonteCarloError
    acceptance: float
    unreliable: EvaluateBracketReplyUnreliable
    warning: Optional[str]
    unit: str
    count: int
    samples: int
    binarization: str
    notFinite: Optional[int]
    rows: Optional[EvaluateBracketReplyRows]


class EvaluateElboReplyStandardError(Result):
    """A part of it."""

    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]


class EvaluateElboReplyMonteCarloError(Result):
    """A part of it."""

    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]


class EvaluateElboReplyRows(Result):
    """A part of it."""

    elbo: List[float]
    reconstruction: List[float]
    divergence: List[float]


class EvaluateElboReply(Result):
    """What evaluate.elbo answers."""

    elbo: float
    reconstruction: float
    divergence: float
    standardError: EvaluateElboReplyStandardError
    monteCarloError: EvaluateElboReplyMonteCarloError
    unit: str
    count: int
    samples: int
    binarization: str
    effectiveCount: Optional[float]
    notFinite: Optional[int]
    rows: Optional[EvaluateElboReplyRows]


class EvaluateGapReplyStandardError(Result):
    """A part of it."""

    approximation: Optional[float]
    amortization: Optional[float]
    logLikelihood: Optional[float]
    bestElbo: Optional[float]
    elbo: Optional[float]


class EvaluateGapReplyMonteCarloError(Result):
    """A part of it."""

    approximation: Optional[float]
    amortization: Optional[float]
    logLikelihood: Optional[float]
    bestElbo: Optional[float]
    elbo: Optional[float]


class EvaluateGapReplyRows(Result):
    """A part of it."""

    approximation: List[float]
    amortization: List[float]
    logLikelihood: List[float]
    bestElbo: List[float]
    elbo: List[float]


class EvaluateGapReply(Result):
    """What evaluate.gap answers."""

    approximation: float
    amortization: float
    logLikelihood: float
    bestElbo: float
    elbo: float
    standardError: EvaluateGapReplyStandardError
    monteCarloError: EvaluateGapReplyMonteCarloError
    unit: str
    count: int
    samples: int
    steps: int
    unimproved: int
    estimator: Literal["importance", "annealed"]
    binarization: str
    effectiveCount: Optional[float]
    unreliable: float
    warning: Optional[str]
    notFinite: Optional[int]
    rows: Optional[EvaluateGapReplyRows]


class EvaluateGradientReplyEstimatorsEncoder(Result):
    """A part of it."""

    variance: float
    signalToNoise: float
    bias: float
    magnitude: float
    varianceError: float
    signalToNoiseError: float
    biasError: float


class EvaluateGradientReplyEstimatorsDecoder(Result):
    """A part of it."""

    variance: float
    signalToNoise: float
    bias: float
    magnitude: float
    varianceError: float
    signalToNoiseError: float
    biasError: float


class EvaluateGradientReplyEstimators(Result):
    """A part of it."""

    estimator: Literal["reparameterized", "stickTheLanding", "doublyReparameterized"]
    encoder: EvaluateGradientReplyEstimatorsEncoder
    decoder: EvaluateGradientReplyEstimatorsDecoder


class EvaluateGradientReply(Result):
    """What evaluate.gradient answers."""

    estimators: List[EvaluateGradientReplyEstimators]
    unit: str
    count: int
    samples: int
    draws: int
    binarization: str
    effectiveCount: Optional[float]


class EvaluateLatentReplyStandardError(Result):
    """A part of it."""

    divergence: List[float]
    totalDivergence: Optional[float]
    mutualInformation: Optional[float]
    aggregateDivergence: Optional[float]


class EvaluateLatentReplyMonteCarloError(Result):
    """A part of it."""

    mutualInformation: Optional[float]
    aggregateDivergence: Optional[float]


class EvaluateLatentReplyRows(Result):
    """A part of it."""

    totalDivergence: List[float]
    mutualInformation: List[float]


class EvaluateLatentReply(Result):
    """What evaluate.latent answers."""

    divergence: List[float]
    activity: List[float]
    activeUnits: int
    threshold: float
    totalDivergence: float
    mutualInformation: float
    aggregateDivergence: float
    standardError: EvaluateLatentReplyStandardError
    monteCarloError: EvaluateLatentReplyMonteCarloError
    unit: str
    count: int
    samples: int
    binarization: str
    effectiveCount: Optional[float]
    notFinite: Optional[int]
    rows: Optional[EvaluateLatentReplyRows]


class EvaluateLikelihoodReplyTailIndex(Result):
    """A part of it."""

    mean: float
    largest: float
    unreliable: float


class EvaluateLikelihoodReplyRows(Result):
    """A part of it."""

    logLikelihood: List[float]
    effectiveSampleSize: List[float]
    tailIndex: Optional[List[float]]


class EvaluateLikelihoodReply(Result):
    """What evaluate.likelihood answers."""

    logLikelihood: float
    standardError: Optional[float]
    monteCarloError: Optional[float]
    bitsPerDimension: float
    effectiveSampleSize: float
    tailIndex: Optional[EvaluateLikelihoodReplyTailIndex]
    acceptance: Optional[float]
    unreliable: float
    warning: Optional[str]
    unit: str
    count: int
    samples: int
    estimator: Literal["importance", "annealed"]
    binarization: str
    effectiveCount: Optional[float]
    notFinite: Optional[int]
    rows: Optional[EvaluateLikelihoodReplyRows]


class MeanFieldDefineReply(Result):
    """What meanField.define answers."""

    distribution: str
    variables: int


class MeanFieldDropReply(Result):
    """What meanField.drop answers."""


class MeanFieldExactReplyIdentitiesDivergence(Result):
    """A part of it."""

    q: str
    enumerated: float
    formula: float
    residual: float


class MeanFieldExactReplyIdentitiesMeanEnergy(Result):
    """A part of it."""

    enumerated: float
    derivative: float
    residual: float


class MeanFieldExactReplyIdentities(Result):
    """A part of it."""

    divergence: List[MeanFieldExactReplyIdentitiesDivergence]
    meanEnergy: MeanFieldExactReplyIdentitiesMeanEnergy


class MeanFieldExactReply(Result):
    """What meanField.exact answers."""

    logPartition: float
    meanEnergy: float
    entropy: float
    marginals: List[float]
    identities: MeanFieldExactReplyIdentities


class MeanFieldFitReply(Result):
    """What meanField.fit answers."""

    q: List[float]
    freeEnergy: float
    divergence: Optional[float]
    meanEnergy: float
    entropy: float
    iterations: int
    converged: bool
    optimal: bool
    gap: Optional[float]
    trace: List[float]
    restart: int
    restarts: int
    reached: int
    optima: int


class MeanFieldListReply(Result):
    """What meanField.list answers."""

    distributions: List[str]


class ModelAssignReply(Result):
    """What model.assign answers."""

    assigned: List[str]


class ModelBuildReplyEncoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelBuildReplyDecoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelBuildReply(Result):
    """What model.build answers."""

    model: str
    parameters: int
    shape: List[int]
    latent: int
    encoder: List[ModelBuildReplyEncoder]
    decoder: List[ModelBuildReplyDecoder]
    likelihood: Result
    posterior: Result
    prior: Result
    condition: Optional[Result]
    preprocess: Optional[List[Result]]
    input: Optional[Literal["scaled", "unscaled"]]
    columns: Optional[List[str]]
    words: Optional[Mapping[str, List[str]]]
    notes: Optional[List[str]]


class ModelDecodeReply(Result):
    """What model.decode answers."""

    output: Numbers
    notFinite: Optional[int]


class ModelDropReply(Result):
    """What model.drop answers."""


class ModelEncodeReply(Result):
    """What model.encode answers."""

    mean: Numbers
    deviation: Numbers
    latent: Optional[Numbers]
    notFinite: Optional[int]


class ModelInfoReplyEncoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelInfoReplyDecoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelInfoReply(Result):
    """What model.info answers."""

    model: str
    parameters: int
    shape: List[int]
    latent: int
    encoder: List[ModelInfoReplyEncoder]
    decoder: List[ModelInfoReplyDecoder]
    likelihood: Result
    posterior: Result
    prior: Result
    condition: Optional[Result]
    preprocess: Optional[List[Result]]
    input: Optional[Literal["scaled", "unscaled"]]
    columns: Optional[List[str]]
    words: Optional[Mapping[str, List[str]]]
    notes: Optional[List[str]]


class ModelInterpolateReply(Result):
    """What model.interpolate answers."""

    latent: Numbers
    output: Numbers
    notFinite: Optional[int]


class ModelListReply(Result):
    """What model.list answers."""

    models: List[str]


class ModelLoadReplyEncoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelLoadReplyDecoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class ModelLoadReply(Result):
    """What model.load answers."""

    model: str
    parameters: int
    shape: List[int]
    latent: int
    encoder: List[ModelLoadReplyEncoder]
    decoder: List[ModelLoadReplyDecoder]
    likelihood: Result
    posterior: Result
    prior: Result
    condition: Optional[Result]
    preprocess: Optional[List[Result]]
    input: Optional[Literal["scaled", "unscaled"]]
    columns: Optional[List[str]]
    words: Optional[Mapping[str, List[str]]]
    notes: Optional[List[str]]


class ModelManifoldReply(Result):
    """What model.manifold answers."""

    latent: Numbers
    output: Numbers
    notFinite: Optional[int]


class ModelParametersReply(Result):
    """What model.parameters answers."""

    parameters: Mapping[str, Numbers]


class ModelProposeReplyBuild(Result):
    """A part of it."""

    latent: int
    encoder: List[Result]
    decoder: List[Result]
    posterior: Result
    prior: Result
    likelihood: Result
    condition: Optional[Result]
    preprocess: List[Result]
    input: Optional[Literal["scaled", "unscaled"]]
    seed: int
    fitOn: str


class ModelProposeReplyTrainAveraging(Result):
    """A part of it."""

    decay: float


class ModelProposeReplyTrainStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class ModelProposeReplyTrainValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class ModelProposeReplyTrain(Result):
    """A part of it."""

    objective: Result
    optimizer: Result
    schedule: Result
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    averaging: Optional[ModelProposeReplyTrainAveraging]
    stopping: Optional[ModelProposeReplyTrainStopping]
    onRefusal: Optional[Result]
    validation: Optional[ModelProposeReplyTrainValidation]


class ModelProposeReplySplit(Result):
    """A part of it."""

    validation: Optional[float]
    test: Optional[float]
    stratify: Optional[bool]
    folds: Optional[int]
    by: Optional[str]
    words: Optional[Mapping[str, Literal["train", "validation", "test"]]]
    seed: int


class ModelProposeReply(Result):
    """What model.propose answers."""

    build: ModelProposeReplyBuild
    train: ModelProposeReplyTrain
    updates: int
    transforms: Optional[List[Result]]
    split: Optional[ModelProposeReplySplit]
    reasons: List[str]


class ModelReconstructReply(Result):
    """What model.reconstruct answers."""

    input: Numbers
    output: Numbers
    notFinite: Optional[int]


class ModelSampleReply(Result):
    """What model.sample answers."""

    latent: Numbers
    output: Numbers
    notFinite: Optional[int]


class ModelSaveReply(Result):
    """What model.save answers."""

    path: str
    bytes: int
    sha256: str
    hash: Optional[str]


class ModelTraverseReply(Result):
    """What model.traverse answers."""

    latent: Numbers
    output: Numbers
    notFinite: Optional[int]


class PlotCompareReply(Picture):
    """What plot.compare answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotCurvesReply(Picture):
    """What plot.curves answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotDataReply(Picture):
    """What plot.data answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotInterpolationReply(Picture):
    """What plot.interpolation answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotLatentReply(Picture):
    """What plot.latent answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotManifoldReply(Picture):
    """What plot.manifold answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotMeanFieldReply(Picture):
    """What plot.meanField answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotReconstructionsReply(Picture):
    """What plot.reconstructions answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotSamplesReply(Picture):
    """What plot.samples answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotTraversalReply(Picture):
    """What plot.traversal answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class PlotValidationReply(Picture):
    """What plot.validation answers."""

    path: Optional[str]
    bytes: int
    mediaType: Optional[str]
    base64: Optional[str]
    notFinite: Optional[int]


class RpcDiscoverReply(Result):
    """What rpc.discover answers."""

    openrpc: str
    info: Any
    methods: List[Any]
    components: Any


class TrainerCreateReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerCreateReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerCreateReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerCreateReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerCreateReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerCreateReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerCreateReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerCreateReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerCreateReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerCreateReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerCreateReplyChangesRate]
    schedule: Optional[TrainerCreateReplyChangesSchedule]
    clip: Optional[TrainerCreateReplyChangesClip]
    objective: Optional[TrainerCreateReplyChangesObjective]
    onRefusal: Optional[TrainerCreateReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerCreateReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerCreateReply(Result):
    """What trainer.create answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerCreateReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerCreateReplyAveraging]
    stopping: Optional[TrainerCreateReplyStopping]
    best: Optional[TrainerCreateReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerCreateReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerCreateReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]


class TrainerDropReply(Result):
    """What trainer.drop answers."""


class TrainerHistoryReplyValidation(Result):
    """A part of it."""

    update: List[int]
    elbo: List[float]
    reconstruction: List[float]
    divergence: List[float]


class TrainerHistoryReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerHistoryReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerHistoryReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerHistoryReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerHistoryReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerHistoryReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerHistoryReplyChangesRate]
    schedule: Optional[TrainerHistoryReplyChangesSchedule]
    clip: Optional[TrainerHistoryReplyChangesClip]
    objective: Optional[TrainerHistoryReplyChangesObjective]
    onRefusal: Optional[TrainerHistoryReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerHistoryReply(Result):
    """What trainer.history answers."""

    update: List[int]
    elbo: Numbers
    reconstruction: Numbers
    divergence: Numbers
    objective: Numbers
    validation: TrainerHistoryReplyValidation
    changes: Optional[List[TrainerHistoryReplyChanges]]
    skipped: Optional[List[int]]


class TrainerInfoReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerInfoReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerInfoReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerInfoReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerInfoReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerInfoReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerInfoReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerInfoReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerInfoReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerInfoReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerInfoReplyChangesRate]
    schedule: Optional[TrainerInfoReplyChangesSchedule]
    clip: Optional[TrainerInfoReplyChangesClip]
    objective: Optional[TrainerInfoReplyChangesObjective]
    onRefusal: Optional[TrainerInfoReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerInfoReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerInfoReply(Result):
    """What trainer.info answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerInfoReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerInfoReplyAveraging]
    stopping: Optional[TrainerInfoReplyStopping]
    best: Optional[TrainerInfoReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerInfoReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerInfoReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]


class TrainerListReply(Result):
    """What trainer.list answers."""

    trainers: List[str]


class TrainerLoadReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerLoadReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerLoadReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerLoadReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerLoadReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerLoadReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerLoadReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerLoadReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerLoadReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerLoadReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerLoadReplyChangesRate]
    schedule: Optional[TrainerLoadReplyChangesSchedule]
    clip: Optional[TrainerLoadReplyChangesClip]
    objective: Optional[TrainerLoadReplyChangesObjective]
    onRefusal: Optional[TrainerLoadReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerLoadReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerLoadReply(Result):
    """What trainer.load answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerLoadReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerLoadReplyAveraging]
    stopping: Optional[TrainerLoadReplyStopping]
    best: Optional[TrainerLoadReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerLoadReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerLoadReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]


class TrainerModelReplyEncoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class TrainerModelReplyDecoder(Result):
    """A part of it."""

    type: str
    input: List[int]
    output: List[int]
    parameters: int


class TrainerModelReply(Result):
    """What trainer.model answers."""

    model: str
    parameters: int
    shape: List[int]
    latent: int
    encoder: List[TrainerModelReplyEncoder]
    decoder: List[TrainerModelReplyDecoder]
    likelihood: Result
    posterior: Result
    prior: Result
    condition: Optional[Result]
    preprocess: Optional[List[Result]]
    input: Optional[Literal["scaled", "unscaled"]]
    columns: Optional[List[str]]
    words: Optional[Mapping[str, List[str]]]
    notes: Optional[List[str]]


class TrainerSaveReply(Result):
    """What trainer.save answers."""

    path: str
    bytes: int
    sha256: str
    hash: Optional[str]


class TrainerSetReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerSetReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerSetReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerSetReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerSetReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerSetReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerSetReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerSetReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerSetReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerSetReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerSetReplyChangesRate]
    schedule: Optional[TrainerSetReplyChangesSchedule]
    clip: Optional[TrainerSetReplyChangesClip]
    objective: Optional[TrainerSetReplyChangesObjective]
    onRefusal: Optional[TrainerSetReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerSetReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerSetReply(Result):
    """What trainer.set answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerSetReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerSetReplyAveraging]
    stopping: Optional[TrainerSetReplyStopping]
    best: Optional[TrainerSetReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerSetReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerSetReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]


class TrainerStartReply(Result):
    """What trainer.start answers."""

    state: Literal["idle", "running", "failed"]


class TrainerStepReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerStepReply(Result):
    """What trainer.step answers."""

    update: int
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    updates: int
    stopped: Optional[str]
    warmUpLeft: Optional[int]
    skipped: Optional[int]
    rewound: Optional[int]
    checkpoint: Optional[TrainerStepReplyCheckpoint]
    notes: Optional[List[str]]


class TrainerStopReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerStopReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerStopReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerStopReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerStopReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerStopReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerStopReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerStopReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerStopReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerStopReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerStopReplyChangesRate]
    schedule: Optional[TrainerStopReplyChangesSchedule]
    clip: Optional[TrainerStopReplyChangesClip]
    objective: Optional[TrainerStopReplyChangesObjective]
    onRefusal: Optional[TrainerStopReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerStopReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerStopReply(Result):
    """What trainer.stop answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerStopReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerStopReplyAveraging]
    stopping: Optional[TrainerStopReplyStopping]
    best: Optional[TrainerStopReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerStopReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerStopReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]


class TrainerWaitReplyValidation(Result):
    """A part of it."""

    data: Optional[str]
    split: Optional[str]
    indices: Optional[List[int]]
    count: Optional[int]
    labels: Optional[Union[int, str, List[Union[int, str]]]]
    every: int
    samples: int


class TrainerWaitReplyAveraging(Result):
    """A part of it."""

    decay: float


class TrainerWaitReplyStopping(Result):
    """A part of it."""

    patience: Optional[int]
    minimumImprovement: float
    keepBest: bool


class TrainerWaitReplyBest(Result):
    """A part of it."""

    update: int
    elbo: float


class TrainerWaitReplyChangesRate(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerWaitReplyChangesSchedule(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerWaitReplyChangesClip(Result):
    """A part of it."""

    from_: Optional[float]
    to: Optional[float]


class TrainerWaitReplyChangesObjective(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerWaitReplyChangesOnRefusal(Result):
    """A part of it."""

    from_: Optional[Result]
    to: Optional[Result]


class TrainerWaitReplyChanges(Result):
    """A part of it."""

    update: int
    rate: Optional[TrainerWaitReplyChangesRate]
    schedule: Optional[TrainerWaitReplyChangesSchedule]
    clip: Optional[TrainerWaitReplyChangesClip]
    objective: Optional[TrainerWaitReplyChangesObjective]
    onRefusal: Optional[TrainerWaitReplyChangesOnRefusal]
    refused: Optional[int]


class TrainerWaitReplyCheckpoint(Result):
    """A part of it."""

    path: str
    every: Optional[int]
    seconds: Optional[float]
    keep: int
    newest: Optional[str]
    update: Optional[int]
    best: Optional[str]
    failure: Optional[str]


class TrainerWaitReply(Result):
    """What trainer.wait answers."""

    trainer: str
    state: Literal["idle", "running", "failed"]
    update: int
    epoch: int
    model: str
    data: str
    rows: int
    objective: Result
    optimizer: Result
    schedule: Optional[Result]
    batch: int
    lastBatch: Optional[Literal["keep", "drop", "spread"]]
    seed: int
    balance: Optional[bool]
    augment: Optional[List[Result]]
    clip: Optional[float]
    validation: Optional[TrainerWaitReplyValidation]
    elbo: Optional[float]
    reconstruction: Optional[float]
    divergence: Optional[float]
    failure: Optional[str]
    warmUpLeft: Optional[int]
    averaging: Optional[TrainerWaitReplyAveraging]
    stopping: Optional[TrainerWaitReplyStopping]
    best: Optional[TrainerWaitReplyBest]
    onRefusal: Optional[Result]
    skipped: Optional[int]
    rewound: Optional[int]
    changes: Optional[List[TrainerWaitReplyChanges]]
    stopped: Optional[str]
    checkpoint: Optional[TrainerWaitReplyCheckpoint]
    hash: Optional[str]
    warning: Optional[str]
    notes: Optional[List[str]]

# Methods


class DataLoadSplit(TypedDict, total=False):
    validation: float
    test: float
    stratify: bool
    folds: int
    by: str
    words: Mapping[str, Literal["train", "validation", "test"]]
    seed: int


class Data(Family[Mode]):
    """The methods data.…"""

    @method("data.drop", DataDropReply)
    def drop(self, data: str) -> DataDropReply:
        """Removes a data set; trainers that use it keep it until they are dropped.

        data: The data set.
        """

    @method("data.get", DataGetReply, binary=True)
    def get(
        self, *, data: Optional[str] = None, split: Optional[str] = None, indices: Optional[Sequence[int]] = None,
        count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> DataGetReply:
        """Returns rows of a data set with their labels; rows binarised at random are drawn once.

        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("data.info", DataInfoReply)
    def info(self, data: str) -> DataInfoReply:
        """Describes a data set.

        data: The data set.
        """

    @method("data.list", DataListReply)
    def list(self) -> DataListReply:
        """Lists the names of all data sets."""

    @method("data.load", DataLoadReply)
    def load(
        self, source: Union[Source, Rows], *, name: Optional[str] = None,
        transforms: Optional[Sequence[Transform]] = None, split: Optional[DataLoadSplit] = None,
        weights: Optional[Union[str, ArrayLike]] = None, distributed: Optional[bool] = None,
        replace: Optional[bool] = None, labels: Optional[Rows] = None
    ) -> DataLoadReply:
        """Loads rows from a source, applies transforms in order, and splits them.

        source: Source of the rows.
        name: Name of the new data set; generated if left out.
        transforms: Transforms of the rows, applied in order. ([])
        split: How the rows are split: by the sizes of what is set aside, where the remaining rows are
            "train", into folds, or by a column of their table.
        weights: How much each row counts: a column of the table, which is then no column of the rows, or an
            array with a number from 0 for each row of the source. Row n of N has the factor w_n N / sum w
            in objectives and in means over rows.
        distributed: Whether each rank of elbo serve --ranks keeps only its share of the rows, about equal
            parts of consecutive ones; all replies and results are the same. (false)
        replace: Whether an existing data set of this name is replaced. (false)
        labels: The class of each row, where the source is an array.
        """


class Engine(Family[Mode]):
    """The methods engine.…"""

    @method("engine.info", EngineInfoReply)
    def info(self) -> EngineInfoReply:
        """Returns the version, protocol, threads, limits and plug-ins of this engine."""

    @method("engine.modules", EngineModulesReply)
    def modules(
        self, *,
        kind: Optional[Literal["augmentation", "condition", "energy", "layer", "likelihood", "objective", "optimizer", "policy", "posterior", "preprocessing", "prior", "schedule", "source", "transform"]] = None
    ) -> EngineModulesReply:
        """Lists the modules that models, trainers, data sets and distributions are made of, with their options.

        kind: Only modules of this kind; all if left out.
        """

    @method("engine.ping", EnginePingReply)
    def ping(self) -> EnginePingReply:
        """Returns at once, even while a trainer runs."""

    @method("engine.selfTest", EngineSelfTestReply)
    def selfTest(self) -> EngineSelfTestReply:
        """Compares what the engine computes on this machine with exact answers, in about a second."""

    @method("engine.stats", EngineStatsReply)
    def stats(self) -> EngineStatsReply:
        """Returns counts of requests, memory and uptime of this process, at once."""


class Evaluate(Family[Mode]):
    """The methods evaluate.…"""

    @method("evaluate.bracket", EvaluateBracketReply)
    def bracket(
        self, model: str, count: int, *, samples: Optional[int] = None, seed: Optional[int] = None,
        perRow: Optional[bool] = None, label: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        temperatures: Optional[int] = None, leapfrog: Optional[int] = None
    ) -> EvaluateBracketReply:
        """Bounds log p(x) of data simulated from the model, by annealing from the prior and back from the exact
        posterior draw.

        model: The model.
        count: Number of examples to simulate.
        samples: Chains for each example and direction. (16)
        seed: Seed of the examples and the chains. (0)
        perRow: Whether each example's bounds are returned too. (false)
        label: For a model with a condition: the label of all examples, or a list with one for each; the
            classes in turn if left out.
        temperatures: Number of densities on the path from prior to posterior; 1000 if left out.
        leapfrog: Leapfrog steps in each Hamiltonian move; 10 if left out.
        """

    @method("evaluate.elbo", EvaluateElboReply)
    def elbo(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, samples: Optional[int] = None,
        seed: Optional[int] = None, perRow: Optional[bool] = None
    ) -> EvaluateElboReply:
        """Estimates the evidence lower bound and its two terms, in nats, as means over the rows.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        samples: Samples of z for each row. (1)
        seed: Seed of the draws of z. (0)
        perRow: Whether each row's value is returned too. (false)
        """

    @method("evaluate.gap", EvaluateGapReply)
    def gap(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, samples: Optional[int] = None,
        seed: Optional[int] = None, perRow: Optional[bool] = None, steps: Optional[int] = None,
        rate: Optional[float] = None, estimator: Optional[Literal["importance", "annealed"]] = None,
        temperatures: Optional[int] = None, leapfrog: Optional[int] = None
    ) -> EvaluateGapReply:
        """Measures how much the ELBO loses by q's family (approximation) and by the encoder (amortization), in
        nats.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        samples: Samples of z for each row. (1000)
        seed: Seed of the draws of z. (0)
        perRow: Whether each row's value is returned too. (false)
        steps: Steps of the fit of each row's q. (500)
        rate: Adam's rate in the first step; it falls to zero. (0.02)
        estimator: How log p(x) is estimated. ("importance")
        temperatures: Number of densities on the path from prior to posterior; 1000 if left out.
        leapfrog: Leapfrog steps in each Hamiltonian move; 10 if left out.
        """

    @method("evaluate.gradient", EvaluateGradientReply)
    def gradient(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, objective: Optional[Objective] = None,
        estimators: Optional[Sequence[Literal["reparameterized", "stickTheLanding", "doublyReparameterized"]]] = None,
        draws: Optional[int] = None, seed: Optional[int] = None
    ) -> EvaluateGradientReply:
        """Measures variance, signal-to-noise ratio and bias of gradient estimators on the same noise, for the
        given rows and the model's parameters.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        objective: Objective that is maximised; its own estimator is ignored. ({"type": "importance",
            "samples": 5, "outer": 1, "estimator": "reparameterized"})
        estimators: Estimators of the objective's gradient; all that it has if left out.
        draws: Number of gradients drawn with each estimator. (100)
        seed: Seed of the noise. (0)
        """

    @method("evaluate.latent", EvaluateLatentReply)
    def latent(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, samples: Optional[int] = None,
        seed: Optional[int] = None, perRow: Optional[bool] = None, threshold: Optional[float] = None
    ) -> EvaluateLatentReply:
        """Measures what each latent carries, and compares the aggregate posterior of the rows with the prior, in
        nats.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        samples: Samples of z for each row. (2)
        seed: Seed of the draws of z. (0)
        perRow: Whether each row's value is returned too. (false)
        threshold: Activity above which a latent is active. (0.01)
        """

    @method("evaluate.likelihood", EvaluateLikelihoodReply)
    def likelihood(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, samples: Optional[int] = None,
        seed: Optional[int] = None, perRow: Optional[bool] = None,
        estimator: Optional[Literal["importance", "annealed"]] = None, temperatures: Optional[int] = None,
        leapfrog: Optional[int] = None
    ) -> EvaluateLikelihoodReply:
        """Estimates log p(x) by importance weights or by annealing, in nats, as a mean over the rows; a lower
        bound in expectation.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        samples: Samples of z for each row, 100 if left out; with annealing, chains for each row, 16 if left
            out.
        seed: Seed of the draws of z. (0)
        perRow: Whether each row's value is returned too. (false)
        estimator: How log p(x) is estimated. ("importance")
        temperatures: Number of densities on the path from prior to posterior; 1000 if left out.
        leapfrog: Leapfrog steps in each Hamiltonian move; 10 if left out.
        """


class MeanField(Family[Mode]):
    """The methods meanField.…"""

    @method("meanField.define", MeanFieldDefineReply)
    def define(
        self, variables: int, energy: Energy, *, name: Optional[str] = None, beta: Optional[float] = None,
        replace: Optional[bool] = None
    ) -> MeanFieldDefineReply:
        """Defines p(w) = exp(-beta energy(w)) / Z over w in {0, 1}^N.

        variables: Number N of binary variables.
        energy: The energy of a state.
        name: Name of the new distribution; generated if left out.
        beta: Inverse temperature. (1.0)
        replace: Whether an existing distribution of this name is replaced. (false)
        """

    @method("meanField.drop", MeanFieldDropReply)
    def drop(self, distribution: str) -> MeanFieldDropReply:
        """Removes a distribution.

        distribution: The distribution.
        """

    @method("meanField.exact", MeanFieldExactReply)
    def exact(self, distribution: str) -> MeanFieldExactReply:
        """Computes log-partition, mean energy, entropy and marginals by enumeration, and checks two identities.

        distribution: The distribution.
        """

    @method("meanField.fit", MeanFieldFitReply)
    def fit(
        self, distribution: str, family: Literal["independent", "shared"], *, restarts: Optional[int] = None,
        seed: Optional[int] = None
    ) -> MeanFieldFitReply:
        """Finds the factorised q of largest free energy, with a marginal for each variable or one for all.

        distribution: The distribution.
        family: Family of q: independent (Q1, a marginal for each variable) or shared (Q2, one for all).
        restarts: Number of starts of the coordinate ascent. (20)
        seed: Seed of the starts. (0)
        """

    @method("meanField.list", MeanFieldListReply)
    def list(self) -> MeanFieldListReply:
        """Lists the names of all distributions."""


class Model(Family[Mode]):
    """The methods model.…"""

    @method("model.assign", ModelAssignReply)
    def assign(
        self, model: str, *, parameters: Optional[Mapping[str, ArrayLike]] = None, path: Optional[Path] = None,
        parts: Optional[Sequence[str]] = None, layout: Optional[Literal["elbo", "torch"]] = None
    ) -> ModelAssignReply:
        """Sets parameters and running statistics by name; if one does not fit, none is set.

        model: The model.
        parameters: Arrays by name.
        path: A safetensors file with arrays by name, instead of parameters; of a trainer's file or folder
            of checkpoints, the arrays of its model.
        parts: Parts of the model to set, such as ["decoder"]; arrays of other parts are left out. By
            default, all.
        layout: Layout of dense weights: elbo, (inputs, outputs), the default; torch, (outputs, inputs).
            Required for square weights of a file that elbo has not written.
        """

    @method("model.build", ModelBuildReply)
    def build(
        self, latent: int, encoder: Sequence[Layer], decoder: Sequence[Layer], likelihood: Likelihood, *,
        name: Optional[str] = None, data: Optional[str] = None, shape: Optional[Sequence[int]] = None,
        posterior: Optional[Posterior] = None, prior: Optional[Prior] = None, condition: Optional[Condition] = None,
        preprocess: Optional[Sequence[Preprocessing]] = None, input: Optional[Literal["scaled", "unscaled"]] = None,
        seed: Optional[int] = None, fitOn: Optional[str] = None, replace: Optional[bool] = None
    ) -> ModelBuildReply:
        """Builds a model with fresh weights, Glorot-uniform unless a layer says otherwise; if data are named, the
        last bias starts at their mean, and the weights next to columns of a table at their scale where it is
        far from 1.

        latent: Number of latent variables.
        encoder: Layers from the data to the parameters of the posterior.
        decoder: Layers from the latents to the parameters of the likelihood.
        likelihood: The distribution p(x|z).
        name: Name of the new model; generated if left out.
        data: Data set that gives the shape, the last bias and the scales of columns.
        shape: Shape of one example, if no data set is named.
        posterior: The approximate posterior q(z|x). ({"type": "gaussian"})
        prior: The prior p(z). ({"type": "standardNormal"})
        condition: Input given to encoder and decoder but not modelled.
        preprocess: Changes of the rows, in this order, before the model sees them; densities, and what is
            decoded and drawn, are those of the rows as they came. ([])
        input: How the encoder sees counts and grey levels: scaled (counts as log(1 + x), or as log(1 + x n
            / total) where the likelihood scales by the total; grey levels from -1 to 1), the default of a
            new model, or unscaled. Densities stay those of the rows.
        seed: Seed of the initial weights. (0)
        fitOn: Rows from which the numbers of preprocess are found: the name of a split, such as "without-
            fold-1", or "all". ("train")
        replace: Whether an existing model of this name is replaced. (false)
        """

    @method("model.decode", ModelDecodeReply, binary=True)
    def decode(
        self, model: str, latent: ArrayLike, *, label: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelDecodeReply:
        """Returns the mean of p(x|z) for each row of latents.

        model: The model.
        latent: Latents, (rows, latent).
        label: For a model with a condition: the label of all rows, or a list with one for each.
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.drop", ModelDropReply)
    def drop(self, model: str) -> ModelDropReply:
        """Removes a model; trainers that use it keep it until they are dropped.

        model: The model.
        """

    @method("model.encode", ModelEncodeReply, binary=True)
    def encode(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, samples: Optional[int] = None,
        seed: Optional[int] = None, path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelEncodeReply:
        """Returns the mean and standard deviation of q(z|x) for each row, and draws of z.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        samples: Draws of z for each row. (0)
        seed: Seed of the draws. (0)
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.info", ModelInfoReply)
    def info(self, model: str) -> ModelInfoReply:
        """Describes a model.

        model: The model.
        """

    @method("model.interpolate", ModelInterpolateReply, binary=True)
    def interpolate(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, steps: Optional[int] = None,
        interpolation: Optional[Literal["linear", "spherical"]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> ModelInterpolateReply:
        """Decodes latents on the path between two latents, or between the posterior means of two rows: (steps, …).

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        steps: Number of latents on the path, including both ends. (10)
        interpolation: Form of the path: straight, or along the great circle, near which the draws of a
            normal prior lie. ("linear")
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.list", ModelListReply)
    def list(self) -> ModelListReply:
        """Lists the names of all models."""

    @method("model.load", ModelLoadReply)
    def load(self, path: Path, *, name: Optional[str] = None, replace: Optional[bool] = None) -> ModelLoadReply:
        """Loads a model that model.save has written.

        path: The file.
        name: Name of the new model; generated if left out.
        replace: Whether an existing model of this name is replaced. (false)
        """

    @method("model.manifold", ModelManifoldReply, binary=True)
    def manifold(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, latents: Optional[Sequence[int]] = None, steps: Optional[int] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelManifoldReply:
        """Decodes a grid of two latents over equally spaced quantiles of the prior: (steps, steps, …).

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        latents: The latent that changes along a row, and the one that changes from row to row; [0, 1] if
            left out.
        steps: Rows and columns of the grid. (20)
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.parameters", ModelParametersReply, binary=True)
    def parameters(
        self, model: str, *, names: Optional[Sequence[str]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> ModelParametersReply:
        """Returns parameters and running statistics by name, such as encoder.0.weight.

        model: The model.
        names: Names of the arrays to return; all if left out.
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.propose", ModelProposeReply)
    def propose(
        self, data: str, *, architecture: Optional[Literal["mlp", "conv", "table"]] = None,
        latent: Optional[int] = None, layers: Optional[Sequence[int]] = None,
        encoder: Optional[Sequence[Layer]] = None, decoder: Optional[Sequence[Layer]] = None,
        likelihood: Optional[Likelihood] = None, updates: Optional[int] = None, batch: Optional[int] = None,
        rate: Optional[float] = None, patience: Optional[int] = None, validation: Optional[float] = None,
        seed: Optional[int] = None
    ) -> ModelProposeReply:
        """Proposes the params of model.build and trainer.create for a data set, with a reason for each choice;
        makes nothing.

        data: The data set.
        architecture: Dense layers (mlp, or table for columns with outliers), or convolutions; chosen from
            the data if left out.
        latent: Number of latent variables; chosen from the data if left out.
        layers: Widths of the encoder's hidden layers, reversed in the decoder; 128, 128 if left out. With
            conv the channels of its convolutions, each of which halves the sides; 16, 32 if left out.
        encoder: The encoder's layers, taken as they are.
        decoder: The decoder's layers, taken as they are.
        likelihood: The distribution p(x|z); chosen from the data if left out.
        updates: Weight updates in all; 10,000 if left out.
        batch: Rows of an update; chosen from the number of rows if left out.
        rate: Learning rate; 0.001 if left out.
        patience: Number of validations without improvement after which training ends; 8 if left out.
        validation: Rows to validate on, and as many to test, of data without a split: a whole number from 1
            is a count, a number below 1/2 a fraction, 0 sets none aside; chosen from the number of rows if
            left out.
        seed: Seed of the weights, the batches and the split. (0)
        """

    @method("model.reconstruct", ModelReconstructReply, binary=True)
    def reconstruct(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, seed: Optional[int] = None,
        mean: Optional[bool] = None, path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelReconstructReply:
        """Returns rows and the mean of p(x|z) for each, with z drawn from q(z|x).

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        seed: Seed of the draws of z. (0)
        mean: Whether z is the mean of q(z|x) instead of a draw. (false)
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.sample", ModelSampleReply, binary=True)
    def sample(
        self, model: str, count: int, *, seed: Optional[int] = None, temperature: Optional[float] = None,
        draw: Optional[bool] = None, label: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelSampleReply:
        """Draws latents from the prior and decodes them.

        model: The model.
        count: Number of draws.
        seed: Seed of the draws. (0)
        temperature: Factor on the noise that the latents are made from. (1.0)
        draw: Whether x is a draw from p(x|z) instead of its mean. (false)
        label: For a model with a condition: the label of all rows, or a list with one for each.
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.save", ModelSaveReply)
    def save(self, model: str, path: Path, *, replace: Optional[bool] = None) -> ModelSaveReply:
        """Saves a model to one .safetensors file, with its description in the metadata.

        model: The model.
        path: The file; an existing safetensors file is replaced as a whole.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("model.traverse", ModelTraverseReply, binary=True)
    def traverse(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, latents: Optional[Sequence[int]] = None,
        from_: Optional[float] = None, to: Optional[float] = None, steps: Optional[int] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> ModelTraverseReply:
        """Decodes one latent at a time over a range, the others fixed at a given latent, a row's posterior mean or
        0: (latents, steps, …).

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        latents: Latents to vary, counted from 0; all if left out.
        from_: First value of each latent. (-3.0)
        to: Last value of each latent. (3.0)
        steps: Number of values of each latent. (7)
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """


class Plot(Family[Mode]):
    """The methods plot.…"""

    @method("plot.compare", PlotCompareReply)
    def compare(
        self, trainers: Sequence[str], *, quantity: Optional[Literal["elbo", "reconstruction", "divergence"]] = None,
        against: Optional[Literal["updates", "examples", "epochs"]] = None,
        curves: Optional[Literal["both", "training", "validation"]] = None, from_: Optional[int] = None,
        logarithmic: Optional[bool] = None, renderer: Optional[Literal["builtIn", "gnuplot"]] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotCompareReply:
        """Draws several trainers in one chart: training and validation against updates, examples or epochs.

        trainers: The trainers, at most 10.
        quantity: Quantity to draw, in nats. ("elbo")
        against: Unit of the x axis. ("updates")
        curves: Curves to draw; a trainer without validations has only one. ("both")
        from_: Only updates after this one. (0)
        logarithmic: Whether the x axis is logarithmic. (false)
        renderer: What draws the chart: this program, or gnuplot, if it is installed. ("builtIn")
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.curves", PlotCurvesReply)
    def curves(
        self, trainer: str, *, renderer: Optional[Literal["builtIn", "gnuplot"]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> PlotCurvesReply:
        """Draws the reconstruction term and the divergence of every weight update, in two panels.

        trainer: The trainer.
        renderer: What draws the chart: this program, or gnuplot, if it is installed. ("builtIn")
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.data", PlotDataReply)
    def data(
        self, *, data: Optional[str] = None, split: Optional[str] = None, indices: Optional[Sequence[int]] = None,
        count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, words: Optional[bool] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotDataReply:
        """Draws a grid of rows of a data set; the first 64 by default.

        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.interpolation", PlotInterpolationReply)
    def interpolation(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, steps: Optional[int] = None,
        interpolation: Optional[Literal["linear", "spherical"]] = None, words: Optional[bool] = None,
        path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotInterpolationReply:
        """Draws a strip of images decoded between two latents, or between two rows, which then form its ends.

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        steps: Number of latents on the path, including both ends. (10)
        interpolation: Form of the path: straight, or along the great circle, near which the draws of a
            normal prior lie. ("linear")
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.latent", PlotLatentReply)
    def latent(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, latents: Optional[Sequence[int]] = None,
        renderer: Optional[Literal["builtIn", "gnuplot"]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> PlotLatentReply:
        """Draws posterior means of rows, coloured by label: two latents, or the first two principal components of
        more; the first 2000 rows by default.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        latents: Two latents to draw, counted from 0, instead of components.
        renderer: What draws the chart: this program, or gnuplot, if it is installed. ("builtIn")
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.manifold", PlotManifoldReply)
    def manifold(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, latents: Optional[Sequence[int]] = None, steps: Optional[int] = None,
        words: Optional[bool] = None, path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotManifoldReply:
        """Draws a grid of decoded latents, two of which vary over equally spaced quantiles of the prior.

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        latents: The latent that changes along a row, and the one that changes from row to row; [0, 1] if
            left out.
        steps: Rows and columns of the grid. (20)
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.meanField", PlotMeanFieldReply)
    def meanField(
        self, distribution: str, *, family: Optional[Literal["independent", "shared"]] = None,
        restarts: Optional[int] = None, seed: Optional[int] = None,
        renderer: Optional[Literal["builtIn", "gnuplot"]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> PlotMeanFieldReply:
        """Draws p and its mean-field approximations over the states, and free energy against beta.

        distribution: The distribution.
        family: Family of the q drawn beside p. ("independent")
        restarts: Number of starts of the independent family's ascent. (20)
        seed: Seed of the starts. (0)
        renderer: What draws the chart: this program, or gnuplot, if it is installed. ("builtIn")
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.reconstructions", PlotReconstructionsReply)
    def reconstructions(
        self, model: str, *, data: Optional[str] = None, split: Optional[str] = None,
        indices: Optional[Sequence[int]] = None, count: Optional[int] = None, input: Optional[ArrayLike] = None,
        labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, seed: Optional[int] = None,
        mean: Optional[bool] = None, words: Optional[bool] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> PlotReconstructionsReply:
        """Draws rows and, below each, its reconstruction; the first 8 rows by default.

        model: The model.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        seed: Seed of the draws of z. (0)
        mean: Whether z is the mean of q(z|x) instead of a draw. (false)
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.samples", PlotSamplesReply)
    def samples(
        self, model: str, *, count: Optional[int] = None,
        label: Optional[Union[int, str, Sequence[Union[int, str]]]] = None, seed: Optional[int] = None,
        words: Optional[bool] = None, path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotSamplesReply:
        """Draws a grid of images decoded from the prior; for a model with a condition, a row for each class, over
        the same draws.

        model: The model.
        count: Number of images; with a row for each class, rounded up to whole rows. (64)
        label: For a model with a condition: the label of all draws, or a list with one for each, instead of
            a row for each class.
        seed: Seed of the draws. (0)
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.traversal", PlotTraversalReply)
    def traversal(
        self, model: str, *, latent: Optional[ArrayLike] = None, data: Optional[str] = None,
        split: Optional[str] = None, indices: Optional[Sequence[int]] = None, count: Optional[int] = None,
        input: Optional[ArrayLike] = None, labels: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        label: Optional[Union[int, str]] = None, latents: Optional[Sequence[int]] = None,
        from_: Optional[float] = None, to: Optional[float] = None, steps: Optional[int] = None,
        words: Optional[bool] = None, path: Optional[Path] = None, replace: Optional[bool] = None
    ) -> PlotTraversalReply:
        """Draws a row of images for each latent, which varies over a range; the first 16 latents by default.

        model: The model.
        latent: Latents, (rows, latent), instead of rows.
        data: The data set.
        split: Only the rows of this split: train, validation or test, or one of the folds.
        indices: Only these rows, counted from 0 (within the split).
        count: Number of rows to take, from the first.
        input: Rows given in the request instead of a data set.
        labels: Labels of the rows in input: one for all, or one for each.
        label: For a model with a condition: the label to decode with; that of the rows if left out.
        latents: Latents to vary, counted from 0; all if left out.
        from_: First value of each latent. (-3.0)
        to: Last value of each latent. (3.0)
        steps: Number of values of each latent. (7)
        words: Whether a title and names of the rows are drawn beside the images. (true)
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("plot.validation", PlotValidationReply)
    def validation(
        self, trainer: str, *, renderer: Optional[Literal["builtIn", "gnuplot"]] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> PlotValidationReply:
        """Draws the reconstruction term of every update and of every validation.

        trainer: The trainer.
        renderer: What draws the chart: this program, or gnuplot, if it is installed. ("builtIn")
        path: The file: .png, .svg or .pdf; if left out, the reply holds a PNG.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """


class Rpc(Family[Mode]):
    """The methods rpc.…"""

    @method("rpc.discover", RpcDiscoverReply)
    def discover(self, *, method: Optional[str] = None) -> RpcDiscoverReply:
        """Returns this protocol as an OpenRPC document: methods, modules, errors and recorded examples.

        method: Only this method and what it refers to; everything if left out.
        """


class TrainerCreateAveraging(TypedDict, total=False):
    decay: float


class TrainerCreateStopping(TypedDict, total=False):
    patience: int
    minimumImprovement: float
    keepBest: bool


class TrainerCreateValidation(TypedDict, total=False):
    data: str
    split: str
    indices: Sequence[int]
    count: int
    labels: Union[int, str, Sequence[Union[int, str]]]
    every: int
    samples: int


class TrainerCreateCheckpoint(TypedDict, total=False):
    path: str
    every: int
    seconds: float
    keep: int
    best: bool
    replace: bool


class TrainerLoadCheckpoint(TypedDict, total=False):
    path: str
    every: int
    seconds: float
    keep: int
    best: bool
    replace: bool


class Trainer(Family[Mode]):
    """The methods trainer.…"""

    @method("trainer.create", TrainerCreateReply)
    def create(
        self, model: str, data: str, *, name: Optional[str] = None, split: Optional[str] = None,
        objective: Optional[Objective] = None, optimizer: Optional[Optimizer] = None,
        schedule: Optional[Schedule] = None, batch: Optional[int] = None,
        lastBatch: Optional[Literal["keep", "drop", "spread"]] = None, seed: Optional[int] = None,
        balance: Optional[bool] = None, augment: Optional[Sequence[Augmentation]] = None,
        clip: Optional[float] = None, averaging: Optional[TrainerCreateAveraging] = None,
        stopping: Optional[TrainerCreateStopping] = None, onRefusal: Optional[Policy] = None,
        validation: Optional[TrainerCreateValidation] = None, checkpoint: Optional[TrainerCreateCheckpoint] = None,
        replace: Optional[bool] = None
    ) -> TrainerCreateReply:
        """Creates a trainer for a model and a data set; nothing is trained yet.

        model: The model to train.
        data: The data set to train on.
        name: Name of the new trainer; generated if left out.
        split: Split to train on; "train" if the data were split, else all rows.
        objective: Objective that is maximised. ({"type": "elbo", "samples": 1, "beta": 1.0, "warmUp": 0,
            "sampled": false})
        optimizer: Optimizer of the parameters. ({"type": "adam", "rate": 0.001, "beta1": 0.9, "beta2":
            0.999, "epsilon": 1e-08})
        schedule: Schedule of the factor on the optimizer's rate. ({"type": "constant"})
        batch: Largest number of examples in an update. (100)
        lastBatch: Treatment of the rows left over at the end of an epoch: "keep" makes them a smaller
            batch, "drop" leaves them to another epoch, "spread" makes batches that differ by one row at
            most. If left out, "spread" if a layer or the objective couples rows, else "keep".
        seed: Seed of the order of the rows and of the noise. (0)
        balance: Whether all classes are equally frequent in every batch: rows are drawn with replacement
            within a class, and an epoch is as many draws as there are rows. A row that a batch has twice
            has the same noise both times. The rows need labels.
        augment: Random changes of the rows of every training batch, in their order; the ELBO of a batch is
            that of the changed rows, while validations and queries see the rows as they are.
        clip: Largest norm of the gradient; a larger gradient is scaled down to it.
        averaging: Average of the weights, which is validated in their place; trainer.model copies it.
        stopping: When training ends by itself, and whether the best validation is kept.
        onRefusal: What is done about an update that is refused because a number would not be finite; it
            ends the run if left out.
        validation: Rows whose bound is computed regularly; by default the data's "validation" split.
        checkpoint: When the state is saved by itself; also at the end of the session, and if training
            fails.
        replace: Whether an existing trainer of this name is replaced. (false)
        """

    @method("trainer.drop", TrainerDropReply)
    def drop(self, trainer: str, *, force: Optional[bool] = None) -> TrainerDropReply:
        """Removes a trainer, ends its run, and writes its last checkpoint.

        trainer: The trainer.
        force: Whether it is removed even if its last checkpoint cannot be written. (false)
        """

    @method("trainer.history", TrainerHistoryReply, binary=True)
    def history(
        self, trainer: str, *, from_: Optional[int] = None, every: Optional[int] = None, path: Optional[Path] = None,
        replace: Optional[bool] = None
    ) -> TrainerHistoryReply:
        """Returns the records of all weight updates, counted from 1, and of all validations.

        trainer: The trainer.
        from_: Only updates and validations after this one. (0)
        every: Only every n-th update. (1)
        path: Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file
            for several; a .csv file becomes a table, and of several arrays each other than the output gets
            one with its name before the ending.
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("trainer.info", TrainerInfoReply)
    def info(self, trainer: str, *, hash: Optional[bool] = None) -> TrainerInfoReply:
        """Describes a trainer's settings and progress.

        trainer: The trainer.
        hash: Whether the hash of the state is returned, which takes a moment for a large model. (false)
        """

    @method("trainer.list", TrainerListReply)
    def list(self) -> TrainerListReply:
        """Lists the names of all trainers."""

    @method("trainer.load", TrainerLoadReply)
    def load(
        self, path: Path, data: str, *, name: Optional[str] = None, model: Optional[str] = None,
        checkpoint: Optional[TrainerLoadCheckpoint] = None, replace: Optional[bool] = None,
        force: Optional[bool] = None
    ) -> TrainerLoadReply:
        """Loads a trainer and its model; training goes on as if it had never stopped, on the same rows, labels and
        splits.

        path: The file, or a folder of checkpoints, of which the newest is loaded.
        data: The data set of the training, loaded again.
        name: Name of the new trainer; generated if left out.
        model: Name of the trainer's model; if a model of this name exists and has the same parts, it takes
            the weights of the file. By default, the name in the file if it is free, else a generated one.
        checkpoint: When the state is saved by itself; the folder that was loaded from may be given again.
        replace: Whether an existing trainer of this name is replaced. (false)
        force: Whether data that differ from those of the training are accepted. (false)
        """

    @method("trainer.model", TrainerModelReply)
    def model(
        self, trainer: str, weights: Literal["latest", "average", "best"], *, name: Optional[str] = None,
        replace: Optional[bool] = None
    ) -> TrainerModelReply:
        """Copies a trainer's weights (the current ones, their average or the best) into a new model.

        trainer: The trainer.
        weights: Weights to copy: the current ones, their average, or those of the best validation (averaged
            if there is an average).
        name: Name of the new model; generated if left out.
        replace: Whether an existing model of this name is replaced. (false)
        """

    @method("trainer.save", TrainerSaveReply)
    def save(
        self, trainer: str, path: Path, *, best: Optional[bool] = None, replace: Optional[bool] = None
    ) -> TrainerSaveReply:
        """Saves everything that training needs to go on bit for bit: parameters, optimizer state, history.

        trainer: The trainer.
        path: The file; an existing safetensors file is replaced as a whole.
        best: Whether the saved state is that of the best validation, not the current one. (false)
        replace: Whether the file may replace one of another kind; links, folders and devices are never
            replaced. (false)
        """

    @method("trainer.set", TrainerSetReply)
    def set(
        self, trainer: str, *, rate: Optional[float] = None, schedule: Optional[Schedule] = None,
        clip: Optional[float] = None, onRefusal: Optional[Policy] = None,
        objective: Optional[Mapping[str, Any]] = None
    ) -> TrainerSetReply:
        """Changes a trainer's rate, schedule, clip, policy for refused updates or the weights of its objective
        from the next update on; every change is kept in the history and in the file.

        trainer: The trainer.
        rate: Step size of the optimizer, before the schedule's factor.
        schedule: Schedule of the factor on the optimizer's rate; it counts from the trainer's first update.
        clip: Largest norm of the gradient; a larger gradient is scaled down to it. 1e30 scales none.
        onRefusal: What is done about an update that is refused; going back leads no further than to the
            update at which this was asked for.
        objective: Options of the objective; those left out stay as they are. They may be beta, warmUp,
            capacity and freeBits of elbo; beta, mutualInformation and dimensionWise of totalCorrelation;
            weight, beta, bandwidth and scales of maximumMeanDiscrepancy; alpha of renyi.
        """

    @method("trainer.start", TrainerStartReply)
    def start(
        self, trainer: str, *, updates: Optional[int] = None, epochs: Optional[int] = None,
        seconds: Optional[float] = None, partial: Optional[bool] = None, progress: Optional[Reports] = None
    ) -> TrainerStartReply:
        """Trains in the background; other requests are served between updates.

        trainer: The trainer.
        updates: Number of weight updates; trainer.step makes one if nothing is given, and says so.
        epochs: Number of passes over all rows.
        seconds: Time to train; the update under way is finished.
        partial: Whether the run may end before the objective's warm-up, as one of several runs. (false)
        progress: Whether $/progress notifications are sent. (false)
        """

    @method("trainer.step", TrainerStepReply)
    def step(
        self, trainer: str, *, updates: Optional[int] = None, epochs: Optional[int] = None,
        seconds: Optional[float] = None, partial: Optional[bool] = None, progress: Optional[Reports] = None
    ) -> TrainerStepReply:
        """Trains, and returns when done.

        trainer: The trainer.
        updates: Number of weight updates; trainer.step makes one if nothing is given, and says so.
        epochs: Number of passes over all rows.
        seconds: Time to train; the update under way is finished.
        partial: Whether the run may end before the objective's warm-up, as one of several runs. (false)
        progress: Whether $/progress notifications are sent. (false)
        """

    @method("trainer.stop", TrainerStopReply)
    def stop(self, trainer: str) -> TrainerStopReply:
        """Ends the background run; an update under way is abandoned and changes nothing.

        trainer: The trainer.
        """

    @method("trainer.wait", TrainerWaitReply)
    def wait(self, trainer: str, *, seconds: Optional[float] = None) -> TrainerWaitReply:
        """Returns when the background run has ended or the time is up.

        trainer: The trainer.
        seconds: Longest time to wait.
        """

class Methods(Generic[Mode]):
    """Every method, by its family."""

    def __init__(self, ask: Ask) -> None:
        self.data: Data[Mode] = Data(ask)
        self.engine: Engine[Mode] = Engine(ask)
        self.evaluate: Evaluate[Mode] = Evaluate(ask)
        self.meanField: MeanField[Mode] = MeanField(ask)
        self.model: Model[Mode] = Model(ask)
        self.plot: Plot[Mode] = Plot(ask)
        self.rpc: Rpc[Mode] = Rpc(ask)
        self.trainer: Trainer[Mode] = Trainer(ask)
