"""The program: where it is, whether it is ours, and what to do where it cannot run."""

from __future__ import annotations

import errno
import functools
import itertools
import os
import platform
import re
import shutil
import subprocess
import sysconfig
from typing import Iterator, Optional, Tuple, Union

HERE = os.path.dirname(os.path.abspath(__file__))
# Where `swift build` leaves the program beside a checkout of the sources.
BUILT = os.path.join(HERE, "..", "..", "..", ".build", "release", "elbo")
ELSEWHERE = (
    "elbo runs on x86-64 Linux with glibc 2.35 or later (Debian 12, Ubuntu 22.04, Fedora 36). Elsewhere: on macOS and arm64 "
    "a container of such a system (docker run --platform linux/amd64 python:3.12), on Windows WSL 2 or the same container, on an older Linux "
    "a container or a program built there from the sources")


class ProgramNotFound(FileNotFoundError):
    """There is no program, or the one that was named is another's, or cannot run here."""

    def __init__(self, words: str) -> None:
        super().__init__(words)


def find_program(program: Union[str, os.PathLike[str], None] = None) -> str:
    """The path of the engine: the given program, $ELBO, the one that was installed with this package, `elbo` on the PATH, or
    the one that was built beside these sources. It is asked for its version, since other programs are called elbo too."""
    named = os.fspath(program) if program else os.environ.get("ELBO")
    if named:
        source = "was given" if program else "$ELBO names"
        found = shutil.which(named)
        if not found:
            raise ProgramNotFound(f"no program at {named}, which {source}")
        reason = objection(found)
        if reason:
            raise ProgramNotFound(f"{found}, which {source}, {reason}")
        return found
    reasons = []
    for found in candidates():
        reason = objection(found)
        if not reason:
            return found
        reasons.append(f"\n- {found} {reason}")
    if reasons:
        raise ProgramNotFound(f"no program elbo that can be used here:{''.join(reasons)}\n{REMEDY}")
    raise ProgramNotFound(f"no program elbo beside this package or on the PATH: {REMEDY}")


REMEDY = (
    "install the wheel that carries it (pip install --force-reinstall elbo_vae-….whl, where another package has written its "
    "command elbo over the program), or build it (swift build -c release --product elbo) and put .build/release on the PATH, "
    "name it in $ELBO, or give Elbo(program=…)")


def candidates() -> Iterator[str]:
    """Programs that nobody named, the best first, each once."""
    seen = set()
    for folder in itertools.chain(installed(HERE), os.environ.get("PATH", "").split(os.pathsep)):
        found = shutil.which("elbo", path=folder) if folder else None
        if found and found not in seen and not starts_this_package(found):
            seen.add(found)
            yield found
    if os.path.exists(BUILT):
        yield os.path.realpath(BUILT)


def installed(package: str) -> Iterator[str]:
    """The folders in which the wheel's program can lie, the nearest to the package first."""
    site = os.path.dirname(package)
    if os.path.basename(site) in ("site-packages", "dist-packages"):
        # PREFIX/lib/python3.x/site-packages, of an environment, of a user or of a --prefix.
        yield os.path.normpath(os.path.join(site, *[os.pardir] * 3, "bin"))
    # pip install --target
    yield os.path.join(site, "bin")
    yield sysconfig.get_path("scripts")
    yield sysconfig.get_path("scripts", f"{os.name}_user")


def starts_this_package(path: str) -> bool:
    """Whether this is the command `elbo` of a wheel without the program: it would only come back here."""
    try:
        with open(path, "rb") as file:
            text = file.read(4096)
    except OSError:
        return False
    return text.startswith(b"#!") and b"elbo_vae" in text


def objection(path: str) -> Optional[str]:
    """Why the program cannot be used, in words that follow its path; None if it can."""
    try:
        stamp = os.stat(path).st_mtime_ns
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return _objection(path, stamp)


@functools.lru_cache(maxsize=16)
def _objection(path: str, stamp: int) -> Optional[str]:
    try:
        done = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    except subprocess.TimeoutExpired:
        return "is another program: it did not answer --version within 20 s"
    except OSError as error:
        if error.errno in (errno.ENOEXEC, errno.ENOENT):
            return f"is not made for this system ({system()}). {ELSEWHERE}"
        return f"cannot be started: {error.strerror}"
    said = done.stdout.decode(errors="replace").strip()
    if done.returncode == 0 and re.fullmatch(r"elbo \d+\.\d+\.\d+\S*", said):
        return None
    words = (said or done.stderr.decode(errors="replace").strip() or f"nothing, with status {done.returncode}")[:200]
    if done.returncode == -4 or "GLIBC_" in words:
        return f"cannot run here ({system()}): it ended with {words!r}. {ELSEWHERE}"
    if "error while loading shared libraries" in words:
        return f"misses a library: {words!r}"
    return (
        f"is another program: to --version it says {words!r}, and not 'elbo' with its version (on PyPI, `elbo` is another "
        "company's client; this package is `elbo-vae`)")


def glibc() -> Tuple[str, Tuple[int, ...]]:
    """The C library's name and version."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        name, version = "", ""
    return name, tuple(map(int, re.findall(r"\d+", version)[:2]))


def system() -> str:
    """This system in a few words."""
    words = f"{platform.system()} on {platform.machine() or 'an unknown processor'}"
    if platform.system() == "Linux":
        library, version = glibc()
        words += f", {library} {'.'.join(map(str, version))}" if library else ", a C library that is not glibc"
    return words
