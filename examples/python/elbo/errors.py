"""What goes wrong: one class for each kind of error that the engine knows (those in `methods`), in groups by their codes."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type


class ElboError(Exception):
    """An answer that is an error. `kind` is its name, `path` the member of the parameters that it is about."""

    # By code and kind; filled by the classes themselves as they are made.
    _classes: ClassVar[Dict[Tuple[int, str], Type[ElboError]]] = {}

    def __init_subclass__(cls, code: int = 0, kind: str = "") -> None:
        super().__init_subclass__()
        if kind:
            ElboError._classes[code, kind] = cls

    def __init__(self, error: Mapping[str, Any]) -> None:
        data = error.get("data") or {}
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.kind: Optional[str] = data.get("kind")
        self.path: Optional[str] = data.get("path")
        self.expected: Optional[str] = data.get("expected")
        self.got: Optional[str] = data.get("got")
        self.hint: Optional[str] = data.get("hint")
        super().__init__(self.message + (f" ({self.hint})" if self.hint else ""))

    @staticmethod
    def of(error: Mapping[str, Any]) -> ElboError:
        """The error as its own class; as an ElboError where the engine is newer than this package."""
        key = error["code"], (error.get("data") or {}).get("kind", "")
        return ElboError._classes.get(key, ElboError)(error)


class ProtocolError(ElboError):
    """A message that is no request, or asks for what there is not (negative codes)."""


class SessionError(ElboError, LookupError):
    """A name that is not there, or taken, or a trainer that is busy (10xx)."""


class InputError(ElboError, ValueError):
    """Shapes and values that do not go together (11xx)."""


class NumericError(ElboError, ArithmeticError):
    """Numbers that left the range of floating point (12xx)."""


class FileError(ElboError, OSError):
    """Files that cannot be read or written (13xx)."""


class ResourceError(ElboError, MemoryError):
    """No room (14xx)."""


class ProgramError(ElboError):
    """A plug-in, or a program that the engine starts (15xx, 16xx)."""


class ElboGone(Exception):
    """The engine has ended: its exit status, and the last that it said."""
