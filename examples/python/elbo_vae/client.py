"""The engine as a child process."""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import os
import subprocess
import threading
import weakref
from typing import Any, Callable, Deque, Dict, Optional, Sequence, Type, Union

from .calls import Later, Method, Mode, Now
from .errors import ElboGone
from .methods import Methods
from .parcel import Parcel, is_fenced, longest_line
from .pending import Call, Message, Pending
from .program import find_program
from .values import Path, Result, encoded, with_source


class Engine(Methods[Mode]):
    """The common part of both clients: the table of the pending calls."""

    def __init__(self, later: Callable[..., Call[Any]], arguments: Sequence[str]) -> None:
        super().__init__(self._ask)
        self._later = later
        self._limit = longest_line(arguments)
        # The engine's folder for large arrays, if it does not read those of temporary files.
        self._scratch: Optional[str] = None
        self._numbers = itertools.count(1)
        # Held only briefly, and never while writing to the pipe.
        self._lock = threading.Lock()
        self._calls: Optional[Dict[int, Call[Any]]] = {}
        self._words: Deque[str] = collections.deque(maxlen=20)
        # The reading thread, if there is one: it cannot wait for replies that it has to read itself.
        self._reader: Optional[threading.Thread] = None

    def _ask(self, method: Method[Any, Any], params: Dict[str, Any]) -> Any:
        raise NotImplementedError

    def _send(self, line: bytes) -> None:
        raise NotImplementedError

    def _begin(self, method: Union[str, Method[Any, Any]], params: Dict[str, Any]) -> Any:
        """Sends a request; returns the call."""
        name = method if isinstance(method, str) else method.name
        known = Method.all.get(name)
        params = {name.rstrip("_"): value for name, value in params.items() if value is not None}
        if name == "data.load":
            params = with_source(params)
        reports = params.pop("progress", False)
        if reports:
            params["progress"] = True
        if known and known.binary and "path" not in params:
            params.setdefault("encoding", "base64")
        call = self._later(self, next(self._numbers), name, known.reply if known else Result, reports)
        call._parcel = Parcel(self._limit, self._scratch)
        try:
            line = self._line({"id": call._id, "method": name, "params": encoded(params, call._parcel.form)})
            call._size = len(line)
            with self._lock:
                if self._calls is not None:
                    self._calls[call._id] = call
            self._send(line)
        except BaseException:
            call._parcel.remove()
            raise
        return call

    def _line(self, message: Message) -> bytes:
        text = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"), allow_nan=False)
        return text.encode() + b"\n"

    def _hear(self, line: bytes) -> None:
        message = json.loads(line)
        id = message["params"]["id"] if "method" in message else message.get("id")
        with self._lock:
            calls = self._calls if self._calls is not None else {}
            if id is None and "error" in message:
                id = self._refused(calls)
            call = calls.get(id)
            is_last = call is not None and (
                message["params"].get("state") is not None if "method" in message
                else not call._goes_on or "result" not in message)
            if is_last:
                del calls[id]
        if call:
            if "method" not in message:
                call._is_answered = True
                call._parcel.remove()
            call._receive(message)

    def _refused(self, calls: Dict[int, Call[Any]]) -> Optional[int]:
        """The call that an answer without an id belongs to: the engine refused a line before reading its id.

        It is the first line beyond the limit or, if all are within it, the longest."""
        left = [call for call in calls.values() if not call._is_answered]
        for call in left:
            if call._size > self._limit:
                return call._id
        return max(left, key=lambda call: call._size)._id if left else None

    def _end(self, gone: ElboGone) -> None:
        """Ends all pending calls after the engine has exited."""
        with self._lock:
            left, self._calls = list((self._calls or {}).values()), None
        for call in left:
            call._parcel.remove()
            call._receive({"gone": gone})


class Elbo(Engine[Now]):
    """An engine of its own. `arguments` are those of `elbo serve`, as in Elbo("--threads", "1").

    Its methods are attributes: elbo.data.load(source={"type": "strokes", "count": 100}). With `elbo.later` before the
    family they do not wait and return a Pending.

    >>> with Elbo() as elbo:
    ...     elbo.data.load([[0, 1], [1, 0]], name="rows").count
    ...     run = elbo.later.data.info("rows")
    ...     run.result().shape
    2
    [2]
    """

    def __init__(self, *arguments: str, program: Optional[Path] = None) -> None:
        super().__init__(Pending, arguments)
        self.later: Methods[Later] = Methods(self._begin)
        # Writing can block while the engine works, so it has its own lock: replies are read meanwhile.
        self._writing = threading.Lock()
        self._process = subprocess.Popen(
            [find_program(program), "serve", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # Ctrl-C is for this process, which cancels the call; two of them would end an engine that heard them.
            start_new_session=True)
        self._owner = os.getpid()
        _engines.add(self)
        # Both pipes are read all the time, so the engine never waits for the client.
        self._ears = threading.Thread(target=self._drain, daemon=True)
        self._ears.start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if is_fenced(arguments):
            with contextlib.suppress(ElboGone):  # The first call reports it.
                self._scratch = self.engine.info().scratch

    @property
    def has_ended(self) -> bool:
        """Whether there is no engine any more: it was closed, it died, or it belongs to the process before a fork."""
        return self._calls is None or self._owner != os.getpid() or self._process.poll() is not None

    def call(self, method: str, /, **params: Any) -> Any:
        """The result of a method by its name. A parameter whose name is a Python keyword takes an underscore:
        from_=100.

        >>> with Elbo() as elbo:
        ...     elbo.call("data.load", source={"type": "strokes", "count": 100}).shape
        [28, 28]
        """
        return self._begin(method, params).result()

    def send(self, method: str, /, **params: Any) -> Pending[Any]:
        """Sends a request by its name and does not wait.

        >>> with Elbo() as elbo:
        ...     elbo.send("engine.info").result().protocol
        1
        """
        pending: Pending[Any] = self._begin(method, params)
        return pending

    def close(self) -> int:
        """Lets the engine finish all requests and exit; returns its status. Of no effect in a forked process.

        >>> Elbo().close()
        0
        """
        if self._owner != os.getpid():
            return 0
        try:
            with self._writing:
                self._process.stdin.close()  # type: ignore[union-attr]
        except OSError:
            pass
        status = self._process.wait()
        if self._reader and self._reader is not threading.current_thread():
            self._reader.join()
        return status

    def __enter__(self) -> Elbo:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], *_: object) -> None:
        # At the end of the input the engine would finish a training that is no longer needed.
        if kind and self._owner == os.getpid():
            self._process.terminate()
        self.close()

    def __repr__(self) -> str:
        if self._owner != os.getpid():
            return f"<Elbo, of process {self._owner}>"
        status = self._process.poll()
        return f"<Elbo, {f'process {self._process.pid}' if status is None else f'ended ({status})'}>"

    def _ask(self, method: Method[Any, Any], params: Dict[str, Any]) -> Any:
        return self._begin(method, params).result()

    def _send(self, line: bytes) -> None:
        if self._owner != os.getpid():
            raise ElboGone(f"this engine belongs to process {self._owner}, which was forked: start one here with Elbo()")
        try:
            with self._writing:
                if self._calls is None:
                    raise BrokenPipeError
                self._process.stdin.write(line)  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
        except (OSError, ValueError):
            raise self._gone() from None

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self._hear(line)
        self._end(self._gone())

    def _drain(self) -> None:
        assert self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                self._words.append(line.decode(errors="replace"))

    def _gone(self) -> ElboGone:
        """The error of all further calls, with the engine's last words."""
        self._ears.join(timeout=1)
        return ElboGone.after(self._process.wait(), "".join(self._words))

    def _leave(self) -> None:
        """Gives up the pipes in a forked process: the engine has to see their end when its owner closes them."""
        self._lock = threading.Lock()
        nothing = os.open(os.devnull, os.O_RDWR)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            # The objects may be locked or hold bytes of a thread that is not here, so only what is below them changes.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nothing, pipe.fileno())  # type: ignore[union-attr]
        os.close(nothing)


# The engines of this process.
_engines: weakref.WeakSet[Elbo] = weakref.WeakSet()


def _leave_all() -> None:
    for engine in list(_engines):
        engine._leave()


os.register_at_fork(after_in_child=_leave_all)
