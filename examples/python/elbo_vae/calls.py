"""How a method is called: at once, later, or awaited. `methods` declares each of them once, for all three."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Dict, Generic, List, Optional, Type, TypeVar, Union, overload

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    from .methods import Progress
    from .pending import AsyncPending, Pending

    P = ParamSpec("P")
else:
    P = TypeVar("P")  # ParamSpec came with Python 3.10

R = TypeVar("R")
Mode = TypeVar("Mode")
# Sends a request, and returns what its mode requires: (method, parameters, reports of its progress).
Ask = Callable[["Method[Any, Any]", Dict[str, Any]], Any]
# Whether progress is shown (as a tqdm bar if tqdm is installed), or the function to call with it.
Reports = Union[bool, Callable[["Progress"], object]]


class Now:
    """The call returns the reply."""


class Later:
    """The call returns a Pending."""


class Soon:
    """The call is awaited."""


class Family(Generic[Mode]):
    """Methods that begin with the same word."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask


class Method(Generic[P, R]):
    """A method of the engine, as an attribute of its family."""

    all: ClassVar[Dict[str, Method[Any, Any]]] = {}

    def __init__(self, function: Callable[..., R], name: str, reply: Type[Any], binary: bool) -> None:
        self.name, self.reply, self.binary, self.function = name, reply, binary, function
        signature = inspect.signature(function)
        self.signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        Method.all[name] = self

    @overload
    def __get__(self, family: None, owner: Any) -> Method[P, R]: ...
    @overload
    def __get__(self, family: Family[Now], owner: Any) -> Callable[P, R]: ...
    @overload
    def __get__(self, family: Family[Later], owner: Any) -> Callable[P, Pending[R]]: ...
    @overload
    def __get__(self, family: Family[Soon], owner: Any) -> Callable[P, AsyncPending[R]]: ...
    def __get__(self, family: Optional[Family[Any]], owner: Any) -> Any:
        if family is None:
            return self
        names: List[str] = list(self.signature.parameters)
        ask = family._ask

        def call(*values: Any, **params: Any) -> Any:
            if len(values) > len(names):
                raise TypeError(f"{self.name} takes {len(names)} parameters at most, {len(values)} were given")
            given = dict(zip(names, values))
            for name in given:
                if name in params:
                    raise TypeError(f"{self.name}: {name} is given twice")
            # Unknown names are left to the engine, whose error suggests the nearest name.
            return ask(self, {**given, **params})

        call.__name__ = self.name.partition(".")[2]
        call.__qualname__ = self.name
        call.__doc__ = self.function.__doc__
        call.__signature__ = self.signature  # type: ignore[attr-defined]
        return call


def method(
    name: str, reply: Type[Any], binary: bool = False
) -> Callable[[Callable[Concatenate[Any, P], R]], Method[P, R]]:
    """Declares a method: its name, the class of its reply, and whether its arrays can be returned in base64."""
    return lambda function: Method(function, name, reply, binary)
