#!/usr/bin/env python3
"""The estimator: what it fits, what it refuses, what it survives, and the rules of scikit-learn."""

import contextlib
import copy
import doctest
import errno
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
import warnings

from elbo_vae import Elbo, ElboGone, Picture
from runner import Skipped, fails, needs, run

try:
    import numpy as np

    from elbo_vae import VAE, aio, client, digits, plots, report, session, strokes, vae
    from elbo_vae.rules import NotFittedError
except ImportError:
    np = None

HERE = os.path.dirname(os.path.abspath(__file__))
BY_PLACE = "a draw of z depends on the place of its row, so that log p(x) differs by the Monte Carlo error"


def binary(count=60, width=6):
    return (np.random.default_rng(0).random((count, width)) < 0.4).astype(float)


def small(**others):
    return VAE(**{"latent": 2, "updates": 30, "verbose": False, "random_state": 0, **others})


def pictures(count=40):
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8)).astype(np.uint8)


def examples(module, first):
    """Runs the examples of a module, and returns the names that have any; those of `first` make what the others go on with."""
    found = [test for test in doctest.DocTestFinder().find(module, module.__name__) if test.examples]
    found.sort(key=lambda test: test.name != first)
    runner, names = doctest.DocTestRunner(), {}
    for test in found:
        test.globs = {**vars(module), **names}
        runner.run(test, clear_globs=False)
        if test.name == first:
            names = test.globs
    assert not runner.failures
    return {test.name for test in found}


def test_documentation():
    here, shown = os.getcwd(), set()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for module, first in ((vae, "elbo_vae.vae.VAE"), (plots, "elbo_vae.plots"), (strokes, ""), (client, ""), (aio, "")):
                shown |= examples(module, first)
        finally:
            os.chdir(here)
        written = set(os.listdir(folder))
    assert written == {"model.safetensors", "samples.png", "reconstructions.png", "traversal.png", "manifold.png", "latent.svg", "history.pdf"}
    # What people call has an example.
    for kind in (VAE, plots.Plots, Elbo):
        place = f"{kind.__module__}.{kind.__qualname__}"
        calls = {f"{place}.{name}" for name, value in vars(kind).items() if name[0] != "_" and isinstance(value, (types.FunctionType, classmethod))}
        assert calls <= shown, f"without an example: {', '.join(calls - shown)}"
    assert {"elbo_vae.strokes.digits", "elbo_vae.client.Elbo", "elbo_vae.aio.AsyncElbo"} <= shown
    # More than a reply holds.
    rows, labels = digits(25_000, seed=1)
    assert rows.shape == (25_000, 14, 14) and set(labels) == set(range(10)) and len(labels) == 25_000


def test_three_lines():
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        fitted = VAE(latent=2, updates=200, patience=100, random_state=0).fit(binary(200))
    number, sentence = told.getvalue().splitlines()
    assert number.startswith("log p(x) = -") and " ± 0." in number and "on 20 rows set aside" in number, number
    # No more draws than the training made, where seconds are not enough.
    told, most = io.StringIO(), report.MOST
    report.MOST = 0
    try:
        with contextlib.redirect_stdout(told):
            VAE(latent=2, updates=10, batch_size=64, importance_samples=8, random_state=0).fit(binary(2000))
    finally:
        report.MOST = most
    assert "on 80 of the 200 rows set aside" in told.getvalue(), told.getvalue()
    rows = np.random.default_rng(0).random((1200, 14, 14)) > 0.5
    with contextlib.redirect_stdout(told):
        VAE(latent=2, updates=300, validation_fraction=0.25, random_state=0).fit(rows)
    assert "on 300 rows set aside" in told.getvalue(), told.getvalue()
    assert sentence.startswith("The training made all its 200 updates") and "latents" in sentence, sentence
    assert fitted.sample(64).shape == (64, 6) and fitted.log_likelihood_ < 0 < fitted.log_likelihood_error_


def test_the_same_bits():
    rows = binary()
    one, two, other = small().fit(rows), small().fit(rows), small(random_state=1).fit(rows)
    assert one._model.content == two._model.content != other._model.content
    assert (one.sample(5) == two.sample(5)).all() and (one.sample(5) == one.sample(5)).all()
    assert one.score(rows) == two.score(rows)
    any_state = small(random_state=None).fit(rows)
    assert not (any_state.sample(5) == any_state.sample(5)).all()
    np.random.seed(3)
    first = small(random_state=None).fit(rows)._model.content
    np.random.seed(3)
    assert small(random_state=None).fit(rows)._model.content == first


def test_it_stops_and_keeps_the_best():
    told, dice = io.StringIO(), np.random.default_rng(0)
    # Columns that depend on each other: of noise alone there is nothing to learn.
    rows = dice.normal(size=(60, 1)) + 0.3 * dice.normal(size=(60, 4))
    with contextlib.redirect_stdout(told):
        fitted = small(updates=39, learning_rate=0.01, patience=2, verbose=True).fit(rows)
    assert fitted.n_updates_ < 39 and "ended itself" in told.getvalue(), told.getvalue()
    history = fitted.history_
    validated = np.asarray(history["validation_elbo"])
    assert len(validated) == fitted.n_updates_
    assert f"none after update {np.nanargmax(validated) + 1:,}" in told.getvalue(), told.getvalue()
    # The model is the one that a training to its update makes.
    best = int(np.nanargmax(validated)) + 1
    again = small(updates=best, learning_rate=0.01).fit(rows)
    assert best < fitted.n_updates_ and fitted._model.content == again._model.content
    assert fitted.score(rows) > small(updates=1, learning_rate=0.01).fit(rows).score(rows)


def test_likelihoods():
    draw = np.random.default_rng(0)
    tables = {
        "bernoulli": binary(), "gaussian": draw.normal(size=(50, 3)), "negativeBinomial": draw.poisson(1, (50, 3)),
        "mixed": np.column_stack([draw.normal(size=50), draw.random(50) < 0.5, draw.poisson(1, 50)])}
    for name, rows in tables.items():
        fitted = small().fit(rows)
        assert fitted.likelihood_["type"] == name and any("because" in reason for reason in fitted.reasons_), fitted.reasons_
        assert np.isfinite(fitted.score(rows)) and fitted.sample(3, draw=True).shape == (3, rows.shape[1])
    images = {"discretizedLogistic": pictures(), "continuousBernoulli": pictures() / 255, "bernoulli": pictures() > 99}
    for name, rows in images.items():
        for architecture in ("mlp", "conv"):
            fitted = small(architecture=architecture, updates=5).fit(rows)
            assert fitted.likelihood_["type"] == name and fitted.sample(3).shape == (3, 8, 8), fitted.reasons_
    fails(ValueError, lambda: small(likelihood="bernoulli").fit(pictures()), "zeros and ones", "from 0 to 255", "X > 128")
    assert small(likelihood="laplace").fit(tables["gaussian"]).likelihood_["type"] == "laplace"
    assert small(likelihood={"type": "studentT", "freedom": 3}).fit(tables["gaussian"]).likelihood_["freedom"] == 3


def test_architectures():
    lists = {"encoder": [{"type": "dense", "units": 7}, {"type": "tanh"}, {"type": "dense"}], "decoder": [{"type": "dense"}]}
    assert b'units\\":7' in small(architecture=lists).fit(binary())._model.content
    assert b'units\\":9' in small(layers=(9,)).fit(binary())._model.content
    assert small(architecture="conv", shape=(8, 8), updates=5).fit(pictures().reshape(40, 64)).sample(2).shape == (2, 64)
    # Sides that are odd and even, at one halving or the other.
    for shape in ((3, 7, 5), (1, 6, 5), (9, 10)):
        rows = np.random.default_rng(0).random((20, *shape))
        assert small(architecture="conv", layers=(4, 8), updates=5).fit(rows).sample(2).shape == (2, *shape), shape
    assert small(architecture={"encoder": lists["encoder"]}).fit(binary()).sample(2).shape == (2, 6)
    fails(ValueError, lambda: small(architecture="cnn").fit(binary()), "mlp", "conv", "table", "cnn")
    fails(ValueError, lambda: small(architecture=[{"type": "dense"}]).fit(binary()), "architecture")
    fails(ValueError, lambda: small(architecture={"encodre": []}).fit(binary()), "encodre", "encoder")
    fails(ValueError, lambda: small(architecture="conv").fit(binary()), "shape=(28, 28)")
    fails(ValueError, lambda: small(shape=(4, 4)).fit(binary()), "16 values", "6")


def test_rows_and_latents():
    rows = np.random.default_rng(0).normal(size=(60, 4))
    fitted = small(updates=300).fit(rows)
    latents = fitted.transform(rows)
    assert latents.shape == (60, 2) and latents.dtype == float and fitted.transform(rows.astype("f4")).dtype == np.float32
    assert (fitted.inverse_transform(latents) == fitted.reconstruct(rows)).all()
    each = fitted.score_samples(rows)
    assert each.shape == (60,) and fitted.score(rows) == each.mean()
    # By a file, since a line has no room.
    many = np.tile(rows, (10_000, 1))
    assert np.allclose(fitted.transform(many)[:60], latents, atol=1e-6)
    assert fitted.sample(300_000).shape == (300_000, 4)
    fails(ValueError, lambda: fitted.inverse_transform(rows), "(rows, 2)")
    fails(NotFittedError, lambda: small().transform(rows), "not fitted")


def test_what_is_refused():
    rows = binary()
    fitted = small().fit(rows)
    fails(ValueError, lambda: fitted.transform(rows[:, :3]), "X has 3 features, but VAE is expecting 6 features as input")
    fails(ValueError, lambda: fitted.transform(rows[0]), "Reshape your data")
    fails(ValueError, lambda: small().fit(np.where(rows > 2, rows, np.nan)), "NaN", "row 0", "place 0")
    fails(ValueError, lambda: small().fit(rows + 1e300), "too large for dtype('float32')")
    fails(ValueError, lambda: small().fit(np.zeros((0, 3))), "0 sample(s)")
    fails(ValueError, lambda: small().fit(rows * 1j), "Complex data not supported")
    for words in ([["red"], ["blue"]], np.array([["1", "a"]]), np.array([[1.5, "a"]], object)):
        fails(TypeError, lambda: small().fit(words), "the", "words", "DataFrame" if words[0][0] != 1.5 else "astype(str)")
    fails(ValueError, lambda: fitted.score(rows * 255), "X: row 0", "not 0 or 1", "on the scale of the rows")
    fails(ValueError, lambda: fitted.partial_fit(rows * 255), "X: row 0", "on the scale of the rows")
    fails(ValueError, lambda: small(likelihood="bernoulli").fit(rows * 255), "leave the likelihood out")
    for labels, words in ((rows[:, 0] + 0.5, "numpy.digitize"), (np.where(rows[:, 0] > 0, np.nan, 1), "leave those rows out"),
                          (["a"] * 60, "numpy.unique")):
        fails(TypeError, lambda: fitted.plot_latent(rows, labels), "labels are whole numbers", words)
    fails(TypeError, lambda: small().fit("rows.csv"), "the path 'rows.csv'", "pandas.read_csv")
    fails(TypeError, lambda: small().fit({"a": [1, 2]}), "a dict", "pandas.DataFrame")
    fails(ValueError, lambda: fitted.inverse_transform([[np.nan, 0]]), "Z contains NaN")
    fails(ValueError, lambda: small(validation_fraction=0.5).fit(rows), "validation_fraction")
    fails(ValueError, lambda: small(batch_size=0).fit(rows), "batch")
    images = small().fit(pictures())
    fails(ValueError, lambda: images.transform(rows), "(8, 8)")
    for call in (fitted.sample, images.plot_samples, lambda n_samples: images.plot_reconstructions(pictures(), n_samples)):
        for count in (2.5, "5", True, [3]):
            fails(TypeError, lambda: call(count), "expected a whole number", repr(count))
        fails(ValueError, lambda: call(0), "expected a whole number from 1, got 0")
    for state in (0.5, "5"):
        fails(TypeError, lambda: small(random_state=state).fit(rows), "random_state", "Generator", repr(state))
        fails(TypeError, lambda: fitted.sample(random_state=state), "random_state")
    fails(ValueError, lambda: fitted.sample(random_state=-1), "random_state", "from 0, got -1")
    assert fitted.sample(np.int64(2), random_state=np.int64(2)).shape == (2, 6)


def test_partial_fit():
    rows = binary(400)
    fitted = small()
    for part in np.split(rows, 4):
        fitted.partial_fit(part)
    assert fitted.n_updates_ == len(fitted.history_["elbo"]) == 4 * 7  # Batches of 16.
    # A copy goes on as the original.
    copied = pickle.loads(pickle.dumps(fitted))
    assert copied.partial_fit(rows)._model.content == fitted.partial_fit(rows)._model.content
    after = small().fit(rows).partial_fit(rows)
    assert after.n_updates_ == 10  # Batches of 40.
    fails(ValueError, lambda: fitted.partial_fit(rows[:, :2]), "6 features")


def test_pictures_of_it():
    fitted = small(updates=20).fit(pictures())
    drawn = [fitted.plot_samples(9), fitted.plot_reconstructions(pictures()), fitted.plot_traversal(), fitted.plot_manifold(steps=3),
             fitted.plot_latent(pictures(), np.arange(40) % 4), fitted.plot_history()]
    for picture in drawn:
        assert isinstance(picture, Picture) and picture._repr_png_().startswith(b"\x89PNG"), picture
    assert fitted.plot_samples(9, random_state=1).content == fitted.plot_samples(9, random_state=1).content
    with tempfile.TemporaryDirectory() as folder:
        svg = os.path.join(folder, "a.svg")
        for path in (svg, os.path.join(folder, "a.jpg")):
            fails(ValueError, lambda: drawn[0].save(path), "a PNG", f"{path[:-4]}.png", "plot_samples(path='samples.svg')")
        drawn[0].save(os.path.join(folder, "a.PNG"))
        assert os.listdir(folder) == ["a.PNG"]
        for draw in (fitted.plot_samples, fitted.plot_traversal, lambda path: fitted.plot_manifold(steps=3, path=path), fitted.plot_history,
                     lambda path: fitted.plot_reconstructions(pictures(), path=path), lambda path: fitted.plot_latent(pictures(), path=path)):
            with open(svg, "w") as file:
                file.write("<svg/>")
            assert "<svg" in draw(path=svg)._repr_svg_()[:200] and os.path.getsize(svg) > 100
        drawn_there = fitted.plot_samples(path=svg)
        fails(ValueError, lambda: drawn_there.save(os.path.join(folder, "a.pdf")), "is an SVG", "samples.pdf")
        drawn_there.save(svg)
        assert "<svg" in drawn_there._repr_svg_()[:200]
    table = small(updates=20).fit(binary())
    fails(ValueError, table.plot_samples, "shape=(height, width)")
    assert table.plot_latent(binary())._repr_png_() and pickle.loads(pickle.dumps(table)).plot_history()._repr_png_()


def test_keeping():
    rows = binary()
    fitted = small().fit(rows)
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert (other.transform(rows) == fitted.transform(rows)).all() and other.score(rows) == fitted.score(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        fitted.save(path)
        fitted.save(path)
        loaded = VAE.load(path)
        assert VAE.load(folder).score(rows) == fitted.score(rows)
        assert loaded.get_params() == fitted.get_params() and loaded.score(rows) == fitted.score(rows)
        assert (loaded.sample(4) == fitted.sample(4)).all() and loaded.sample(4).dtype == float
        assert loaded.partial_fit(rows).n_updates_ > 0
        fails(ValueError, VAE.load(path).plot_history, "file of a model")
        assert os.listdir(folder) == ["model.safetensors"]
        # Numbers of numpy among the parameters, and classes that are no words.
        small(latent=np.int64(3), layers=(np.int64(8),)).fit(rows).save(path)
        assert VAE.load(path).latent == 3 and VAE.load(path).transform(rows).shape == (60, 3)
        with contextlib.suppress(Skipped):
            pandas = needs("pandas")
            classes = pandas.DataFrame({"kind": pandas.Categorical(np.arange(60) % 3), "size": rows[:, 0]})
            small().fit(classes).save(path)
            assert set(VAE.load(path).sample(9)["kind"]) <= {0, 1, 2}
            fitted.save(path)
        # elbo's own files, and others.
        with Elbo() as elbo:
            assert elbo.model.load(path).latent == 2
            elbo.model.build(name="m", shape=[3], latent=1, encoder=[{"type": "dense"}], decoder=[{"type": "dense"}],
                             likelihood={"type": "bernoulli"})
            elbo.model.save("m", os.path.join(folder, "own.safetensors"))
        assert VAE.load(os.path.join(folder, "own.safetensors")).transform(np.eye(3)).shape == (3, 1)
        notes = os.path.join(folder, "notes.safetensors")
        with open(notes, "w") as file:
            file.write("not a model")
        fails(ValueError, lambda: fitted.save(notes), "notes.safetensors is no model of elbo")
        fails(ValueError, lambda: VAE.load(notes), "notes.safetensors is no model of elbo")
        fails(ValueError, lambda: fitted.save(os.path.join(folder, "m.onnx")), "m.safetensors")
        with open(path, "rb") as old, open(notes, "wb") as new:
            new.write(old.read().replace(b"elbo model 1", b"elbo model 7"))
        fails(OSError, lambda: VAE.load(notes), "elbo model 7", "a newer elbo may read it")
        fails(FileNotFoundError, lambda: VAE.load(os.path.join(folder, "none")), "none")
        fails(FileNotFoundError, lambda: fitted.save(os.path.join(folder, "no", "such.safetensors")), "such.safetensors", "os.makedirs(")
        fails(FileNotFoundError, lambda: VAE.load(HERE), "no model.safetensors in this folder", "elbo train")
        # What is measured by a fit alone.
        for name, words in (("log_likelihood_", "vae.score(X)"), ("log_likelihood_error_", "measured by fit"), ("history_", "file of a model")):
            fails(AttributeError, lambda: getattr(VAE.load(path), name), name, words)
        assert "no attribute 'sampel'" in str(fails(AttributeError, lambda: loaded.sampel)) and not hasattr(VAE.load(path), "history_")
        fails(OSError, lambda: fitted.save("/proc/such.safetensors"), "/proc/such.safetensors")


@contextlib.contextmanager
def another_user():
    """Without the rights of root, if the tests have them."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        raise Skipped("root cannot be another user here") from None
    try:
        yield
    finally:
        os.seteuid(0)


def test_where_nothing_can_be_written():
    rows = binary()
    fitted = small().fit(rows)
    sync = os.fsync
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        fitted.save(path)
        with open(path, "rb") as file:
            before = file.read()
        def full(number):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        def broken(number):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        try:
            for os.fsync, words in ((full, "on another disk"), (broken, "give another path")):
                error = fails(OSError, lambda: small().fit(rows[:50]).save(path), path, words, "nothing is lost")
                assert type(error) is OSError and error.filename == path
        finally:
            os.fsync = sync
        os.mkdir(os.path.join(folder, "folder.safetensors"))
        fails(IsADirectoryError, lambda: fitted.save(os.path.join(folder, "folder.safetensors")), "folder.safetensors/model.safetensors")
        os.chmod(folder, 0o555)
        try:
            with another_user():
                for name in ("model.safetensors", "other.safetensors"):
                    error = fails(PermissionError, lambda: fitted.save(os.path.join(folder, name)), f"~/{name}", "nothing is lost")
                    assert error.errno == errno.EACCES and error.filename == os.path.join(folder, name)
        finally:
            os.chmod(folder, 0o755)
        assert sorted(os.listdir(folder)) == ["folder.safetensors", "model.safetensors"]
        with open(path, "rb") as file:
            assert file.read() == before
        # Nothing was lost.
        fitted.save(os.path.join(folder, "again.safetensors"))
        assert (VAE.load(os.path.join(folder, "again.safetensors")).transform(rows) == fitted.transform(rows)).all()


def when_it_trains(fitted, act):
    """Acts half a second after the training has begun."""
    train = fitted._train
    def trained(elbo, **amount):
        threading.Timer(0.5, act).start()
        return train(elbo, **amount)
    fitted._train = trained


def test_interrupt():
    fitted = small(updates=10**8, validation_fraction=0)
    when_it_trains(fitted, lambda: os.kill(os.getpid(), signal.SIGINT))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        fitted.fit(binary())
    assert any("Ctrl-C ended the training" in str(warning.message) for warning in told)
    assert 0 < fitted.n_updates_ < 10**8 and fitted.transform(binary()).shape == (60, 2)


def test_an_engine_that_dies():
    rows = binary()
    fitted = small().fit(rows)
    before = fitted.transform(rows)
    # Between two queries: another takes its place.
    session.session._engine._process.kill()
    assert (fitted.transform(rows) == before).all()
    # In the middle of a fit: an error, and the estimator is as before.
    started = []
    make = vae.new_engine
    vae.new_engine = lambda: started.append(make()) or started[-1]
    try:
        fitted.set_params(updates=10**8, validation_fraction=0)
        when_it_trains(fitted, lambda: started[0]._process.kill())
        fails(ElboGone, lambda: fitted.fit(rows), "has ended (-9", "call fit again")
    finally:
        vae.new_engine = make
    assert (fitted.transform(rows) == before).all()


def test_a_process_that_is_killed():
    """A kernel that is restarted in the middle of a fit leaves no engine behind."""
    code = """if True:
        import numpy, sys
        from elbo_vae import VAE, vae
        make = vae.new_engine
        def started():
            engine = make()
            print(engine._process.pid, flush=True)
            return engine
        vae.new_engine = started
        VAE(latent=2, updates=10**8, validation_fraction=0, verbose=False).fit(numpy.eye(60))
    """
    child = subprocess.Popen([sys.executable, "-c", code], cwd=HERE, stdout=subprocess.PIPE)
    engine = int(child.stdout.readline())
    time.sleep(1)
    os.kill(engine, 0)
    child.kill()
    child.wait()
    child.stdout.close()
    for _ in range(100):
        time.sleep(0.1)
        try:
            with open(f"/proc/{engine}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
    raise AssertionError(f"the engine {engine} goes on")


def test_fork():
    rows = binary()
    fitted = small().fit(rows)
    wanted = fitted.transform(rows)
    # Another thread is asking meanwhile.
    asks, may_end = threading.Event(), threading.Event()
    def ask():
        with session.session._lock:
            asks.set()
            may_end.wait()
    threading.Thread(target=ask, daemon=True).start()
    asks.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        signal.alarm(30)
        status = 1
        with contextlib.suppress(BaseException):
            status = int(not ((fitted.transform(rows) == wanted).all() and (small().fit(rows).transform(rows) == wanted).all()))
        os._exit(status)
    may_end.set()
    assert os.waitpid(child, 0)[1] == 0
    assert (fitted.transform(rows) == wanted).all()


def test_threads():
    rows, wanted, told = binary(), small().fit(binary()).transform(binary()), []
    def fit():
        told.append((small().fit(rows).transform(rows) == wanted).all())
    threads = [threading.Thread(target=fit) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert told == [True] * 4


def test_a_share_of_the_processors():
    before = os.environ.get("OMP_NUM_THREADS")
    try:
        # As joblib sets it in its workers, and as others may.
        for given in ("1", "1,2"):
            os.environ["OMP_NUM_THREADS"] = given
            with session.new_engine() as elbo:
                assert elbo.engine.info().threads == 1
        os.environ["OMP_NUM_THREADS"] = "many"
        with session.new_engine() as elbo:
            assert elbo.engine.ping() == {}
    finally:
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def test_tables():
    pandas = needs("pandas")
    frame = pandas.DataFrame(binary(), columns=list("abcdef"))
    fitted = small().fit(frame)
    assert list(fitted.feature_names_in_) == list("abcdef")
    frames = [frame, frame.set_axis(range(6), axis=1)]
    with contextlib.suppress(Skipped):
        frames.append(needs("polars").DataFrame(dict(frame)))
    for given in frames:
        again = small().fit(given)
        with tempfile.TemporaryDirectory() as folder:
            again.save(os.path.join(folder, "model.safetensors"))
            loaded = VAE.load(folder)
        for rows in (again.sample(9), again.sample(9, draw=True), loaded.sample(9), again.reconstruct(given)[:9]):
            assert type(rows) is type(given) and list(rows.columns) == list(given.columns) and rows.shape == (9, 6)
        assert isinstance(again.inverse_transform(again.transform(given)), np.ndarray)
    typed = small().fit(frame.assign(a=frame["a"].astype(int), b=frame["b"].astype(bool)))
    with tempfile.TemporaryDirectory() as folder:
        typed.save(os.path.join(folder, "model.safetensors"))
        for table in (typed, VAE.load(folder)):
            assert [kind.kind for kind in table.sample(9, draw=True).dtypes] == list("ibffff")
            assert [kind.kind for kind in table.sample(9).dtypes] == list("ffffff")
    assert isinstance(fitted.history_, pandas.DataFrame) and fitted.history_.index.name == "update"
    fails(ValueError, lambda: fitted.transform(frame[list("fedcba")]), "feature names should match")
    fails(TypeError, lambda: small().fit(frame.assign(a=[1, "x"] * 30)), "column 'a'", "both numbers, such as 1,", "'x'", "astype(str)")
    fails(TypeError, lambda: small().fit(frame.assign(a=[{}] * 60)), "column 'a'", "objects such as {}")
    fails(ValueError, lambda: small().fit(frame.assign(b=np.nan)), "NaN", "column 'b'")


def test_tables_with_words():
    pandas = needs("pandas")
    given = {"height": np.random.default_rng(0).normal(size=60), "leaf": ["round", "lobed", "narrow"] * 20, "alive": ["yes"] * 60}
    tables = [pandas.DataFrame(given), pandas.DataFrame(given).assign(leaf=lambda table: table.leaf.astype("category"))]
    with contextlib.suppress(Skipped):
        tables.append(needs("polars").DataFrame(given))
    for table in tables:
        fitted = small().fit(table)
        assert any(reason.startswith('categorical for "leaf"') for reason in fitted.reasons_), fitted.reasons_
        for rows in (fitted.sample(9), fitted.sample(9, draw=True), fitted.reconstruct(table[:9])):
            assert type(rows) is type(table) and list(rows.columns) == list(given) and len(rows) == 9
            assert set(rows["leaf"]) <= {"round", "lobed", "narrow"} and set(rows["alive"]) <= {"yes"}
        assert fitted.transform(table).shape == (60, 2) and np.isfinite(fitted.score(table))
        with tempfile.TemporaryDirectory() as folder:
            fitted.save(os.path.join(folder, "model.safetensors"))
            loaded = VAE.load(os.path.join(folder, "model.safetensors"))
            assert (loaded.transform(table) == fitted.transform(table)).all() and list(loaded.sample(2).columns) == list(given)
    table = tables[0]
    fitted = small().fit(table)
    fails(ValueError, lambda: fitted.transform(table.assign(leaf="oval")), "column 'leaf'", "'oval'", "row 0", "put one of ")
    fails(ValueError, lambda: fitted.transform(table.assign(leaf=None)), "no word in row 0", "fillna")
    fails(ValueError, lambda: small().fit(table.assign(leaf="2026-01-10")), "column 'leaf' holds dates", ".dt.days", "astype('category')")
    fails(ValueError, lambda: fitted.transform(table[["leaf"]]), "columns of the fit, height, leaf, alive", "missing height, alive")
    fails(ValueError, lambda: fitted.transform(table.rename(columns={"leaf": "blade"})), "missing leaf; unknown blade")
    fails(ValueError, lambda: fitted.transform(table.assign(more=1)), "unknown more", "X[list(vae.feature_names_in_)]")
    fails(ValueError, lambda: fitted.transform(table[list(given)[::-1]]), "another order", "X[list(vae.feature_names_in_)]")
    for rows in (table.height, np.zeros((2, 3))):
        fails(ValueError, lambda: fitted.transform(rows), type(rows).__name__, "DataFrame", "height, leaf, alive")
    assert "lobed" in set(small().fit(table.set_axis([0, 1, 2], axis=1)).sample(20)[1])
    fails(ValueError, lambda: small().fit(table.assign(size=["1.5", "2"] * 30)), "column 'size'", "to_numeric", "category")
    amounts = ["$23,426.41", "-$2.00", "12%"] * 20
    error = fails(ValueError, lambda: small().fit(table.assign(size=amounts)), "column 'size'", "'$23,426.41'", "str.replace")
    way = str(error).partition("as by ")[2].partition(", or classes")[0]
    assert list(eval(way, {"pandas": pandas, "table": table.assign(size=amounts)}))[:3] == [23426.41, -2, 12]
    assert small().fit(table.assign(size=["1,5", "2,5"] * 30))._words
    fails(ValueError, lambda: small().fit(table.assign(name=[f"plant {i}" for i in range(60)])), "\"name\" has 60 different words")
    # The engine knows the words too.
    with tempfile.TemporaryDirectory() as folder, Elbo() as elbo:
        path = os.path.join(folder, "model.safetensors")
        fitted.save(path)
        assert elbo.model.load(path, name="m").words["leaf"] == ["lobed", "narrow", "round"]
        elbo.model.save("m", os.path.join(folder, "own.safetensors"))
        own = VAE.load(os.path.join(folder, "own.safetensors"))
        assert list(own.sample(3).columns) == list(given) and (own.transform(table) == fitted.transform(table)).all()


def test_other_libraries():
    rows = binary()
    wanted = small().fit(rows).transform(rows)
    forms = {"scipy.sparse": lambda m: m.csr_matrix(rows), "polars": lambda m: m.DataFrame(rows), "torch": lambda m: m.tensor(rows)}
    left = []
    for name, form in forms.items():
        try:
            given = form(needs(name))
        except Skipped:
            left.append(name)
            continue
        assert (small().fit(given).transform(given) == wanted).all(), name
    assert (small().fit(rows.tolist()).transform(rows.tolist()) == wanted).all()
    if left:
        raise Skipped(f"there is no {', no '.join(left)}; the others passed")


def test_a_list_of_pictures():
    pil = needs("PIL.Image")
    given = [pil.fromarray(part) for part in pictures()]
    fitted = small().fit(given)
    assert (fitted.transform(given) == small().fit(pictures()).transform(pictures())).all()
    assert fitted.sample(3).shape == (3, 8, 8) and fitted.plot_reconstructions(given)._repr_png_()
    coloured = [part.convert("RGB") for part in given]
    assert small().fit(coloured).sample(3).shape == (3, 8, 8, 3)
    fails(ValueError, lambda: small().fit([*given, given[0].resize((4, 4))]), "number 40 has (4, 4)")


def test_rules_of_scikit_learn():
    checks = needs("sklearn.utils.estimator_checks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = checks.check_estimator(small(updates=5), on_fail=None, expected_failed_checks={
            "check_methods_sample_order_invariance": BY_PLACE, "check_methods_subset_invariance": BY_PLACE})
    failed = [f"{result['check_name']}: {result['exception']}" for result in results if result["status"] == "failed"]
    assert not failed, failed
    assert sum(result["status"] == "xfail" for result in results) == 2 and len(results) > 40


def test_with_scikit_learn():
    needs("sklearn")
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = np.random.default_rng(0).normal(size=(60, 4))
    assert clone(small(latent=3)).get_params() == small(latent=3).get_params()
    pipe = make_pipeline(StandardScaler(), small(), LogisticRegression()).fit(rows, rows[:, 0] > 0)
    assert 0 <= pipe.score(rows, rows[:, 0] > 0) <= 1
    for jobs in (None, 2):
        search = GridSearchCV(small(), {"latent": [1, 2]}, cv=2, n_jobs=jobs).fit(rows)
        assert search.best_params_["latent"] in (1, 2) and search.best_estimator_.transform(rows).shape[0] == 60
    # A worker's error comes back as it is.
    fails(ValueError, lambda: GridSearchCV(small(), {"latent": [0]}, cv=2, n_jobs=2, error_score="raise").fit(rows), "latent")
    with contextlib.suppress(Skipped):
        pandas = needs("pandas")
        named = small().set_output(transform="pandas").fit(rows).transform(rows)
        assert isinstance(named, pandas.DataFrame) and list(named) == ["vae0", "vae1"]


def test_without_scikit_learn_and_pandas():
    code = """if True:
        import sys
        sys.modules["sklearn"] = sys.modules["pandas"] = None
        import pickle, numpy as np
        from elbo_vae import VAE
        rows = np.random.default_rng(0).normal(size=(60, 4))
        vae = VAE(latent=2, updates=20, verbose=False).set_params(random_state=0)
        assert vae.fit_transform(rows).shape == (60, 2) and repr(vae) == "VAE(latent=2, updates=20, random_state=0, verbose=False)"
        assert (pickle.loads(pickle.dumps(vae)).transform(rows) == vae.transform(rows)).all()
        assert len(vae.history_["elbo"]) == vae.n_updates_ <= 20 and list(vae.get_feature_names_out()) == ["vae0", "vae1"]
        for call, word in ((lambda: vae.transform(rows[:, :2]), "2 features"), (lambda: VAE().transform(rows), "not fitted"),
                           (lambda: vae.set_params(latnet=3), "latnet")):
            try:
                call()
            except ValueError as error:
                assert word in str(error), error
            else:
                raise AssertionError(word)
    """
    subprocess.run([sys.executable, "-c", code], cwd=HERE, check=True)


if __name__ == "__main__":
    if np is None:
        print("skipped: test_vae.py (there is no numpy)")
    else:
        run(globals())
