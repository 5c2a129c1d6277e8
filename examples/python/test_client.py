#!/usr/bin/env python3
"""What the client takes, what its errors keep, and which program it starts."""

import array
import concurrent.futures
import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings

import elbo_vae
from elbo_vae import Elbo, ElboError, ElboGone, ProgramNotFound, methods, program
from elbo_vae.arrays import rows_of
from runner import fails, needs, run

HERE = os.path.dirname(os.path.abspath(__file__))


def table(np):
    return (np.random.default_rng(0).random((20, 4)) < 0.5).astype(float)


def load(value, wanted, **others):
    with Elbo() as elbo:
        loaded = elbo.data.load(value, name="d", **others)
        assert (loaded.count, loaded.shape) == (len(wanted), list(wanted.shape[1:])), loaded
        assert (elbo.data.get("d").input == wanted).all()
        return loaded


class OnlyInterchange:
    """A table that speaks the interchange protocol and nothing else."""

    def __init__(self, frame):
        self.frame = frame

    def __dataframe__(self, nan_as_null=False, allow_copy=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.frame.__dataframe__(allow_copy=allow_copy)


def test_arrays_of_the_standard_library():
    np = needs("numpy")
    rows = table(np)
    with Elbo() as elbo:
        few = np.arange(20) % 3
        for labels in (few, few.tolist(), few.astype(float), few.reshape(-1, 1), array.array("i", few.tolist())):
            assert elbo.data.load(rows, labels=labels).classes == [0, 1, 2]
        for form in (rows.tolist(), list(rows), memoryview(rows.astype("f4")), rows.astype(object), rows.astype(bool)):
            assert (elbo.data.get(elbo.data.load(form).data).input == rows).all(), type(form)
        assert elbo.data.load({"type": "array", "values": rows}, labels=few).classes == [0, 1, 2]
        fails(TypeError, lambda: elbo.data.load(rows, labels=["a"] * 20), "'a'", "numpy.unique")
        fails(ValueError, lambda: elbo.data.load(rows.astype(complex)), "Complex")
        fails(TypeError, lambda: elbo.data.load(np.array([[object()]])), "objects")
        fails(ValueError, lambda: elbo.data.load([np.zeros((2, 2)), np.zeros((3, 2))]), "number 1 has (3, 2)")
        fails(methods.ParamsError, lambda: elbo.data.load("digits"), "a source")
        # 90 MB go by a file by themselves.
        assert elbo.data.load(np.zeros((30000, 784), np.float32)).count == 30000


def test_pandas():
    np, pandas = needs("numpy"), needs("pandas")
    rows = table(np)
    frame = pandas.DataFrame(rows, columns=list("abcd"))
    mixed = frame.assign(a=frame.a.astype(int), b=frame.b.astype(bool), c=frame.c.astype("Int64"))
    for form in (frame, mixed, frame.astype("float32"), OnlyInterchange(frame), OnlyInterchange(mixed)):
        loaded = load(form, rows, labels=pandas.Series(np.arange(20) % 3))
        assert loaded.classes == [0, 1, 2]
    for bad, word in ((frame.assign(a="setosa"), "setosa"), (frame.assign(a=pandas.Timestamp("2026")), "times")):
        fails(TypeError, lambda: rows_of(bad), "column 'a'", word)
        fails(TypeError, lambda: rows_of(OnlyInterchange(bad)), "column 'a'")
    missing = mixed.assign(c=mixed.c.where(mixed.c == 1))
    assert np.isnan(rows_of(missing)).sum() == np.isnan(rows_of(OnlyInterchange(missing))).sum() == (rows[:, 2] == 0).sum()
    with Elbo() as elbo:
        fails(methods.NotFiniteError, lambda: elbo.data.load(missing), "nan")


def test_polars():
    np, polars = needs("numpy"), needs("polars")
    rows = table(np)
    load(polars.DataFrame(rows), rows, labels=polars.Series(np.arange(20)))
    load(polars.DataFrame(rows).with_columns(polars.col("column_1").cast(polars.Boolean)), rows)
    fails(TypeError, lambda: rows_of(polars.DataFrame({"x": [1], "w": ["red"]})), "column 'w'", "'red'")


def test_sparse():
    np, sparse = needs("numpy"), needs("scipy.sparse")
    rows = table(np)
    load(sparse.csr_matrix(rows), rows)
    load(sparse.coo_array(rows), rows)
    load(sparse.dok_matrix(rows), rows)


def test_pictures():
    np, pil = needs("numpy"), needs("PIL.Image")
    pixels = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
    load([pil.fromarray(part) for part in pixels], pixels)


def test_torch():
    np, torch = needs("numpy"), needs("torch")
    rows = table(np)
    for kind in (torch.float32, torch.bfloat16, torch.int64):
        load(torch.tensor(rows).to(kind), rows)
    load(torch.tensor(rows, requires_grad=True), rows)


class Tensor:
    """What torch's tensors have of use here: only one that is detached, on the processor and of a kind of numpy is an array."""

    def __init__(self, values, steps=(), dtype="torch.bfloat16"):
        self.values, self.steps, self.dtype = values, steps, dtype

    def detach(self):
        return Tensor(self.values, (*self.steps, "detach"), self.dtype)

    def cpu(self):
        return Tensor(self.values, (*self.steps, "cpu"), self.dtype)

    def float(self):
        return Tensor(self.values, self.steps, "torch.float32")

    def __array__(self, dtype=None, copy=None):
        if self.steps != ("detach", "cpu") or self.dtype != "torch.float32":
            raise TypeError("no array yet")
        return self.values.astype("f4")


def test_tensors():
    np = needs("numpy")
    rows = table(np)
    load(Tensor(rows), rows)
    load([Tensor(row) for row in rows], rows)


def test_what_replies_show():
    np = needs("numpy")
    with Elbo() as elbo:
        elbo.data.load(np.eye(3), name="d")
        reply = elbo.data.get("d")
        assert "array([[1., 0., 0.]," in repr(reply) and "<pre>array(" in reply._repr_html_(), reply


def raise_unknown_name(_):
    with Elbo() as elbo:
        elbo.model.info("vae")


def test_errors_pickle():
    errors = [kind({"code": 1, "message": "m", "data": {"kind": "k", "path": "p", "hint": "h"}})
              for kind in {ElboError, *ElboError._classes.values()}]
    errors += [ElboGone.after(-9, "last words\n"), ElboGone("gone"), ProgramNotFound("none")]
    for error in errors:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            copy = pickle.loads(pickle.dumps(error, protocol))
            assert type(copy) is type(error) and str(copy) == str(error) and vars(copy) == vars(error), error
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        error = fails(methods.UnknownNameError, lambda: list(pool.map(raise_unknown_name, [1])), "vae")
        assert error.path == "model" and error.code == 1001


def test_last_words():
    elbo = Elbo()
    elbo._process.kill()
    error = fails(ElboGone, elbo.engine.ping, "has ended (-9, killed")
    assert error.status == -9
    elbo.close()
    elbo = Elbo("--no-such-option")
    error = fails(ElboGone, elbo.engine.ping, "no such option")
    assert error.status == 64 and "no such option" in error.words
    elbo.close()


def test_fork():
    with Elbo() as elbo, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            said = "nothing"
            with contextlib.suppress(BaseException):
                said = str(fails(ElboGone, elbo.engine.ping))
                # Leaving with an error ends nothing of the parent's.
                with contextlib.suppress(KeyError), elbo:
                    raise KeyError
                with Elbo() as own:
                    said += f" {own.engine.ping()} {elbo!r}"
            os.write(write, said.encode())
            os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        with os.fdopen(read) as told:
            said = told.read()
        assert "belongs to process" in said and "EnginePingReply()" in said and f"<Elbo, of process {os.getpid()}>" in said, said
        assert elbo.engine.ping() == {}
        # The engine ends although a forked process lives on.
        child = os.fork()
        if child == 0:
            time.sleep(5)
            os._exit(0)
        started = time.monotonic()
        assert elbo.close() == 0 and time.monotonic() - started < 3
        os.kill(child, 9)
        os.waitpid(child, 0)


@contextlib.contextmanager
def environment(**values):
    """Other variables of the environment, for a while; None leaves one out."""
    before = {name: os.environ.get(name) for name in values}
    try:
        for name, value in values.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def script(folder, name, *lines):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + "\n".join(lines) + "\n")
    os.chmod(path, 0o755)
    return path


def test_which_program():
    ours = program.find_program()
    with tempfile.TemporaryDirectory() as folder:
        other = script(folder, "other/elbo", "echo 'elbo, version 0.9.1'")
        old = script(folder, "old/elbo", "echo \"$0: version 'GLIBC_2.36' not found\" >&2; exit 1")
        kill = script(folder, "kill/elbo", "kill -ILL $$")
        entry = script(folder, "entry/elbo", "# -m elbo_vae", "echo elbo 0.1.0")
        alien = os.path.join(folder, "alien")
        with open(alien, "wb") as file:
            file.write(b"\x7fELF\x02\x01\x01" + bytes(100))
        os.chmod(alien, 0o755)
        for path, words in (
                (other, ["which was given, is another program", "'elbo, version 0.9.1'", "elbo-vae"]),
                (old, ["cannot run here", "GLIBC_2.36", "container"]), (kill, ["cannot run here", "container"]),
                (alien, ["is not made for this system", "container"]), ("/no/such", ["no program at /no/such"])):
            fails(ProgramNotFound, lambda: Elbo(program=path), *words)
        with environment(ELBO=other):
            fails(ProgramNotFound, Elbo, "which $ELBO names, is another program")
        before = program.BUILT, program.installed
        program.BUILT, program.installed = os.path.join(folder, "none"), lambda package: iter(())
        try:
            # Another's program on the PATH is passed over, and so is the command of a wheel without the program.
            path = os.pathsep.join([os.path.dirname(other), os.path.dirname(entry)])
            with environment(ELBO=None, PATH=path):
                fails(ProgramNotFound, Elbo, other, "is another program", "pip install")
                assert entry not in str(fails(ProgramNotFound, Elbo))
            os.mkdir(os.path.join(folder, "last"))
            os.symlink(ours, os.path.join(folder, "last/elbo"))
            with environment(ELBO=None, PATH=path + os.pathsep + os.path.join(folder, "last")):
                assert program.find_program() == os.path.join(folder, "last/elbo")
        finally:
            program.BUILT, program.installed = before


def test_the_installed_program():
    """Where each installer puts the wheel's program; it comes before the PATH, and another's in its place is refused."""
    site = "lib/python3.9/site-packages/elbo_vae"
    before = program.HERE, program.sysconfig.get_path
    with tempfile.TemporaryDirectory() as folder, environment(ELBO=None, PATH=os.path.join(folder, "path")):
        on_the_path = script(folder, "path/elbo", "echo elbo 0.1.0")
        try:
            # Of an environment, of the user's folder or a --prefix; of a --target; by the interpreter's own schemes.
            for package, place in ((site, "bin/elbo"), ("target/elbo_vae", "target/bin/elbo"), ("target/elbo_vae", "scripts/elbo"),
                                   (site, "user/elbo")):
                program.HERE = os.path.join(folder, package)
                program.sysconfig.get_path = lambda name, scheme="scripts": os.path.join(folder, scheme.rpartition("_")[2])
                assert program.find_program() == on_the_path
                found = script(folder, place, "echo elbo 0.1.0")
                assert program.find_program() == found, place
                # The command of a wheel that carries no program only starts this package.
                script(folder, place, "# import elbo_vae")
                assert program.find_program() == on_the_path
                os.unlink(found)
            # Not of a checkout, above which other things have folders like these.
            program.HERE = os.path.join(folder, "a/b/c/elbo_vae")
            above = script(folder, "bin/elbo", "echo elbo 0.1.0")
            assert program.find_program() == on_the_path
            os.unlink(on_the_path)
            program.HERE = os.path.join(folder, site)
            script(folder, "bin/elbo", "echo 'elbo, version 0.9.1'")
            built, program.BUILT = program.BUILT, os.path.join(folder, "none")
            try:
                fails(ProgramNotFound, Elbo, above, "is another program", "elbo-vae", "--force-reinstall")
                with open(above, "wb") as file:
                    file.write(b"\x7fELF\x02\x01\x01" + bytes(100))
                program._objection.cache_clear()
                fails(ProgramNotFound, Elbo, above, "is not made for this system", "--platform linux/amd64", "WSL")
            finally:
                program.BUILT = built
        finally:
            program.HERE, program.sysconfig.get_path = before
            program._objection.cache_clear()


def test_command():
    done = subprocess.run([sys.executable, "-m", "elbo_vae", "--version"], cwd=HERE, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.startswith("elbo "), done
    done = subprocess.run([sys.executable, "-m", "elbo_vae", "no-such"], cwd=HERE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 64 and "no-such" in done.stderr, done
    done = subprocess.run([sys.executable, "-m", "elbo_vae"], cwd=HERE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "ELBO": "/no/such"})
    assert done.returncode == 1 and done.stderr.startswith("elbo: no program at /no/such"), done


def test_a_command_imports_little():
    # numpy and the types of all methods take half a second, which the command `elbo` has no use for.
    code = "import sys, elbo_vae.__main__; print([name for name in ('numpy', 'elbo_vae.methods', 'asyncio') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True).stdout == "[]\n"
    assert all(hasattr(elbo_vae, name) for name in [*elbo_vae.__all__, "errors", "program"])
    code = "import elbo_vae; print(elbo_vae.program.BUILT, elbo_vae.errors.ElboGone.__name__)"
    assert "ElboGone" in subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True).stdout


def test_version():
    said = subprocess.run([program.find_program(), "--version"], stdout=subprocess.PIPE, text=True).stdout
    assert said.split() == ["elbo", elbo_vae.__version__], "stale: run scripts/describe"


if __name__ == "__main__":
    run(globals())
