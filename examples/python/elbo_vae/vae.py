"""A variational autoencoder as an estimator of scikit-learn."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union, cast

import numpy

from .advice import advised
from .arrays import AnyNumbers, Rows
from .client import Elbo
from .methods import DataLoadReply, ModelProposeReply
from .plots import Plots
from .report import Outcome, history_of, plain, words_of
from .rules import NotFittedError, RandomState, check_names, checked_rows, seed_of, whole
from .saved import Saved, model_at, read_model, write_model
from .session import new_engine, session
from .tables import Words
from .values import Path

# "auto", "mlp", "conv", "table", or lists of layers as {"encoder": [layers], "decoder": [layers]}.
Architecture = Union[str, Mapping[str, Sequence[Mapping[str, Any]]]]
# What to do about values without a density.
FITTING = "give values that the likelihood is for, or leave the likelihood out, which is then chosen from X"
ASKING = "give X on the scale of the rows that the model was fitted to"
# What only a fit measures, and how to get at it.
MEASURED = {
    "log_likelihood_": "it is measured by fit; vae.score(X) measures it on rows of yours",
    "log_likelihood_error_": "it is measured by fit; vae.score_samples(X) has log p(x) of each row",
    "history_": "the history of a training is not in the file of a model"}
# Numbers in a reply; more than these go by a file.
MANY = 1 << 20


class VAE(Plots):
    """A variational autoencoder: latents z of rows x, and rows drawn from latents.

    >>> import numpy as np
    >>> X = (np.random.default_rng(0).random((200, 6)) < 0.3).astype(float)
    >>> vae = VAE(latent=2, updates=300, verbose=False, random_state=0).fit(X)
    >>> vae.transform(X).shape
    (200, 2)
    >>> vae.sample(64).shape
    (64, 6)
    >>> vae.likelihood_
    {'type': 'bernoulli', 'relaxed': False}
    >>> vae.reasons_[0]
    'bernoulli for all 6 columns, because every value is 0 or 1'

    What is None is chosen from the rows, as `elbo train` does (model.propose of the protocol); reasons_ says why.

    latent: Number of latents.
    architecture: "mlp" (dense layers), "conv" (convolutions, for pictures), "table" (dense layers that bear outliers), "auto"
        (table for rows of columns, else mlp), or {"encoder": [...], "decoder": [...]} with layers of the protocol, such as
        {"type": "dense", "units": 64}.
    layers: Widths of the hidden layers of mlp and table, or channels of the convolutions.
    likelihood: A likelihood of the protocol, by its name or with options.
    shape: The shape of a row that is a picture but comes flat, such as (28, 28).
    updates: Most updates of the weights.
    batch_size, learning_rate: Of an update.
    validation_fraction: Share of the rows to validate on, by which the training stops, and as much again to measure log p(x) on;
        0 for none.
    patience: Number of validations without a better one after which the training stops; the best weights are kept.
    importance_samples: Draws of z for each row in log p(x).
    random_state: A whole number gives the same model and the same answers to the bit; None another one each time.
    verbose: Whether fit shows its progress and says how good the model is.

    After fit: likelihood_, reasons_ (a sentence for each choice), log_likelihood_ and log_likelihood_error_ (of the rows set aside),
    history_ (a DataFrame where pandas is installed), n_updates_, n_features_in_ and, of tables, feature_names_in_.

    The examples of the methods go on with this X and this vae."""

    likelihood_: Dict[str, Any]
    reasons_: List[str]
    log_likelihood_: float
    log_likelihood_error_: Optional[float]
    history_: Any
    n_updates_: int
    seed_: int
    n_features_in_: int
    feature_names_in_: AnyNumbers
    # What trainer.create is called with again, by a partial_fit after a fit.
    _parts: Dict[str, Any]
    _is_partial: bool
    _latent: int
    # The shape of a row as it is given.
    _row: Tuple[int, ...]
    _dtype: Any
    _words: Optional[Words]

    def __init__(
        self, latent: Optional[int] = None, *, architecture: Architecture = "auto", layers: Union[int, Sequence[int], None] = None,
        likelihood: Union[str, Mapping[str, Any], None] = None, shape: Optional[Sequence[int]] = None, updates: Optional[int] = None,
        batch_size: Optional[int] = None, learning_rate: Optional[float] = None, validation_fraction: Optional[float] = None,
        patience: Optional[int] = None, importance_samples: int = 100, random_state: RandomState = None, verbose: bool = True
    ) -> None:
        self.latent, self.architecture, self.layers, self.likelihood = latent, architecture, layers, likelihood
        self.shape, self.updates, self.batch_size, self.learning_rate = shape, updates, batch_size, learning_rate
        self.validation_fraction, self.patience = validation_fraction, patience
        self.importance_samples, self.random_state, self.verbose = importance_samples, random_state, verbose

    # Fitting

    def fit(self, X: Rows, y: Any = None) -> VAE:
        """Fits the model to rows; y is ignored.

        Ctrl-C, or the button that interrupts the kernel of a notebook, stops after the update under way, and leaves a fitted
        model. A kernel that is restarted or dies loses the whole fit, of which nothing is on disk; partial_fit with a save after
        each pass loses one pass at most.

        >>> VAE(latent=3, updates=50, verbose=False).fit(X).transform(X).shape
        (200, 3)
        """
        rows = self._rows(X, reset=True)
        seed = self._new_seed()
        with new_engine() as elbo, advised(FITTING, gone="call fit again"):
            proposal = self._propose(elbo, rows, seed, self._held_aside())
            self._build(elbo, proposal)
            interrupted = self._train(elbo, updates=proposal.updates)
            return self._keep(elbo, seed, interrupted, held=int(proposal.split.test or 0) if proposal.split else 0)

    def partial_fit(self, X: Rows, y: Any = None) -> VAE:
        """Goes on with one pass over these rows, and sets none aside; the first call builds the model. y is ignored.

        >>> import numpy as np
        >>> vae = VAE(latent=2, verbose=False, random_state=0)
        >>> for seed in range(3):
        ...     vae = vae.partial_fit(np.random.default_rng(seed).normal(size=(500, 4)))
        >>> vae.n_updates_
        27

        Saved after each pass, as a long training should be:

        >>> for _ in range(2):
        ...     vae.partial_fit(np.random.default_rng(0).normal(size=(500, 4))).save("model.safetensors")
        >>> vae = VAE.load("model.safetensors")
        """
        first = not self.__sklearn_is_fitted__()
        rows = self._rows(X, reset=first)
        seed = self._new_seed() if first else self.seed_
        with new_engine() as elbo, advised(FITTING if first else ASKING, gone="call partial_fit again"):
            if first:
                self._build(elbo, self._propose(elbo, rows, seed, 0))
            else:
                self._load(elbo, rows)
                if self._trainer is not None and self._is_partial:
                    self._trainer.read(lambda path: elbo.trainer.load(path, "rows", name="run", model="vae", force=True))
                else:
                    self._model.read(lambda path: elbo.model.load(path, name="vae"))
                    elbo.trainer.create("vae", "rows", name="run", seed=seed, **self._parts)
            return self._keep(elbo, seed, self._train(elbo, epochs=1), held=None)

    def _load(self, elbo: Elbo, rows: AnyNumbers, **others: Any) -> DataLoadReply:
        """Loads the data set `rows`; of a table, with the names of its columns and their words."""
        source: Any = {"type": "array", "values": self._shaped(rows)}
        names = list(getattr(self, "feature_names_in_", ()))
        if self._words:
            source.update(self._words.source)
        elif names and len(set(names)) == len(names) and len(self._shape) == 1:
            source["columns"] = names
        return elbo.data.load(source, name="rows", **others)

    def _propose(self, elbo: Elbo, rows: AnyNumbers, seed: int, validation: Optional[float]) -> ModelProposeReply:
        """Loads the rows, and returns the choices for them, with what was asked for as it is."""
        if self.architecture == "conv" and len(self._shape) < 2:
            raise ValueError(
                f"architecture: conv takes pictures, and these rows have {self._values} values: say shape=(28, 28), or take mlp")
        self._warn(self._load(elbo, rows).notes)
        wishes: Dict[str, Any] = {
            "latent": self.latent, "layers": [self.layers] if isinstance(self.layers, int) else self.layers,
            "likelihood": {"type": self.likelihood} if isinstance(self.likelihood, str) else self.likelihood,
            "updates": self.updates, "batch": self.batch_size, "rate": self.learning_rate, "patience": self.patience,
            "validation": validation, "seed": seed}
        if isinstance(self.architecture, Mapping):
            wishes.update(self.architecture)
        elif self.architecture != "auto":
            wishes["architecture"] = self.architecture
        proposal = elbo.model.propose("rows", **wishes)
        if proposal.transforms:
            raise ValueError(
                f"likelihood: {proposal.build.likelihood['type']} is for zeros and ones, and the rows have values from {rows.min()} to "
                f"{rows.max()}: give X > {proposal.transforms[0]['threshold']:g}, or leave the likelihood out")
        if proposal.split:
            self._load(elbo, rows, split=plain(proposal.split), replace=True)
        return proposal

    def _build(self, elbo: Elbo, proposal: ModelProposeReply) -> None:
        """Makes the model and its trainer."""
        train = plain(proposal.train)
        self._warn(elbo.model.build(name="vae", data="rows", **plain(proposal.build)).notes)
        self._warn(elbo.trainer.create("vae", "rows", name="run", **train).notes)
        self.reasons_ = list(proposal.reasons)
        self._parts = {name: train[name] for name in ("batch", "optimizer")}

    def _warn(self, notes: Optional[Sequence[str]]) -> None:
        for note in notes or []:
            warnings.warn(note, stacklevel=4)

    def _train(self, elbo: Elbo, **amount: int) -> bool:
        """Makes the updates; whether Ctrl-C ended them."""
        shows = bool(self.verbose) and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        run = elbo.later.trainer.step("run", progress=shows, **amount)  # type: ignore[arg-type]
        try:
            self._warn(run.result().notes)
        except KeyboardInterrupt:
            run.result()
            warnings.warn("Ctrl-C ended the training; the model is what the updates before it made", stacklevel=3)
            return True
        return False

    def _keep(self, elbo: Elbo, seed: int, interrupted: bool, held: Optional[int]) -> VAE:
        """Takes the fitted model out of the engine; `held` is None after a pass over some of the rows."""
        info = elbo.trainer.info("run")
        weights = "best" if info.best is not None else "latest"
        elbo.trainer.model("run", weights, name="kept")  # type: ignore[arg-type]
        self._model = Saved.by(lambda path: elbo.model.save("kept", path))
        self._trainer = Saved.by(lambda path: elbo.trainer.save("run", path))
        self._is_partial = held is None
        self.seed_, self.n_updates_ = seed, info.update
        kept = elbo.model.info("kept")
        self._latent, self.likelihood_ = kept.latent, plain(kept.likelihood)
        self.history_ = history_of(elbo.trainer.history("run"))
        if held is not None:
            outcome = Outcome.of(elbo, "kept", "rows", held, self.importance_samples, seed, info, interrupted)
            self.log_likelihood_, self.log_likelihood_error_ = outcome.mean, outcome.error
            if self.verbose:
                print(words_of(outcome))
        return self

    # Rows and latents

    def transform(self, X: Rows) -> AnyNumbers:
        """The posterior means, (rows, latent).

        >>> vae.transform(X[:5]).shape
        (5, 2)
        """
        return self._means(self._rows(X))

    def inverse_transform(self, Z: Rows) -> Any:
        """The means of p(x|z) for latents, (rows, latent), and the likeliest words; a table if the fit was to one with words.

        >>> vae.inverse_transform([[0, 0], [1, -1]]).shape
        (2, 6)
        """
        rows = self._decoded(self._latents(Z))
        return self._words.table(rows) if self._words else rows

    def reconstruct(self, X: Rows) -> Any:
        """Each row through its posterior mean, as inverse_transform(transform(X)); a table if the fit was to one.

        >>> bool((vae.reconstruct(X) == vae.inverse_transform(vae.transform(X))).all())
        True
        """
        return self._as_given(self._decoded(self._means(self._rows(X))))

    def sample(self, n_samples: int = 64, *, random_state: RandomState = None, draw: bool = False) -> Any:
        """Rows from draws of the prior: the means of p(x|z) and the likeliest words, or with draw=True draws from it; a table
        if the fit was to one.

        The same each time if the estimator or this call has a random_state.

        >>> vae.sample(3).shape
        (3, 6)
        >>> set(vae.sample(100, draw=True).flat) == {0, 1}
        True
        """
        self._check_fitted()
        n_samples, seed = whole(n_samples, "n_samples", least=1), self._new_seed(random_state)
        like = numpy.zeros((0,), self._dtype)
        answer = self._answer(
            like, n_samples * self._values, "output", "model.sample", count=n_samples, seed=seed, draw=draw)
        return self._as_given(answer.reshape(n_samples, *self._row))

    def score(self, X: Rows, y: Any = None) -> float:
        """The mean of log p(x), in nats; y is ignored.

        >>> -6 < vae.score(X) < -3
        True
        """
        return float(self.score_samples(X).mean())

    def score_samples(self, X: Rows) -> AnyNumbers:
        """log p(x) of each row, in nats, by importance weights.

        A draw of z depends on the place of its row, so that the same row elsewhere differs by the Monte Carlo error.

        >>> vae.score_samples(X[:5]).shape
        (5,)
        """
        rows = self._rows(X)
        with advised(ASKING):
            reply = session.ask(self._model, lambda elbo, model: elbo.evaluate.likelihood(
                model, input=self._shaped(rows), samples=self.importance_samples, seed=self.seed_, perRow=True))
        assert reply.rows is not None
        return numpy.array(reply.rows.logLikelihood, float)

    # Keeping

    def save(self, path: Path) -> None:
        """Writes the model and the parameters of this estimator to one .safetensors file, which `elbo` reads too.

        An existing file is only replaced if it is a safetensors file.

        >>> vae.save("model.safetensors")
        """
        self._check_fitted()
        write_model(os.fspath(path), self._model, self._description())

    @classmethod
    def load(cls, path: Path) -> VAE:
        """The estimator that save has written, or one around a model that `elbo` has written; of a folder of `elbo train`, its
        model.safetensors.

        It transforms, scores and samples as before; partial_fit goes on with a new optimizer.

        >>> vae.save("model.safetensors")
        >>> bool((VAE.load("model.safetensors").transform(X) == vae.transform(X)).all())
        True
        """
        path = model_at(os.fspath(path))
        content, description = read_model(path)
        with new_engine() as elbo:
            info = elbo.model.load(path)
        params = description.get("params", {"latent": info.latent})
        vae = cls()
        vae.set_params(**{name: tuple(value) if isinstance(value, list) else value for name, value in params.items()})
        vae._model, vae._trainer, vae._is_partial = content, None, False
        vae._set_row(tuple(description.get("row", info.shape)), tuple(info.shape))
        vae._dtype = numpy.dtype(description.get("dtype", "float32"))
        vae._parts = description.get("parts", {"batch": 100, "optimizer": {"type": "adam", "rate": 0.001}})
        vae.n_features_in_ = vae._row[0]
        vae._words = Words(**description["words"]) if description.get("words") else Words.of_model(info)
        names = description.get("names", info.columns)
        if names:
            vae.feature_names_in_ = numpy.array(names, dtype=object)
        vae.seed_, vae.n_updates_ = description.get("seed", 0), description.get("updates", 0)
        vae._latent, vae.likelihood_, vae.reasons_ = info.latent, plain(info.likelihood), description.get("reasons", [])
        return vae

    def _description(self) -> Dict[str, Any]:
        params = {name: value for name, value in self.get_params(deep=False).items()
                  if isinstance(value, (str, int, float, list, tuple, dict, type(None), numpy.generic))}
        return {
            "params": params, "row": self._row, "dtype": str(self._dtype), "parts": self._parts, "seed": self.seed_,
            "names": [str(name) for name in getattr(self, "feature_names_in_", ())], "updates": self.n_updates_,
            "reasons": self.reasons_, "words": None if self._words is None else vars(self._words)}

    # Rules

    if not TYPE_CHECKING:
        # Hidden from type checkers, which know the attributes.
        def __getattr__(self, name: str) -> Any:
            if name in MEASURED and "_model" in self.__dict__:
                raise AttributeError(f"this {type(self).__name__} has no {name}: {MEASURED[name]}")
            return object.__getattribute__(self, name)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return self._latent

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit, or partial_fit, first")

    def _rows(self, X: Any, *, reset: bool = False) -> AnyNumbers:
        """Rows as numbers that are finite, of the shape of the fit."""
        if not reset:
            self._check_fitted()
        if reset:
            self._words = Words.of(X)
        rows = checked_rows(self._words.numbers(X) if self._words else X, type(self).__name__, names=getattr(X, "columns", None))
        if rows.ndim == 2 and (reset or len(self._row) == 1):
            check_names(self, X if hasattr(X, "columns") else rows, reset)
        elif reset:
            self.n_features_in_ = rows.shape[1]
        if reset:
            shape = tuple(map(int, self.shape)) if self.shape is not None else rows.shape[1:]
            if numpy.prod(shape) != numpy.prod(rows.shape[1:]):
                raise ValueError(f"shape: {shape} has {numpy.prod(shape)} values, and a row of X {numpy.prod(rows.shape[1:])}")
            self._set_row(rows.shape[1:], shape)
            self._dtype = numpy.dtype(float if rows.dtype == float else numpy.float32)
        elif rows.shape[1:] != self._row:
            raise ValueError(f"X has rows of shape {rows.shape[1:]}, but {type(self).__name__} is expecting {self._row}")
        return rows

    def _set_row(self, row: Tuple[int, ...], shape: Tuple[int, ...]) -> None:
        """The shape of a row as it is given, and as the engine sees it."""
        self._row, self._shape, self._values = row, shape, int(numpy.prod(shape))

    def _as_given(self, rows: AnyNumbers) -> Any:
        """Rows as those of the fit: a table if it was one."""
        return rows if self._words is None else self._words.table(rows)

    def _shaped(self, rows: AnyNumbers) -> AnyNumbers:
        return rows.reshape(len(rows), *self._shape)

    def _latents(self, Z: Any) -> AnyNumbers:
        self._check_fitted()
        latents = checked_rows(Z, type(self).__name__, what="Z")
        if latents.ndim != 2 or latents.shape[1] != self._latent:
            raise ValueError(f"Z has the shape {latents.shape}, but {type(self).__name__} is expecting (rows, {self._latent})")
        return latents

    def _new_seed(self, random_state: RandomState = None) -> int:
        return seed_of(self.random_state if random_state is None else random_state)

    def _held_aside(self) -> Optional[float]:
        share = self.validation_fraction
        if share is not None and not 0 <= share < 0.5:
            raise ValueError(f"validation_fraction: expected a share from 0 to below 0.5, got {share!r}")
        return share

    def _decoded(self, latents: AnyNumbers) -> AnyNumbers:
        rows = self._answer(latents, len(latents) * self._values, "output", "model.decode", latent=latents)
        return rows.reshape(len(latents), *self._row)

    def _means(self, rows: AnyNumbers) -> AnyNumbers:
        return self._answer(rows, len(rows) * self._latent, "mean", "model.encode", input=self._shaped(rows))

    def _answer(self, like: AnyNumbers, size: int, member: str, method: str, **params: Any) -> AnyNumbers:
        """An array of a reply, in the precision of the rows that were given; by a file if it is large."""
        def asked(elbo: Elbo, model: str) -> AnyNumbers:
            if size <= MANY:
                return numpy.asarray(elbo.call(method, model=model, **params)[member])
            with tempfile.TemporaryDirectory(prefix="elbo-") as folder:
                reply = elbo.call(method, model=model, path=os.path.join(folder, "arrays"), **params)
                return cast(AnyNumbers, numpy.load(reply[member].path))

        return session.ask(self._model, asked).astype(float if like.dtype == float else numpy.float32)
