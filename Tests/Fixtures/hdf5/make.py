"""Writes the HDF5 files beside it: python3 make.py, with h5py 3.16 and anndata 0.12 of PyPI.

Row r has at column c the number (7 r + 3 c) mod 11, if not said otherwise; a sparse matrix has
r + c + 1 where r + 2 c is divisible by 3, and zeros elsewhere. `numbers.h5` has every type and
layout, and what is not read. `today.h5ad` and `columns.h5ad` are written by anndata; `0.7.h5ad` and `scanpy.h5ad` are
laid out as anndata 0.7 and the files that scanpy ships are.
"""

import os
import pathlib

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse

os.chdir(pathlib.Path(__file__).parent)


def dense(rows, columns, dtype="f8"):
    r, c = np.mgrid[:rows, :columns]
    return ((7 * r + 3 * c) % 11).astype(dtype)


def sparse(rows, columns, dtype="f4"):
    r, c = np.mgrid[:rows, :columns]
    return np.where((r + 2 * c) % 3 == 0, r + c + 1, 0).astype(dtype)


def write(group, matrix, old=False):
    """Writes a sparse matrix."""
    group.create_dataset("data", data=matrix.data)
    group.create_dataset("indices", data=matrix.indices)
    group.create_dataset("indptr", data=matrix.indptr)
    form = type(matrix).__name__.split("_")[0][:3]
    group.attrs["h5sparse_format" if old else "encoding-type"] = np.bytes_(form) if old else form + "_matrix"
    group.attrs["h5sparse_shape" if old else "shape"] = matrix.shape


with h5py.File("numbers.h5", "w", libver=("v108", "v110")) as file:
    types = file.create_group("types")
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
        for order in "<>":
            types.create_dataset(order + name, data=dense(3, 4, order + name))
    types["b1"] = dense(3, 4) > 5
    types.create_dataset("enum", data=dense(3, 4, "u1"), dtype=h5py.enum_dtype({str(i): i for i in range(11)}, "u1"))
    types.create_dataset("f16", data=dense(3, 4, np.longdouble))
    for name, base, bits in [("u3", h5py.h5t.STD_U32LE, 24), ("i12", h5py.h5t.STD_I16BE, 12)]:
        odd = base.copy()
        odd.set_precision(bits)
        if name == "u3":
            odd.set_size(3)
        space = h5py.h5s.create_simple((3, 4))
        dataset = h5py.h5d.create(types.id, name.encode(), odd, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, dense(3, 4, "i8"))
    layouts = file.create_group("layouts")
    layouts.create_dataset("gzip", data=dense(50, 7, "i4"), chunks=(8, 3), compression="gzip", shuffle=True)
    layouts.create_dataset("checked", data=dense(50, 7, "f4"), chunks=(50, 7), fletcher32=True)
    layouts.create_dataset("scaled", data=dense(50, 7, "u2"), chunks=(7, 7), scaleoffset=4)
    layouts.create_dataset("growing", data=dense(50, 7, "u1"), maxshape=(None, None), chunks=(9, 2))
    layouts.create_dataset("cube", data=dense(12, 6, "f4").reshape(12, 2, 3), chunks=(5, 1, 2), compression="gzip")
    layouts["line"] = dense(5, 1)[:, 0]
    layouts["link"] = h5py.SoftLink("/layouts/line")
    layouts["scalar"] = 3.0
    layouts["none"] = h5py.Empty("f4")
    layouts["no rows"] = np.zeros((0, 3))
    layouts.create_dataset("unwritten", (4, 2), "f4", fillvalue=2.5, chunks=(2, 2))
    others = file.create_group("others")
    others.create_dataset("words", data=["b", "a", "b"], dtype=h5py.string_dtype())
    others["fixed"] = np.array([b"left", b"right", b"left"])
    others["records"] = np.array([(1, 2.5, b"x"), (2, 3.5, b"y")], [("n", ">i4"), ("height", "f4"), ("name", "S3")])
    others.create_dataset("references", data=[others["words"].ref], dtype=h5py.ref_dtype)
    others.create_dataset("lists", (2,), h5py.vlen_dtype("i4"))
    others["opaque"] = np.array([b"ab"], "V2")
    others.create_dataset("lzf", data=dense(50, 7), compression="lzf")
    others["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
    others["type"] = np.dtype("f4")
    others.create_dataset("outside", (3, 4), "f8", external=[("numbers.raw", 0, h5py.h5f.UNLIMITED)])
    layout = h5py.VirtualLayout((3, 4), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3, 4))
    others.create_virtual_dataset("virtual", layout)
    values = dense(3, 4)
    values[1, 2] = np.nan
    others["nan"] = values
    values[1, 2] = 1e300
    others["large"] = values
    # What stands for a terabyte, of which one chunk is written.
    bomb = others.create_dataset("bomb", (1 << 20, 1 << 18), "f4", chunks=(1, 1 << 18), compression="gzip")
    bomb[0] = 0
    bomb = others.create_dataset("chunk", (8192, 8192), "f8", chunks=(8192, 8192), compression="gzip")
    labels = file.create_group("labels")
    labels["three"], labels["fractions"], labels["square"] = [2, 0, 2], [0.0, 0.5, 1.0], [[1], [2], [3]]

cells = [f"cell{i}" for i in range(9)]
genes = pd.DataFrame(index=[f"gene{i}" for i in range(6)])
data = anndata.AnnData(
    scipy.sparse.csr_matrix(sparse(9, 6)), var=genes,
    obs=pd.DataFrame({"kind": pd.Categorical(["stem", "B cell", "stem"] * 3, ["stem", "B cell", "unused"])}, index=cells))
data.raw = anndata.AnnData(
    scipy.sparse.csr_matrix(sparse(9, 8)), obs=data.obs[[]], var=pd.DataFrame(index=[f"raw{i}" for i in range(8)]))
data.layers["counts"] = scipy.sparse.csr_matrix(sparse(9, 6, "i4"))
data.write_h5ad("today.h5ad")
anndata.AnnData(
    dense(9, 2, "f4"), var=pd.DataFrame(index=["a", "a"]),
    obs=pd.DataFrame({
        "cluster": pd.Categorical(["10", "2", "2"] * 3), "score": [0.5] * 9, "batch": [3, 1, 3] * 3,
        "words": [f"w{8 - i}" for i in range(9)], "holes": pd.Categorical(["a", None, "a"] * 3),
        "maybe": pd.array([1, 2, 1] * 3, "Int64"), "missing": pd.array([1, None, 1] * 3, "Int64"),
    }, index=cells)).write_h5ad("columns.h5ad")

with h5py.File("0.7.h5ad", "w") as file:
    file["X"] = dense(6, 3, "f4")
    obs, var = file.create_group("obs"), file.create_group("var")
    obs["_index"] = np.array([f"cell{i}" for i in range(6)], "S")
    obs["kind"] = np.array([0, 1, 0, 1, 1, 0], "i1")
    obs["plain"] = np.array([0, 1, 0, 1, 1, 0], "i1")
    obs.create_dataset("__categories/kind", data=["stem", "B cell"], dtype=h5py.string_dtype())
    obs["kind"].attrs["categories"] = obs["__categories/kind"].ref
    obs.attrs["_index"], obs.attrs["encoding-type"] = "_index", "dataframe"
    var.create_dataset("symbol", data=["A", "B", "C"], dtype=h5py.string_dtype())
    var.attrs["_index"] = "symbol"

with h5py.File("scanpy.h5ad", "w") as file:
    file.create_dataset("X", data=dense(6, 3, "f4") - 5)
    write(file.create_group("raw.X"), scipy.sparse.csr_matrix(sparse(6, 4)), old=True)
    file["obs"] = np.array(
        [(f"cell{i}".encode(), i % 2, 10 * i, i / 2) for i in range(6)],
        [("index", "S8"), ("louvain", "i1"), ("n_counts", "i4"), ("share", "f4")])
    file["var"] = np.array([(f"gene{i}".encode(), 1) for i in range(3)], [("index", "S8"), ("n", "i4")])
    file["raw.var"] = np.array([(f"raw{i}".encode(), 1) for i in range(4)], [("index", "S8"), ("n", "i4")])
    file["uns/louvain_categories"] = np.array([b"0", b"1"])
    file["uns/other_categories"] = np.array([b"x"])

with h5py.File("sparse.h5", "w") as file:
    def matrix(name, **changes):
        group = file.create_group(name)
        parts = {"data": [1.0, 2.0, 3.0], "indices": [3, 0, 1], "indptr": [0, 2, 2, 3]} | changes
        for part, values in parts.items():
            if values is not None and part != "shape":
                group[part] = np.array(values)
        group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", parts.get("shape", (3, 4))

    write(file.create_group("columns"), scipy.sparse.csc_matrix(sparse(9, 6, "i4")))
    matrix("unsorted")
    matrix("beyond", indices=[4, 0, 1])
    matrix("negative", indices=[-1, 0, 1])
    matrix("fractions", indices=[0.5, 0, 1])
    matrix("twice", indices=[3, 3, 1])
    matrix("descends", indptr=[0, 2, 1, 3])
    matrix("begins late", indptr=[1, 2, 2, 3])
    matrix("ends early", indptr=[0, 2, 2, 2])
    matrix("short", indptr=[0, 2, 3])
    matrix("no data", data=None)
    matrix("words", data=[b"a", b"b", b"c"])
    matrix("infinite", data=[1.0, np.inf, 3.0])
    matrix("vast", shape=(3, 1 << 62))
    matrix("empty", shape=(0, 4))
    matrix("one extent", shape=(3,))
    matrix("wide", shape=(3, 1 << 30))
