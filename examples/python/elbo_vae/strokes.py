"""Rows to try a model on, which need no download."""

from __future__ import annotations

from typing import Tuple

import numpy

from .arrays import AnyNumbers
from .client import Elbo
from .values import Numbers

# Digits in one reply, which has room for four million numbers.
PART = 10_000


def digits(count: int = 10_000, *, seed: int = 0) -> Tuple[Numbers, AnyNumbers]:
    """Binary pictures of digits that the program draws itself, (count, 14, 14), and which digit each is.

    >>> X, y = digits(20)
    >>> X.shape, set(X.flat) == {0, 1}
    ((20, 14, 14), True)
    >>> y[:3].tolist()
    [0, 1, 2]
    """
    with Elbo() as elbo:
        elbo.data.load(
            {"type": "strokes", "count": count, "seed": seed}, name="digits",
            transforms=[{"type": "subsample", "factor": 2}, {"type": "binarize"}])
        parts = [
            elbo.data.get(data="digits", indices=range(start, min(count, start + PART))) for start in range(0, count, PART)]
    return numpy.concatenate([part.input for part in parts]), numpy.concatenate([part.labels or [] for part in parts])
