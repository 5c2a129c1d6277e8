"""Trains what `model.propose` proposes for tables as they come, and compares log p(x) of the test rows with the same model in PyTorch.

    compare.py [--peers] [--write] [--tables iris,wine] [--seeds N]

Without --peers the figures of PyTorch are those of peers.json, which --write writes again. Fails if a mean over the seeds, as many as the
figure has unless said, is more than 0.05 nats a column below PyTorch's.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import tables

HERE = pathlib.Path(__file__).parent
TOLERANCE = 0.05
SAMPLES = 500


class Elbo:
    def __init__(self):
        program = os.environ.get("ELBO", str(HERE / "../../.build/release/elbo"))
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, method, **params):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            reply = json.loads(line)
            if "id" in reply:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
        raise RuntimeError(f"{method}: the program ended")


def load(elbo, source):
    """Loads a table, and again as the proposal says."""
    found = elbo("data.load", name="rows", source=source, replace=True)
    proposal = elbo("model.propose", data="rows")
    again = {key: proposal[key] for key in ("split", "transforms") if key in proposal}
    if again:
        found = elbo("data.load", name="rows", source=source, replace=True, **again)
    return found


def rows(elbo, split):
    form = elbo("data.get", data="rows", split=split)["input"]
    return np.array(form["values"], "f4").reshape(form["shape"])


def ours(elbo, seed):
    """Log p(x) of the test rows after a training that was proposed."""
    proposal = elbo("model.propose", data="rows", seed=seed)
    elbo("model.build", name="model", data="rows", replace=True, **proposal["build"])
    elbo("trainer.create", name="trainer", model="model", data="rows", replace=True, **proposal["train"])
    elbo("trainer.step", trainer="trainer", updates=proposal["updates"])
    elbo("trainer.model", trainer="trainer", name="best", weights="best", replace=True)
    figures = elbo("evaluate.likelihood", model="best", data="rows", split="test", samples=SAMPLES)
    return figures["logLikelihood"], proposal


def theirs(elbo, proposal, names, seed):
    import torch
    import twin

    torch.set_num_threads(1)
    train, validation, test = (rows(elbo, split) for split in ("train", "validation", "test"))
    model = twin.Twin(proposal["build"], proposal["train"], names, train, seed)
    return model.fit(train, validation, proposal["updates"]).score(test, SAMPLES)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tables", type=lambda text: text.split(","), default=list(tables.TABLES))
    parser.add_argument("--seeds", type=int)
    options = parser.parse_args()
    path = HERE / "peers.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    elbo, worse = Elbo(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.tables:
            try:
                source = tables.write(name, folder)
            except ImportError as error:
                print(f"{name}: left out, because {error.name} is not installed")
                continue
            started = time.monotonic()
            found = load(elbo, source)
            columns = [column["name"] for column in found["columns"]]
            seeds = options.seeds or known.get(name, {}).get("seeds", 3)
            runs = [ours(elbo, seed) for seed in range(seeds)]
            own = float(np.mean([value for value, _ in runs]))
            if options.peers:
                values = [theirs(elbo, proposal, columns, seed) for seed, (_, proposal) in enumerate(runs)]
                figures = {"torch": round(float(np.mean(values)), 3), "elbo": round(own, 3), "columns": len(columns), "seeds": seeds}
                known[name] = known.get(name, {}) | figures
                spread = " ".join(f"{value:.2f}" for value, _ in runs) + " and " + " ".join(f"{value:.2f}" for value in values)
            else:
                spread = " ".join(f"{value:.2f}" for value, _ in runs)
            if name not in known:
                print(f"{name}: no figure of PyTorch; run with --peers")
                continue
            gap = (own - known[name]["torch"]) / len(columns)
            print(
                f"{name}: {own:.3f} nats, PyTorch {known[name]['torch']:.3f}, {gap:+.3f} a column of {len(columns)} ({spread};"
                f" {time.monotonic() - started:.0f} s)", flush=True)
            if gap < -TOLERANCE:
                worse.append(name)
    if options.write:
        path.write_text(json.dumps(known, indent=2) + "\n")
    if worse:
        sys.exit(f"too far below PyTorch: {', '.join(worse)}")


if __name__ == "__main__":
    main()
