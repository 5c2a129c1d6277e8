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

if TYPE_CHECKING:
    from . import methods
    from .aio import AsyncElbo
    from .client import Elbo
    from .errors import (
        ElboError, ElboGone, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)
    from .methods import VERSION as __version__
    from .pending import AsyncPending, Pending
    from .program import ProgramNotFound
    from .strokes import digits
    from .vae import VAE
    from .values import Array, Picture, Result

__all__ = [
    "VAE", "Array", "AsyncElbo", "AsyncPending", "Elbo", "ElboError", "ElboGone", "FileError", "InputError", "NumericError",
    "Pending", "Picture", "ProgramError", "ProgramNotFound", "ProtocolError", "ResourceError", "Result", "SessionError",
    "__version__", "digits", "methods"]

# The module of each name. It is imported when the name is first used, since the command `elbo` starts here too and needs none,
# while numpy and scikit-learn take a second.
PLACES = {
    "AsyncElbo": "aio", "AsyncPending": "pending", "Array": "values", "Elbo": "client", "Pending": "pending", "Picture": "values",
    "ProgramNotFound": "program", "Result": "values", "VAE": "vae", "digits": "strokes"}
# Modules that are there without being imported.
MODULES = ("aio", "client", "errors", "methods", "pending", "program", "values")


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name == "__version__":
        return importlib.import_module(".methods", __name__).VERSION
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(f".{PLACES.get(name, 'errors')}", __name__)
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ImportError(f"{name} needs numpy: pip install numpy (the client, Elbo, does without)", name="numpy") from None
    return getattr(module, name)


def __dir__() -> List[str]:
    return __all__
