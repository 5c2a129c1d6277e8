"""The models of the comparison in PyTorch. Each line of stdin is a number of updates to make; each is answered by a line of JSON,
after one that says how many were made to warm up.

usage: torch_vae.py MODEL MODE THREADS DATA [DEVICE]

MODEL is hw, aevb, iwae or conv; MODE eager, fused (a fused Adam) or compile (on a GPU: into CUDA graphs); DATA a file of
rows of bytes, 0 or 1, as `compare` writes it; DEVICE cpu or cuda.
"""

import json
import math
import resource
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

WARM_UP = 30
MODELS = {
    "hw": {"hidden": [128], "latent": 8, "batch": 100, "samples": 2},
    "aevb": {"hidden": [500], "latent": 20, "batch": 100, "samples": 1},
    "iwae": {"hidden": [200, 200], "latent": 50, "batch": 20, "samples": 50},
    "conv": {"channels": [32, 64], "latent": 20, "batch": 100, "samples": 1},
}


def perceptron(widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def convolutional(channels, latent):
    """Two convolutions that halve 28 x 28, and their mirror image."""
    first, second = channels
    features = 7 * 7 * second
    encoder = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, first, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(first, second, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(features, 2 * latent),
    )
    decoder = nn.Sequential(
        nn.Flatten(0, 1),
        nn.Linear(latent, features),
        nn.ReLU(),
        nn.Unflatten(1, (second, 7, 7)),
        nn.ConvTranspose2d(second, first, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(first, 1, 4, stride=2, padding=1),
        nn.Flatten(),
        nn.Unflatten(0, (1, -1)),
    )
    return encoder, decoder


def main(name, mode, threads, path, device="cpu"):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = MODELS[name]
    latent, batch, samples = model["latent"], model["batch"], model["samples"]
    pixels = 196 if name == "hw" else 784
    data = torch.from_numpy(numpy.fromfile(path, numpy.uint8).reshape(-1, pixels).astype(numpy.float32)).to(device)

    if name == "conv":
        encoder, decoder = convolutional(model["channels"], latent)
    else:
        encoder = perceptron([pixels] + model["hidden"] + [2 * latent])
        decoder = perceptron([latent] + model["hidden"][::-1] + [pixels])
    encoder, decoder = encoder.to(device), decoder.to(device)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=mode != "eager")

    def loss(x):
        mean, log_variance = encoder(x).chunk(2, -1)
        noise = torch.randn(samples, len(x), latent, device=device)
        z = mean + noise * torch.exp(0.5 * log_variance)
        target = x.expand(samples, *x.shape)
        reconstruction = -functional.binary_cross_entropy_with_logits(
            decoder(z), target, reduction="none"
        ).sum(-1)
        if name == "iwae":
            log_prior = -0.5 * (z**2).sum(-1)
            log_posterior = -0.5 * (noise**2 + log_variance).sum(-1)
            weight = reconstruction + log_prior - log_posterior
            return -(torch.logsumexp(weight, 0) - math.log(samples)).mean()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)
        return -(reconstruction.mean(0) - divergence).mean()

    graphs = "reduce-overhead" if device == "cuda" else None
    objective = torch.compile(loss, mode=graphs) if mode == "compile" else loss

    def update():
        x = data[torch.randint(0, len(data), (batch,), device=device)]
        optimizer.zero_grad()
        value = objective(x)
        value.backward()
        optimizer.step()
        return value

    def run(updates):
        """The duration in seconds, and the last loss."""
        start = time.perf_counter()
        for _ in range(updates):
            value = update()
        # Waits for a GPU.
        loss = value.item()
        return time.perf_counter() - start, loss

    run(WARM_UP)
    print(json.dumps({"updates": WARM_UP}), flush=True)
    for line in sys.stdin:
        seconds, value = run(int(line))
        reply = {
            "updatesPerSecond": int(line) / seconds,
            "loss": value,
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
