"""Tables as people hold them: those of scikit-learn, simulated ones, and matrices of counts.

`write(name, folder)` writes one as it comes, without any change of its numbers, and returns the source for `data.load`.
"""

import csv
import importlib.util
import pathlib

import numpy as np
from sklearn import datasets


def with_target(bunch, name="target"):
    columns = [*bunch.feature_names, name]
    return columns, np.column_stack([bunch.data, bunch.target]).tolist()


def iris():
    """Four lengths in centimetres, and the species as a word."""
    bunch = datasets.load_iris()
    rows = [[*values, bunch.target_names[kind]] for values, kind in zip(bunch.data.tolist(), bunch.target)]
    return [*bunch.feature_names, "species"], rows


def wine():
    """Thirteen measurements whose scales are 10^4 apart, and the cultivar 0, 1 or 2."""
    return with_target(datasets.load_wine())


def breast_cancer():
    """Thirty measurements whose scales are 10^5 apart, and the diagnosis 0 or 1."""
    return with_target(datasets.load_breast_cancer())


def diabetes():
    """Ten measurements in their own units, and the progression."""
    return with_target(datasets.load_diabetes(scaled=False), "progression")


def digits():
    """Images of 8 x 8 grey levels from 0 to 16, one in each line."""
    bunch = datasets.load_digits()
    return list(bunch.feature_names), bunch.data.tolist()


def linnerud():
    """Three exercises and three measurements of 20 people."""
    bunch = datasets.load_linnerud()
    return [*bunch.feature_names, *bunch.target_names], np.column_stack([bunch.data, bunch.target]).tolist()


def moons():
    """Two half circles, in the unit of a thousand."""
    values, _ = datasets.make_moons(1000, noise=0.1, random_state=0)
    return ["x", "y"], (1000 * values).tolist()


def swiss_roll():
    """A rolled sheet, and the place on it."""
    values, place = datasets.make_swiss_roll(1000, noise=0.5, random_state=0)
    return ["x", "y", "z", "place"], np.column_stack([values, place]).tolist()


def friedman():
    """An angle from four numbers whose scales are 10^3 apart."""
    values, angle = datasets.make_friedman3(1000, noise=0.05, random_state=0)
    return ["a", "b", "c", "d", "angle"], np.column_stack([values, angle]).tolist()


def clusters():
    """Six columns of five clusters with deviations of their own, and the cluster."""
    values, kind = datasets.make_blobs(1000, 6, centers=5, cluster_std=[1, 2, 3, 0.5, 1.5], random_state=0)
    return [*(f"m{column}" for column in range(6)), "cluster"], np.column_stack([values, kind]).tolist()


def cells():
    """Counts of 60 genes in 800 cells of four kinds, which were seen to different depths: negative binomial."""
    dice = np.random.default_rng(0)
    programs = dice.gamma(0.5, 2, (4, 60)) + 0.05
    kinds = dice.integers(4, size=800)
    depth = dice.lognormal(0, 0.5, (800, 1))
    means = depth * programs[kinds] * dice.gamma(5, 0.2, (800, 60))
    return [f"gene{column}" for column in range(60)], dice.poisson(means).tolist()


def documents():
    """Counts of 24 words in 900 documents on several subjects each."""
    values, _ = datasets.make_multilabel_classification(900, 24, n_classes=5, n_labels=2, length=40, random_state=0)
    return [f"word{column}" for column in range(24)], values.tolist()


def blood():
    """Counts of 765 genes in 700 blood cells, recovered from the logarithms that scanpy has of them."""
    import h5py

    # Importing scanpy would need its own packages, of which there are many.
    package = importlib.util.find_spec("scanpy")
    if package is None:
        raise ModuleNotFoundError("no scanpy", name="scanpy")
    folder = pathlib.Path(next(iter(package.submodule_search_locations)))
    with h5py.File(folder / "datasets" / "10x_pbmc68k_reduced.h5ad") as file:
        group = file["raw.X"] if "raw.X" in file else file["raw/X"]
        data, indices, starts = (np.asarray(group[name]) for name in ("data", "indices", "indptr"))
    rows = []
    for begin, end in zip(starts, starts[1:]):
        values = np.expm1(data[begin:end].astype("f8"))
        counts = values / values.min()
        whole = np.rint(counts)
        # The logarithms are float32, and the smallest entry has the largest error.
        assert (np.abs(counts - whole) < 0.002 * counts + 0.01).all(), "the smallest entry of a cell is a count of one"
        row = np.zeros(765)
        row[indices[begin:end]] = whole
        rows.append(row.tolist())
    return [f"gene{column}" for column in range(765)], rows


TABLES = {
    make.__name__: make
    for make in (
        iris, wine, breast_cancer, diabetes, digits, linnerud, moons, swiss_roll, friedman, clusters, cells, documents, blood,
    )
}


def write(name, folder):
    columns, rows = TABLES[name]()
    path = pathlib.Path(folder) / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            # A whole number is written as one.
            writer.writerow([int(value) if isinstance(value, float) and value.is_integer() else value for value in row])
    source = {"type": "csv", "path": str(path)}
    if any(isinstance(value, str) for value in rows[0]):
        source["categories"] = {column: [] for column, value in zip(columns, rows[0]) if isinstance(value, str)}
    return source
