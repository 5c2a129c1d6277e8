// Written by scripts/describe from protocols/openrpc.json: the types of elbo.mjs.

/** Numbers with a shape, row by row. */
export interface NumericArray { shape: number[]; values: Float32Array }
export type Nest = (number | Nest)[]
/** An array in parameters. */
export type ArrayLike = NumericArray | { shape: number[]; values: number[] } | Nest | { path: string; shape?: number[] }
export type NotFinite = "NaN" | "Infinity" | "-Infinity"
export type Kind = "syntax" | "request" | "number" | "tooLarge" | "method" | "params" | "internal" | "cancelled" | "unknownName" | "nameInUse" | "wrongState" | "shape" | "support" | "notFinite" | "denied" | "io" | "badFile" | "noSpace" | "memory" | "queueFull" | "timeUp" | "plugin" | "missingProgram" | "rank"

/** Progress of a training. */
export type Progress = { id: string | number; trainer: string; update: number; updates?: number; elbo?: number | NotFinite; updatesPerSecond?: number | NotFinite; skipped?: number; rewound?: number; warning?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; state?: "idle" | "running" | "failed" }

/** A random change of the rows of a training batch. */
export type Augmentation =
  | { type: "flip"; horizontal?: number; vertical?: number }
  | { type: "mask"; probability: number; patch?: number }
  | { type: "noise"; deviation?: number; probability?: number }
  | { type: "shift"; pixels: number; fill?: "zero" | "edge" }

/** Input given to encoder and decoder but not modelled. */
export type Condition =
  | { type: "label"; classes?: number | number[]; names?: string[] }

/** The energy of a discrete distribution p(w) = exp(-beta E(w)) / Z. */
export type Energy =
  | { type: "allOnesForbidden" }
  | { type: "ising"; couplings?: ([number, number, number | NotFinite])[]; fields?: (number | NotFinite)[] }
  | { type: "product"; tables: ({ variables: number[]; values: (number | NotFinite)[] })[] }
  | { type: "table"; values?: (number | NotFinite)[]; path?: string }

/** A layer of an encoder or a decoder. */
export type Layer =
  | { type: "averagePool2d"; factor?: number }
  | { type: "batchNorm"; momentum?: number; epsilon?: number }
  | { type: "conv2d"; channels: number; kernel: number | number[]; stride?: number; padding?: number }
  | { type: "convTranspose2d"; channels: number; kernel: number | number[]; stride?: number; padding?: number; outputPadding?: number }
  | { type: "dense"; units?: number; initialization?: "glorot" | "fanIn" }
  | { type: "dropout"; rate?: number }
  | { type: "elu" }
  | { type: "flatten" }
  | { type: "gatedDense"; units?: number }
  | { type: "gelu" }
  | { type: "groupNorm"; groups: number; epsilon?: number }
  | { type: "hardTanh" }
  | { type: "layerNorm"; epsilon?: number }
  | { type: "leakyRelu"; slope?: number }
  | { type: "maxPool2d"; factor?: number }
  | { type: "mish" }
  | { type: "parallel"; branches: Layer[][]; join?: "concatenate" | "sum" }
  | { type: "relu" }
  | { type: "reshape"; shape: number[] }
  | { type: "residual"; layers: Layer[] }
  | { type: "selu" }
  | { type: "sigmoid" }
  | { type: "silu" }
  | { type: "softmax" }
  | { type: "softplus" }
  | { type: "softsign" }
  | { type: "tanh" }
  | { type: "upsample2d"; factor?: number }

/** The distribution p(x|z), whose parameters are the decoder's outputs. */
export type Likelihood =
  | { type: "bernoulli"; relaxed?: boolean }
  | { type: "categorical"; classes: number }
  | { type: "continuousBernoulli" }
  | { type: "discretizedLogistic" }
  | { type: "gaussian"; deviation?: number; floor?: number }
  | { type: "laplace" }
  | { type: "mixed"; columns: { from: number; to: number; likelihood: Likelihood }[] }
  | { type: "negativeBinomial"; sizeFactors?: boolean }
  | { type: "poisson" }
  | { type: "studentT"; freedom?: number }

/** The objective that a trainer maximises. */
export type Objective =
  | { type: "elbo"; samples?: number; beta?: number; warmUp?: number; sampled?: boolean; capacity?: { maximum: number; updates: number }; freeBits?: number }
  | { type: "importance"; samples?: number; outer?: number; estimator?: "reparameterized" | "stickTheLanding" | "doublyReparameterized" }
  | { type: "maximumMeanDiscrepancy"; samples?: number; weight?: number; beta?: number; kernel?: "gaussian" | "inverseMultiquadratic"; bandwidth?: number; scales?: (number | NotFinite)[] }
  | { type: "renyi"; samples?: number; alpha?: number }
  | { type: "totalCorrelation"; samples?: number; beta?: number; mutualInformation?: number; dimensionWise?: number; estimator?: "minibatchWeighted" | "minibatchStratified" }

/** How a trainer updates the parameters. */
export type Optimizer =
  | { type: "adagrad"; rate?: number; epsilon?: number }
  | { type: "adamax"; rate?: number; beta1?: number; beta2?: number; epsilon?: number }
  | { type: "adam"; rate?: number; beta1?: number; beta2?: number; epsilon?: number }
  | { type: "adamw"; rate?: number; beta1?: number; beta2?: number; epsilon?: number; decay?: number }
  | { type: "amsgrad"; rate?: number; beta1?: number; beta2?: number; epsilon?: number }
  | { type: "nadam"; rate?: number; beta1?: number; beta2?: number; epsilon?: number; momentumDecay?: number }
  | { type: "radam"; rate?: number; beta1?: number; beta2?: number; epsilon?: number; correctsEpsilon?: boolean }
  | { type: "rmsprop"; rate?: number; decay?: number; epsilon?: number }
  | { type: "sgd"; rate: number; momentum?: number; nesterov?: boolean }

/** What a trainer does about an update that it refused. */
export type Policy =
  | { type: "rewind"; factor?: number; most?: number }
  | { type: "skip"; most?: number; total?: number }
  | { type: "stop" }

/** The distribution q(z|x), whose parameters are the encoder's outputs. */
export type Posterior =
  | { type: "flow"; kind?: "planar" | "inverseAutoregressive"; layers?: number; units?: number; floor?: number; ceiling?: number }
  | { type: "fullGaussian"; floor?: number; ceiling?: number }
  | { type: "gaussian"; floor?: number; ceiling?: number }

/** A change of the rows before a model sees them. */
export type Preprocessing =
  | { type: "log1p"; columns?: (number | string)[] }
  | { type: "logit"; columns?: (number | string)[]; margin?: number }
  | { type: "oneHot"; columns?: (number | string)[]; levels?: number[] }
  | { type: "range"; columns?: (number | string)[]; low?: number; high?: number; minimum?: (number | NotFinite)[]; maximum?: (number | NotFinite)[] }
  | { type: "standardize"; columns?: (number | string)[]; mean?: (number | NotFinite)[]; deviation?: (number | NotFinite)[] }

/** The prior p(z). */
export type Prior =
  | { type: "flow"; layers?: number; units?: number }
  | { type: "mixture"; components?: number }
  | { type: "standardNormal" }
  | { type: "vamp"; components?: number }

/** How a trainer's learning rate changes with the updates. */
export type Schedule =
  | { type: "constant" }
  | { type: "cosine"; updates: number; final?: number }
  | { type: "exponential"; factor: number; every: number }
  | { type: "piecewise"; pieces: { from: number; to?: number; factor: number }[]; unit?: "updates" | "epochs" }
  | { type: "stages"; count?: number }
  | { type: "step"; factor?: number; every: number }
  | { type: "warmUp"; updates: number; then?: Schedule }

/** Where the rows of a data set come from. */
export type Source =
  | { type: "array"; values: ArrayLike; labels?: number[]; columns?: string[]; categories?: Record<string, string[]> }
  | { type: "csv"; path: string; header?: boolean; delimiter?: string; quote?: string; escape?: string; encoding?: "utf-8" | "latin-1" | "windows-1252" | "utf-16" | "utf-16le" | "utf-16be"; decimal?: string; thousands?: string; columns?: string[]; index?: string; categories?: Record<string, string[]>; detectWords?: boolean; label?: string; missing?: "refuse" | "drop" | "mean"; marks?: string[] }
  | { type: "hdf5"; path: string; dataset?: string; labels?: string }
  | { type: "idx"; images: string; labels?: string }
  | { type: "npy"; path: string; labels?: string }
  | { type: "npz"; path: string; key?: string; labels?: string }
  | { type: "pictures"; path: string; colour?: boolean; background?: number; labels?: "none" | "folders" | "names" }
  | { type: "png"; path: string; colour?: boolean; background?: number; labels?: "none" | "folders" | "names" }
  | { type: "safetensors"; path: string; tensor?: string; labels?: string }
  | { type: "sqlite"; path: string; query: string; categories?: Record<string, string[]>; label?: string; missing?: "refuse" | "drop" | "mean" }
  | { type: "strokes"; count: number; seed?: number }

/** A change made to the rows when a data set is loaded. */
export type Transform =
  | { type: "binarize"; threshold?: number | NotFinite; random?: boolean; seed?: number }
  | { type: "perClass"; count: number }
  | { type: "scale"; by: number | NotFinite }
  | { type: "shuffle"; seed?: number }
  | { type: "subsample"; factor: number }
  | { type: "take"; count: number }

/** The parameters and the result of each method. */
export interface Methods {
  /** Removes a data set; trainers that use it keep it until they are dropped. */
  "data.drop": { params: { data: string }; result: {} }
  /** Returns rows of a data set with their labels; rows binarised at random are drawn once. */
  "data.get": { params: { data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { input: NumericArray; labels?: number[]; classNames?: string[]; weights?: (number | NotFinite)[] } }
  /** Describes a data set. */
  "data.info": { params: { data: string }; result: { data: string; count: number; shape: number[]; binary: boolean; binarization: string; minimum: number | NotFinite; maximum: number | NotFinite; splits: Record<string, number>; classes?: number[]; classNames?: string[]; weights?: { minimum: number | NotFinite; maximum: number | NotFinite; effectiveCount: number | NotFinite }; columns?: { name: string; categories?: string[]; missing: number }[]; dropped?: number[]; pictures?: { bits: number; transparent: number; background: number; skipped: Record<string, number> }; held?: number[]; sha256: string; notes?: string[] } }
  /** Lists the names of all data sets. */
  "data.list": { params: {}; result: { data: string[] } }
  /** Loads rows from a source, applies transforms in order, and splits them. */
  "data.load": { params: { name?: string; source: Source; transforms?: Transform[]; split?: { validation?: number; test?: number; stratify?: boolean; folds?: number; by?: string; words?: Record<string, "train" | "validation" | "test">; seed?: number }; weights?: string | ArrayLike; distributed?: boolean; replace?: boolean }; result: { data: string; count: number; shape: number[]; binary: boolean; binarization: string; minimum: number | NotFinite; maximum: number | NotFinite; splits: Record<string, number>; classes?: number[]; classNames?: string[]; weights?: { minimum: number | NotFinite; maximum: number | NotFinite; effectiveCount: number | NotFinite }; columns?: { name: string; categories?: string[]; missing: number }[]; dropped?: number[]; pictures?: { bits: number; transparent: number; background: number; skipped: Record<string, number> }; held?: number[]; sha256: string; notes?: string[] } }
  /** Returns the version, protocol, threads, limits and plug-ins of this engine. */
  "engine.info": { params: {}; result: { name: string; version: string; protocol: number; threads: number; simd: string; products: string; limits: { line: number; values: number; depth: number; batch: number; memory?: number; pending?: number; seconds?: number | NotFinite; threads?: number }; plugins: { name: string; version: string; path: string; layers: string[]; likelihoods: string[]; sources: string[] }[]; roots?: string[]; readable?: string[]; readOnly?: boolean; scratch?: string; ranks?: { count: number; transport: string; received: number; meetings: number }; sandbox?: string; state?: { path: string; restored: ({ kind: "data" | "distribution" | "model" | "trainer"; name: string; why?: string })[]; lost: ({ kind: "data" | "distribution" | "model" | "trainer"; name: string; why?: string })[]; failure?: string } } }
  /** Lists the modules that models, trainers, data sets and distributions are made of, with their options. */
  "engine.modules": { params: { kind?: "augmentation" | "condition" | "energy" | "layer" | "likelihood" | "objective" | "optimizer" | "policy" | "posterior" | "preprocessing" | "prior" | "schedule" | "source" | "transform" }; result: { modules: { kind: string; type: string; summary: string; options: Record<string, any> }[] } }
  /** Returns at once, even while a trainer runs. */
  "engine.ping": { params: {}; result: {} }
  /** Compares what the engine computes on this machine with exact answers, in about a second. */
  "engine.selfTest": { params: {}; result: { passed: boolean; checks: ({ check: string; expected: number | NotFinite; got: number | NotFinite; tolerance: number | NotFinite; passed: boolean })[] } }
  /** Returns counts of requests, memory and uptime of this process, at once. */
  "engine.stats": { params: {}; result: { requests: number; queued?: number; residentBytes?: number; uptimeSeconds?: number | NotFinite } }
  /** Bounds log p(x) of data simulated from the model, by annealing from the prior and back from the exact posterior draw. */
  "evaluate.bracket": { params: { model: string; count: number; samples?: number; seed?: number; perRow?: boolean; label?: number | string | (number | string)[]; temperatures?: number; leapfrog?: number }; result: { lower: number | NotFinite; upper: number | NotFinite; standardError: { lower?: number | NotFinite; upper?: number | NotFinite }; monteCarloError: { lower?: number | NotFinite; upper?: number | NotFinite }; acceptance: number | NotFinite; unreliable: { lower?: number | NotFinite; upper?: number | NotFinite }; warning?: string; unit: string; count: number; samples: number; binarization: string; notFinite?: number; rows?: { lower: (number | NotFinite)[]; upper: (number | NotFinite)[] } } }
  /** Estimates the evidence lower bound and its two terms, in nats, as means over the rows. */
  "evaluate.elbo": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; samples?: number; seed?: number; perRow?: boolean }; result: { elbo: number | NotFinite; reconstruction: number | NotFinite; divergence: number | NotFinite; standardError: { elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite }; monteCarloError: { elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite }; unit: string; count: number; samples: number; binarization: string; effectiveCount?: number | NotFinite; notFinite?: number; rows?: { elbo: (number | NotFinite)[]; reconstruction: (number | NotFinite)[]; divergence: (number | NotFinite)[] } } }
  /** Measures how much the ELBO loses by q's family (approximation) and by the encoder (amortization), in nats. */
  "evaluate.gap": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; samples?: number; seed?: number; perRow?: boolean; steps?: number; rate?: number; estimator?: "importance" | "annealed"; temperatures?: number; leapfrog?: number }; result: { approximation: number | NotFinite; amortization: number | NotFinite; logLikelihood: number | NotFinite; bestElbo: number | NotFinite; elbo: number | NotFinite; standardError: { approximation?: number | NotFinite; amortization?: number | NotFinite; logLikelihood?: number | NotFinite; bestElbo?: number | NotFinite; elbo?: number | NotFinite }; monteCarloError: { approximation?: number | NotFinite; amortization?: number | NotFinite; logLikelihood?: number | NotFinite; bestElbo?: number | NotFinite; elbo?: number | NotFinite }; unit: string; count: number; samples: number; steps: number; unimproved: number; estimator: "importance" | "annealed"; binarization: string; effectiveCount?: number | NotFinite; unreliable: number | NotFinite; warning?: string; notFinite?: number; rows?: { approximation: (number | NotFinite)[]; amortization: (number | NotFinite)[]; logLikelihood: (number | NotFinite)[]; bestElbo: (number | NotFinite)[]; elbo: (number | NotFinite)[] } } }
  /** Measures variance, signal-to-noise ratio and bias of gradient estimators on the same noise, for the given rows and the model's parameters. */
  "evaluate.gradient": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; objective?: Objective; estimators?: ("reparameterized" | "stickTheLanding" | "doublyReparameterized")[]; draws?: number; seed?: number }; result: { estimators: ({ estimator: "reparameterized" | "stickTheLanding" | "doublyReparameterized"; encoder: { variance: number | NotFinite; signalToNoise: number | NotFinite; bias: number | NotFinite; magnitude: number | NotFinite; varianceError: number | NotFinite; signalToNoiseError: number | NotFinite; biasError: number | NotFinite }; decoder: { variance: number | NotFinite; signalToNoise: number | NotFinite; bias: number | NotFinite; magnitude: number | NotFinite; varianceError: number | NotFinite; signalToNoiseError: number | NotFinite; biasError: number | NotFinite } })[]; unit: string; count: number; samples: number; draws: number; binarization: string; effectiveCount?: number | NotFinite } }
  /** Measures what each latent carries, and compares the aggregate posterior of the rows with the prior, in nats. */
  "evaluate.latent": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; samples?: number; seed?: number; perRow?: boolean; threshold?: number }; result: { divergence: (number | NotFinite)[]; activity: (number | NotFinite)[]; activeUnits: number; threshold: number | NotFinite; totalDivergence: number | NotFinite; mutualInformation: number | NotFinite; aggregateDivergence: number | NotFinite; standardError: { divergence: (number | NotFinite)[]; totalDivergence?: number | NotFinite; mutualInformation?: number | NotFinite; aggregateDivergence?: number | NotFinite }; monteCarloError: { mutualInformation?: number | NotFinite; aggregateDivergence?: number | NotFinite }; unit: string; count: number; samples: number; binarization: string; effectiveCount?: number | NotFinite; notFinite?: number; rows?: { totalDivergence: (number | NotFinite)[]; mutualInformation: (number | NotFinite)[] } } }
  /** Estimates log p(x) by importance weights or by annealing, in nats, as a mean over the rows; a lower bound in expectation. */
  "evaluate.likelihood": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; samples?: number; seed?: number; perRow?: boolean; estimator?: "importance" | "annealed"; temperatures?: number; leapfrog?: number }; result: { logLikelihood: number | NotFinite; standardError?: number | NotFinite; monteCarloError?: number | NotFinite; bitsPerDimension: number | NotFinite; effectiveSampleSize: number | NotFinite; tailIndex?: { mean: number | NotFinite; largest: number | NotFinite; unreliable: number | NotFinite }; acceptance?: number | NotFinite; unreliable: number | NotFinite; warning?: string; unit: string; count: number; samples: number; estimator: "importance" | "annealed"; binarization: string; effectiveCount?: number | NotFinite; notFinite?: number; rows?: { logLikelihood: (number | NotFinite)[]; effectiveSampleSize: (number | NotFinite)[]; tailIndex?: (number | NotFinite)[] } } }
  /** Defines p(w) = exp(-beta energy(w)) / Z over w in {0, 1}^N. */
  "meanField.define": { params: { name?: string; variables: number; energy: Energy; beta?: number; replace?: boolean }; result: { distribution: string; variables: number } }
  /** Removes a distribution. */
  "meanField.drop": { params: { distribution: string }; result: {} }
  /** Computes log-partition, mean energy, entropy and marginals by enumeration, and checks two identities. */
  "meanField.exact": { params: { distribution: string }; result: { logPartition: number | NotFinite; meanEnergy: number | NotFinite; entropy: number | NotFinite; marginals: (number | NotFinite)[]; identities: { divergence: ({ q: string; enumerated: number | NotFinite; formula: number | NotFinite; residual: number | NotFinite })[]; meanEnergy: { enumerated: number | NotFinite; derivative: number | NotFinite; residual: number | NotFinite } } } }
  /** Finds the factorised q of largest free energy, with a marginal for each variable or one for all. */
  "meanField.fit": { params: { distribution: string; family: "independent" | "shared"; restarts?: number; seed?: number }; result: { q: (number | NotFinite)[]; freeEnergy: number | NotFinite; divergence?: number | NotFinite; meanEnergy: number | NotFinite; entropy: number | NotFinite; iterations: number; converged: boolean; optimal: boolean; gap?: number | NotFinite; trace: (number | NotFinite)[]; restart: number; restarts: number; reached: number; optima: number } }
  /** Lists the names of all distributions. */
  "meanField.list": { params: {}; result: { distributions: string[] } }
  /** Sets parameters and running statistics by name; if one does not fit, none is set. */
  "model.assign": { params: { model: string; parameters?: Record<string, ArrayLike>; path?: string; parts?: string[]; layout?: "elbo" | "torch" }; result: { assigned: string[] } }
  /** Builds a model with fresh weights, Glorot-uniform unless a layer says otherwise; if data are named, the last bias starts at their mean, and the weights next to columns of a table at their scale where it is far from 1. */
  "model.build": { params: { name?: string; data?: string; shape?: number[]; latent: number; encoder: Layer[]; decoder: Layer[]; posterior?: Posterior; prior?: Prior; likelihood: Likelihood; condition?: Condition; preprocess?: Preprocessing[]; input?: "scaled" | "unscaled"; seed?: number; fitOn?: string; replace?: boolean }; result: { model: string; parameters: number; shape: number[]; latent: number; encoder: { type: string; input: number[]; output: number[]; parameters: number }[]; decoder: { type: string; input: number[]; output: number[]; parameters: number }[]; likelihood: Likelihood; posterior: Posterior; prior: Prior; condition?: Condition; preprocess?: Preprocessing[]; input?: "scaled" | "unscaled"; columns?: string[]; words?: Record<string, string[]>; notes?: string[] } }
  /** Returns the mean of p(x|z) for each row of latents. */
  "model.decode": { params: { model: string; latent: ArrayLike; label?: number | string | (number | string)[]; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { output: NumericArray; notFinite?: number } }
  /** Removes a model; trainers that use it keep it until they are dropped. */
  "model.drop": { params: { model: string }; result: {} }
  /** Returns the mean and standard deviation of q(z|x) for each row, and draws of z. */
  "model.encode": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; samples?: number; seed?: number; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { mean: NumericArray; deviation: NumericArray; latent?: NumericArray; notFinite?: number } }
  /** Describes a model. */
  "model.info": { params: { model: string }; result: { model: string; parameters: number; shape: number[]; latent: number; encoder: { type: string; input: number[]; output: number[]; parameters: number }[]; decoder: { type: string; input: number[]; output: number[]; parameters: number }[]; likelihood: Likelihood; posterior: Posterior; prior: Prior; condition?: Condition; preprocess?: Preprocessing[]; input?: "scaled" | "unscaled"; columns?: string[]; words?: Record<string, string[]>; notes?: string[] } }
  /** Decodes latents on the path between two latents, or between the posterior means of two rows: (steps, …). */
  "model.interpolate": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; steps?: number; interpolation?: "linear" | "spherical"; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { latent: NumericArray; output: NumericArray; notFinite?: number } }
  /** Lists the names of all models. */
  "model.list": { params: {}; result: { models: string[] } }
  /** Loads a model that model.save has written. */
  "model.load": { params: { path: string; name?: string; replace?: boolean }; result: { model: string; parameters: number; shape: number[]; latent: number; encoder: { type: string; input: number[]; output: number[]; parameters: number }[]; decoder: { type: string; input: number[]; output: number[]; parameters: number }[]; likelihood: Likelihood; posterior: Posterior; prior: Prior; condition?: Condition; preprocess?: Preprocessing[]; input?: "scaled" | "unscaled"; columns?: string[]; words?: Record<string, string[]>; notes?: string[] } }
  /** Decodes a grid of two latents over equally spaced quantiles of the prior: (steps, steps, …). */
  "model.manifold": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; latents?: number[]; steps?: number; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { latent: NumericArray; output: NumericArray; notFinite?: number } }
  /** Returns parameters and running statistics by name, such as encoder.0.weight. */
  "model.parameters": { params: { model: string; names?: string[]; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { parameters: Record<string, NumericArray> } }
  /** Proposes the params of model.build and trainer.create for a data set, with a reason for each choice; makes nothing. */
  "model.propose": { params: { data: string; architecture?: "mlp" | "conv" | "table"; latent?: number; layers?: number[]; encoder?: Layer[]; decoder?: Layer[]; likelihood?: Likelihood; updates?: number; batch?: number; rate?: number; patience?: number; validation?: number; seed?: number }; result: { build: { latent: number; encoder: Layer[]; decoder: Layer[]; posterior: Posterior; prior: Prior; likelihood: Likelihood; condition?: Condition; preprocess: Preprocessing[]; input?: "scaled" | "unscaled"; seed: number; fitOn: string }; train: { objective: Objective; optimizer: Optimizer; schedule: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; onRefusal?: Policy; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number } }; updates: number; transforms?: Transform[]; split?: { validation?: number; test?: number; stratify?: boolean; folds?: number; by?: string; words?: Record<string, "train" | "validation" | "test">; seed: number }; reasons: string[] } }
  /** Returns rows and the mean of p(x|z) for each, with z drawn from q(z|x). */
  "model.reconstruct": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; seed?: number; mean?: boolean; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { input: NumericArray; output: NumericArray; notFinite?: number } }
  /** Draws latents from the prior and decodes them. */
  "model.sample": { params: { model: string; count: number; seed?: number; temperature?: number; draw?: boolean; label?: number | string | (number | string)[]; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { latent: NumericArray; output: NumericArray; notFinite?: number } }
  /** Saves a model to one .safetensors file, with its description in the metadata. */
  "model.save": { params: { model: string; path: string; replace?: boolean }; result: { path: string; bytes: number; sha256: string; hash?: string } }
  /** Decodes one latent at a time over a range, the others fixed at a given latent, a row's posterior mean or 0: (latents, steps, …). */
  "model.traverse": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; latents?: number[]; from?: number; to?: number; steps?: number; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { latent: NumericArray; output: NumericArray; notFinite?: number } }
  /** Draws several trainers in one chart: training and validation against updates, examples or epochs. */
  "plot.compare": { params: { trainers: string[]; quantity?: "elbo" | "reconstruction" | "divergence"; against?: "updates" | "examples" | "epochs"; curves?: "both" | "training" | "validation"; from?: number; logarithmic?: boolean; renderer?: "builtIn" | "gnuplot"; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws the reconstruction term and the divergence of every weight update, in two panels. */
  "plot.curves": { params: { trainer: string; renderer?: "builtIn" | "gnuplot"; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws a grid of rows of a data set; the first 64 by default. */
  "plot.data": { params: { data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws a strip of images decoded between two latents, or between two rows, which then form its ends. */
  "plot.interpolation": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; steps?: number; interpolation?: "linear" | "spherical"; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws posterior means of rows, coloured by label: two latents, or the first two principal components of more; the first 2000 rows by default. */
  "plot.latent": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; latents?: number[]; renderer?: "builtIn" | "gnuplot"; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws a grid of decoded latents, two of which vary over equally spaced quantiles of the prior. */
  "plot.manifold": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; latents?: number[]; steps?: number; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws p and its mean-field approximations over the states, and free energy against beta. */
  "plot.meanField": { params: { distribution: string; family?: "independent" | "shared"; restarts?: number; seed?: number; renderer?: "builtIn" | "gnuplot"; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws rows and, below each, its reconstruction; the first 8 rows by default. */
  "plot.reconstructions": { params: { model: string; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; seed?: number; mean?: boolean; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws a grid of images decoded from the prior; for a model with a condition, a row for each class, over the same draws. */
  "plot.samples": { params: { model: string; count?: number; label?: number | string | (number | string)[]; seed?: number; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws a row of images for each latent, which varies over a range; the first 16 latents by default. */
  "plot.traversal": { params: { model: string; latent?: ArrayLike; data?: string; split?: string; indices?: number[]; count?: number; input?: ArrayLike; labels?: number | string | (number | string)[]; label?: number | string; latents?: number[]; from?: number; to?: number; steps?: number; words?: boolean; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Draws the reconstruction term of every update and of every validation. */
  "plot.validation": { params: { trainer: string; renderer?: "builtIn" | "gnuplot"; path?: string; replace?: boolean }; result: { path?: string; bytes: number; mediaType?: string; base64?: string; notFinite?: number } }
  /** Returns this protocol as an OpenRPC document: methods, modules, errors and recorded examples. */
  "rpc.discover": { params: { method?: string }; result: { openrpc: string; info: any; methods: any[]; components: any; "x-notifications": any[] } }
  /** Creates a trainer for a model and a data set; nothing is trained yet. */
  "trainer.create": { params: { name?: string; model: string; data: string; split?: string; objective?: Objective; optimizer?: Optimizer; schedule?: Schedule; batch?: number; lastBatch?: "keep" | "drop" | "spread"; seed?: number; balance?: boolean; augment?: Augmentation[]; clip?: number; averaging?: { decay?: number }; stopping?: { patience?: number; minimumImprovement?: number; keepBest?: boolean }; onRefusal?: Policy; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every?: number; samples?: number }; checkpoint?: { path: string; every?: number; seconds?: number; keep?: number; best?: boolean; replace?: boolean }; replace?: boolean }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
  /** Removes a trainer, ends its run, and writes its last checkpoint. */
  "trainer.drop": { params: { trainer: string; force?: boolean }; result: {} }
  /** Returns the records of all weight updates, counted from 1, and of all validations. */
  "trainer.history": { params: { trainer: string; from?: number; every?: number; encoding?: "values" | "base64"; path?: string; replace?: boolean }; result: { update: number[]; elbo: (number | NotFinite)[] | NumericArray; reconstruction: (number | NotFinite)[] | NumericArray; divergence: (number | NotFinite)[] | NumericArray; objective: (number | NotFinite)[] | NumericArray; validation: { update: number[]; elbo: (number | NotFinite)[]; reconstruction: (number | NotFinite)[]; divergence: (number | NotFinite)[] }; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; skipped?: number[] } }
  /** Describes a trainer's settings and progress. */
  "trainer.info": { params: { trainer: string; hash?: boolean }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
  /** Lists the names of all trainers. */
  "trainer.list": { params: {}; result: { trainers: string[] } }
  /** Loads a trainer and its model; training goes on as if it had never stopped, on the same rows, labels and splits. */
  "trainer.load": { params: { path: string; data: string; name?: string; model?: string; checkpoint?: { path: string; every?: number; seconds?: number; keep?: number; best?: boolean; replace?: boolean }; replace?: boolean; force?: boolean }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
  /** Copies a trainer's weights (the current ones, their average or the best) into a new model. */
  "trainer.model": { params: { trainer: string; weights: "latest" | "average" | "best"; name?: string; replace?: boolean }; result: { model: string; parameters: number; shape: number[]; latent: number; encoder: { type: string; input: number[]; output: number[]; parameters: number }[]; decoder: { type: string; input: number[]; output: number[]; parameters: number }[]; likelihood: Likelihood; posterior: Posterior; prior: Prior; condition?: Condition; preprocess?: Preprocessing[]; input?: "scaled" | "unscaled"; columns?: string[]; words?: Record<string, string[]>; notes?: string[] } }
  /** Saves everything that training needs to go on bit for bit: parameters, optimizer state, history. */
  "trainer.save": { params: { trainer: string; path: string; best?: boolean; replace?: boolean }; result: { path: string; bytes: number; sha256: string; hash?: string } }
  /** Changes a trainer's rate, schedule, clip, policy for refused updates or the weights of its objective from the next update on; every change is kept in the history and in the file. */
  "trainer.set": { params: { trainer: string; rate?: number; schedule?: Schedule; clip?: number; onRefusal?: Policy; objective?: Record<string, any> }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
  /** Trains in the background; other requests are served between updates. */
  "trainer.start": { params: { trainer: string; updates?: number; epochs?: number; seconds?: number; partial?: boolean; progress?: boolean }; result: { state: "idle" | "running" | "failed" } }
  /** Trains, and returns when done. */
  "trainer.step": { params: { trainer: string; updates?: number; epochs?: number; seconds?: number; partial?: boolean; progress?: boolean }; result: { update: number; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; updates: number; stopped?: string; warmUpLeft?: number; skipped?: number; rewound?: number; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; notes?: string[] } }
  /** Ends the background run; an update under way is abandoned and changes nothing. */
  "trainer.stop": { params: { trainer: string }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
  /** Returns when the background run has ended or the time is up. */
  "trainer.wait": { params: { trainer: string; seconds?: number }; result: { trainer: string; state: "idle" | "running" | "failed"; update: number; epoch: number; model: string; data: string; rows: number; objective: Objective; optimizer: Optimizer; schedule?: Schedule; batch: number; lastBatch?: "keep" | "drop" | "spread"; seed: number; balance?: boolean; augment?: Augmentation[]; clip?: number | NotFinite; validation?: { data?: string; split?: string; indices?: number[]; count?: number; labels?: number | string | (number | string)[]; every: number; samples: number }; elbo?: number | NotFinite; reconstruction?: number | NotFinite; divergence?: number | NotFinite; failure?: string; warmUpLeft?: number; averaging?: { decay: number }; stopping?: { patience?: number; minimumImprovement: number; keepBest: boolean }; best?: { update: number; elbo: number | NotFinite }; onRefusal?: Policy; skipped?: number; rewound?: number; changes?: ({ update: number; rate?: { from?: number | NotFinite; to?: number | NotFinite }; schedule?: { from?: Schedule; to?: Schedule }; clip?: { from?: number | NotFinite; to?: number | NotFinite }; objective?: { from?: Objective; to?: Objective }; onRefusal?: { from?: Policy; to?: Policy }; refused?: number })[]; stopped?: string; checkpoint?: { path: string; every?: number; seconds?: number | NotFinite; keep: number; newest?: string; update?: number; best?: string; failure?: string }; hash?: string; warning?: string; notes?: string[] } }
}

/** `signal` asks the engine to stop: a training returns the updates done so far, other calls end with an error of the kind
 *  "cancelled". */
export interface CallOptions { progress?: (report: Progress) => void; signal?: AbortSignal }

/** An error reply: `kind` is its name, `path` the member of the parameters that it concerns. */
export class ElboError extends Error {
  code: number
  kind?: Kind
  path?: string
  expected?: string
  got?: string
}

/** The engine has exited or could not be started; the message says how, with its last output. */
export class ElboGone extends Error {}

/** An engine of its own. */
export class Elbo {
  private constructor()
  /** `arguments` are those of `elbo serve`. */
  static start(options?: { program?: string; arguments?: string[] }): Promise<Elbo>
  /** The result of a method. Any number may be under way: replies come in their order. */
  call<M extends keyof Methods>(
    method: M,
    ...rest: {} extends Methods[M]["params"]
      ? [params?: Methods[M]["params"], options?: CallOptions]
      : [params: Methods[M]["params"], options?: CallOptions]
  ): Promise<Methods[M]["result"]>
  /** Sends a notification. */
  notify(method: string, params?: object): void
  /** Lets the engine finish all requests and exit; returns its exit status. */
  close(): Promise<number | null>
  /** Ends the engine after the update under way. */
  kill(): void
}
