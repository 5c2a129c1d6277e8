"""Variational autoencoders from Python: an estimator in three lines, and a client of the program for everything else.

    from elbo_vae import VAE
    vae = VAE(latent=8).fit(X)
    vae.sample(64)

`VAE` follows the rules of scikit-learn. `Elbo` starts the engine, calls its methods and waits for the answers:

    with Elbo() as elbo:
        print(elbo.engine.info().version)

Needs Python 3.9. numpy is needed by `VAE` alone; arrays are numpy's where it is installed, and progress=True shows a bar where
tqdm is. `elbo_vae.methods` has the types of all methods, and the classes of all errors.
"""

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
    from .vae import VAE

__all__ = [
    "VAE", "Array", "AsyncElbo", "AsyncPending", "Elbo", "ElboError", "ElboGone", "FileError", "InputError", "NumericError",
    "Pending", "Picture", "ProgramError", "ProgramNotFound", "ProtocolError", "ResourceError", "Result", "SessionError",
    "__version__", "methods"]


def __getattr__(name: str) -> Any:
    # With scikit-learn, which takes a second to import, only for those who use it.
    if name == "VAE":
        try:
            from .vae import VAE
        except ModuleNotFoundError as error:
            if error.name != "numpy":
                raise
            raise ImportError("VAE needs numpy: pip install numpy (the client, Elbo, does without)", name="numpy") from None
        return VAE
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return __all__
