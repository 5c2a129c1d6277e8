"""The models of the comparison in JAX. Each line of stdin is a number of updates to make; each is answered by a line of JSON, after
one that says how many were made to compile.

usage: jax_vae.py MODEL MODE THREADS DATA

MODEL is hw, aevb, iwae or conv; MODE jit (a call for each update) or scan (a call for every hundred); DATA a file of rows of
bytes, 0 or 1, as `compare` writes it.
"""

import json
import math
import os
import resource
import sys
import time

MODELS = {
    "hw": {"hidden": [128], "latent": 8, "batch": 100, "samples": 2},
    "aevb": {"hidden": [500], "latent": 20, "batch": 100, "samples": 1},
    "iwae": {"hidden": [200, 200], "latent": 50, "batch": 20, "samples": 50},
    "conv": {"channels": [32, 64], "latent": 20, "batch": 100, "samples": 1},
}
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def main(name, mode, threads, path):
    # Both must be set before the import. With one thread XLA still starts others: pinned, it really has one.
    parallel = "true" if threads > 1 else "false"
    os.environ["XLA_FLAGS"] = (
        f"--xla_cpu_multi_thread_eigen={parallel} intra_op_parallelism_threads={threads}"
    )
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import jax
    import jax.numpy as jnp
    import numpy

    model = MODELS[name]
    latent, batch, samples = model["latent"], model["batch"], model["samples"]
    pixels = 196 if name == "hw" else 784
    data = jnp.array(numpy.fromfile(path, numpy.uint8).reshape(-1, pixels).astype(numpy.float32))

    def perceptron(key, widths):
        keys = jax.random.split(key, len(widths))
        return [
            (jax.random.normal(key, (inputs, outputs)) * inputs**-0.5, jnp.zeros(outputs))
            for key, inputs, outputs in zip(keys, widths, widths[1:])
        ]

    def run(layers, x):
        for weight, bias in layers[:-1]:
            x = jnp.tanh(x @ weight + bias)
        weight, bias = layers[-1]
        return x @ weight + bias

    def kernels(key, channels):
        keys = jax.random.split(key, len(channels))
        return [
            (jax.random.normal(key, (4, 4, inputs, outputs)) * (16 * inputs) ** -0.5, jnp.zeros(outputs))
            for key, inputs, outputs in zip(keys, channels, channels[1:])
        ]

    def convolved(parameters, x):
        """Two convolutions that halve 28 x 28, and a dense layer."""
        convolutions, dense = parameters
        x = x.reshape(-1, 28, 28, 1)
        for weight, bias in convolutions:
            x = jax.lax.conv_general_dilated(
                x, weight, (2, 2), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            x = jax.nn.relu(x + bias)
        return run(dense, x.reshape(len(x), -1))

    def deconvolved(parameters, z):
        """A dense layer, and two transposed convolutions that double 7 x 7."""
        dense, convolutions = parameters
        x = jax.nn.relu(run(dense, z)).reshape(-1, 7, 7, model["channels"][-1])
        for weight, bias in convolutions:
            x = jax.lax.conv_transpose(x, weight, (2, 2), ((2, 2), (2, 2)))
            x = x + bias if weight.shape[-1] == 1 else jax.nn.relu(x + bias)
        return x.reshape(samples, -1, pixels)

    encode, decode = (convolved, deconvolved) if name == "conv" else (run, run)

    def loss(parameters, x, key):
        encoder, decoder = parameters
        mean, log_variance = jnp.split(encode(encoder, x), 2, -1)
        noise = jax.random.normal(key, (samples, batch, latent))
        z = mean + noise * jnp.exp(0.5 * log_variance)
        logits = decode(decoder, z)
        reconstruction = (x * jax.nn.log_sigmoid(logits) + (1 - x) * jax.nn.log_sigmoid(-logits)).sum(-1)
        if name == "iwae":
            log_prior = -0.5 * (z**2).sum(-1)
            log_posterior = -0.5 * (noise**2 + log_variance).sum(-1)
            weight = reconstruction + log_prior - log_posterior
            return -(jax.nn.logsumexp(weight, 0) - math.log(samples)).mean()
        divergence = 0.5 * (mean**2 + jnp.exp(log_variance) - 1 - log_variance).sum(-1)
        return -(reconstruction.mean(0) - divergence).mean()

    def update(state, _):
        parameters, first, second, count, key = state
        key, rows, noise = jax.random.split(key, 3)
        x = data[jax.random.randint(rows, (batch,), 0, len(data))]
        value, gradient = jax.value_and_grad(loss)(parameters, x, noise)
        count = count + 1
        first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
        second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
        correction1, correction2 = 1 - BETA1**count, 1 - BETA2**count
        parameters = jax.tree.map(
            lambda p, m, v: p - RATE * (m / correction1) / (jnp.sqrt(v / correction2) + EPSILON),
            parameters,
            first,
            second,
        )
        return (parameters, first, second, count, key), value

    key = jax.random.PRNGKey(0)
    if name == "conv":
        first, second = model["channels"]
        features = 7 * 7 * second
        parameters = (
            (kernels(key, [1, first, second]), perceptron(key, [features, 2 * latent])),
            (perceptron(key, [latent, features]), kernels(key, [second, first, 1])),
        )
    else:
        parameters = (
            perceptron(key, [pixels] + model["hidden"] + [2 * latent]),
            perceptron(key, [latent] + model["hidden"][::-1] + [pixels]),
        )
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros, zeros, jnp.float32(0), key)
    if mode == "scan":
        per_call = 100
        call = jax.jit(lambda state: jax.lax.scan(update, state, None, length=per_call))
    else:
        per_call = 1
        call = jax.jit(lambda state: update(state, None))

    # The first call compiles.
    state, value = call(state)
    jax.block_until_ready(value)
    print(json.dumps({"updates": per_call}), flush=True)
    for line in sys.stdin:
        calls = max(1, int(line) // per_call)
        start = time.perf_counter()
        for _ in range(calls):
            state, value = call(state)
        jax.block_until_ready(value)
        reply = {
            "updatesPerSecond": calls * per_call / (time.perf_counter() - start),
            "loss": float(jnp.ravel(value)[-1]),
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
