"""A client of elbo in plain Python: starts the engine, calls its methods, waits for the answers.

    with Elbo() as elbo:
        print(elbo.engine.info().version)

Needs Python 3.9 and its standard library; arrays are numpy's where numpy is installed, and progress=True shows a bar where
tqdm is. `elbo_vae.methods` has the types of all methods, and the classes of all errors.
"""

from . import methods
from .aio import AsyncElbo
from .client import Elbo
from .errors import (
    ElboError, ElboGone, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)
from .pending import AsyncPending, Pending
from .values import Array, Picture, Result

__all__ = [
    "Array", "AsyncElbo", "AsyncPending", "Elbo", "ElboError", "ElboGone", "FileError", "InputError", "NumericError",
    "Pending", "Picture", "ProgramError", "ProtocolError", "ResourceError", "Result", "SessionError", "methods"]
