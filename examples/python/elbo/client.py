"""A client of elbo in plain Python: starts the engine, calls its methods, waits for the answers.

    with Elbo() as elbo:
        print(elbo.call("engine.info")["version"])

Copy this file. It needs Python 3.9 and its standard library; arrays become numpy's where numpy is installed.
"""

import array
import base64
import collections
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading

try:
    import numpy
except ImportError:
    numpy = None


class ElboError(Exception):
    """An answer that is an error. `kind` is its name, `path` the member of the parameters that it is about."""

    def __init__(self, error):
        data = error.get("data", {})
        self.code = error["code"]
        self.message = error["message"]
        self.kind = data.get("kind")
        self.path = data.get("path")
        self.expected = data.get("expected")
        self.got = data.get("got")
        self.hint = data.get("hint")
        super().__init__(self.message + (f" ({self.hint})" if self.hint else ""))


class ElboGone(Exception):
    """The engine has ended: its exit status, and the last that it said."""


class Array:
    """Numbers of a shape, row by row: what stands in for a numpy array where there is no numpy."""

    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), array.array("f", values)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, row):
        row = range(self.shape[0])[row]
        width = len(self.values) // self.shape[0]
        values = self.values[row * width : (row + 1) * width]
        return Array(self.shape[1:], values) if len(self.shape) > 1 else values[0]

    def __repr__(self):
        return f"Array{self.shape}"


class Pending:
    """A call under way: `result()` waits for it, and a loop over it sees its progress."""

    def __init__(self, engine, id):
        self.engine, self.id, self.messages = engine, id, queue.SimpleQueue()
        self.answer = None

    def __iter__(self):
        while self.answer is None:
            message = self.messages.get()
            if message.get("method") == "$/progress":
                yield message["params"]
            else:
                self.answer = message

    def result(self, progress=None):
        for step in self:
            if progress:
                progress(step)
        if "gone" in self.answer:
            raise ElboGone(self.answer["gone"])
        if "error" in self.answer:
            raise ElboError(self.answer["error"])
        return _decoded(self.answer["result"])

    def cancel(self):
        """Asks the engine to stop. A training answers with what it has done, anything else with an error."""
        self.engine._write({"method": "$/cancelRequest", "params": {"id": self.id}})


class Elbo:
    """An engine of its own. `arguments` are those of `elbo serve`, as in Elbo("--threads", "1")."""

    def __init__(self, *arguments, program=None):
        self._numbers = itertools.count(1)
        self._pending = {}
        self._lock = threading.Lock()
        self._words = collections.deque(maxlen=20)
        self._process = subprocess.Popen(
            [program or _program(), "serve", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Both pipes are read all the time: the engine never waits for us, whatever the sizes.
        self._ears = threading.Thread(target=self._drain, daemon=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._ears.start()
        self._reader.start()

    def call(self, method, /, *, progress=None, **params):
        """The result of a method. `progress` is called with each report of a training. A parameter whose name Python
        keeps for itself takes an underscore: from_=100."""
        if progress:
            params["progress"] = True
        return self.send(method, **params).result(progress)

    def send(self, method, /, **params):
        """Sends a request and does not wait: answers a Pending."""
        pending = Pending(self, next(self._numbers))
        with self._lock:
            if self._pending is not None:
                self._pending[pending.id] = pending
        params = {name.rstrip("_"): _encoded(value) for name, value in params.items()}
        self._write({"id": pending.id, "method": method, "params": params})
        return pending

    def close(self):
        """Lets the engine finish what was asked for, and end."""
        self._close_input()
        return self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        # The end of the input would wait for a training that nobody waits for any more.
        if kind:
            self._process.terminate()
        self.close()

    def _write(self, message):
        line = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"), allow_nan=False)
        try:
            with self._lock:
                if self._pending is None:
                    raise BrokenPipeError
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            raise ElboGone(self._last_words()) from None

    def _read(self):
        for line in self._process.stdout:
            message = json.loads(line)
            id = message["params"]["id"] if "method" in message else message.get("id")
            with self._lock:
                found = self._pending.get(id) if "method" in message else self._pending.pop(id, None)
            if found:
                found.messages.put(message)
        words = self._last_words()
        with self._lock:
            left, self._pending = list(self._pending.values()), None
        for pending in left:
            pending.messages.put({"gone": words})

    def _drain(self):
        for line in self._process.stderr:
            self._words.append(line.decode(errors="replace"))

    def _last_words(self):
        self._ears.join(timeout=1)
        return f"the engine has ended ({self._process.wait()})\n" + "".join(self._words)

    def _close_input(self):
        try:
            self._process.stdin.close()
        except OSError:
            pass


def _program():
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "..", "..", ".build", "release", "elbo")
    found = os.environ.get("ELBO") or (built if os.path.exists(built) else shutil.which("elbo"))
    if not found:
        raise FileNotFoundError("no elbo: build it (swift build -c release), or name it in $ELBO")
    return found


def _encoded(value):
    """Parameters as JSON: arrays become base64, within lists and dictionaries too."""
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        if value.ndim == 0:
            return value.item()
        return _form(value.shape, numpy.ascontiguousarray(value, "<f4").tobytes())
    if isinstance(value, Array):
        values = array.array("f", value.values)
        if sys.byteorder == "big":
            values.byteswap()
        return _form(value.shape, values.tobytes())
    if isinstance(value, dict):
        return {name: _encoded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(item) for item in value]
    return value


def _form(shape, data):
    return {"shape": list(shape), "dtype": "float32", "base64": base64.b64encode(data).decode()}


def _decoded(value):
    """A result with its arrays as numpy's, or as `Array`."""
    if isinstance(value, list):
        return [_decoded(item) for item in value] if value and isinstance(value[0], (dict, list)) else value
    if not isinstance(value, dict):
        return value
    if "shape" not in value or not ("dtype" in value or "values" in value):
        return {name: _decoded(item) for name, item in value.items()}
    if "dtype" in value:
        values = array.array("f", base64.b64decode(value["base64"]))
        if sys.byteorder == "big":
            values.byteswap()
    else:
        # Numbers that are not finite stand as "NaN", "Infinity" and "-Infinity", which float() reads.
        values = array.array("f", map(float, value["values"]))
    if numpy is None:
        return Array(value["shape"], values)
    return numpy.frombuffer(values, numpy.float32).reshape(value["shape"])
