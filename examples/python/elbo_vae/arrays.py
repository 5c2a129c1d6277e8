"""Arrays of other libraries: whatever has rows of numbers becomes a numpy array.

Taken are tables of pandas, polars and all that speak the data frame interchange protocol, sparse matrices of scipy, tensors of
torch, pictures of PIL, everything with `__array__`, `__array_interface__` or `__dlpack__`, and buffers of the standard library.
"""

from __future__ import annotations

import array
import ctypes
import os
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Protocol, Sequence, Union

if TYPE_CHECKING:
    import numpy.typing

    AnyNumbers = numpy.typing.NDArray[Any]
else:
    AnyNumbers = Any

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]


class SupportsArray(Protocol):
    """pandas, polars, torch, JAX and many more."""

    def __array__(self) -> Any: ...


class SupportsInterchange(Protocol):
    """Tables of other libraries."""

    def __dataframe__(self, nan_as_null: bool = ..., allow_copy: bool = ...) -> Any: ...


class SupportsInterface(Protocol):
    """PIL's pictures."""

    @property
    def __array_interface__(self) -> Any: ...


class SparseMatrix(Protocol):
    """Matrices and arrays of scipy.sparse."""

    def toarray(self) -> Any: ...
    def tocsr(self) -> Any: ...


# What is taken for rows of numbers.
Rows = Union[AnyNumbers, SupportsArray, SupportsInterchange, SupportsInterface, SparseMatrix, Sequence[Any]]
# What is no array, though some of it has a length.
PLAIN = (str, bytes, bytearray, int, float, complex, list, tuple, dict, Mapping, os.PathLike, type(None))
MARKS = ("__array__", "__dataframe__", "__array_interface__", "__dlpack__")


def is_foreign(value: Any) -> bool:
    """Whether a value is an array or a table of some library."""
    # A sparse matrix by keys is a dictionary too.
    return hasattr(value, "tocsr") or not isinstance(value, (*PLAIN, type)) and (
        isinstance(value, (array.array, memoryview)) or any(hasattr(value, mark) for mark in MARKS))


def rows_of(value: Any) -> AnyNumbers:
    """An array of numbers or truth values; of one dimension, also of words.

    Raises TypeError for what is neither, and names the column."""
    if numpy is None:
        raise TypeError(f"a {type(value).__name__} is only taken where numpy is installed; lists are taken without it")
    return _numbers(_array(value), value)


def stacked(values: Sequence[Any]) -> Optional[AnyNumbers]:
    """Several arrays or pictures of one shape as one array, with their number as the first extent; None for other lists."""
    if numpy is None or not all(isinstance(value, numpy.ndarray) or is_foreign(value) for value in values):
        return None
    parts = [rows_of(value) for value in values]
    if not parts or parts[0].ndim == 0 or (parts[0].ndim == 1 and parts[0].dtype.kind in "iuUO"):
        return None
    for index, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise ValueError(f"arrays in a list are to have one shape: number {index} has {part.shape}, the first {parts[0].shape}")
    return numpy.stack(parts)


def labels_of(value: Any) -> List[int]:
    """The class of each row, in whole numbers."""
    found = rows_of(value) if numpy is not None else None
    if found is None:
        return list(map(int, value))
    found = found.reshape(-1)
    if found.dtype.kind == "f" and (found == numpy.floor(found)).all():
        found = found.astype(numpy.int64)
    if found.dtype.kind not in "biu":
        if found.dtype.kind in "UO":
            what, way = f"words such as {str(found[0])!r}", "words become numbers by numpy.unique(labels, return_inverse=True)[1]"
        elif (found != numpy.floor(found))[~numpy.isnan(found)].any():
            what = f"fractions such as {found[found != numpy.floor(found)][0]:g}"
            way = "fractions become classes by bounds between them, numpy.digitize(labels, bounds)"
        else:
            what, way = "missing in some rows", "leave those rows out, or make them a class of their own"
        raise TypeError(f"labels are whole numbers, and these are {what}; {way}")
    return [int(label) for label in found]


def _array(value: Any) -> AnyNumbers:
    """What numpy makes of it, of any kind of values."""
    if hasattr(value, "tocsr"):
        return numpy.asarray(value.toarray())
    if hasattr(value, "detach"):
        # torch: off the device, and without a gradient; numpy has no bfloat16.
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
    if hasattr(value, "columns") or hasattr(value, "__dataframe__"):
        return _table(value)
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return numpy.from_dlpack(value)
    return numpy.asarray(value)


def _table(value: Any) -> AnyNumbers:
    if not hasattr(value, "__array__"):
        return _interchanged(value)
    whole = numpy.asarray(value)
    if whole.dtype.kind in "biuf" or not hasattr(value, "columns"):
        return whole
    # Columns of several kinds: each by itself, so that the one that is no number can be named.
    names = list(value.columns)
    columns = [column_of(name, value.iloc[:, i] if hasattr(value, "iloc") else value[name]) for i, name in enumerate(names)]
    return numpy.stack(columns, axis=1) if columns else whole.astype(float)


def column_of(name: Any, column: Any) -> AnyNumbers:
    """A column of a table in numbers; missing ones are NaN."""
    found = numpy.asarray(column)
    if found.dtype.kind in "biuf":
        return found.astype(float)
    if found.dtype.kind == "O" and not any(isinstance(item, str) for item in found):
        try:
            # pandas keeps missing values as objects.
            return numpy.array([float("nan") if _is_missing(item) else float(item) for item in found])
        except (TypeError, ValueError):
            pass
    raise TypeError(_complaint(f"column {name!r}", found))


def _is_missing(item: Any) -> bool:
    return item is None or type(item).__name__ in ("NAType", "NaTType")


def _numbers(found: AnyNumbers, value: Any) -> AnyNumbers:
    if found.dtype.kind in "biuf":
        return found
    if found.dtype.kind in "OU" and found.ndim == 1 and len(found) and all(isinstance(item, str) for item in found):
        return found
    if found.dtype.kind == "c":
        raise ValueError("Complex data not supported: give real and imaginary parts as columns")
    if found.dtype.kind == "O":
        return _objects(found, value)
    raise TypeError(_complaint(f"the {type(value).__name__}", found.reshape(-1)))


def _objects(found: AnyNumbers, value: Any) -> AnyNumbers:
    """An array of objects, if they are all numbers."""
    try:
        return numpy.array([float("nan") if _is_missing(item) else float(item) for item in found.reshape(-1)]).reshape(found.shape)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{_complaint(f'the {type(value).__name__}', found.reshape(-1))} ({error})") from None


def _complaint(what: str, found: AnyNumbers) -> str:
    if found.dtype.kind in "Mm":
        return f"{what} holds times, which are no numbers: leave it out, or give the days since one, as by (column - column.min()).dt.days"
    words = [str(item) for item in found if isinstance(item, str)][:1]
    others = [item for item in found if not isinstance(item, str) and not _is_missing(item) and item == item][:1]
    if words and others and isinstance(others[0], (int, float)):
        return (
            f"{what} holds both numbers, such as {others[0]!r}, and words, such as {words[0]!r}: make all of them numbers, as by "
            "pandas.to_numeric(column, errors='coerce'), or all of them words, as by astype(str)")
    example = f"words such as {words[0]!r}" if words else f"objects such as {found[0]!r}" if len(found) else "objects"
    if words and not what.startswith("column"):
        return (
            f"{what} holds {example}, which are no numbers: VAE takes words in the columns of a table, as of pandas.DataFrame; else make "
            "them numbers, as by sklearn.preprocessing.OrdinalEncoder")
    return (
        f"{what} holds {example}, which are no numbers: leave it out, or make it numbers, as by pandas.get_dummies or "
        "sklearn.preprocessing.OrdinalEncoder")


# The interchange protocol: https://data-apis.org/dataframe-protocol/latest/API.html
KINDS = {0: "i", 1: "u", 2: "f"}


def _interchanged(value: Any) -> AnyNumbers:
    frame = value.__dataframe__(allow_copy=True)
    columns = []
    for name in frame.column_names():
        chunks = [_chunk(name, chunk) for chunk in frame.get_column_by_name(name).get_chunks()]
        columns.append(numpy.concatenate(chunks) if chunks else numpy.zeros(0))
    return numpy.stack(columns, axis=1)


def _chunk(name: str, column: Any) -> AnyNumbers:
    kind, bits, _, order = column.dtype
    number = KINDS.get(int(kind)) if int(kind) != 20 else "u"
    if number is None:
        words = {21: "words", 22: "times", 23: "categories"}.get(int(kind), "objects")
        raise TypeError(f"column {name!r} holds {words}, which are no numbers: leave it out, or make it numbers")
    buffers = column.get_buffers()
    values = _buffer(buffers["data"][0], number, bits, column.size(), column.offset, order).astype(float)
    rule, missing = column.describe_null
    if int(rule) == 2:
        values[values == missing] = numpy.nan
    elif int(rule) in (3, 4) and buffers["validity"]:
        mask, (_, width, _, _) = buffers["validity"]
        values[_buffer(mask, "u", width, column.size(), column.offset, "=") == missing] = numpy.nan
    return values


def _buffer(buffer: Any, kind: str, bits: int, count: int, offset: int, order: str) -> AnyNumbers:
    """A copy of numbers that lie in memory; those of one bit are packed, the first in the lowest bit."""
    content = ctypes.string_at(buffer.ptr, buffer.bufsize) if count else b""
    if bits == 1:
        packed = numpy.unpackbits(numpy.frombuffer(content, numpy.uint8), bitorder="little")
        return packed[offset : offset + count]
    numbers = numpy.frombuffer(content, f"{'<' if order == '=' else order}{kind}{bits // 8}")
    return numbers[offset : offset + count]

