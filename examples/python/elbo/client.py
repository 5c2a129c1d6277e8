"""The engine as a child process: `Elbo` for plain programs, `AsyncElbo` for asyncio."""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import traceback
from typing import Any, AsyncIterator, Callable, Deque, Dict, Generator, Generic, Iterator, List, Optional, Type, Union

from .calls import Later, Method, Mode, Now, R, Reports, Soon
from .errors import ElboError, ElboGone
from .methods import Methods, Progress
from .values import Path, Result, encoded

Message = Dict[str, Any]


class Bar:
    """Shows progress: a bar of tqdm where that is installed, else a line on a terminal."""

    def __init__(self) -> None:
        self.bar: Any = None
        try:
            from tqdm.auto import tqdm
            self.make: Optional[Callable[..., Any]] = tqdm
        except ImportError:
            self.make = None

    def __call__(self, report: Progress) -> None:
        words = f"ELBO {report.elbo:.2f}" if report.elbo is not None else ""
        if self.make:
            if self.bar is None:
                self.bar = self.make(total=report.updates, unit="update", desc=report.trainer)
            self.bar.set_postfix_str(words, refresh=False)
            self.bar.update(report.update - self.bar.n)
        elif sys.stderr.isatty():
            self.bar = True
            print(f"\r{report.trainer} {report.update}/{report.updates or '?'}  {words}\033[K", end="", file=sys.stderr)

    def close(self, update: Optional[int] = None) -> None:
        if self.make and self.bar is not None:
            self.bar.update(max(0, (update or 0) - self.bar.n))
            self.bar.close()
        elif self.bar is not None:
            print(file=sys.stderr)
        self.bar = None


class Call(Generic[R]):
    """A request under way, whoever waits for it."""

    def __init__(self, engine: Engine[Any], id: int, method: str, reply: Callable[[Message], R], reports: Reports) -> None:
        self._engine, self._id, self._method, self._reply = engine, id, method, reply
        self._bar = Bar() if reports is True else None
        self._tell: Optional[Callable[[Progress], object]] = self._bar or (reports if callable(reports) else None)
        self._answer: Optional[Message] = None

    def cancel(self) -> None:
        """Asks the engine to stop. A training answers with what it has done, anything else with an error."""
        self._engine._send({"method": "$/cancelRequest", "params": {"id": self._id}})

    def _receive(self, message: Message) -> None:
        raise NotImplementedError

    def _tell_nobody(self) -> None:
        """Whoever loops over the reports needs no bar."""
        self._bar = self._tell = None

    @property
    def _goes_on(self) -> bool:
        """A background run reports on after its reply, up to its end."""
        return self._method == "trainer.start"

    def _note(self, report: Progress) -> None:
        if self._tell:
            self._tell(report)
        if self._bar and report.state:
            self._bar.close(report.update)

    def _result(self, message: Message) -> R:
        result = message.get("result")
        if self._bar and not (self._goes_on and "result" in message):
            self._bar.close(result and result.get("updates"))
        if "gone" in message:
            raise ElboGone(message["gone"])
        if "error" in message:
            raise ElboError.of(message["error"])
        return self._reply(result or {})

    def __repr__(self) -> str:
        return f"<{self._method}, {'answered' if self._answer else 'under way'}>"


class Pending(Call[R]):
    """A call under way: `result()` waits for it, and a loop over it sees its progress.

    A loop over a background run (`trainer.start`) goes on to the end of the run."""

    def __init__(self, engine: Engine[Any], id: int, method: str, reply: Callable[[Message], R], reports: Reports) -> None:
        super().__init__(engine, id, method, reply, reports)
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._is_over = False

    def __iter__(self) -> Iterator[Progress]:
        self._tell_nobody()
        while not self._is_over and not (self._answer and not self._goes_on):
            report = self._next()
            if report:
                yield report
        if self._answer and "result" not in self._answer:
            self._result(self._answer)

    def result(self) -> R:
        try:
            while self._answer is None:
                self._next()
        except KeyboardInterrupt:
            self.cancel()
            raise
        return self._result(self._answer)

    def _next(self) -> Optional[Progress]:
        message = self._messages.get()
        if message.get("method") == "$/progress":
            report = Progress(message["params"])
            self._is_over = report.state is not None
            # Those of a background run are told by the thread that reads.
            if not self._goes_on:
                self._note(report)
            return report
        self._answer = self._answer or message
        self._is_over = "result" not in message
        return None

    def _receive(self, message: Message) -> None:
        self._messages.put(message)
        if "gone" in message and self._bar:
            self._bar.close()
        if self._goes_on and "method" in message:
            try:
                self._note(Progress(message["params"]))
            except Exception:
                traceback.print_exc()


class AsyncPending(Call[R]):
    """A call under way, to be awaited; `async for` sees its progress."""

    def __init__(self, engine: Engine[Any], id: int, method: str, reply: Callable[[Message], R], reports: Reports) -> None:
        super().__init__(engine, id, method, reply, reports)
        self._reports: asyncio.Queue[Optional[Progress]] = asyncio.Queue()
        self._answered = asyncio.Event()

    def __await__(self) -> Generator[Any, None, R]:
        try:
            yield from self._answered.wait().__await__()
        except asyncio.CancelledError:
            self.cancel()
            raise
        assert self._answer is not None
        return self._result(self._answer)

    async def __aiter__(self) -> AsyncIterator[Progress]:
        self._tell_nobody()
        while True:
            report = await self._reports.get()
            if report is None:
                break
            yield report
        if self._answer and "result" not in self._answer:
            self._result(self._answer)

    def _receive(self, message: Message) -> None:
        if "method" in message:
            report = Progress(message["params"])
            self._reports.put_nowait(report)
            if report.state:
                self._reports.put_nowait(None)
            try:
                self._note(report)
            except Exception:
                traceback.print_exc()
            return
        self._answer = self._answer or message
        self._answered.set()
        if not self._goes_on or "result" not in message:
            self._reports.put_nowait(None)


class Engine(Methods[Mode]):
    """What both clients share: the table of the calls under way."""

    def __init__(self, later: Callable[..., Call[Any]]) -> None:
        super().__init__(self._ask)
        self._later = later
        self._numbers = itertools.count(1)
        # Held for moments only, and never while the pipe is written to.
        self._lock = threading.Lock()
        self._calls: Optional[Dict[int, Call[Any]]] = {}
        self._words: Deque[str] = collections.deque(maxlen=20)

    def _ask(self, method: Method[Any, Any], params: Dict[str, Any]) -> Any:
        raise NotImplementedError

    def _send(self, message: Message) -> None:
        raise NotImplementedError

    def _begin(self, method: Union[str, Method[Any, Any]], params: Dict[str, Any]) -> Any:
        """Sends a request; answers the call."""
        name = method if isinstance(method, str) else method.name
        known = Method.all.get(name)
        params = {name.rstrip("_"): value for name, value in params.items() if value is not None}
        reports = params.pop("progress", False)
        if reports:
            params["progress"] = True
        if known and known.binary and "path" not in params:
            params.setdefault("encoding", "base64")
        call = self._later(self, next(self._numbers), name, known.reply if known else Result, reports)
        with self._lock:
            if self._calls is not None:
                self._calls[call._id] = call
        self._send({"id": call._id, "method": name, "params": encoded(params)})
        return call

    def _line(self, message: Message) -> bytes:
        text = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"), allow_nan=False)
        return text.encode() + b"\n"

    def _hear(self, line: bytes) -> None:
        message = json.loads(line)
        id = message["params"]["id"] if "method" in message else message.get("id")
        with self._lock:
            calls = self._calls if self._calls is not None else {}
            call = calls.get(id)
            is_last = call is not None and (
                message["params"].get("state") is not None if "method" in message
                else not call._goes_on or "result" not in message)
            if is_last:
                del calls[id]
        if call:
            call._receive(message)

    def _end(self, words: str) -> None:
        """Tells everyone who waits that the engine is gone."""
        with self._lock:
            left, self._calls = list((self._calls or {}).values()), None
        for call in left:
            call._receive({"gone": words})


class Elbo(Engine[Now]):
    """An engine of its own. `arguments` are those of `elbo serve`, as in Elbo("--threads", "1").

    Its methods are attributes: elbo.data.load(source={"type": "strokes", "count": 100}). With `elbo.later` before the
    family they do not wait and answer a Pending."""

    def __init__(self, *arguments: str, program: Optional[Path] = None) -> None:
        super().__init__(Pending)
        self.later: Methods[Later] = Methods(self._begin)
        # Writing may take as long as the engine works, so it has a lock of its own: the replies are read meanwhile.
        self._writing = threading.Lock()
        self._process = subprocess.Popen(
            [find_program(program), "serve", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Both pipes are read all the time: the engine never waits for us, whatever the sizes.
        self._ears = threading.Thread(target=self._drain, daemon=True)
        self._ears.start()
        threading.Thread(target=self._read, daemon=True).start()

    def call(self, method: str, /, **params: Any) -> Any:
        """The result of a method by its name. A parameter whose name Python keeps for itself takes an underscore:
        from_=100."""
        return self._begin(method, params).result()

    def send(self, method: str, /, **params: Any) -> Pending[Any]:
        """Sends a request by its name and does not wait."""
        pending: Pending[Any] = self._begin(method, params)
        return pending

    def close(self) -> int:
        """Lets the engine finish what was asked for, and end; answers its status."""
        try:
            with self._writing:
                self._process.stdin.close()  # type: ignore[union-attr]
        except OSError:
            pass
        return self._process.wait()

    def __enter__(self) -> Elbo:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], *_: object) -> None:
        # The end of the input would wait for a training that nobody waits for any more.
        if kind:
            self._process.terminate()
        self.close()

    def __repr__(self) -> str:
        status = self._process.poll()
        return f"<Elbo, {f'process {self._process.pid}' if status is None else f'ended ({status})'}>"

    def _ask(self, method: Method[Any, Any], params: Dict[str, Any]) -> Any:
        return self._begin(method, params).result()

    def _send(self, message: Message) -> None:
        line = self._line(message)
        try:
            with self._writing:
                if self._calls is None:
                    raise BrokenPipeError
                self._process.stdin.write(line)  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
        except (OSError, ValueError):
            raise ElboGone(self._last_words()) from None

    def _read(self) -> None:
        for line in self._process.stdout:  # type: ignore[union-attr]
            self._hear(line)
        self._end(self._last_words())

    def _drain(self) -> None:
        for line in self._process.stderr:  # type: ignore[union-attr]
            self._words.append(line.decode(errors="replace"))

    def _last_words(self) -> str:
        self._ears.join(timeout=1)
        return f"the engine has ended ({self._process.wait()})\n" + "".join(self._words)


class AsyncElbo(Engine[Soon]):
    """An engine for asyncio: `async with AsyncElbo() as elbo`, and every call is awaited.

    Awaiting in turn or all at once, replies come in the order of the calls; `async for report in
    elbo.trainer.step("run", updates=1000, progress=True)` sees how it goes."""

    def __init__(self, *arguments: str, program: Optional[Path] = None) -> None:
        super().__init__(AsyncPending)
        self._arguments = [find_program(program), "serve", *arguments]
        self._process: asyncio.subprocess.Process
        self._tasks: List[asyncio.Task[None]] = []

    async def start(self) -> AsyncElbo:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            # Far above the longest reply: past half of it asyncio would stop reading.
            stderr=asyncio.subprocess.PIPE, limit=1 << 30)
        self._tasks = [asyncio.create_task(self._drain())]
        self._tasks.append(asyncio.create_task(self._read()))
        return self

    def call(self, method: str, /, **params: Any) -> AsyncPending[Any]:
        """A call by the method's name, to be awaited."""
        pending: AsyncPending[Any] = self._begin(method, params)
        return pending

    async def close(self) -> int:
        """Lets the engine finish what was asked for, and end; answers its status."""
        self._process.stdin.close()  # type: ignore[union-attr]
        await asyncio.gather(*self._tasks)
        return await self._process.wait()

    async def __aenter__(self) -> AsyncElbo:
        return await self.start()

    async def __aexit__(self, kind: Optional[Type[BaseException]], *_: object) -> None:
        if kind and self._process.returncode is None:
            self._process.terminate()
        await self.close()

    def _ask(self, method: Method[Any, Any], params: Dict[str, Any]) -> Any:
        return self._begin(method, params)

    def _send(self, message: Message) -> None:
        # Kept by asyncio until the pipe takes it; never waits.
        if self._calls is None:
            raise ElboGone("the engine has ended")
        self._process.stdin.write(self._line(message))  # type: ignore[union-attr]

    async def _read(self) -> None:
        while line := await self._process.stdout.readline():  # type: ignore[union-attr]
            self._hear(line)
        await self._tasks[0]
        self._end(f"the engine has ended ({await self._process.wait()})\n" + "".join(self._words))

    async def _drain(self) -> None:
        while line := await self._process.stderr.readline():  # type: ignore[union-attr]
            self._words.append(line.decode(errors="replace"))


def find_program(program: Optional[Path] = None) -> str:
    """The engine: the one that is named, or $ELBO, or `elbo` on the PATH, or the one that was built beside this file."""
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "..", "..", "..", ".build", "release", "elbo")
    named = program or os.environ.get("ELBO")
    if named:
        found = shutil.which(os.fspath(named))
        if not found:
            raise FileNotFoundError(f"no program at {os.fspath(named)}, which {'was given' if program else '$ELBO names'}")
        return found
    found = shutil.which("elbo") or (os.path.realpath(built) if os.path.exists(built) else None)
    if not found:
        raise FileNotFoundError(
            "no elbo on the PATH: build it (swift build -c release --product elbo) and put .build/release on the PATH, "
            "name it in $ELBO, or give Elbo(program=…)")
    return found
