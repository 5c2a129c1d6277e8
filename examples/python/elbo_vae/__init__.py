"""A client of elbo: starts the engine, calls its methods, waits for the answers.

    with Elbo() as elbo:
        print(elbo.engine.info().version)

Needs Python 3.9 and its standard library; arrays are numpy's where it is installed, and progress=True shows a bar where
tqdm is. `elbo_vae.methods` has the types of all methods, and the classes of all errors.
"""

from . import methods
from .aio import AsyncElbo
from .client import Elbo
from .errors import (
    ElboError, ElboGone, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)
from .methods import VERSION as __version__
from .pending import AsyncPending, Pending
from .program import ProgramNotFound
from .values import Array, Picture, Result

__all__ = [
    "Array", "AsyncElbo", "AsyncPending", "Elbo", "ElboError", "ElboGone", "FileError", "InputError", "NumericError",
    "Pending", "Picture", "ProgramError", "ProgramNotFound", "ProtocolError", "ResourceError", "Result", "SessionError",
    "__version__", "methods"]

