"""The types of the clients in examples, written from the OpenRPC document."""
import pathlib

from .python import Python
from .typescript import TypeScript

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def documents(openrpc):
    """The text of each generated file, by its path."""
    return {
        EXAMPLES / "python/elbo_vae/methods.py": Python(openrpc).text(),
        EXAMPLES / "node/elbo.d.mts": TypeScript(openrpc).text(),
    }
