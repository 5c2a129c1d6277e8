"""Never run: what a type checker is to see. Each line marked as an error has to be one."""

from typing import Any, Callable, Dict, Optional

import numpy.typing
from typing_extensions import assert_type

from elbo_vae import VAE, AsyncElbo, Elbo, Pending, Picture
from elbo_vae.methods import ModelSampleReply, Progress, TrainerStepReply

Numbers = numpy.typing.NDArray[numpy.float32]


def now(elbo: Elbo) -> None:
    done = elbo.trainer.step("run", updates=10, progress=True)
    assert_type(done, TrainerStepReply)
    assert_type(done.update, int)
    assert_type(done.elbo, Optional[float])
    assert_type(elbo.model.sample("vae", 16).output, Numbers)
    elbo.trainer.step("run", udpates=10)  # type: ignore[call-arg]
    elbo.trainer.step("run", updates="many")  # type: ignore[arg-type]
    elbo.data.load({"type": "strokes", "cuont": 10})  # type: ignore[arg-type]
    elbo.data.load({"type": "strokes", "count": 10}, transforms=[{"type": "binarize"}])
    elbo.data.load(numpy.eye(3), labels=[0, 1, 2])
    elbo.data.load(7)  # type: ignore[arg-type]
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


def estimator(rows: Numbers) -> None:
    vae = VAE(latent=8, architecture="conv", shape=(28, 28)).fit(rows)
    assert_type(vae, VAE)
    assert_type(vae.set_params(latent=3).partial_fit(rows), VAE)
    assert_type(vae.score(rows), float)
    assert_type(vae.transform(rows), numpy.typing.NDArray[Any])
    assert_type(vae.plot_samples(), Picture)
    assert_type(vae.likelihood_, Dict[str, Any])
    assert_type(VAE.load("model.safetensors"), VAE)
    VAE(latnet=8)  # type: ignore[call-arg]
    VAE(latent="many")  # type: ignore[arg-type]
    vae.sampel()  # type: ignore[attr-defined]


told: Callable[[Progress], None] = print
