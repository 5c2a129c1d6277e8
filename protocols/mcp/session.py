"""The session of every client: the tools it calls, and the results it expects."""
import json

DATA = {
    "name": "strokes", "source": {"type": "strokes", "count": 24, "seed": 1},
    "transforms": [{"type": "subsample", "factor": 4}, {"type": "binarize", "threshold": 100}]}
MODEL = {
    "name": "vae", "data": "strokes", "latent": 2,
    "encoder": [{"type": "dense", "units": 4}, {"type": "tanh"}, {"type": "dense", "units": 4}],
    "decoder": [{"type": "dense", "units": 4}, {"type": "tanh"}, {"type": "dense"}],
    "likelihood": {"type": "bernoulli"}, "seed": 1}
TRAINER = {"name": "run", "model": "vae", "data": "strokes", "batch": 5}
# Long enough for progress, which comes ten times a second.
STEP = {"trainer": "run", "seconds": 0.6}
# Ends only when cancelled.
ENDLESS = {"trainer": "run", "updates": 10**9}
BEGIN = [("data_load", DATA), ("model_build", MODEL), ("trainer_create", TRAINER)]
WRONG = ("model_build", {"name": "other", "data": "strokes", "latnet": 2})
PNG = "iVBORw0KGgo"


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_progress(values):
    """Values of the notifications of one call."""
    expect(len(values) >= 2, f"too little progress: {values}")
    expect(all(a < b for a, b in zip(values, values[1:])), f"progress does not grow: {values}")


def expect_wrong(is_error, text):
    expect(is_error, f"no error: {text}")
    expect("latnet: no such member" in text and "hint: did you mean \"latent\"?" in text, text)


def expect_picture(items):
    """(type, data, mime type) of the content of a plot."""
    expect([item[0] for item in items] == ["text", "image"], f"no picture: {items}"[:300])
    expect(items[1][1].startswith(PNG) and items[1][2] == "image/png", "no PNG")


def expect_elbo(text):
    value = json.loads(text)
    expect(value["count"] == 24 and value["elbo"] < 0, text)
