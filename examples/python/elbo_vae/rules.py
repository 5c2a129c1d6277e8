"""The base classes of scikit-learn (1.6 or later) where it is installed, and the same rules in short where it is not."""

from __future__ import annotations

import inspect
import numbers
import os
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, TypeVar, Union

import numpy

from .arrays import AnyNumbers, Rows, is_foreign, rows_of, stacked

E = TypeVar("E", bound="Estimator")
RandomState = Union[int, None, "numpy.random.RandomState", "numpy.random.Generator"]

if TYPE_CHECKING:

    class NotFittedError(ValueError, AttributeError):
        """An estimator is asked before it is fitted."""

    class Estimator:
        """What scikit-learn asks of a transformer."""

        def get_params(self, deep: bool = True) -> Dict[str, Any]:
            """The parameters of the constructor."""
            ...

        def set_params(self: E, **params: Any) -> E:
            """Changes parameters of the constructor; fit takes them up."""
            ...

        def fit_transform(self, X: Rows, y: Any = None, **others: Any) -> AnyNumbers:
            """Fits, and returns the posterior means of the same rows."""
            ...

        def get_feature_names_out(self, input_features: Any = None) -> AnyNumbers:
            """The names of the latents."""
            ...

        def set_output(self: E, *, transform: Optional[str] = None) -> E:
            """Chooses what transform returns: "default", "pandas" or "polars"."""
            ...

        def __sklearn_tags__(self) -> Any: ...
        def __getstate__(self) -> Dict[str, Any]: ...
        def __setstate__(self, state: Dict[str, Any]) -> None: ...

    def check_names(estimator: Estimator, X: Any, reset: bool) -> None: ...

else:
    try:
        from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import validate_data

        class Estimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
            """What scikit-learn asks of a transformer."""

        def check_names(estimator, X, reset):
            """Takes note of the number and names of the columns, or compares them with those of the fit."""
            validate_data(estimator, X, reset=reset, skip_check_array=True)

    except ImportError:

        class NotFittedError(ValueError, AttributeError):
            """An estimator is asked before it is fitted."""

        class Estimator:
            """What scikit-learn asks of a transformer."""

            @classmethod
            def _names(cls):
                return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

            def get_params(self, deep=True):
                return {name: getattr(self, name) for name in self._names()}

            def set_params(self, **params):
                for name, value in params.items():
                    if name not in self._names():
                        raise ValueError(f"Invalid parameter {name!r} for estimator {self!r}: it has {', '.join(self._names())}")
                    setattr(self, name, value)
                return self

            def fit_transform(self, X, y=None, **others):
                return self.fit(X, y, **others).transform(X)

            def get_feature_names_out(self, input_features=None):
                return numpy.array([f"{type(self).__name__.lower()}{i}" for i in range(self._n_features_out)], dtype=object)

            def __getstate__(self):
                return dict(self.__dict__)

            def __setstate__(self, state):
                self.__dict__.update(state)

            def __repr__(self):
                fresh = inspect.signature(type(self).__init__).parameters
                changed = (f"{name}={value!r}" for name, value in self.get_params().items() if value is not fresh[name].default)
                return f"{type(self).__name__}({', '.join(changed)})"

        def check_names(estimator, X, reset):
            """Takes note of the number and names of the columns, or compares them with those of the fit."""
            names = [name for name in getattr(X, "columns", ()) if isinstance(name, str)]
            count = X.shape[1]
            if reset:
                estimator.n_features_in_ = count
                if hasattr(estimator, "feature_names_in_"):
                    del estimator.feature_names_in_
                if len(names) == count:
                    estimator.feature_names_in_ = numpy.array(names, dtype=object)
            elif count != estimator.n_features_in_:
                raise ValueError(
                    f"X has {count} features, but {type(estimator).__name__} is expecting {estimator.n_features_in_} features as input")
            elif len(names) == count and list(getattr(estimator, "feature_names_in_", names)) != names:
                raise ValueError("The feature names should match those that were passed during fit")


def checked_rows(X: Any, name: str, *, what: str = "X", names: Any = None) -> AnyNumbers:
    """Rows of at least one number each, all of them finite in float32; `names` are those of the columns. Errors are worded as
    those of scikit-learn."""
    if isinstance(X, (str, bytes, os.PathLike)):
        raise TypeError(f"{what}: expected rows, got the path {os.fspath(X)!r}: read the file first, as by pandas.read_csv or numpy.load")
    if X is None or (isinstance(X, Mapping) and not is_foreign(X)) or inspect.isgenerator(X):
        raise TypeError(f"{what}: expected rows, got a {type(X).__name__}: make it a list, an array or a table, as by pandas.DataFrame")
    listed = stacked(X) if isinstance(X, (list, tuple)) and X and not isinstance(X[0], (int, float, str)) else None
    rows = rows_of(X) if listed is None else listed
    if rows.dtype.kind in "OU":
        raise ValueError(f"Expected 2D array, got 1D array of words instead, such as {str(rows[0])!r}")
    if rows.ndim < 2:
        raise ValueError(
            f"Expected 2D array, got {'scalar' if rows.ndim == 0 else '1D'} array instead:\narray={rows}.\nReshape your data either using "
            "array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if it contains a single sample.")
    for part, count in (("sample", len(rows)), ("feature", min(rows.shape[1:]))):
        if count == 0:
            raise ValueError(f"Found array with 0 {part}(s) (shape={rows.shape}) while a minimum of 1 is required by {name}.")
    if rows.dtype.kind == "f":
        with numpy.errstate(over="ignore"):
            finite = numpy.isfinite(rows.astype(numpy.float32))
        if not finite.all():
            place = tuple(map(int, numpy.argwhere(~finite)[0]))
            where = f"column {names[place[1]]!r}" if names is not None else f"place {', '.join(map(str, place[1:]))}"
            value = "NaN" if numpy.isnan(rows[place]) else "infinity or a value too large for dtype('float32')"
            raise ValueError(
                f"Input {what} contains {value}: in row {place[0]}, {where}. Leave out such rows, or fill them in, as by sklearn.impute.SimpleImputer")
    return rows


def whole(value: Any, name: str, *, least: int) -> int:
    """A whole number, Python's or numpy's.

    Raises TypeError for anything else, and ValueError for one below the least."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected a whole number from {least}, got {value}")
    return int(value)


def seed_of(state: RandomState) -> int:
    """A whole number is its own seed; None draws one from numpy's global state."""
    if state is None:
        return int(numpy.random.randint(2**31 - 1))
    if isinstance(state, numpy.random.Generator):
        return int(state.integers(2**31 - 1))
    if isinstance(state, numpy.random.RandomState):
        return int(state.randint(2**31 - 1))
    if isinstance(state, bool) or not isinstance(state, numbers.Integral):
        raise TypeError(f"random_state: expected a whole number, None, or a RandomState or Generator of numpy, got {state!r}")
    return whole(state, "random_state", least=0)
