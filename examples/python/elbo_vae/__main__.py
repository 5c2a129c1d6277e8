"""`python -m elbo_vae …` and the command `elbo …`: the program of this package, with the same arguments."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from .program import ProgramNotFound, find_program


def main() -> NoReturn:
    """Replaces this process by the program."""
    try:
        program = find_program()
    except ProgramNotFound as error:
        sys.exit(f"elbo: {error}")
    os.execv(program, ["elbo", *sys.argv[1:]])


if __name__ == "__main__":
    main()
