"""The engine for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Dict, List, Optional, Type

from .calls import Method, Soon
from .client import Engine
from .errors import ElboGone
from .parcel import is_fenced
from .pending import AsyncPending
from .program import find_program
from .values import Path


class AsyncElbo(Engine[Soon]):
    """An engine for asyncio: `async with AsyncElbo() as elbo`, and every call is awaited.

    Awaiting in turn or all at once, replies come in the order of the calls; `async for report in
    elbo.trainer.step("run", updates=1000, progress=True)` follows the progress.

    >>> async def counts():
    ...     async with AsyncElbo() as elbo:
    ...         first = await elbo.data.load([[0, 1], [1, 0]])
    ...         second = await elbo.call("data.load", source={"type": "strokes", "count": 5})
    ...         return first.count, second.count
    >>> asyncio.run(counts())
    (2, 5)
    """

    def __init__(self, *arguments: str, program: Optional[Path] = None) -> None:
        super().__init__(AsyncPending, arguments)
        self._arguments = [find_program(program), "serve", *arguments]
        self._process: asyncio.subprocess.Process
        self._tasks: List[asyncio.Task[None]] = []

    async def start(self) -> AsyncElbo:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            # Far above the longest reply: asyncio stops reading at half of it.
            stderr=asyncio.subprocess.PIPE, limit=1 << 30,
            start_new_session=True)
        self._tasks = [asyncio.create_task(self._drain())]
        self._tasks.append(asyncio.create_task(self._read()))
        if is_fenced(self._arguments[2:]):
            with contextlib.suppress(ElboGone):  # The first call reports it.
                self._scratch = (await self.engine.info()).scratch
        return self

    def call(self, method: str, /, **params: Any) -> AsyncPending[Any]:
        """An awaitable call by the method's name."""
        pending: AsyncPending[Any] = self._begin(method, params)
        return pending

    async def close(self) -> int:
        """Lets the engine finish all requests and exit; returns its status."""
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

    def _send(self, line: bytes) -> None:
        # Kept by asyncio until the pipe takes it; never waits.
        if self._calls is None:
            raise self._gone(self._process.returncode or 0)
        self._process.stdin.write(line)  # type: ignore[union-attr]

    def _gone(self, status: int) -> ElboGone:
        return ElboGone.after(status, "".join(self._words))

    async def _read(self) -> None:
        while line := await self._process.stdout.readline():  # type: ignore[union-attr]
            self._hear(line)
        await self._tasks[0]
        self._end(self._gone(await self._process.wait()))

    async def _drain(self) -> None:
        while line := await self._process.stderr.readline():  # type: ignore[union-attr]
            self._words.append(line.decode(errors="replace"))
