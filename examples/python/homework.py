#!/usr/bin/env python3
"""The homework's variational autoencoder, from data to pictures.

    homework.py [--mnist FOLDER | --images 10000] [--updates 10000] [--output FOLDER]

Without --mnist it takes the digits that the engine draws itself.
"""

import argparse
import os
import sys
from typing import List, Optional, Tuple

from elbo_vae import Elbo, ElboError, ElboGone
from elbo_vae.methods import EvaluateElboReply, EvaluateLikelihoodReply, Source, TrainerStepReply, Transform


def sources(folder: Optional[str], images: int) -> List[Source]:
    """Where the seen and the unseen images come from."""
    if not folder:
        return [{"type": "strokes", "count": images, "seed": seed} for seed in (1, 2)]

    def idx(name: str) -> str:
        plain = os.path.abspath(os.path.join(folder, name))
        return plain if os.path.exists(plain) else plain + ".gz"

    return [{"type": "idx", "images": idx(f"{part}-images-idx3-ubyte"),
             "labels": idx(f"{part}-labels-idx1-ubyte")} for part in ("train", "t10k")]


def homework(
    elbo: Elbo, mnist: Optional[str] = None, images: int = 10000, updates: int = 10000, output: str = "."
) -> Tuple[TrainerStepReply, EvaluateElboReply, EvaluateLikelihoodReply]:
    """Trains, draws the pictures into `output`, and answers the numbers."""
    def path(name: str) -> str:
        return os.path.abspath(os.path.join(output, name))

    seen, unseen = sources(mnist, images)
    binarized: List[Transform] = [{"type": "subsample", "factor": 2}, {"type": "binarize", "threshold": 128}]
    first: List[Transform] = [{"type": "perClass", "count": 1000}] if mnist else []
    elbo.data.load(seen, name="digits", transforms=first + binarized)
    elbo.data.load(unseen, name="unseen", transforms=binarized)

    # (i) the model
    elbo.model.build(
        name="vae", data="digits", latent=8,
        encoder=[{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense", "units": 16}],
        decoder=[{"type": "dense", "units": 128}, {"type": "tanh"},
                 {"type": "dense", "units": 196}, {"type": "sigmoid"}],
        likelihood={"type": "bernoulli"}, seed=1)

    # (ii) the training
    elbo.trainer.create(
        "vae", "digits", name="run",
        objective={"type": "elbo", "samples": 2}, optimizer={"type": "adam", "rate": 0.001}, batch=100,
        validation={"data": "unseen", "count": 100, "every": 100})
    training = elbo.trainer.step("run", updates=updates, progress=sys.stderr.isatty())
    bound = elbo.evaluate.elbo("vae", data="unseen")
    likelihood = elbo.evaluate.likelihood("vae", data="unseen", samples=100)

    # (iii) to (vi), the pictures; the last needs a validation, which is made every 100 updates
    elbo.plot.curves("run", path=path("curves.svg"))
    elbo.plot.reconstructions("vae", data="unseen", count=8, path=path("reconstructions.png"))
    elbo.plot.samples("vae", count=64, seed=7, path=path("samples.png"))
    if updates >= 100:
        elbo.plot.validation("run", path=path("validation.svg"))
    return training, bound, likelihood


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", metavar="FOLDER", help="where MNIST's four files are, .gz or not")
    parser.add_argument("--images", type=int, default=10000, help="images that the engine draws, otherwise (10000)")
    parser.add_argument("--updates", type=int, default=10000, help="weight updates (10000)")
    parser.add_argument("--output", metavar="FOLDER", default=".", help="where the pictures go (.)")
    options = parser.parse_args()
    os.makedirs(options.output, exist_ok=True)
    with Elbo() as elbo:
        training, bound, likelihood = homework(
            elbo, options.mnist, options.images, options.updates, options.output)
    print(f"after {training.update} updates, on {bound.count} unseen images, in nats:")
    print(f"ELBO      {bound.elbo:.2f} +- {bound.standardError.elbo:.2f}")
    print(f"log p(x)  {likelihood.logLikelihood:.2f} +- {likelihood.standardError:.2f}")
    print(f"pictures in {os.path.abspath(options.output)}")


if __name__ == "__main__":
    try:
        main()
    except (ElboError, ElboGone, OSError) as error:
        sys.exit(f"homework.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
