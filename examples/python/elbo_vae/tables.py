"""Tables with columns of words: each word is a class, and what is drawn has the words again."""

from __future__ import annotations

import importlib
import re
from typing import Any, Dict, List, Optional, Sequence

import numpy

from .arrays import AnyNumbers, column_of
from .methods import ModelLoadReply


class Words:
    """The columns of a table, and their words, numbered 0, 1, …; `module` is pandas or polars."""

    def __init__(
        self, names: List[Any], words: Sequence[Optional[List[Any]]], module: str, kinds: Optional[Sequence[str]] = None
    ) -> None:
        """`words` has None for a column of numbers, and `kinds` has numpy's letters for their types."""
        self.names, self.words, self.module = names, list(words), module
        self.kinds = list(kinds or "f" * len(names))

    @classmethod
    def of(cls, table: Any) -> Optional[Words]:
        """Those of a table; None of rows that are none."""
        module = type(table).__module__.partition(".")[0]
        names = list(getattr(table, "columns", ()))
        if module not in ("pandas", "polars") or len(set(names)) < len(names):
            return None
        return cls(
            names, [words_of(name, table[name]) for name in names], module, [numpy.asarray(table[name]).dtype.kind for name in names])

    @classmethod
    def of_model(cls, info: ModelLoadReply) -> Optional[Words]:
        """Those of a model that `elbo` has built for a table, as a table of pandas; None of other models."""
        words, columns = info.words or {}, list(info.columns or [])
        return cls(columns, [words.get(name) for name in columns], "pandas") if [len(columns)] == info.shape else None

    def __bool__(self) -> bool:
        """Whether a column has words."""
        return any(self.words)

    @property
    def source(self) -> Dict[str, Any]:
        """The names of the columns and their words, as members of a source."""
        named = zip(map(str, self.names), self.words)
        return {"columns": list(map(str, self.names)), "categories": {name: list(map(str, words)) for name, words in named if words}}

    def numbers(self, table: Any) -> AnyNumbers:
        """The table in numbers.

        Raises ValueError for a column that is missing and for a word that was not there before."""
        if not hasattr(table, "columns"):
            raise ValueError(
                f"expected a table, since some columns hold words, got a {type(table).__name__}: use a DataFrame of {self.module} with these "
                f"columns: {listed(self.names)}")
        given = list(table.columns)
        if given != self.names:
            missing, unknown = [name for name in self.names if name not in given], [name for name in given if name not in self.names]
            wrong = [f"missing {listed(missing)}"] * bool(missing) + [f"unknown {listed(unknown)}"] * bool(unknown) or ["another order"]
            way = "" if missing else ": give X[list(vae.feature_names_in_)]"
            raise ValueError(f"expected the columns of the fit, {listed(self.names)}, got {'; '.join(wrong)}{way}")
        return numpy.column_stack([
            coded(name, table[name], words) if words else column_of(name, table[name]) for name, words in zip(self.names, self.words)])

    def table(self, rows: AnyNumbers) -> Any:
        """Rows of numbers as a table with words. Without words and without the library they stay numbers."""
        columns: Dict[Any, Any] = {}
        for index, (name, words, kind) in enumerate(zip(self.names, self.words, self.kinds)):
            if words is None:
                columns[name] = of_kind(kind, rows[:, index])
            else:
                # Where there is but one word, the likelihood has a second class, for none.
                columns[name] = [words[min(int(round(float(value))), len(words) - 1)] for value in rows[:, index]]
        try:
            return importlib.import_module(self.module).DataFrame(columns)
        except ImportError:
            if self:
                raise
            return rows


def of_kind(kind: str, values: AnyNumbers) -> AnyNumbers:
    """Numbers as whole ones, or as yes and no, where the column had such and these are; means of them stay as they are."""
    if kind == "b" and numpy.isin(values, (0, 1)).all():
        return values.astype(bool)
    if kind in "iu" and (numpy.abs(values) < 2**53).all() and (values == numpy.rint(values)).all():
        return values.astype(int)
    return values


def coded(name: Any, column: Any, words: Sequence[Any]) -> AnyNumbers:
    """A column of words as their numbers."""
    number = {word: index for index, word in enumerate(words)}
    values = numpy.asarray(column, object)
    for row, value in enumerate(values):
        if value not in number:
            what, way = f"{value!r}, which the fit has not seen,", f"one of {listed(words)} there"
            if is_missing(value):
                what, way = "no word", "another word there before the fit, as by fillna('unknown')"
            raise ValueError(f"column {name!r} has {what} in row {row}: leave the row out, or put {way}")
    return numpy.array([number[value] for value in values], float)


def words_of(name: Any, column: Any) -> Optional[List[Any]]:
    """The words of a column in order, or the classes of one that is said to hold classes; None for numbers.

    Raises ValueError for numbers that are written as words."""
    if hasattr(column, "cat") and hasattr(column.cat, "categories"):
        return list(column.cat.categories)
    values = numpy.asarray(column)
    if values.dtype.kind not in "OUT":
        return None
    words = [value for value in values.astype(object) if not is_missing(value)]
    if not words or not all(isinstance(word, str) for word in words):
        return None
    if all(map(DATE.fullmatch, words)):
        first = min(words)
        raise ValueError(
            f"column {name!r} holds dates, such as {first!r}: give the days since one, as by "
            f"(pandas.to_datetime(table[{name!r}]) - pandas.Timestamp({first[:10]!r})).dt.days, leave it out, or make them classes, as by "
            "astype('category')")
    plain = all(map(is_number, words))
    if plain or all(map(AMOUNT.fullmatch, words)):
        made = "pandas.to_numeric" if plain else f"pandas.to_numeric(table[{name!r}].str.replace('[$€£¥%,]', '', regex=True))"
        raise ValueError(
            f"column {name!r} holds numbers as text, such as {min(words)!r}: make them numbers, as by {made}, or classes, as by "
            "astype('category')")
    return sorted(set(words))


DATE = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")
# A number with a currency, commas between thousands, or a percent sign.
AMOUNT = re.compile(r"\s*[-+]?[$€£¥]?\d+(,\d{3})*(\.\d+)?\s*%?\s*")


def is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def listed(names: Sequence[Any]) -> str:
    """Names of columns, the first of many."""
    return ", ".join(map(str, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
