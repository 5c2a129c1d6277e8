"""Runs the functions of a file whose names begin with test_, and names those that are skipped."""

import importlib
import inspect
import time


class Skipped(Exception):
    """What a test raises that cannot run here."""


def needs(name):
    """The module of this name, or the test is skipped."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Skipped(f"there is no {name}") from None


def fails(kind, call, *words):
    """The error of a call, which has to be of this kind and to say these words."""
    try:
        call()
    except kind as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in: {error}"
        return error
    raise AssertionError(f"no {kind.__name__}")


def run(tests):
    for name, test in list(tests.items()):
        if not name.startswith("test_") or not inspect.isfunction(test):
            continue
        started = time.monotonic()
        try:
            test()
        except Skipped as reason:
            print(f"skipped: {name} ({reason})")
        else:
            seconds = time.monotonic() - started
            if seconds > 5:
                print(f"{name}: {seconds:.1f} s")
