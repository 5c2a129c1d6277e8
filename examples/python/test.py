#!/usr/bin/env python3
"""Drives the engine through the client: a short version of the homework, errors, progress, large arrays, the end."""

import contextlib
import io
import math
import os
import subprocess
import sys
import tempfile
import threading

os.chdir(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.getcwd())
# No __pycache__ beside files that people copy.
sys.dont_write_bytecode = True

import elbo as client
from elbo import Array, Elbo, ElboError, ElboGone
from homework import homework


def test_homework(folder):
    with Elbo() as engine:
        training, bound, likelihood = homework(engine, updates=300, output=folder)
        assert training["update"] == 300 and -45 < training["elbo"] < -30, training
        assert bound["count"] == 10000 and -36 < bound["elbo"] < -30, bound
        assert math.isclose(bound["elbo"], bound["reconstruction"] - bound["divergence"], rel_tol=1e-9)
        # The importance-weighted bound is the tighter one.
        assert bound["elbo"] < likelihood["logLikelihood"] < bound["elbo"] + 5, likelihood
        history = engine.call("trainer.history", trainer="run", from_=100, every=100)
        assert history["update"] == [200, 300], history["update"]
        assert history["validation"]["update"] == [100, 200, 300]
    beginnings = {"curves.svg": b"<?xml", "validation.svg": b"<?xml",
                  "reconstructions.png": b"\x89PNG", "samples.png": b"\x89PNG"}
    for name, beginning in beginnings.items():
        with open(os.path.join(folder, name), "rb") as file:
            assert file.read(len(beginning)) == beginning, name


def test_errors():
    with Elbo() as engine:
        with contextlib.suppress(ElboError):
            engine.call("model.info", model="vae")
            raise AssertionError("no error")
        try:
            engine.call("data.load", source={"type": "strokes", "cuont": 3})
        except ElboError as error:
            assert (error.code, error.kind, error.path) == (-32602, "params", "source.cuont"), vars(error)
            assert "count" in str(error)
        else:
            raise AssertionError("no error")
        # The engine goes on.
        assert engine.call("engine.info")["name"] == "elbo"


def test_progress_and_cancel():
    with Elbo() as engine:
        small(engine)
        seen = []
        done = engine.call("trainer.step", trainer="t", seconds=0.5, progress=seen.append)
        assert done["updates"] > 0 and seen and seen[0]["trainer"] == "t", seen
        run = engine.send("trainer.step", trainer="t", updates=10**8, progress=True)
        # The first report, and then enough.
        next(iter(run))
        run.cancel()
        assert run.result()["stopped"] == "cancelled"


def test_arrays():
    """Several MiB in each direction at once: nobody waits for the other."""
    with Elbo() as engine:
        engine.call("model.build", name="m", shape=[64], latent=2, encoder=[{"type": "dense"}],
                    decoder=[{"type": "dense"}], likelihood={"type": "bernoulli"})
        rows = Array([20000, 2], (i % 7 / 7 for i in range(40000)))
        calls = [engine.send("model.decode", model="m", latent=rows, encoding="base64") for _ in range(4)]
        outputs = [call.result()["output"] for call in calls]
        assert all(tuple(output.shape) == (20000, 64) for output in outputs)
        assert float(outputs[0][0][0]) == float(outputs[3][7][0])
        values = engine.call("model.decode", model="m", latent=[[0, 1 / 7]])["output"]
        assert math.isclose(float(values[0][5]), float(outputs[0][0][5]), rel_tol=1e-6)
        # Back in as they came out.
        read = engine.call("model.parameters", model="m", encoding="base64")["parameters"]
        assert engine.call("model.assign", model="m", parameters=read)["assigned"] == list(read)


def test_many_calls_from_many_threads():
    with Elbo() as engine:
        def ask():
            for _ in range(200):
                assert engine.call("engine.ping") == {}
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()


def test_end():
    engine = Elbo()
    assert engine.close() == 0
    try:
        engine.call("engine.ping")
    except ElboGone:
        pass
    else:
        raise AssertionError("an engine that has ended answered")
    try:
        Elbo("--no-such-option").call("engine.ping")
    except ElboGone as error:
        assert "no such option" in str(error), error
    else:
        raise AssertionError("an engine that never began answered")
    # Leaving with an error does not wait for a training without end.
    with contextlib.suppress(KeyError), Elbo() as engine:
        small(engine)
        engine.send("trainer.step", trainer="t", updates=10**8)
        raise KeyError


def test_command_line(folder):
    result = subprocess.run([sys.executable, "homework.py", "--mnist", folder], text=True, capture_output=True)
    assert result.returncode == 1 and "train-images-idx3-ubyte" in result.stderr, result
    assert "Traceback" not in result.stderr, result.stderr


def small(engine):
    engine.call("data.load", name="d", source={"type": "strokes", "count": 200},
                transforms=[{"type": "subsample", "factor": 4}, {"type": "binarize"}])
    engine.call("model.build", name="m", data="d", latent=2, encoder=[{"type": "dense"}],
                decoder=[{"type": "dense"}], likelihood={"type": "bernoulli"})
    engine.call("trainer.create", name="t", model="m", data="d")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        test_command_line(folder)
        test_homework(folder)
    # With numpy, where there is one, and without.
    for client.numpy in dict.fromkeys([client.numpy, None]):
        test_arrays()
    test_errors()
    test_progress_and_cancel()
    test_many_calls_from_many_threads()
    test_end()
    print("examples/python: passed")
