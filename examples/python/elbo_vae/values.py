"""Parameters and replies: arrays are numpy arrays if numpy is installed; members of replies are attributes."""

from __future__ import annotations

import array
import base64
import html
import os
import re
import sys
from typing import (
    TYPE_CHECKING, Any, Callable, ClassVar, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar,
    Union, cast)

from .arrays import Rows, is_foreign, labels_of, rows_of, stacked

if TYPE_CHECKING:
    from typing_extensions import TypeAlias
    import numpy.typing

    # The type of arrays in replies; an `Array` without numpy.
    Numbers: TypeAlias = numpy.typing.NDArray[numpy.float32]
else:
    Numbers = Any

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

NOT_FINITE = {"NaN", "Infinity", "-Infinity"}


class Array:
    """Numbers with a shape, row by row: replaces a numpy array if numpy is not installed."""

    def __init__(self, shape: Iterable[int], values: Iterable[float]) -> None:
        self.shape, self.values = tuple(shape), array.array("f", values)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, row: int) -> Any:
        row = range(self.shape[0])[row]
        width = len(self.values) // self.shape[0]
        values = self.values[row * width : (row + 1) * width]
        return Array(self.shape[1:], values) if len(self.shape) > 1 else values[0]

    def tolist(self) -> List[Any]:
        return [row.tolist() if isinstance(row, Array) else row for row in (self[i] for i in range(len(self)))]

    def __repr__(self) -> str:
        if len(self.values) > 1000:
            return f"Array({list(self.shape)}, [{', '.join(map(short, self.values[:3]))}, …])"
        return f"Array({list(self.shape)}, {self.tolist()})"


Nest = Sequence[Union[float, "Nest"]]
# An array in parameters: those of other libraries and nested lists too, and {"path": "rows.npy"}.
ArrayLike = Union["Numbers", Rows, Array, Nest, Mapping[str, Any]]
Path = Union[str, "os.PathLike[str]"]
R = TypeVar("R", bound="Result")


class Result(Mapping[str, Any]):
    """A reply: its members are attributes and items. An optional one that is absent is None as an attribute."""

    _classes: ClassVar[Dict[str, Type[Result]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Result._classes[cls.__name__] = cls

    def __init__(self, members: Mapping[str, Any]) -> None:
        kinds = type(self).__dict__.get("__annotations__", {})
        self._members = {name: decoded(value, str(kinds.get(name, ""))) for name, value in members.items()}

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    if not TYPE_CHECKING:
        # Hidden from type checkers, which know the members of each reply.
        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            if name in self._members or name in type(self).__dict__.get("__annotations__", {}):
                return self._members.get(name)
            raise AttributeError(f"{type(self).__name__} has no {name}; it has {', '.join(self)}")

    def __dir__(self) -> List[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        name = type(self).__name__
        members = (f"{member}=" + shown(value, len(member) + 5) for member, value in self.items())
        if any(hasattr(value, "shape") for value in self.values()):
            return f"{name}(\n    " + ",\n    ".join(members) + ")"
        return f"{name}({', '.join(members)})"

    def _repr_html_(self) -> Optional[str]:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{self._cell(value)}</td></tr>"
            for name, value in self.items())
        return f"<table>{rows}</table>"

    def _cell(self, value: Any) -> str:
        text = html.escape(shown(value, room=400))
        return f"<pre>{text}</pre>" if hasattr(value, "shape") else text


class Picture(Result):
    """A picture, which a notebook shows."""

    @property
    def content(self) -> bytes:
        """The file, from the reply or from the path of the call."""
        if self["path"] if "path" in self else None:
            with open(self["path"], "rb") as file:
                return file.read()
        return base64.b64decode(self["base64"])

    def save(self, path: Path) -> None:
        """Writes the picture as it is, in the format that it was drawn in: a PNG, unless the call that drew it had a path
        that ends in .svg or .pdf. A file that exists is replaced.

        Raises ValueError for a path with another ending."""
        stem, ending = os.path.splitext(os.fspath(path))
        kind = next((kind for kind in ("png", "svg", "pdf") if self._is(kind)), "")
        if ending and kind and ending.lower() != f".{kind}":
            other = ending.lower() if ending.lower() in (".png", ".svg", ".pdf") else ".svg"
            raise ValueError(
                f"{os.fspath(path)}: this picture is {'an SVG' if kind == 'svg' else f'a {kind.upper()}'}, and save converts none: name it "
                f"{stem}.{kind}; the call that draws it writes PNG, SVG or PDF by the ending of its own path, as plot_samples(path='samples{other}')")
        content = self.content
        with open(path, "wb") as file:
            file.write(content)

    def _is(self, kind: str) -> bool:
        return kind in str(self.get("mediaType") or os.path.splitext(self.get("path") or "")[1]).lower()

    def _repr_html_(self) -> None:
        return None

    def _repr_png_(self) -> Optional[bytes]:
        return self.content if self._is("png") else None

    def _repr_svg_(self) -> Optional[str]:
        return self.content.decode() if self._is("svg") else None


def shown(value: Any, indent: int = 0, room: int = 60) -> str:
    """A member of a reply: an array as numpy shows it, anything else in a few words."""
    if hasattr(value, "shape"):
        return repr(value).replace("\n", "\n" + " " * indent)
    return short(value, room)


def short(value: Any, room: int = 60) -> str:
    """A value in a few words."""
    if isinstance(value, list) and len(value) > 8:
        return f"[{', '.join(short(item, 20) for item in value[:4])}, … {len(value)} in all]"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value)
    return text if len(text) <= room or hasattr(value, "shape") else text[:room] + "…"


# Makes the JSON form of an array from its shape and little-endian float32.
Form = Callable[[Sequence[int], bytes], Dict[str, Any]]


def encoded(value: Any, form: Form) -> Any:
    """Parameters as JSON: arrays become what `form` makes of them, within lists and dictionaries too, but for rows of integers
    and of words."""
    if value is None or isinstance(value, (str, int)):
        return value
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)) or is_foreign(value):
        return _array(rows_of(value), form)
    if isinstance(value, Array):
        return form(value.shape, _little(array.array("f", value.values)).tobytes())
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {name: encoded(item, form) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        whole = stacked(value) if value and not isinstance(value[0], (int, float, str)) else None
        return [encoded(item, form) for item in value] if whole is None else _array(whole, form)
    if isinstance(value, range):
        return list(value)
    return value


def _array(value: Any, form: Form) -> Any:
    if value.ndim == 0:
        return encoded(value.item(), form)
    # Labels, indices, shapes, words: lists, which would be none in base64.
    if value.ndim == 1 and value.dtype.kind in "iuUO":
        return value.tolist()
    return form(value.shape, numpy.ascontiguousarray(value, "<f4").tobytes())


def with_source(params: Dict[str, Any]) -> Dict[str, Any]:
    """Parameters of data.load, where rows may stand for a source, and their labels beside them."""
    labels, source = params.get("labels"), params.get("source")
    if source is None or isinstance(source, (str, os.PathLike)):
        return params
    if not isinstance(source, Mapping) or is_foreign(source):
        source = {"type": "array", "values": source}
    if labels is not None:
        source = {**source, "labels": labels if isinstance(labels, (str, os.PathLike)) else labels_of(labels)}
    return {**{name: value for name, value in params.items() if name != "labels"}, "source": source}


def _little(values: array.array[float]) -> array.array[float]:
    if sys.byteorder == "big":
        values.byteswap()
    return values


def decoded(value: Any, kind: str = "") -> Any:
    """A value of a reply. `kind` is its annotation, which names the class of its members."""
    if isinstance(value, list):
        if value and isinstance(value[0], (int, float)) and not any(isinstance(item, str) for item in value):
            return value
        return [decoded(item, kind) for item in value]
    if isinstance(value, str):
        # Numbers that are not finite are written as strings.
        return float(value) if value in NOT_FINITE and "float" in kind else value
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("shape"), list) and ("dtype" in value or "values" in value):
        return _numbers(value)
    name = re.search(r"\w+Reply\w*", kind)
    found = Result._classes.get(name.group()) if name else None
    if found is None and "Mapping" in kind:
        return {key: decoded(item, kind.partition(",")[2]) for key, item in value.items()}
    return (found or Result)(value)


def _numbers(form: Mapping[str, Any]) -> Union[Numbers, Array]:
    if "dtype" in form:
        values = _little(array.array("f", base64.b64decode(form["base64"])))
    else:
        values = array.array("f", map(float, form["values"]))
    shape: Tuple[int, ...] = tuple(form["shape"])
    if numpy is None:
        return Array(shape, values)
    return cast("Numbers", numpy.frombuffer(values, numpy.float32).reshape(shape))
