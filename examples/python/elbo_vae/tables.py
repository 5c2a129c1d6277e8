"""Tables with columns of words: each word is a class, and what is drawn has the words again."""

from __future__ import annotations

import importlib
from typing import Any, Dict, List, Optional, Sequence

import numpy

from .arrays import AnyNumbers, column_of
from .methods import ModelLoadReply


class Words:
    """The words of a table's columns, numbered 0, 1, …; `module` is pandas or polars."""

    def __init__(self, names: List[Any], words: Sequence[Optional[List[Any]]], module: str) -> None:
        """`words` has None for a column of numbers."""
        self.names, self.words, self.module = names, list(words), module

    @classmethod
    def of(cls, table: Any) -> Optional[Words]:
        """Those of a table; None if it has none."""
        module = type(table).__module__.partition(".")[0]
        names = list(getattr(table, "columns", ()))
        if module not in ("pandas", "polars") or len(set(names)) < len(names):
            return None
        found = [words_of(name, table[name]) for name in names]
        return cls(names, found, module) if any(found) else None

    @classmethod
    def of_model(cls, info: ModelLoadReply) -> Optional[Words]:
        """Those of a model that `elbo` has built for a table, as a table of pandas; None if it has none."""
        words = info.words or {}
        return cls(list(info.columns), [words.get(name) for name in info.columns], "pandas") if words and info.columns else None

    @property
    def source(self) -> Dict[str, Any]:
        """The names of the columns and their words, as members of a source."""
        named = zip(map(str, self.names), self.words)
        return {"columns": list(map(str, self.names)), "categories": {name: list(map(str, words)) for name, words in named if words}}

    def numbers(self, table: Any) -> AnyNumbers:
        """The table in numbers.

        Raises ValueError for a column that is missing and for a word that was not there before."""
        given = list(getattr(table, "columns", ()))
        if given != self.names:
            wanted = ", ".join(map(str, self.names))
            raise ValueError(f"expected a table with the columns {wanted}, got {', '.join(map(str, given)) or 'no table'}")
        return numpy.column_stack([
            coded(name, table[name], words) if words else column_of(name, table[name]) for name, words in zip(self.names, self.words)])

    def table(self, rows: AnyNumbers) -> Any:
        """Rows of numbers as a table with words."""
        columns: Dict[Any, Any] = {}
        for index, (name, words) in enumerate(zip(self.names, self.words)):
            if words is None:
                columns[name] = rows[:, index]
            else:
                # Where there is but one word, the likelihood has a second class, for none.
                columns[name] = [words[min(int(round(float(value))), len(words) - 1)] for value in rows[:, index]]
        return importlib.import_module(self.module).DataFrame(columns)


def coded(name: Any, column: Any, words: Sequence[Any]) -> AnyNumbers:
    """A column of words as their numbers."""
    number = {word: index for index, word in enumerate(words)}
    values = numpy.asarray(column, object)
    for row, value in enumerate(values):
        if value not in number:
            what = "no word" if is_missing(value) else f"{value!r}, which the fit has not seen,"
            raise ValueError(f"column {name!r} has {what} in row {row}: leave the row out, or put another word there, as by fillna('unknown')")
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
    if all(map(is_number, words)):
        raise ValueError(
            f"column {name!r} holds numbers as text, such as {min(words)!r}: make them numbers, as by pandas.to_numeric, or classes, as by "
            "astype('category')")
    return sorted(set(words))


def is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
