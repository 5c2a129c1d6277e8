"""Numbers of the objectives that look at a whole batch, in float64 with NumPy; gradients are central differences.

    python3 -m pip install numpy
    python3 objectives.py > objectives.json
"""

import json

import numpy as np

rng = np.random.default_rng(20180214)
BATCH, SAMPLES, LATENT, POPULATION = 5, 2, 3, 37
DRAWS = BATCH * SAMPLES


def rounded(a):
    return np.asarray(a, dtype=np.float32).astype(np.float64)


mean = rounded(rng.normal(size=(BATCH, LATENT)))
log_variance = rounded(rng.normal(size=(BATCH, LATENT)) * 0.7 - 0.5)
own = np.repeat(np.arange(BATCH), SAMPLES)
z = rounded(mean[own] + np.exp(log_variance[own] / 2) * rng.normal(size=(DRAWS, LATENT)))
prior = rounded(rng.normal(size=(DRAWS, LATENT)))


def log_sum_exp(a, axis):
    largest = a.max(axis=axis, keepdims=True)
    return np.squeeze(largest, axis) + np.log(np.exp(a - largest).sum(axis=axis))


def densities(z, mean, log_variance):
    """log q(z_i,d | x_j): draws x examples x latents."""
    gap = z[:, None, :] - mean[None]
    return -0.5 * (np.log(2 * np.pi) + log_variance[None] + gap**2 / np.exp(log_variance)[None])


def weights(stratified):
    if not stratified:
        return np.full((DRAWS, BATCH), 1 / (POPULATION * BATCH))
    others = BATCH - 1
    w = np.full((DRAWS, BATCH), 1 / others)
    for draw in range(DRAWS):
        w[draw, own[draw]] = 1 / POPULATION
        w[draw, (own[draw] + 1) % BATCH] = (POPULATION - others) / (POPULATION * others)
    return w


def aggregate(z, mean, log_variance, stratified):
    d = densities(z, mean, log_variance)
    w = np.log(weights(stratified))
    return log_sum_exp(d.sum(-1) + w, 1), log_sum_exp(d + w[:, :, None], 1)


def total_correlation(z, mean, log_variance, options, with_own):
    """What of the objective comes from q(z) and q(z_d); and from log q(z | x) what the ELBO's own weights leave."""
    alpha, beta, gamma = options["mutualInformation"], options["beta"], options["dimensionWise"]
    joint, singles = aggregate(z, mean, log_variance, options["estimator"] == "minibatchStratified")
    value = (alpha - beta) * joint + (beta - gamma) * singles.sum(-1)
    if with_own:
        value = value - (alpha - gamma) * densities(z, mean, log_variance)[np.arange(DRAWS), own].sum(-1)
    return value.mean()


def kernel(a, b, options):
    square = ((a[:, None] - b[None]) ** 2).sum(-1)
    total = 0
    for scale in options["scales"]:
        c = scale * 2 * LATENT * options["bandwidth"] ** 2
        total = total + (np.exp(-square / c) if options["kernel"] == "gaussian" else c / (c + square))
    return total


def discrepancy(z, options):
    pairs = own[:, None] != own[None]
    return (
        kernel(z, z, options)[pairs].mean()
        + kernel(prior, prior, options)[pairs].mean()
        - 2 * kernel(z, prior, options).mean()
    )


def divergences(mean, log_variance):
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)


def slopes(f, at, step=1e-5):
    out = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[index] += sign * step
            ends.append(f(moved))
        out[index] = (ends[0] - ends[1]) / (2 * step)
    return out


def listed(a):
    return np.asarray(a).tolist()


result = {
    "batch": BATCH, "samples": SAMPLES, "latent": LATENT, "population": POPULATION,
    "mean": listed(mean.ravel()), "logVariance": listed(log_variance.ravel()),
    "z": listed(z.ravel()), "prior": listed(prior.ravel()), "cases": [],
}

for options in (
    {"beta": 6.0, "mutualInformation": 1.0, "dimensionWise": 1.0, "estimator": "minibatchWeighted"},
    {"beta": 2.5, "mutualInformation": 0.5, "dimensionWise": 2.0, "estimator": "minibatchWeighted"},
    {"beta": 6.0, "mutualInformation": 1.0, "dimensionWise": 1.0, "estimator": "minibatchStratified"},
    {"beta": 0.0, "mutualInformation": 3.0, "dimensionWise": 0.5, "estimator": "minibatchStratified"},
):
    result["cases"].append({
        "objective": {"type": "totalCorrelation", "samples": SAMPLES, **options},
        "value": total_correlation(z, mean, log_variance, options, False),
        "z": listed(slopes(lambda a: total_correlation(a, mean, log_variance, options, True), z)),
        "mean": listed(slopes(lambda a: total_correlation(z, a, log_variance, options, True), mean)),
        "logVariance": listed(slopes(lambda a: total_correlation(z, mean, a, options, True), log_variance)),
    })

for options in (
    {"kernel": "inverseMultiquadratic", "bandwidth": 1.0, "scales": [1.0], "weight": 100.0},
    {"kernel": "gaussian", "bandwidth": 0.75, "scales": [1.0], "weight": 10.0},
    {"kernel": "inverseMultiquadratic", "bandwidth": 1.0,
     "scales": [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0], "weight": 1.0},
    {"kernel": "gaussian", "bandwidth": 2.0, "scales": [0.5, 1.0, 2.0], "weight": 1000.0},
):
    weight = options["weight"]
    result["cases"].append({
        "objective": {"type": "maximumMeanDiscrepancy", "samples": SAMPLES, **options},
        "value": -weight * discrepancy(z, options),
        "z": listed(slopes(lambda a: -weight * discrepancy(a, options), z)),
        "mean": listed(np.zeros_like(mean)), "logVariance": listed(np.zeros_like(mean)),
    })

# Free bits between the latents' mean divergences, so that some are free and some are not.
for beta, free in ((1.0, float(np.float32(np.sort(divergences(mean, log_variance).mean(0))[:2].mean()))), (0.5, 0.0)):
    def cost(m, v):
        return -beta * np.maximum(free, divergences(m, v).mean(0)).sum()
    result["cases"].append({
        "objective": {"type": "elbo", "samples": SAMPLES, "beta": beta, "freeBits": free},
        "value": cost(mean, log_variance),
        "z": listed(np.zeros_like(z)),
        "mean": listed(slopes(lambda a: cost(a, log_variance), mean)),
        "logVariance": listed(slopes(lambda a: cost(mean, a), log_variance)),
    })

# A capacity below and above the mean divergence, reached and on the way: at update 3 of 4.
whole = divergences(mean, log_variance).sum(-1).mean()
for maximum, updates in ((0.5 * whole, 1), (3 * whole, 1), (1.2 * whole, 4), (1.4 * whole, 4)):
    maximum = float(maximum)
    c = maximum * min(1, 3 / updates)
    result["cases"].append({
        "objective": {"type": "elbo", "samples": SAMPLES, "beta": 20.0,
                      "capacity": {"maximum": maximum, "updates": updates}},
        "value": -20 * abs(whole - c),
        "weight": 20 * np.sign(whole - c),
        "z": listed(np.zeros_like(z)),
        "mean": listed(np.zeros_like(mean)), "logVariance": listed(np.zeros_like(mean)),
    })

for beta, warm_up in ((4.0, 12), (4.0, 3), (4.0, 2)):
    share = min(1, 3 / warm_up)
    result["cases"].append({
        "objective": {"type": "elbo", "samples": SAMPLES, "beta": beta, "warmUp": warm_up},
        "value": -beta * share * whole,
        "weight": beta * share,
        "z": listed(np.zeros_like(z)),
        "mean": listed(np.zeros_like(mean)), "logVariance": listed(np.zeros_like(mean)),
    })

print(json.dumps(result, indent=1))
