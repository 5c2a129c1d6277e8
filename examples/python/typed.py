"""Never run: what a type checker is to see. Each line marked as an error has to be one."""

from typing import Callable, Optional

import numpy.typing
from typing_extensions import assert_type

from elbo_vae import AsyncElbo, Elbo, Pending
from elbo_vae.methods import ModelSampleReply, Progress, TrainerStepReply


def now(elbo: Elbo) -> None:
    done = elbo.trainer.step("run", updates=10, progress=True)
    assert_type(done, TrainerStepReply)
    assert_type(done.update, int)
    assert_type(done.elbo, Optional[float])
    assert_type(elbo.model.sample("vae", 16).output, numpy.typing.NDArray[numpy.float32])
    elbo.trainer.step("run", udpates=10)  # type: ignore[call-arg]
    elbo.trainer.step("run", updates="many")  # type: ignore[arg-type]
    elbo.data.load({"type": "strokes", "cuont": 10})  # type: ignore[arg-type]
    elbo.data.load({"type": "strokes", "count": 10}, transforms=[{"type": "binarize"}])
    done.updaet  # type: ignore[attr-defined]


def later(elbo: Elbo) -> None:
    run = elbo.later.trainer.step("run", updates=10, progress=True)
    assert_type(run, Pending[TrainerStepReply])
    for report in run:
        assert_type(report, Progress)


async def soon(elbo: AsyncElbo) -> None:
    assert_type(await elbo.model.sample("vae", 16), ModelSampleReply)
    async for report in elbo.trainer.step("run", updates=10, progress=True):
        assert_type(report.update, int)


told: Callable[[Progress], None] = print
