"""Shared code of these scripts: driving `elbo serve`, the models of the comparison, Markdown. Python's standard library only."""

import json
import os
import statistics
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ELBO = os.environ.get("ELBO", os.path.join(ROOT, ".build/release/elbo"))

MODELS = {
    "hw": {"side": 14, "hidden": [128], "latent": 8, "batch": 100, "samples": 2},
    "aevb": {"side": 28, "hidden": [500], "latent": 20, "batch": 100, "samples": 1},
    "iwae": {"side": 28, "hidden": [200, 200], "latent": 50, "batch": 20, "samples": 50},
    "conv": {"side": 28, "channels": [32, 64], "latent": 20, "batch": 100, "samples": 1},
}


def operations(model):
    """Floating-point operations of the products of one update, those that convolutions are among them, and of nothing else.

    Forward, gradient in the weights, gradient in the input; the first layer needs no gradient in its input.
    """

    def products(widths):
        return sum(a * b for a, b in zip(widths, widths[1:]))

    latent = model["latent"]
    if "channels" in model:
        first, second = model["channels"]
        layers = [14 * 14 * 16 * first, 7 * 7 * 16 * first * second, 7 * 7 * second * 2 * latent]
        mirrored = [latent * 7 * 7 * second, layers[1], layers[0]]
        encoder = 6 * sum(layers) - 2 * layers[0]
        return model["batch"] * (encoder + model["samples"] * 6 * sum(mirrored))
    pixels, hidden = model["side"] ** 2, model["hidden"]
    encoder = 6 * products([pixels, *hidden, 2 * latent]) - 2 * pixels * hidden[0]
    decoder = 6 * products([latent, *hidden[::-1], pixels])
    return model["batch"] * (encoder + model["samples"] * decoder)


def layers(widths, last):
    stack = []
    for width in widths:
        stack += [{"type": "dense", "units": width}, {"type": "tanh"}]
    return [*stack, {"type": "dense", "units": last}]


def stacks(model):
    """Encoder and decoder of a model: perceptrons, or two convolutions that halve the image and their mirror image."""
    latent = model["latent"]
    if "channels" not in model:
        return layers(model["hidden"], 2 * latent), layers(model["hidden"][::-1], model["side"] ** 2)
    first, second = model["channels"]
    side = model["side"] // 4

    def convolution(kind, channels):
        return {"type": kind, "channels": channels, "kernel": 4, "stride": 2, "padding": 1}

    relu = {"type": "relu"}
    encoder = [convolution("conv2d", first), relu, convolution("conv2d", second), relu]
    decoder = [{"type": "dense", "units": side * side * second}, relu]
    decoder += [{"type": "reshape", "shape": [second, side, side]}]
    decoder += [convolution("convTranspose2d", first), relu, convolution("convTranspose2d", 1)]
    return [*encoder, {"type": "dense", "units": 2 * latent}], decoder


class Daemon:
    """`elbo serve` at the other end of two pipes."""

    def __init__(self, threads=1, binary=ELBO, arguments=()):
        self.process = subprocess.Popen(
            [binary, "serve", f"--threads={threads}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.last = 0

    def call(self, method, **params):
        self.last += 1
        request = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            reply = json.loads(self.process.stdout.readline())
            if reply.get("id") == self.last and "method" not in reply:
                break
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    def memory(self, field):
        """A figure of /proc in bytes: VmRSS now, VmHWM at its highest."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def load(self, name, source, transforms):
        return self.call("data.load", name=name, source=source, transforms=transforms)

    def build(self, model, data="data", trainer="trainer", seed=0):
        """Builds a model of the comparison for that data, and creates its trainer."""
        encoder, decoder = stacks(model)
        objective = "importance" if model["samples"] >= 50 else "elbo"
        self.call(
            "model.build",
            name="model",
            data=data,
            latent=model["latent"],
            encoder=encoder,
            decoder=decoder,
            likelihood={"type": "bernoulli"},
            seed=seed,
            replace=True,
        )
        self.call(
            "trainer.create",
            name=trainer,
            model="model",
            data=data,
            batch=model["batch"],
            objective={"type": model.get("objective", objective), "samples": model["samples"]},
            seed=seed,
            replace=True,
        )

    def rate(self, seconds, warm_up=10):
        """Updates per second over about this many seconds."""
        self.call("trainer.step", trainer="trainer", updates=warm_up)
        start = time.perf_counter()
        updates = self.call("trainer.step", trainer="trainer", seconds=seconds)["updates"]
        return updates / (time.perf_counter() - start)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def peak(threads, quick=False):
    """The multiply-add peak of this many threads, in operations per second."""
    command = [ELBO, "bench", "--peak", f"--threads={threads}"] + (["--quick"] if quick else [])
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) * 1e9


def machine():
    """The name of the processor and its number of cores."""
    name = "unknown processor"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    count = len(os.sched_getaffinity(0))
    return f"{count} core{'s' if count > 1 else ''} of {name}"


def number(value):
    """A number with about three digits."""
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def table(head, rows):
    """A Markdown table; cells are texts or numbers."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [cell if isinstance(cell, str) else number(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


median = statistics.median
