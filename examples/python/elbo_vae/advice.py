"""Errors of the engine with the way out for a user of the estimator, who makes no requests."""

from __future__ import annotations

import contextlib
from typing import Iterator

from .errors import ElboError, ElboGone
from .methods import SupportError


@contextlib.contextmanager
def advised(support: str, gone: str = "") -> Iterator[None]:
    """Errors within it name the rows X. `support` is what to do about a value that the likelihood has no density for, where
    the engine's own way out is a member of a request; `gone` what to do when the engine has ended."""
    try:
        yield
    except SupportError as error:
        if '"type"' not in (error.hint or ""):
            raise
        message = error.message.partition(": ")[2] if error.path in ("data", "input") else error.message
        data = {"kind": error.kind, "path": "X", "expected": error.expected, "got": error.got, "hint": support}
        raise ElboError.of({"code": error.code, "message": f"X: {message}", "data": data}) from None
    except ElboGone as error:
        if not gone:
            raise
        raise ElboGone(f"{error.message}\n{gone}", error.status, error.words) from None
