"""What a fit has come to: its history, and how good the model is, in words."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Mapping, Optional

import numpy

from .client import Elbo
from .methods import TrainerHistoryReply, TrainerInfoReply

# So many densities of single values a fit computes for its report in any case: a second or a few.
MOST = 20_000_000


def history_of(reply: TrainerHistoryReply) -> Any:
    """The terms of every update, and those of the validations where there was one: a DataFrame where pandas is installed,
    else a dictionary of arrays."""
    updates = numpy.asarray(reply.update, int)
    columns = {"update": updates, **{name: numpy.asarray(reply[name], float) for name in ("elbo", "reconstruction", "divergence")}}
    validated = numpy.asarray(reply.validation.update, int) if reply.validation else numpy.zeros(0, int)
    for name in ("elbo", "reconstruction", "divergence"):
        values = numpy.full(len(updates), numpy.nan)
        known = numpy.isin(validated, updates)
        values[numpy.searchsorted(updates, validated[known])] = numpy.asarray(reply.validation[name], float)[known]
        columns[f"validation_{name}"] = values
    try:
        import pandas
    except ImportError:
        return columns
    return pandas.DataFrame(columns).set_index("update")


def plain(value: Any) -> Any:
    """A reply as dictionaries and lists."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@dataclasses.dataclass
class Outcome:
    """log p(x) of the rows set aside, or of those trained on where none were, and how the training ended."""

    mean: float
    error: Optional[float]
    bits: float
    count: int
    total: int
    is_held: bool
    unreliable: float
    updates: int
    best: Optional[int]
    converged: bool
    interrupted: bool
    active: Optional[int]
    latent: int

    @classmethod
    def of(
        cls, elbo: Elbo, model: str, data: str, held: int, samples: int, seed: int, info: TrainerInfoReply, interrupted: bool
    ) -> Outcome:
        """All rows set aside, but where that needs more draws of z than the training made: then it takes longer than that."""
        values = samples * math.prod(elbo.model.info(model).shape)
        most = max(50, MOST // max(1, values), info.update * info.batch // max(1, samples))
        total = held or info.rows
        rows: Any = {"data": data, **({"split": "test"} if held else {}), "count": min(total, most if held else min(most, 2000))}
        found = elbo.evaluate.likelihood(model, samples=samples, seed=seed, **rows)
        # What a latent says about a row is a variance over rows.
        active = elbo.evaluate.latent(model, seed=seed, **rows).activeUnits if found.count > 1 else None
        return cls(
            found.logLikelihood, found.standardError, found.bitsPerDimension, found.count, total, bool(held), found.unreliable,
            info.update, info.best.update if info.best else None, info.stopped == "converged", interrupted,
            active, elbo.model.info(model).latent)


def words_of(outcome: Outcome) -> str:
    """The number with its error, and one plain sentence."""
    error = f" ± {outcome.error:.2g}" if outcome.error is not None and math.isfinite(outcome.error) else ""
    digits = max(0, 1 - math.floor(math.log10(outcome.error))) if outcome.error else 2
    some = f"{outcome.count:,} of the " if outcome.count < outcome.total else ""
    rows = f"{some}{outcome.total:,} row{'s' if outcome.total > 1 else ''} {'set aside' if outcome.is_held else 'it was trained on'}"
    number = f"log p(x) = {outcome.mean:.{min(digits, 6)}f}{error} nats on {rows} ({outcome.bits:.3g} bits a value)"
    if outcome.interrupted:
        end = f"The training was stopped after {outcome.updates:,} updates"
    elif outcome.converged:
        end = f"The training ended itself after {outcome.updates:,} updates, since none after update {outcome.best:,} made it better"
    else:
        end = f"The training made all its {outcome.updates:,} updates"
        if outcome.best is not None and outcome.best < outcome.updates:
            end += f", of which the best was {outcome.best:,}"
        elif outcome.best is not None:
            end += ", and was still getting better: more of them (updates=…) would help"
    if outcome.active is not None:
        end += f"; {used(outcome.active, outcome.latent)} about a row"
    words = f"{number}.\n{end}."
    if outcome.unreliable > 0.1:
        words += f" For {outcome.unreliable:.0%} of the rows log p(x) is a lower bound more than an estimate; more importance_samples help."
    return words


def used(active: int, latent: int) -> str:
    """How many latents are of use."""
    if latent == 1:
        return f"its latent says {'something' if active else 'nothing'}"
    if active == latent:
        return f"all {latent} latents say something"
    return f"{active or 'none'} of the {latent} latents say{'s' if active == 1 else ''} {'something' if active else 'anything'}"
