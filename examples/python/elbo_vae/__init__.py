"""Variational autoencoders from Python: an estimator in three lines, and a client of the program for everything else.

    from elbo_vae import VAE, digits
    vae = VAE(latent=8).fit(digits()[0])
    vae.sample(64)

`VAE` follows the rules of scikit-learn. `Elbo` starts the engine, calls its methods and waits for the answers:

    with Elbo() as elbo:
        print(elbo.engine.info().version)

Needs Python 3.9. numpy is needed by `VAE` alone; arrays are numpy's where it is installed, and progress=True shows a bar where
tqdm is. `elbo_vae.methods` has the types of all methods, and the classes of all errors.
"""

import importlib
from typing import TYPE_CHECKING, Any, List

from . import methods
from .aio import AsyncElbo
from .client import Elbo
from .errors import (
    ElboError, ElboGone, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)
from .methods import VERSION as __version__
from .pending import AsyncPending, Pending
from .program import ProgramNotFound
from .values import Array, Picture, Result

if TYPE_CHECKING:
    from .strokes import digits
    from .vae import VAE

__all__ = [
    "VAE", "Array", "AsyncElbo", "AsyncPending", "Elbo", "ElboError", "ElboGone", "FileError", "InputError", "NumericError",
    "Pending", "Picture", "ProgramError", "ProgramNotFound", "ProtocolError", "ResourceError", "Result", "SessionError",
    "__version__", "digits", "methods"]


# What needs numpy, and where it is.
PLACES = {"VAE": "vae", "digits": "strokes"}


def __getattr__(name: str) -> Any:
    # With scikit-learn, which takes a second to import, only for those who use it.
    if name in PLACES:
        try:
            module = importlib.import_module(f".{PLACES[name]}", __name__)
        except ModuleNotFoundError as error:
            if error.name != "numpy":
                raise
            raise ImportError(f"{name} needs numpy: pip install numpy (the client, Elbo, does without)", name="numpy") from None
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return __all__
