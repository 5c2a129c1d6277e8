"""Errors: one class for each kind of error of the engine (those in `methods`), grouped by their codes."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type


class ElboError(Exception):
    """An error reply. `kind` is its name, `path` the member of the parameters that it concerns."""

    # By code and kind; each class registers itself here.
    _classes: ClassVar[Dict[Tuple[int, str], Type[ElboError]]] = {}

    def __init_subclass__(cls, code: int = 0, kind: str = "") -> None:
        super().__init_subclass__()
        if kind:
            ElboError._classes[code, kind] = cls

    def __init__(self, error: Mapping[str, Any]) -> None:
        self._error = dict(error)
        data = error.get("data") or {}
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.kind: Optional[str] = data.get("kind")
        self.path: Optional[str] = data.get("path")
        self.expected: Optional[str] = data.get("expected")
        self.got: Optional[str] = data.get("got")
        self.hint: Optional[str] = data.get("hint")
        super().__init__(self.message + (f" ({self.hint})" if self.hint else ""))

    def __reduce__(self) -> Tuple[Any, ...]:
        # Python would make the copy from the words alone.
        return type(self), (self._error,)

    @staticmethod
    def of(error: Mapping[str, Any]) -> ElboError:
        """The error as its own class; as an ElboError if the engine is newer than this package."""
        key = error["code"], (error.get("data") or {}).get("kind", "")
        return ElboError._classes.get(key, ElboError)(error)


class ProtocolError(ElboError):
    """An invalid message or an unknown method (negative codes)."""


class SessionError(ElboError, LookupError):
    """A name that is unknown or in use, or a busy trainer (10xx)."""


class InputError(ElboError, ValueError):
    """Shapes or values that do not fit (11xx)."""


class NumericError(ElboError, ArithmeticError):
    """Numbers that are not finite (12xx)."""


class FileError(ElboError, OSError):
    """Files that cannot be read or written (13xx)."""


class ResourceError(ElboError, MemoryError):
    """Not enough memory (14xx)."""


class ProgramError(ElboError):
    """A failure of a plug-in, or a missing program (15xx, 16xx)."""


class ElboGone(Exception):
    """The engine has exited. `status` is how (the number of a signal is negative), `words` the end of its stderr."""

    def __init__(self, message: str, status: Optional[int] = None, words: str = "") -> None:
        super().__init__(message, status, words)
        self.message, self.status, self.words = message, status, words

    def __str__(self) -> str:
        return self.message

    def copy(self) -> ElboGone:
        """The same error for another call: each is raised with a traceback of its own."""
        return ElboGone(self.message, self.status, self.words)

    @classmethod
    def after(cls, status: int, words: str) -> ElboGone:
        """The error of an engine that ended with this status, after these words on stderr."""
        words = words.strip()
        return cls(f"the engine has ended ({status}{meaning(status)})" + (f"\n{words}" if words else ""), status, words)


def meaning(status: int) -> str:
    """What a status says, after a comma; nothing for one that needs no words."""
    if status == -9:
        return ", killed: if nobody did that, the system was out of memory"
    if status == -4:
        return ", an instruction that this processor does not have"
    return ""
