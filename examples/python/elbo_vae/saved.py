"""Models and trainers as the bytes of their files."""

from __future__ import annotations

import errno
import json
import os
import struct
import tempfile
from typing import Any, Callable, Dict, Mapping, Tuple, TypeVar

T = TypeVar("T")
# The member of a file's metadata that belongs to the estimator.
MEMBER = "elbo_vae"


class Saved:
    """The bytes of a file, which never change: a model, or a trainer."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __deepcopy__(self, memo: Any) -> Saved:
        return self

    @classmethod
    def by(cls, write: Callable[[str], object]) -> Saved:
        """What a call writes to the path that it is given."""
        with tempfile.TemporaryDirectory(prefix="elbo-") as folder:
            path = os.path.join(folder, "saved.safetensors")
            write(path)
            with open(path, "rb") as file:
                return cls(file.read())

    def read(self, load: Callable[[str], T]) -> T:
        """What a call makes of a file with these bytes."""
        with tempfile.TemporaryDirectory(prefix="elbo-") as folder:
            path = os.path.join(folder, "saved.safetensors")
            with open(path, "wb") as file:
                file.write(self.content)
            return load(path)


def header_of(content: bytes, path: str) -> Tuple[Dict[str, Any], bytes]:
    """The header of a safetensors file, and the arrays after it.

    Raises ValueError if the file is another."""
    try:
        (size,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + size])
        assert isinstance(header["__metadata__"], dict)
    except (struct.error, ValueError, KeyError, TypeError, AssertionError):
        raise ValueError(f"{path} is no model of elbo: expected a .safetensors file that VAE.save or model.save has written") from None
    return header, content[8 + size :]


def write_model(path: str, model: Saved, description: Mapping[str, Any]) -> None:
    """Writes a model and what the estimator knows beyond it, whole or not at all.

    Raises ValueError for a name that promises another format."""
    stem, ending = os.path.splitext(path)
    if ending.lower() != ".safetensors":
        raise ValueError(
            f"{path}: expected a path that ends in .safetensors, the format of a model's file: name it {stem}.safetensors; no other is written")
    header, arrays = header_of(model.content, path)
    header["__metadata__"][MEMBER] = json.dumps(description, default=plainly)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    try:
        if os.path.exists(path):
            with open(path, "rb") as file:
                header_of(file.read(), path)
        replace(path, struct.pack("<Q", len(text)) + text + arrays)
    except OSError as error:
        # The path that was asked for, and not the one beside it.
        raise type(error)(error.errno, f"{error.strerror}: {way_out(path, error)}", path) from None


def replace(path: str, content: bytes) -> None:
    """Writes a file by way of another beside it, so that the path has the old content or the new."""
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(os.path.abspath(path)), prefix=".elbo-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def way_out(path: str, error: OSError) -> str:
    """What to do about an error of writing to this path."""
    folder, name = os.path.split(os.path.abspath(path))
    if not os.path.isdir(folder):
        return f"make the folder first, as by os.makedirs({folder!r})"
    if os.path.isdir(path):
        return f"this is a folder: give the path of a file, as {os.path.join(path, 'model.safetensors')}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        way = "make room, or give a path on another disk"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        way = f"no right to write there: give a path in a folder of yours, as os.path.expanduser({os.path.join('~', name)!r})"
    else:
        way = "give another path"
    return f"{way}; nothing is lost, and save can be called again"


def plainly(value: Any) -> Any:
    """Numbers of numpy as Python's own, and what else JSON has no form for in its words."""
    return value.item() if hasattr(value, "item") else str(value)


def model_at(path: str) -> str:
    """A model's file, or the one in a folder that `elbo train` has made.

    Raises FileNotFoundError for a folder without one."""
    if not os.path.isdir(path):
        return path
    found = os.path.join(path, "model.safetensors")
    if not os.path.isfile(found):
        raise FileNotFoundError(
            errno.ENOENT, "there is no model.safetensors in this folder: give a file that VAE.save has written, or a folder of elbo train", path)
    return found


def read_model(path: str) -> Tuple[Saved, Dict[str, Any]]:
    """A model's file, and what the estimator knew; nothing if the engine has written it."""
    with open(path, "rb") as file:
        content = file.read()
    header, _ = header_of(content, path)
    description = json.loads(header["__metadata__"].get(MEMBER, "{}"))
    assert isinstance(description, dict)
    return Saved(content), description
