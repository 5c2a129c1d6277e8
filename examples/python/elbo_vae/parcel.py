"""Arrays sent to the engine: in the line of their request or, if they are too long for it, in files."""

from __future__ import annotations

import base64
import math
import os
import struct
import tempfile
from typing import Any, Dict, Optional, Sequence, Tuple

# Default limit of the bytes of a line: protocols/README.md, Limits.
LONGEST_LINE = 16 << 20
# An array of fewer bytes is always sent in the line.
SMALL = 1 << 16


def longest_line(arguments: Sequence[str]) -> int:
    """The limit of an engine that is started with these arguments."""
    limit = LONGEST_LINE
    for name, value in zip(arguments, [*arguments[1:], ""]):
        if name.startswith("--max-line="):
            name, _, value = name.partition("=")
        if name == "--max-line" and value.isdecimal():
            limit = int(value)
    return limit


def is_fenced(arguments: Sequence[str]) -> bool:
    """Whether an engine that is started with these arguments reads files only in some folders."""
    return any(word.partition("=")[0] in ("--root", "--read") for word in arguments)


class Parcel:
    """The arrays of one request. Half of the line is for arrays sent in it; files of others exist until it is answered."""

    def __init__(self, line: int, place: Optional[str] = None) -> None:
        """`place` is where its files go, if not with other temporary files."""
        self._room, self._count, self._place = line // 2, 0, place
        self._folder: Optional[tempfile.TemporaryDirectory[str]] = None

    def form(self, shape: Sequence[int], data: bytes) -> Dict[str, Any]:
        """The form of an array of little-endian float32 in the request."""
        size = 4 * math.ceil(len(data) / 3)
        if size > self._room and len(data) >= SMALL:
            return {"path": self._write(tuple(shape), data)}
        self._room -= size
        return {"shape": list(shape), "dtype": "float32", "base64": base64.b64encode(data).decode()}

    def _write(self, shape: Tuple[int, ...], data: bytes) -> str:
        """Writes a NumPy file, version 1; returns its path."""
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="elbo-", dir=self._place)
        self._count += 1
        path = os.path.join(self._folder.name, f"{self._count}.npy")
        with open(path, "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
            file.write(data)
        return path

    def remove(self) -> None:
        """Removes the files, which are no longer needed."""
        if self._folder:
            self._folder.cleanup()
            self._folder = None
