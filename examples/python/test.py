#!/usr/bin/env python3
"""Drives the engine through the client: a short homework, errors, progress, large arrays, asyncio, the end."""

import asyncio
import contextlib
import io
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading

import elbo_vae as client
import homework
from elbo_vae import Array, AsyncElbo, Elbo, ElboError, ElboGone, Picture, methods, values

HERE = os.path.dirname(os.path.abspath(homework.__file__))
DENSE = [{"type": "dense"}]
BERNOULLI = {"type": "bernoulli"}


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def test_homework(folder):
    with Elbo() as elbo:
        training, bound, likelihood = homework.homework(elbo, updates=300, output=folder)
        assert training.update == 300 and -45 < training.elbo < -30, training
        assert bound.count == 10000 and -36 < bound.elbo < -30, bound
        assert math.isclose(bound.elbo, bound.reconstruction - bound.divergence, rel_tol=1e-9)
        # The importance-weighted bound is the tighter one.
        assert bound.elbo < likelihood.logLikelihood < bound.elbo + 5, likelihood
        history = elbo.trainer.history("run", from_=100, every=100)
        assert history.update == [200, 300], history
        assert history.validation.update == [200, 300]
        assert len(history.elbo) == 2 and -45 < history.elbo[1] < -30
    beginnings = {"curves.svg": b"<?xml", "validation.svg": b"<?xml",
                  "reconstructions.png": b"\x89PNG", "samples.png": b"\x89PNG"}
    for name, beginning in beginnings.items():
        with open(os.path.join(folder, name), "rb") as file:
            assert file.read(len(beginning)) == beginning, name


def test_errors():
    with Elbo() as elbo:
        error = fails(methods.ParamsError, lambda: elbo.data.load({"type": "strokes", "cuont": 3}))
        assert (error.code, error.kind, error.path) == (-32602, "params", "source.cuont"), vars(error)
        assert isinstance(error, ValueError) and "count" in str(error)
        assert isinstance(fails(methods.UnknownNameError, lambda: elbo.model.info("vae")), LookupError)
        assert isinstance(fails(methods.MethodError, lambda: elbo.call("no.such")), client.ProtocolError)
        assert isinstance(fails(client.FileError, lambda: elbo.model.load("/no/such")), OSError)
        fails(TypeError, lambda: elbo.model.info("vae", "more"))
        fails(TypeError, lambda: elbo.model.info("vae", model="vae"))
        # An engine that is newer than we are.
        assert type(ElboError.of({"code": 9, "message": "new", "data": {"kind": "new"}})) is ElboError
        # It goes on.
        assert elbo.engine.info().name == "elbo"


def test_every_method_is_there():
    with Elbo() as elbo:
        document = elbo.rpc.discover()
        names = {method["name"] for method in document["methods"] if "errors" in method}
        assert names == set(client.calls.Method.all), "stale: run scripts/describe"


def test_progress():
    with Elbo() as elbo:
        small(elbo)
        seen = []
        done = elbo.trainer.step("t", seconds=0.5, progress=seen.append)
        assert done.updates > 0 and seen and seen[0].trainer == "t", seen
        # As a loop; the first report, and then enough.
        run = elbo.later.trainer.step("t", updates=10**8, progress=True)
        for report in run:
            assert report.updates == 10**8 and report.state is None
            run.cancel()
            break
        assert run.result().stopped == "cancelled"
        # A background run is told of on a thread, and to its end.
        over = threading.Event()
        before = elbo.trainer.info("t").update
        assert elbo.trainer.start("t", updates=500, progress=lambda p: p.state and over.set()).state == "running"
        assert over.wait(10)
        assert elbo.trainer.info("t").update == before + 500
        # Who is told on that thread cannot wait for it.
        refused = []
        def ask(report):
            if not refused:
                refused.append(str(fails(RuntimeError, elbo.engine.ping)))
        elbo.trainer.start("t", updates=500, progress=ask)
        elbo.trainer.wait("t")
        assert "cannot wait" in refused[0]
        *_, last = elbo.later.trainer.start("t", updates=500, progress=True)
        assert (last.update, last.state) == (500, "idle")
        # An error ends a loop too.
        fails(methods.ParamsError, lambda: list(elbo.later.trainer.start("t", updates=0, progress=True)))


def test_bar():
    with Elbo() as elbo, contextlib.redirect_stderr(io.StringIO()) as shown:
        small(elbo)
        elbo.trainer.step("t", seconds=0.3, progress=True)
        elbo.trainer.start("t", updates=300, progress=True)
        elbo.trainer.wait("t")
    try:
        import tqdm  # noqa: F401
    except ImportError:
        assert shown.getvalue() == ""
    else:
        assert "ELBO -" in shown.getvalue() and "300/300" in shown.getvalue(), shown.getvalue()


def test_arrays():
    """8 MB in each line, 96 MB in each direction, before anything is awaited: nobody waits for the other."""
    with Elbo() as elbo:
        elbo.model.build(name="m", shape=[2], latent=2, encoder=DENSE, decoder=DENSE, likelihood=BERNOULLI)
        rows = Array([780000, 2], (i % 7 / 7 for i in range(1560000)))
        calls = [elbo.later.model.decode("m", rows) for _ in range(12)]
        outputs = [call.result().output for call in calls]
        assert all(tuple(output.shape) == (780000, 2) for output in outputs)
        assert float(outputs[0][0][0]) == float(outputs[11][7][0])
        few = elbo.model.decode("m", [[0, 1 / 7]]).output
        assert math.isclose(float(few[0][1]), float(outputs[0][0][1]), rel_tol=1e-6)
        # Back in as they came out.
        read = elbo.model.parameters("m").parameters
        assert elbo.model.assign("m", parameters=read).assigned == list(read)
        bias = read["encoder.0.bias"]
        assert bias.tolist() == [0.0] * 4 and len(bias) == 4
        assert read["encoder.0.weight"].tolist()[1] == read["encoder.0.weight"][1].tolist()
        # Numbers that are not finite, both ways.
        elbo.meanField.define(2, {"type": "table", "values": [0.0, math.inf, math.inf, math.inf]}, name="p")
        exact = elbo.meanField.exact("p")
        assert exact.meanEnergy == 0, exact
        assert values.decoded("NaN", "List[float]") != values.decoded("NaN", "List[float]")
        assert values.decoded("NaN", "str") == "NaN"


def test_numpy():
    """Whatever numpy is given is understood: kinds of numbers, strides, labels and indices."""
    np = values.numpy
    if np is None:
        return
    with Elbo() as elbo:
        rows = np.arange(12, dtype=np.uint8).reshape(6, 2) % 2
        for kind in (bool, np.uint8, np.int64, np.float16, np.float32, np.float64):
            source = {"type": "array", "values": rows.astype(kind), "labels": np.arange(6) % 3}
            loaded = elbo.data.load(source, name="d", replace=True)
            assert (loaded.count, loaded.shape, loaded.classes, loaded.binary) == (6, [2], [0, 1, 2], True), loaded
        some = elbo.data.get("d", indices=np.array([1, 4]))
        assert some.labels == [1, 1] and (some.input == rows[[1, 4]]).all(), some
        pixels = np.arange(64.0).reshape(1, 8, 8)
        elbo.data.load({"type": "array", "values": pixels[:, ::-2, ::2]}, name="strided")
        assert (elbo.data.get("strided", count=np.int64(1)).input == pixels[:, ::-2, ::2]).all()


def test_large_arrays():
    """6,000 images of numpy are 25 MB of base64, and too long for a line: they go by files, which do not stay."""
    np = values.numpy
    rows = np.arange(6000 * 784, dtype=np.float32).reshape(6000, 784) if np else Array([6000, 784], range(6000 * 784))
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            with Elbo() as elbo:
                loaded = elbo.data.load({"type": "array", "values": rows}, name="d")
                assert (loaded.count, loaded.shape, loaded.maximum) == (6000, [784], 6000 * 784 - 1), loaded
                last = elbo.data.get("d", indices=[5999]).input
                assert last[0].tolist() == rows[5999].tolist()
                # More than one at once, large and small, and one that is refused.
                elbo.model.build(name="m", shape=[784], latent=2, encoder=DENSE, decoder=DENSE, likelihood={"type": "gaussian"})
                read = elbo.model.parameters("m").parameters
                assert elbo.model.assign("m", parameters=read).assigned == list(read)
                fails(methods.UnknownNameError, lambda: elbo.model.encode("none", input=rows))
                runs = [elbo.later.model.encode("m", input=rows) for _ in range(3)]
                assert len({run.result().mean.tolist()[7][0] for run in runs}) == 1
                assert [name for _, _, names in os.walk(folder) for name in names] == []
            assert os.listdir(folder) == []
            with Elbo("--max-line", "70000") as elbo:
                few = [[float(i)] * 100 for i in range(200)]
                given = np.array(few) if np else Array([200, 100], [x for row in few for x in row])
                assert elbo.data.load({"type": "array", "values": given}).count == 200
            elbo = Elbo()
            elbo._process.kill()
            fails(ElboGone, lambda: elbo.data.load({"type": "array", "values": rows}))
            elbo.close()
            assert [name for _, _, names in os.walk(folder) for name in names] == []
        finally:
            tempfile.tempdir = None


def test_a_fence():
    """Where the engine does not read temporary files, large arrays go by its own folder."""
    rows = Array([6000, 784], range(6000 * 784))
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as outside:
        tempfile.tempdir = outside
        try:
            with Elbo("--root", root) as elbo:
                scratch = elbo.engine.info().scratch
                assert os.path.dirname(scratch) == os.path.realpath(root), scratch
                assert elbo.data.load({"type": "array", "values": rows}).count == 6000
                assert os.listdir(scratch) == []
                denied = fails(methods.DeniedError, lambda: elbo.data.load({"type": "csv", "path": outside + "/x.csv"}))
                assert denied.path == "source.path" and root in denied.expected, vars(denied)

            async def load():
                async with AsyncElbo("--root=" + root) as elbo:
                    return await elbo.data.load({"type": "array", "values": rows})

            assert asyncio.run(load()).count == 6000
            assert os.listdir(root) == [] and os.listdir(outside) == []
        finally:
            tempfile.tempdir = None


def test_lines_that_are_too_long():
    """The engine refuses them unread, and nobody waits for ever: by the id, and by the length where there is none."""
    with Elbo() as elbo:
        small(elbo)
        long = "x" * (17 << 20)
        waiting = [elbo.later.model.info(long), elbo.later.engine.info(), elbo.later.data.info(long)]
        for call in waiting[::2]:
            error = fails(methods.TooLargeError, call.result)
            assert "a message may have 16777216 bytes" in str(error), error
        assert waiting[1].result().name == "elbo"
        fails(methods.TooLargeError, lambda: elbo.data.load({"type": "array", "values": [[0] * 1000] * 1100}))
        assert elbo.engine.ping() == {}
        # From an engine that has not read the id, as one of before: the longest, but for what is answered already.
        background = elbo.later.trainer.start("t", updates=10**8, progress=True)
        background.result()
        elbo._limit = 1000
        calls = [elbo.later.trainer.wait("t"), elbo.later.trainer.step("t" * 2000, updates=1),
                 elbo.later.model.info("m" * 3000), elbo.later.data.info("d" * 500)]
        refusal = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too long","data":{"kind":"tooLarge"}}}'
        refused = [elbo._refused(elbo._calls)]
        for _ in range(3):
            elbo._hear(refusal)
            refused.append(elbo._refused(elbo._calls))
        assert refused == [calls[1]._id, calls[2]._id, calls[3]._id, calls[0]._id], refused
        for call in calls[1:]:
            assert "too long" in str(fails(methods.TooLargeError, call.result))
        calls[0].cancel()
        with contextlib.suppress(ElboError):
            calls[0].result()
        elbo._hear(refusal)
        assert elbo.trainer.stop("t").state == "idle"


def test_what_is_no_json():
    with Elbo() as elbo:
        fails(TypeError, lambda: elbo.model.info(object()))
        assert not elbo._calls and elbo.engine.ping() == {}


def test_many_calls_ahead():
    with Elbo() as elbo:
        calls = [elbo.later.engine.ping() if i % 2 else elbo.later.model.list() for i in range(10000)]
        assert all("models" in call.result() for call in calls[::2])
        assert calls[1].result() == {}


def test_many_calls_from_many_threads():
    with Elbo() as elbo:
        def ask():
            for _ in range(200):
                assert elbo.engine.ping() == {}
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()


def test_what_a_notebook_shows():
    with Elbo() as elbo, tempfile.TemporaryDirectory() as folder:
        small(elbo)
        info = elbo.trainer.info("t")
        assert repr(info).startswith("TrainerInfoReply(trainer='t', state='idle', update=0"), info
        assert "<th style='text-align:left'>batch</th>" in info._repr_html_()
        assert "<" not in client.Result({"a": "<b>"})._repr_html_().replace("<table>", "").split("</th>")[1][30:34]
        assert "batch" in dir(info) and info.clip is None and "clip" not in info
        assert "no such" not in str(fails(AttributeError, lambda: info.wrong)) and info["batch"] == 100
        picture = elbo.plot.samples("m", count=4)
        assert isinstance(picture, Picture) and picture._repr_png_().startswith(b"\x89PNG")
        assert picture._repr_html_() is None and picture._repr_svg_() is None
        picture.save(os.path.join(folder, "a.png"))
        drawn = elbo.plot.samples("m", count=4, path=os.path.join(folder, "b.svg"))
        assert "<svg" in drawn._repr_svg_() and drawn._repr_png_() is None
        assert elbo.trainer.step.__doc__.startswith("Trains") and "process" in repr(elbo)
        assert list(elbo.trainer.step.__signature__.parameters)[:2] == ["trainer", "updates"]


async def asynchronous():
    async with AsyncElbo() as elbo:
        await elbo.data.load({"type": "strokes", "count": 200}, name="d",
                             transforms=[{"type": "subsample", "factor": 4}, {"type": "binarize"}])
        await elbo.model.build(name="m", data="d", latent=2, encoder=DENSE, decoder=DENSE, likelihood=BERNOULLI)
        await elbo.trainer.create("m", "d", name="t")
        run = elbo.trainer.step("t", seconds=0.5, progress=True)
        reports = [report async for report in run]
        assert reports and (await run).updates >= reports[-1].update
        reports = [report async for report in elbo.trainer.start("t", updates=500, progress=True)]
        assert (reports[-1].update, reports[-1].state) == (500, "idle"), reports
        # All at once, and one of them wrong.
        answers = await asyncio.gather(
            elbo.engine.ping(), elbo.model.info("no"), elbo.evaluate.elbo("m", data="d"), return_exceptions=True)
        assert isinstance(answers[1], methods.UnknownNameError) and answers[2].elbo < 0, answers
        # Giving up a call stops it.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(elbo.trainer.step("t", updates=10**8), 0.2)
            raise AssertionError("done with 10^8 updates")
        assert (await elbo.trainer.info("t")).state == "idle"
        # Megabytes both ways, and many ahead.
        await elbo.model.build(name="w", shape=[2], latent=2, encoder=DENSE, decoder=DENSE, likelihood=BERNOULLI)
        rows = Array([780000, 2], (i % 7 / 7 for i in range(1560000)))
        decoded = await asyncio.gather(*(elbo.model.decode("w", rows) for _ in range(4)))
        assert all(tuple(reply.output.shape) == (780000, 2) for reply in decoded)
        pings = await asyncio.gather(*(elbo.engine.ping() for _ in range(10000)))
        assert len(pings) == 10000
        elbo._process.kill()
        try:
            await elbo.call("trainer.step", trainer="t", updates=10**8)
        except ElboGone as error:
            assert "has ended (-9" in str(error), error
        else:
            raise AssertionError("an engine that is dead answered")


def test_end():
    elbo = Elbo()
    assert elbo.close() == 0
    fails(ElboGone, elbo.engine.ping)
    assert "no such option" in str(fails(ElboGone, lambda: Elbo("--no-such-option").engine.ping()))
    # Leaving with an error does not wait for a training without end.
    with contextlib.suppress(KeyError), Elbo() as elbo:
        small(elbo)
        elbo.later.trainer.step("t", updates=10**8)
        raise KeyError


def test_interrupt():
    """Ctrl-C, or a notebook's stop: the call is given up and stopped, the engine goes on."""
    with Elbo() as elbo:
        small(elbo)
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        fails(KeyboardInterrupt, lambda: elbo.trainer.step("t", updates=10**8))
        info = elbo.trainer.info("t")
        assert info.state == "idle" and 0 < info.update < 10**8, info


def test_finding_the_program():
    named = os.environ.pop("ELBO")
    try:
        assert "no program at /no/such, which was given" in str(fails(OSError, lambda: Elbo(program="/no/such")))
        os.environ["ELBO"] = "/no/such"
        assert "which $ELBO names" in str(fails(OSError, Elbo))
        del os.environ["ELBO"]
        with Elbo(program=named) as elbo:
            assert elbo.engine.ping() == {}
    finally:
        os.environ["ELBO"] = named


def test_command_line(folder):
    result = subprocess.run(
        [sys.executable, os.path.join(HERE, "homework.py"), "--mnist", folder], text=True, capture_output=True)
    assert result.returncode == 1 and "train-images-idx3-ubyte" in result.stderr, result
    assert "Traceback" not in result.stderr, result.stderr


def small(elbo):
    elbo.data.load({"type": "strokes", "count": 200}, name="d",
                   transforms=[{"type": "subsample", "factor": 4}, {"type": "binarize"}])
    elbo.model.build(name="m", data="d", latent=2, encoder=DENSE, decoder=DENSE, likelihood=BERNOULLI)
    elbo.trainer.create("m", "d", name="t")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        test_command_line(folder)
        test_homework(folder)
    # With numpy, where there is one, and without.
    numpy = values.numpy
    for values.numpy in dict.fromkeys([numpy, None]):
        test_arrays()
        test_large_arrays()
        test_a_fence()
    values.numpy = numpy
    test_numpy()
    test_lines_that_are_too_long()
    test_what_is_no_json()
    test_errors()
    test_every_method_is_there()
    test_progress()
    test_bar()
    test_many_calls_ahead()
    test_many_calls_from_many_threads()
    test_what_a_notebook_shows()
    asyncio.run(asynchronous())
    test_end()
    test_interrupt()
    test_finding_the_program()
