"""784-500-20 in PyTorch, made as elbo makes it: `twin` compares their bounds. Prints one line of JSON.

usage: torch_twin.py SEED UPDATES SAMPLES THREADS FOLDER

FOLDER holds data.npy and unseen.npy, binary rows; SAMPLES are the draws of z for each row of the evaluation.
"""

import json
import os
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional
from torch_vae import MODELS, perceptron


def rows(folder, name):
    array = numpy.load(os.path.join(folder, name + ".npy"))
    return torch.from_numpy(array.reshape(len(array), -1))


def terms(encoder, decoder, x):
    """Reconstruction and divergence of each row, with one draw of z."""
    mean, log_variance = encoder(x).chunk(2, -1)
    z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
    reconstruction = -functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(-1)
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)
    return reconstruction, divergence


def main(seed, updates, samples, threads, folder):
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model, data, unseen = MODELS["aevb"], rows(folder, "data"), rows(folder, "unseen")
    pixels, batch = data.shape[1], model["batch"]
    encoder = perceptron([pixels, *model["hidden"], 2 * model["latent"]])
    decoder = perceptron([model["latent"], *model["hidden"][::-1], pixels])
    for layer in [*encoder, *decoder]:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        decoder[-1].bias.copy_(torch.logit(data.mean(0).clamp(0.001, 0.999)))
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)

    order = torch.randperm(len(data))
    for update in range(updates):
        start = update * batch % len(data)
        if start == 0:
            order = torch.randperm(len(data))
        reconstruction, divergence = terms(encoder, decoder, data[order[start : start + batch]])
        optimizer.zero_grad()
        (divergence - reconstruction).mean().backward()
        optimizer.step()

    with torch.no_grad():
        draws = [[term.mean().item() for term in terms(encoder, decoder, unseen)] for _ in range(samples)]
    reconstruction, divergence = (sum(column) / samples for column in zip(*draws))
    result = {"elbo": reconstruction - divergence, "reconstruction": reconstruction, "divergence": divergence}
    print(json.dumps(result))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*map(int, sys.argv[1:5]), sys.argv[5])
