"""The pictures of an estimator, which a notebook shows. `save` writes one as a PNG; a call with a `path` that ends in .png,
.svg or .pdf writes that. A file that exists is replaced.

>>> from elbo_vae import VAE, digits
>>> X, y = digits(200)
>>> vae = VAE(latent=2, updates=50, verbose=False).fit(X)

The examples of the methods go on with these."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy

from .arrays import AnyNumbers, Rows, labels_of
from .client import Elbo
from .rules import Estimator, RandomState, whole
from .saved import Saved
from .session import new_engine, session
from .values import Path, Picture


class Plots(Estimator):
    """What can be drawn of a fitted model."""

    _model: Saved
    _trainer: Optional[Saved]
    _shape: Tuple[int, ...]
    _values: int

    def _check_fitted(self) -> None:
        raise NotImplementedError

    def _rows(self, X: Any, *, reset: bool = False) -> AnyNumbers:
        raise NotImplementedError

    def _shaped(self, rows: AnyNumbers) -> AnyNumbers:
        raise NotImplementedError

    def _new_seed(self, random_state: RandomState = None) -> int:
        raise NotImplementedError

    def plot_samples(self, n_samples: int = 64, *, random_state: RandomState = None, path: Optional[Path] = None) -> Picture:
        """A grid of pictures decoded from draws of the prior.

        >>> vae.plot_samples(16).save("samples.png")
        """
        seed = self._new_seed(random_state)
        count = whole(n_samples, "n_samples", least=1)
        return self._pictures("plot_samples", lambda elbo, model: elbo.plot.samples(model, count=count, seed=seed, **to(path)))

    def plot_reconstructions(self, X: Rows, n_rows: int = 8, *, path: Optional[Path] = None) -> Picture:
        """The first rows and, below each, its reconstruction.

        >>> vae.plot_reconstructions(X, 4).save("reconstructions.png")
        """
        rows = self._shaped(self._rows(X)[: whole(n_rows, "n_rows", least=1)])
        return self._pictures(
            "plot_reconstructions", lambda elbo, model: elbo.plot.reconstructions(model, input=rows, mean=True, **to(path)))

    def plot_traversal(self, *, latents: Optional[Sequence[int]] = None, steps: int = 7, path: Optional[Path] = None) -> Picture:
        """A row of pictures for each latent, which goes from -3 to 3.

        >>> vae.plot_traversal(latents=[1], steps=5).save("traversal.png")
        """
        return self._pictures(
            "plot_traversal", lambda elbo, model: elbo.plot.traversal(model, latents=latents, steps=steps, **to(path)))

    def plot_manifold(self, *, latents: Sequence[int] = (0, 1), steps: int = 20, path: Optional[Path] = None) -> Picture:
        """A grid of pictures, over which two latents vary.

        >>> vae.plot_manifold(steps=5).save("manifold.png")
        """
        return self._pictures(
            "plot_manifold", lambda elbo, model: elbo.plot.manifold(model, latents=latents, steps=steps, **to(path)))

    def plot_latent(self, X: Rows, y: Any = None, *, path: Optional[Path] = None) -> Picture:
        """The posterior means of rows over two axes, coloured by whole numbers y.

        >>> picture = vae.plot_latent(X, y, path="latent.svg")
        """
        rows = self._shaped(self._rows(X))
        labels = None if y is None else labels_of(y)
        return session.ask(self._model, lambda elbo, model: elbo.plot.latent(model, input=rows, labels=labels, **to(path)))

    def plot_history(self, *, path: Optional[Path] = None) -> Picture:
        """The bound and its two terms over the updates.

        >>> picture = vae.plot_history(path="history.pdf")
        """
        self._check_fitted()
        if self._trainer is None:
            raise ValueError("the history is not in the file of a model, which has the model alone")
        with new_engine() as elbo:
            # A trainer is loaded with rows, of which the picture shows nothing.
            elbo.data.load(numpy.zeros((4, *self._shape)), name="no-rows", split={"validation": 1})
            self._trainer.read(lambda path: elbo.trainer.load(path, "no-rows", name="run", force=True))
            return elbo.plot.curves("run", **to(path))

    def _pictures(self, name: str, draw: Callable[[Elbo, str], Picture]) -> Picture:
        self._check_fitted()
        if len(self._shape) < 2:
            raise ValueError(
                f"{name} draws pictures, and a row has {self._values} values and no height: say VAE(shape=(height, width)) before "
                "the fit; plot_latent and plot_history draw any model")
        return session.ask(self._model, draw)


def to(path: Optional[Path]) -> Dict[str, Any]:
    """The params that write a picture to a file. The engine may have started in another folder."""
    return {} if path is None else {"path": os.path.abspath(path), "replace": True}
