#!/usr/bin/env python3
"""The homework's variational autoencoder, from data to pictures.

    homework.py [--mnist FOLDER] [--updates 10000] [--output FOLDER]

Without --mnist it takes the digits that the engine draws itself.
"""

import argparse
import os
import sys

from elbo import Elbo, ElboError, ElboGone


def sources(folder):
    """Where the seen and the unseen images come from."""
    if not folder:
        return [{"type": "strokes", "count": 10000, "seed": seed} for seed in (1, 2)]

    def idx(name):
        plain = os.path.abspath(os.path.join(folder, name))
        return plain if os.path.exists(plain) else plain + ".gz"

    return [{"type": "idx", "images": idx(f"{part}-images-idx3-ubyte"),
             "labels": idx(f"{part}-labels-idx1-ubyte")} for part in ("train", "t10k")]


def show(step):
    if sys.stderr.isatty():
        print(f"\r{step['update']}/{step['updates']}  ELBO {step['elbo']:.2f}\033[K",
              end="", file=sys.stderr)


def homework(elbo, mnist=None, updates=10000, output="."):
    """Trains, draws the pictures into `output`, and answers the numbers."""
    def path(name):
        return os.path.abspath(os.path.join(output, name))

    seen, unseen = sources(mnist)
    binarized = [{"type": "subsample", "factor": 2}, {"type": "binarize", "threshold": 128}]
    first = [{"type": "perClass", "count": 1000}] if mnist else []
    elbo.call("data.load", name="digits", source=seen, transforms=first + binarized)
    elbo.call("data.load", name="unseen", source=unseen, transforms=binarized)

    # (i) the model
    elbo.call(
        "model.build", name="vae", data="digits", latent=8,
        encoder=[{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense", "units": 16}],
        decoder=[{"type": "dense", "units": 128}, {"type": "tanh"},
                 {"type": "dense", "units": 196}, {"type": "sigmoid"}],
        likelihood={"type": "bernoulli"}, seed=1)

    # (ii) the training
    elbo.call(
        "trainer.create", name="run", model="vae", data="digits",
        objective={"type": "elbo", "samples": 2}, optimizer={"type": "adam", "rate": 0.001}, batch=100,
        validation={"data": "unseen", "count": 100, "every": 100})
    training = elbo.call("trainer.step", trainer="run", updates=updates, progress=show)
    bound = elbo.call("evaluate.elbo", model="vae", data="unseen")
    likelihood = elbo.call("evaluate.likelihood", model="vae", data="unseen", samples=100)

    # (iii) to (vi), the pictures; the last needs a validation, which is made every 100 updates
    elbo.call("plot.curves", trainer="run", path=path("curves.svg"))
    elbo.call("plot.reconstructions", model="vae", data="unseen", count=8, path=path("reconstructions.png"))
    elbo.call("plot.samples", model="vae", count=64, seed=7, path=path("samples.png"))
    if updates >= 100:
        elbo.call("plot.validation", trainer="run", path=path("validation.svg"))
    return training, bound, likelihood


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", metavar="FOLDER", help="where MNIST's four files are, .gz or not")
    parser.add_argument("--updates", type=int, default=10000, help="weight updates (10000)")
    parser.add_argument("--output", metavar="FOLDER", default=".", help="where the pictures go (.)")
    options = parser.parse_args()
    os.makedirs(options.output, exist_ok=True)
    with Elbo() as elbo:
        training, bound, likelihood = homework(elbo, options.mnist, options.updates, options.output)
    if sys.stderr.isatty():
        print(end="\r\033[K", file=sys.stderr)
    print(f"after {training['update']} updates, on {bound['count']} unseen images, in nats:")
    print(f"ELBO      {bound['elbo']:.2f} +- {bound['standardError']['elbo']:.2f}")
    print(f"log p(x)  {likelihood['logLikelihood']:.2f} +- {likelihood['standardError']:.2f}")
    print(f"pictures in {os.path.abspath(options.output)}")


if __name__ == "__main__":
    try:
        main()
    except (ElboError, ElboGone, OSError) as error:
        sys.exit(f"homework.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
