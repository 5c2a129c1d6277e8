"""Pending calls and their progress."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Dict, Generator, Generic, Iterator, Optional

from .calls import R, Reports
from .errors import ElboError
from .methods import Progress
from .parcel import Parcel

if TYPE_CHECKING:
    from .client import Engine

Message = Dict[str, Any]


class Bar:
    """Shows progress: a tqdm bar if tqdm is installed, else a line on a terminal."""

    def __init__(self) -> None:
        self.bar: Any = None
        try:
            # Without ipywidgets a notebook gets the plain bar, and needs no word about it.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
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
    """A pending request."""

    def __init__(self, engine: Engine[Any], id: int, method: str, reply: Callable[[Message], R], reports: Reports) -> None:
        self._engine, self._id, self._method, self._reply = engine, id, method, reply
        self._bar = Bar() if reports is True else None
        self._tell: Optional[Callable[[Progress], object]] = self._bar or (reports if callable(reports) else None)
        self._answer: Optional[Message] = None
        # The files of the request's arrays, and the bytes of its line. Set when it is sent.
        self._parcel: Parcel
        self._size = 0
        self._is_answered = False

    def cancel(self) -> None:
        """Asks the engine to stop. A training returns the updates done so far, other calls end with an error."""
        self._engine._send(self._engine._line({"method": "$/cancelRequest", "params": {"id": self._id}}))

    def _receive(self, message: Message) -> None:
        raise NotImplementedError

    def _tell_nobody(self) -> None:
        """Replaces the bar by the loop over the reports."""
        self._bar = self._tell = None

    @property
    def _goes_on(self) -> bool:
        """A background run continues to report after its reply, until its end."""
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
            raise message["gone"].copy()
        if "error" in message:
            raise ElboError.of(message["error"])
        return self._reply(result or {})

    def __repr__(self) -> str:
        return f"<{self._method}, {'answered' if self._answer else 'under way'}>"


class Pending(Call[R]):
    """A pending call: `result()` waits for it, and a loop over it yields its progress.

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
        if self._engine._reader is threading.current_thread():
            raise RuntimeError("a report of a background run cannot wait for the engine: use elbo.later, or another thread")
        message = self._messages.get()
        if message.get("method") == "$/progress":
            report = Progress(message["params"])
            self._is_over = report.state is not None
            # Reports of a background run are delivered by the reading thread.
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
    """A pending call that can be awaited; `async for` yields its progress."""

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
