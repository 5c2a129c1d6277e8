"""A proposed model in PyTorch, with the preprocessing of scikit-learn, as people who use both would write it.

`Twin(build, train)` reads the params of model.build and trainer.create that `model.propose` proposes; `fit` trains it and keeps the
best validation, and `score` estimates log p(x) of rows in the data's own units.
"""

import math

import numpy as np
import torch
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn
from torch.nn import functional


def columns_of(part, names, width):
    chosen = part.get("columns")
    return list(range(width)) if chosen is None else [names.index(name) if isinstance(name, str) else name for name in chosen]


class Preprocessing:
    """What the model sees of rows: `inputs` for the encoder, `targets` for the densities, and the log of dy/dx."""

    def __init__(self, build, names, rows, groups):
        self.width = rows.shape[1]
        self.logs, self.scaled, self.classes = [], [], {}
        for part in build["preprocess"]:
            chosen = columns_of(part, names, self.width)
            if part["type"] == "log1p":
                self.logs = chosen
            elif part["type"] == "standardize":
                self.scaled = chosen
            elif part["type"] == "oneHot":
                self.classes = dict.fromkeys(chosen)
            else:
                raise ValueError(f"no twin of {part['type']}")
        self.groups = groups
        values = self.logarithms(rows)
        if self.scaled:
            self.scaler = StandardScaler().fit(values[:, self.scaled])
        for likelihood, begin, end in groups:
            for column in range(begin, end):
                if column in self.classes:
                    self.classes[column] = OneHotEncoder(
                        categories=[np.arange(likelihood["classes"])], sparse_output=False
                    ).fit(rows[:, [column]])

    def logarithms(self, rows):
        values = rows.astype("f8").copy()
        values[:, self.logs] = np.log1p(values[:, self.logs])
        return values

    def __call__(self, rows):
        values = self.logarithms(rows)
        slopes = -values[:, self.logs].sum(1) if self.logs else np.zeros(len(rows))
        if self.scaled:
            values[:, self.scaled] = self.scaler.transform(values[:, self.scaled])
            slopes = slopes - np.log(self.scaler.scale_).sum()
        seen = []
        for likelihood, begin, end in self.groups:
            part = rows[:, begin:end].astype("f8")
            if likelihood["type"] == "negativeBinomial" and likelihood.get("sizeFactors"):
                seen.append(np.log1p(part * (end - begin) / np.maximum(part.sum(1, keepdims=True), 1)))
            elif likelihood["type"] == "negativeBinomial":
                seen.append(np.log1p(part))
            else:
                for column in range(begin, end):
                    encoder = self.classes.get(column)
                    seen.append(encoder.transform(rows[:, [column]]) if encoder else values[:, [column]])
        return [torch.tensor(part, dtype=torch.float64) for part in (np.hstack(seen), values, slopes)]


def log_density(likelihood, out, x):
    """The log density of each row's columns, given the decoder's outputs for them."""
    kind, width = likelihood["type"], x.shape[-1]
    if kind == "gaussian":
        mean = out[..., :width]
        if likelihood.get("deviation") is not None:
            log_variance = torch.full_like(mean, 2 * math.log(likelihood["deviation"]))
        else:
            log_variance = out[..., width:].clamp(min=2 * math.log(likelihood["floor"]))
        return -0.5 * (math.log(2 * math.pi) + log_variance + (x - mean) ** 2 * torch.exp(-log_variance)).sum(-1)
    if kind == "bernoulli":
        return -functional.binary_cross_entropy_with_logits(out, x.expand_as(out), reduction="none").sum(-1)
    if kind == "categorical":
        logits = out.unflatten(-1, (width, likelihood["classes"])).log_softmax(-1)
        return logits.gather(-1, x.long().expand(*logits.shape[:-1])[..., None])[..., 0].sum(-1)
    if kind == "negativeBinomial":
        a, b = out[..., :width], out[..., width:]
        if likelihood.get("sizeFactors"):
            a = a + x.sum(-1, keepdim=True).clamp(min=1).log()
        r = b.exp()
        return (
            torch.lgamma(x + r) - torch.lgamma(r) - torch.lgamma(x + 1)
            + r * functional.logsigmoid(b - a) + x * functional.logsigmoid(a - b)
        ).sum(-1)
    raise ValueError(f"no twin of {kind}")


def outputs(likelihood, width):
    kind = likelihood["type"]
    if kind == "negativeBinomial" or kind == "gaussian" and likelihood.get("deviation") is None:
        return 2 * width
    return width * (likelihood["classes"] if kind == "categorical" else 1)


class Twin(nn.Module):
    def __init__(self, build, train, names, rows, seed):
        super().__init__()
        # In float32, lgamma(x + r) - lgamma(r) has no digits left for a large r, and the best of such sums is a wrong one.
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(seed)
        likelihood = build["likelihood"]
        width = rows.shape[1]
        if likelihood["type"] == "mixed":
            self.groups = [(part["likelihood"], part["from"], part["to"]) for part in likelihood["columns"]]
        else:
            self.groups = [(likelihood, 0, width)]
        self.preprocess = Preprocessing(build, names, rows, self.groups)
        self.latent, self.train_params = build["latent"], train
        seen = self.preprocess(rows[:1])[0].shape[1]
        self.encoder = self.stack(build["encoder"], seen, 2 * self.latent)
        self.decoder = self.stack(build["decoder"], self.latent, sum(outputs(part, end - begin) for part, begin, end in self.groups))

    @staticmethod
    def stack(layers, inputs, last):
        parts = []
        for layer in layers:
            if layer["type"] == "dense":
                parts.append(nn.Linear(inputs, layer.get("units", last)))
                inputs = parts[-1].out_features
            else:
                parts.append({"relu": nn.ReLU, "tanh": nn.Tanh}[layer["type"]]())
        return nn.Sequential(*parts)

    def reconstruction(self, z, x):
        out, sum_, place = self.decoder(z), 0, 0
        for likelihood, begin, end in self.groups:
            count = outputs(likelihood, end - begin)
            sum_ = sum_ + log_density(likelihood, out[..., place : place + count], x[..., begin:end])
            place += count
        return sum_

    def bound(self, seen, x, slopes, samples=1):
        mean, log_variance = self.encoder(seen).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn(samples, *mean.shape)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)
        return self.reconstruction(z, x).mean(0) - divergence + slopes

    def fit(self, train, validation, updates):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.train_params["optimizer"]["rate"])
        batch, rules = self.train_params["batch"], self.train_params.get("validation")
        parts, held = self.preprocess(train), self.preprocess(validation) if len(validation) else None
        patience = self.train_params.get("stopping", {}).get("patience")
        best, since, kept, order = -math.inf, 0, None, []
        for update in range(1, updates + 1):
            if not order:
                order = list(torch.randperm(len(train)).split(batch))
            rows = order.pop()
            optimizer.zero_grad()
            (-self.bound(*(part[rows] for part in parts)).mean()).backward()
            optimizer.step()
            if held and update % rules["every"] == 0:
                with torch.no_grad():
                    value = self.bound(*held, samples=rules["samples"]).mean().item()
                since = 0 if value > best else since + 1
                if value > best:
                    best, kept = value, {name: array.clone() for name, array in self.state_dict().items()}
                if patience and since >= patience:
                    break
        if kept:
            self.load_state_dict(kept)
        return self

    @torch.no_grad()
    def score(self, rows, samples):
        """The mean of the importance-weighted estimates of log p(x)."""
        seen, x, slopes = self.preprocess(rows)
        mean, log_variance = self.encoder(seen).chunk(2, -1)
        weights = []
        for _ in range(samples // 50):
            noise = torch.randn(50, *mean.shape)
            z = mean + torch.exp(0.5 * log_variance) * noise
            prior, posterior = -0.5 * (z**2).sum(-1), -0.5 * (noise**2 + log_variance).sum(-1)
            weights.append(self.reconstruction(z, x) + prior - posterior)
        logs = torch.cat(weights)
        return (logs.logsumexp(0) - math.log(len(logs)) + slopes).mean().item()
