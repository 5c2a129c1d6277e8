"""Sensible choices for a data set: layers, likelihood, preprocessing, training, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple, TypedDict, Union

import numpy

if TYPE_CHECKING:
    from .arrays import AnyNumbers

# "auto", "mlp", "conv", "table", or {"encoder": [layers], "decoder": [layers]}.
Architecture = Union[str, Mapping[str, Sequence[Mapping[str, Any]]]]
Layers = List[Dict[str, Any]]
Module = Dict[str, Any]


class Proposal(TypedDict):
    """What model.build and trainer.create are called with, which rows are set aside, and why."""

    build: Dict[str, Any]
    train: Dict[str, Any]
    split: Dict[str, Any]
    reasons: Dict[str, str]


# Numbers that the decoder makes for each value, where there is more than one.
TWO = ("discretizedLogistic", "gaussian", "laplace", "negativeBinomial", "studentT")


def propose(
    rows: AnyNumbers, *, architecture: Architecture = "auto", latent: int = 8, layers: Union[int, Sequence[int], None] = None,
    likelihood: Union[str, Module, None] = None, updates: Optional[int] = None, seed: int = 0,
    classes: Optional[Mapping[int, int]] = None
) -> Proposal:
    """The choices for rows of shape (rows, …). `classes` has the number of words of each column of words.

    Raises ValueError for an architecture that there is not, or that the rows do not fit."""
    shape = rows.shape[1:]
    names = ("auto", "mlp", "conv", "table")
    if not isinstance(architecture, Mapping) and architecture not in names:
        raise ValueError(f"architecture: expected one of {', '.join(names)}, or lists of layers as encoder and decoder, got {architecture!r}")
    layers = (layers,) if isinstance(layers, int) else layers
    reasons: Dict[str, str] = {}
    if architecture == "auto":
        architecture = "table" if len(shape) == 1 else "mlp"
        reasons["architecture"] = (
            "table: rows of columns" if architecture == "table" else f"mlp: pictures of shape {shape}; conv is slower, and finer")
    module, preprocess = chosen(likelihood, rows, architecture == "table" or bool(classes), classes or {}, reasons)
    build: Dict[str, Any] = {"latent": latent, "likelihood": module, "seed": seed}
    if preprocess:
        build["preprocess"] = preprocess
    if isinstance(architecture, Mapping):
        if set(architecture) != {"encoder", "decoder"}:
            raise ValueError(f"architecture: expected lists named encoder and decoder, got {', '.join(map(str, architecture))}")
        build.update({name: list(layers) for name, layers in architecture.items()})
    elif architecture == "conv":
        build["encoder"], build["decoder"] = convolutions(shape, layers or (32, 64), 2 if module["type"] in TWO else 1)
    else:
        widths = layers or default_widths(shape, reasons)
        build["encoder"], build["decoder"] = perceptron(widths), perceptron(list(widths)[::-1])
    batch = min(100, max(1, len(rows) // 4))
    passes = -(-len(rows) // batch)
    if updates is None:
        updates = int(min(20_000, max(2_000, 200 * passes)))
        reasons["updates"] = f"{updates:,} at most: {updates // passes:,} passes over {len(rows):,} rows"
    train = {
        "updates": updates, "batch": batch, "seed": seed, "optimizer": {"type": "adam", "rate": 0.001},
        "validation": {"every": int(min(1_000, max(100, passes)))}}
    split: Dict[str, Any] = {"validation": 0.1, "seed": seed}
    return {"build": build, "train": train, "split": split, "reasons": reasons}


def default_widths(shape: Tuple[int, ...], reasons: Dict[str, str]) -> Tuple[int, ...]:
    values = int(numpy.prod(shape))
    width = 32 if values <= 16 else 128 if values <= 256 else 256
    reasons["layers"] = f"two hidden layers of {width}: rows of {values:,} {'values' if values > 1 else 'value'}"
    return width, width


def perceptron(widths: Sequence[int]) -> Layers:
    """Dense layers; the last one takes the width that is needed there."""
    return [part for width in widths for part in ({"type": "dense", "units": int(width)}, {"type": "relu"})] + [{"type": "dense"}]


def convolutions(shape: Tuple[int, ...], channels: Sequence[int], outputs: int) -> Tuple[Layers, Layers]:
    """Convolutions of stride 2, and the same way back; `outputs` numbers for each value."""
    if len(shape) not in (2, 3):
        raise ValueError(
            f"architecture: conv takes pictures, (rows, height, width) or (rows, channels, height, width), and these rows have "
            f"the shape {shape}: say shape=(28, 28), or take mlp")
    planes, (height, width) = (shape[0] if len(shape) == 3 else 1), shape[-2:]
    encoder: Layers = [] if len(shape) == 3 else [{"type": "reshape", "shape": [1, height, width]}]
    sizes = [(height, width)]
    for count in channels:
        encoder += [{"type": "conv2d", "channels": int(count), "kernel": 3, "stride": 2, "padding": 1}, {"type": "relu"}]
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    encoder += [{"type": "flatten"}, {"type": "dense"}]
    small = [int(channels[-1]), *sizes[-1]]
    decoder: Layers = [{"type": "dense", "units": int(numpy.prod(small))}, {"type": "relu"}, {"type": "reshape", "shape": small}]
    counts = [*map(int, channels[-2::-1]), planes * outputs]
    for index, count in enumerate(counts):
        wide = sizes[-2 - index]
        less = [2 * small - large for small, large in zip(sizes[-1 - index], wide)]
        decoder.append({"type": "convTranspose2d", "channels": count, "kernel": 3, "stride": 2, "padding": 1,
                        "outputPadding": 1 - min(less)})
        if less[0] != less[1]:
            # One side is to be odd and one even: a window of two takes a row or a column away.
            decoder += [{"type": "relu"}, {"type": "conv2d", "channels": count, "kernel": [1 + part - min(less) for part in less]}]
        if index + 1 < len(counts):
            decoder.append({"type": "relu"})
    return encoder, decoder


def chosen(
    likelihood: Union[str, Module, None], rows: AnyNumbers, by_column: bool, classes: Mapping[int, int],
    reasons: Dict[str, str]
) -> Tuple[Module, List[Module]]:
    """The likelihood, and the changes of the rows before the model."""
    if likelihood is not None and likelihood != "auto":
        module = {"type": likelihood} if isinstance(likelihood, str) else dict(likelihood)
        reasons["likelihood"] = f"{module.get('type')}: asked for"
        is_real = module.get("type") in ("gaussian", "laplace", "studentT")
        return module, [{"type": "standardize"}] if is_real and rows.ndim == 2 else []
    if not by_column:
        module, reason = whole(rows)
        reasons["likelihood"] = reason
        return module, [{"type": "standardize"}] if module["type"] == "gaussian" and rows.ndim == 2 else []
    groups: List[Tuple[int, Module, str]] = []
    for index in range(rows.shape[1]):
        module, reason = (
            ({"type": "categorical", "classes": max(2, classes[index])}, "words") if index in classes else column(rows[:, index]))
        if not groups or groups[-1][1] != module:
            groups.append((index, module, reason))
    ends = [start for start, _, _ in groups[1:]] + [rows.shape[1]]
    real = [i for (start, module, _), end in zip(groups, ends) if module["type"] == "gaussian" for i in range(start, end)]
    preprocess: List[Module] = []
    if real:
        preprocess.append({"type": "standardize", **({} if len(real) == rows.shape[1] else {"columns": real})})
    if classes:
        preprocess.append({"type": "oneHot", "columns": list(classes), "levels": [max(2, count) for count in classes.values()]})
    if len(groups) == 1:
        reasons["likelihood"] = f"{groups[0][1]['type']}: {groups[0][2]} in every column"
        return groups[0][1], preprocess
    counts: Dict[str, int] = {}
    for (start, module, reason), end in zip(groups, ends):
        key = f"{module['type']} for columns of {reason}"
        counts[key] = counts.get(key, 0) + end - start
    reasons["likelihood"] = "mixed: " + ", ".join(f"{key} ({count})" for key, count in counts.items())
    parts = [{"from": start, "to": end, "likelihood": module} for (start, module, _), end in zip(groups, ends)]
    return {"type": "mixed", "columns": parts}, preprocess


def whole(rows: AnyNumbers) -> Tuple[Module, str]:
    """One likelihood for every value, and why."""
    module, reason = column(rows)
    if module["type"] in ("poisson", "negativeBinomial") and rows.max() <= 255 and (rows.ndim > 2 or rows.max() > 127):
        return {"type": "discretizedLogistic"}, "discretizedLogistic: grey levels from 0 to 255"
    if module["type"] == "gaussian" and rows.ndim > 2 and rows.min() >= 0 and rows.max() <= 1:
        return {"type": "continuousBernoulli"}, "continuousBernoulli: grey levels from 0 to 1"
    return module, f"{module['type']}: {reason}"


def column(values: AnyNumbers) -> Tuple[Module, str]:
    """The likelihood of these values, and what they are."""
    low, high = values.min(), values.max()
    if low >= 0 and (values == numpy.floor(values)).all():
        if high <= 1:
            return {"type": "bernoulli"}, "zeros and ones"
        if high <= 1_000_000:
            wide = float(values.var(dtype=float)) > float(values.mean(dtype=float))
            return {"type": "negativeBinomial" if wide else "poisson"}, "counts" if wide else "counts that vary little"
    return {"type": "gaussian"}, "real numbers"
