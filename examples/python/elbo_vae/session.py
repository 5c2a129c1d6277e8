"""The engine that all fitted estimators of a process share, and the models that it holds for them."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Callable, Optional, TypeVar

from .client import Elbo
from .errors import ElboGone
from .saved import Saved

T = TypeVar("T")


def new_engine() -> Elbo:
    """An engine with as many threads as this process may use: in a worker of joblib its share of the processors."""
    threads = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return Elbo("--threads", threads) if threads.isdecimal() and int(threads) > 0 else Elbo()


class Session:
    """An engine that is started when it is needed, and again if it has ended."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._engine: Optional[Elbo] = None
        self._names: weakref.WeakKeyDictionary[Saved, str] = weakref.WeakKeyDictionary()

    def ask(self, saved: Saved, question: Callable[[Elbo, str], T]) -> T:
        """The answer to a question about a saved model. If the engine ends meanwhile, another is asked, once."""
        try:
            return question(*self._held(saved))
        except ElboGone:
            return question(*self._held(saved))

    def _held(self, saved: Saved) -> Any:
        with self._lock:
            if self._engine is None or self._engine.has_ended:
                if self._engine is not None:
                    self._engine.close()
                self._engine, self._names = new_engine(), weakref.WeakKeyDictionary()
            engine = self._engine
            if saved not in self._names:
                # Those of estimators that are gone make room first.
                wanted = set(self._names.values())
                for name in engine.model.list()["models"]:
                    if name not in wanted:
                        engine.model.drop(name)
                self._names[saved] = saved.read(engine.model.load).model
            return engine, self._names[saved]


session = Session()


def _begin_anew() -> None:
    # A forked process has no engine yet; the lock may be held by a thread that is not here.
    session.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_anew)
