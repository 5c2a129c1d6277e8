"""Differential fuzz of the readers: files of other programs are read to the same numbers, or refused by name.

    fuzz.py [--count 2000] [--first 0] [--seed 1] [--only INDEX] [--kinds npy,csv]

Each case depends on the seed and its index alone. NumPy, pandas, Pillow, safetensors, h5py, anndata and the csv module write a file with a random type,
order, shape and options; `data.load` and `data.get` of the program in $ELBO (or .build/release/elbo) read it. The numbers must be those
that were written, as float32 to the bit, or the refusal must be the one that is due.
"""

import argparse
import base64
import collections
import csv
import gzip
import io
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile

import h5py
import ml_dtypes
import numpy as np
import pandas as pd
import safetensors.numpy
from PIL import Image

try:
    import anndata
    import scipy.sparse
except ImportError:
    # Its files are then written by h5py alone.
    anndata = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGEST = float(np.finfo(np.float32).max)


class Engine:
    """A session of the program."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            bufsize=1)
        self.last = 0

    def call(self, method, **params):
        self.last += 1
        request = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise EOFError(f"the program has ended with {self.process.wait()}")
        return json.loads(line)


class Rows:
    """What must be read."""

    def __init__(self, values, labels=None, categories=None, classes=None):
        with np.errstate(over="ignore", invalid="ignore"):
            self.values = np.asarray(values).astype(np.float32)
        if self.values.ndim == 1:
            self.values = self.values[:, None]
        self.labels = labels
        self.categories = categories
        self.classes = classes
        self.names = None


class Refusal:
    """What must be refused: each word occurs in the message, the hint or the path."""

    def __init__(self, *words):
        self.words = words


def rows_or_refusal(values, labels=None):
    """The rows, or each of the refusals that are due: which one comes first does not matter."""
    values = np.asarray(values)
    if values.ndim == 0 or values.size == 0:
        return Refusal("rows of numbers")
    due = []
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if (np.isinf(single) & np.isfinite(values)).any():
        due.append(Refusal("too large for float32", "row"))
    if not np.isfinite(single).all():
        due.append(Refusal("row ", " at position "))
    if labels is not None:
        labels = np.asarray(labels)
        whole = (np.floor(labels) == labels) & (np.abs(labels) < 2.0**63) if labels.dtype.kind == "f" else True
        if labels.ndim != 1:
            due.append(Refusal("expected labels of shape [rows]", "ravel"))
        elif not np.all(whole):
            due.append(Refusal("expected whole numbers as labels", "row"))
        elif len(labels) != len(values):
            due.append(Refusal(f"{len(labels)}", f"{len(values)}", "label"))
        labels = labels.tolist()
    return tuple(due) if due else Rows(values, labels and [int(label) for label in labels])


def either(first, second):
    """What may come of a damaged file."""
    return (first, *second) if isinstance(second, tuple) else (first, second)


def refused(refusal, second):
    """This refusal, or one of those that are due besides."""
    return refusal if isinstance(second, Rows) else either(refusal, second)


# Arrays ----------------------------------------------------------------------------------------

NUMBERS = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def shape(dice, rank=None):
    rank = dice.choice([1, 2, 2, 2, 3, 4]) if rank is None else rank
    return tuple(dice.choice([1, 2, 3, 5, 7, 16]) for _ in range(rank))


def numbers(dice, dtype, extents):
    """Random numbers of a type: mostly ordinary ones, sometimes the ends of its range."""
    dtype = np.dtype(dtype)
    generator = np.random.default_rng(dice.getrandbits(32))
    count = int(np.prod(extents))
    if dtype.kind == "b":
        values = generator.integers(0, 2, count).astype(bool)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = generator.integers(info.min, info.max, count, dtype=dtype, endpoint=True)
        if dice.random() < 0.5:
            values = (values % 100).astype(dtype)
        if count and dice.random() < 0.3:
            values[0], values[-1] = info.min, info.max
    else:
        values = generator.standard_normal(count) * 10 ** dice.choice([-30, -5, 0, 0, 1, 4, 30])
        with np.errstate(over="ignore", under="ignore"):
            values = values.astype(dtype)
        roll = dice.random()
        if count and roll < 0.1:
            values[dice.randrange(count)] = dice.choice([np.nan, np.inf, -np.inf])
        elif count and roll < 0.3:
            info = np.finfo(dtype)
            values[dice.randrange(count)] = dice.choice(
                [info.max, info.min, info.tiny, info.smallest_subnormal, -0.0])
    return values.reshape(extents)


def array(dice, dtype=None):
    """A random array in one of NumPy's layouts."""
    dtype = dtype or dice.choice(NUMBERS)
    extents = list(shape(dice))
    if dice.random() < 0.03:
        extents[dice.randrange(len(extents))] = 0
    values = numbers(dice, dtype, extents)
    layout = dice.choice(["C", "C", "F", "reversed", "transposed"])
    if layout == "F":
        values = np.asfortranarray(values)
    elif layout == "reversed":
        values = values[::-1]
    elif layout == "transposed":
        values = values.T
    if dice.random() < 0.4:
        values = values.astype(values.dtype.newbyteorder(dice.choice("<>")), order="K")
    return values


def labels_for(dice, count):
    if dice.random() < 0.05:
        count += 1
    dtype = dice.choice(NUMBERS)
    labels = np.random.default_rng(dice.getrandbits(32)).integers(0, 5, count).astype(dtype)
    if dtype[0] == "f" and count and dice.random() < 0.3:
        labels[dice.randrange(count)] = 0.5
    if dtype[0] == "i" and count and dice.random() < 0.3:
        labels[0] = -1
    if dice.random() < 0.05:
        labels = labels[:, None]
    return labels


def refused_array(dice):
    """An array of a type that is no number, and what the refusal must say."""
    return dice.choice([
        (np.array([1 + 1j, 2]), Refusal("complex numbers", "x.real")),
        (np.array([1 + 1j, 2], "c8"), Refusal("complex numbers", "abs(x)")),
        (np.array(["a", "bcd"]), Refusal("strings", "numpy.unique")),
        (np.array([b"a", b"bcd"]), Refusal("strings", "numpy.unique")),
        (np.array([1, "a", None], dtype=object), Refusal("objects", "dtype=")),
        (np.array(["2020-01-01"], "M8[D]"), Refusal("dates and times", "astype")),
        (np.array([5], "m8[s]"), Refusal("dates and times", "astype")),
        (np.array([b"ab"], "V2"), Refusal("bytes without a type", "x.view")),
        (np.array([1, 2], np.longdouble), Refusal("numbers of this type", "float32")),
        (np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), Refusal("records", "structured_to_unstructured")),
        (np.array([1, 2], ml_dtypes.bfloat16), Refusal("are not read", "save ")),
    ])


def write_npy(file, values, dice):
    version = dice.choice([None, (1, 0), (2, 0), (3, 0)])
    np.lib.format.write_array(file, values, version=version, allow_pickle=True)


def cut(dice, path):
    """Cuts a file somewhere."""
    whole = path.read_bytes()
    path.write_bytes(whole[:dice.randrange(len(whole))])


def npy(dice, folder):
    values, due = (array(dice), None) if dice.random() < 0.9 else refused_array(dice)
    path = folder / "x.npy"
    with path.open("wb") as file:
        write_npy(file, values, dice)
    source = {"type": "npy", "path": str(path)}
    labels = None
    if due is None and values.ndim and values.size and dice.random() < 0.4:
        labels = labels_for(dice, len(values))
        with (folder / "y.npy").open("wb") as file:
            write_npy(file, labels, dice)
        source["labels"] = str(folder / "y.npy")
    if dice.random() < 0.05:
        cut(dice, path)
        return source, Refusal("x.npy, byte ")
    return source, due or rows_or_refusal(values, labels)


def npz(dice, folder):
    path = folder / "x.npz"
    arrays = {name: array(dice) for name in dice.sample(["x", "y_train", "arr_0", "a b", "é"], dice.randint(1, 4))}
    key = dice.choice(list(arrays))
    values = arrays[key]
    due, labels = None, None
    if dice.random() < 0.1:
        values, due = refused_array(dice)
        arrays[key] = values
    source = {"type": "npz", "path": str(path), "key": key}
    if due is None and values.ndim and values.size and dice.random() < 0.4:
        labels = arrays["labels"] = labels_for(dice, len(values))
        source["labels"] = "labels"
    method = dice.choice(["savez", "savez_compressed", "stored", "deflated", "bzip2", "lzma"])
    if method.startswith("savez"):
        getattr(np, method)(path, allow_pickle=True, **arrays)
    else:
        kind = {"stored": 0, "deflated": 8, "bzip2": 12, "lzma": 14}[method]
        with zipfile.ZipFile(path, "w", kind, compresslevel=dice.randint(1, 9)) as archive:
            archive.comment = b"x" * dice.choice([0, 0, 5, 1000])
            for name, values_of in arrays.items():
                with archive.open(name + ".npy", "w", force_zip64=dice.random() < 0.5) as member:
                    write_npy(member, values_of, dice)
        if method in ("bzip2", "lzma"):
            return source, Refusal("is compressed by method", "numpy.savez")
    if len(arrays) == 1 and dice.random() < 0.5:
        del source["key"]
    elif dice.random() < 0.05:
        source["key"] = "nothing"
        return source, Refusal("no array \"nothing\"")
    roll = dice.random()
    if roll < 0.05:
        # Nothing is lost with a part of the comment.
        cut(dice, path)
        return source, either(Refusal("x.npz"), due or rows_or_refusal(values, labels))
    if roll < 0.1:
        # One byte of the data of the members: the check sum knows, or it is read the same.
        whole = bytearray(path.read_bytes())
        place = dice.randrange(len(whole))
        whole[place] ^= 1 << dice.randrange(8)
        path.write_bytes(whole)
        return source, either(Refusal(), due or rows_or_refusal(values, labels))
    return source, due or rows_or_refusal(values, labels)


IDX = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def write_idx(path, code, values, dice):
    head = bytes([0, 0, code, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    whole = head + values.astype(IDX[code]).tobytes()
    path.write_bytes(gzip.compress(whole, dice.randint(1, 9)) if dice.random() < 0.5 else whole)


def idx(dice, folder):
    code = dice.choice(list(IDX))
    values = numbers(dice, IDX[code][1:], shape(dice, dice.choice([2, 3, 3, 4])))
    path = folder / "x-ubyte"
    write_idx(path, code, values, dice)
    source = {"type": "idx", "images": str(path)}
    labels = None
    if dice.random() < 0.4:
        label_code = dice.choice(list(IDX))
        labels = numbers(dice, IDX[label_code][1:], (len(values),))
        if dice.random() < 0.8:
            labels = (np.abs(np.nan_to_num(labels.astype("f8"))) % 5).astype("i1").astype(IDX[label_code])
        write_idx(folder / "y-ubyte", label_code, labels, dice)
        source["labels"] = str(folder / "y-ubyte")
    if dice.random() < 0.05:
        cut(dice, path)
        return source, Refusal("x-ubyte, byte ")
    return source, rows_or_refusal(values, labels)


SAFETENSORS = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "u2", "I16": "i2", "F16": "f2", "BF16": ml_dtypes.bfloat16, "U32": "u4",
    "I32": "i4", "F32": "f4", "F64": "f8", "I64": "i8", "U64": "u8", "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
}


def tensor(dice, name):
    if name == "C64":
        return numbers(dice, "f4", shape(dice)).astype("c8")
    if name == "F8_E8M0":
        return np.ones(shape(dice), ml_dtypes.float8_e8m0fnu)
    dtype = SAFETENSORS[name]
    if isinstance(dtype, str):
        return numbers(dice, dtype, shape(dice))
    width = np.dtype(dtype).itemsize
    return numbers(dice, f"u{width}", shape(dice)).view(dtype)


def safetensors_file(dice, folder):
    path = folder / "x.safetensors"
    names = [dice.choice(list(SAFETENSORS) + ["C64", "F8_E8M0"]) for _ in range(dice.randint(1, 4))]
    tensors = {f"t{index}": (name, tensor(dice, name)) for index, name in enumerate(names)}
    key = dice.choice(list(tensors))
    name, values = tensors[key]
    source = {"type": "safetensors", "path": str(path), "tensor": key}
    labels = None
    if name in SAFETENSORS and dice.random() < 0.4:
        labels = labels_for(dice, len(values))
        kinds = {np.dtype(dtype): kind for kind, dtype in SAFETENSORS.items()}
        tensors["labels"] = (kinds[labels.dtype], labels)
        source["labels"] = "labels"
    if all(kind in SAFETENSORS and isinstance(SAFETENSORS[kind], str) for kind, _ in tensors.values()):
        safetensors.numpy.save_file({key: values for key, (_, values) in tensors.items()}, path)
    else:
        header, data = {}, b""
        for other, (kind, numbers_of) in tensors.items():
            more = numbers_of.tobytes()
            header[other] = {
                "dtype": kind, "shape": list(numbers_of.shape), "data_offsets": [len(data), len(data) + len(more)]}
            data += more
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    if dice.random() < 0.05:
        cut(dice, path)
        return source, Refusal("x.safetensors")
    if name not in SAFETENSORS:
        return source, Refusal(f"is of \"{name}\"", "are read")
    if values.dtype.kind not in "biuf" or values.dtype.name.startswith(("bfloat", "float8")):
        values = values.astype(np.float32)
    return source, rows_or_refusal(values, labels)


# Tables ----------------------------------------------------------------------------------------

WORDS = ["red", "green", "blue", "dark red", "Ärger", "naïve", "a,b", "x;y", 'in "quotes"', "it's", "two\nlines", "tab\there", "back\\slash", "#5", "1st"]
ENCODINGS = {"utf-8": None, "utf-8-sig": None, "latin-1": "latin-1", "cp1252": "windows-1252", "utf-16": None,
             "utf-16-le": "utf-16le", "utf-16-be": "utf-16be"}


def number_column(dice, count):
    kind = dice.choice(["small", "money", "float", "tiny", "integer"])
    if kind == "small":
        return [dice.randint(-5, 5) for _ in range(count)]
    if kind == "money":
        return [round(dice.uniform(-2_000_000, 2_000_000), 2) for _ in range(count)]
    if kind == "float":
        return [dice.gauss(0, 1) for _ in range(count)]
    if kind == "tiny":
        return [dice.gauss(0, 1) * 10.0 ** dice.randint(-60, 30) for _ in range(count)]
    return [dice.randint(-10**9, 10**9) for _ in range(count)]


def written(number, decimal, thousands):
    """A number as people of a country write it."""
    if thousands:
        text = f"{number:,}" if isinstance(number, int) or 1e-4 <= abs(number) < 1e15 else repr(number)
    else:
        text = repr(number)
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def table(dice, folder):
    count = dice.randint(1, 12)
    width = dice.randint(1, 5)
    encoding = dice.choice(list(ENCODINGS))
    decimal = dice.choice([".", ".", ","])
    thousands = dice.choice(["", "", "", " ", "'", "." if decimal == "," else ",", "\u00a0"])
    # Latin-1 and windows-1252 hold the space that does not break, and the other encodings hold all.
    separator = dice.choice([",", ",", ";", "\t", "|"])
    name = "x.csv"
    if separator == "\t" and dice.random() < 0.5:
        name = dice.choice(["x.tsv", "x.tab", "x.TSV"])
    quotechar = dice.choice(['"', '"', "'"])
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE])
    escape = "\\" if quoting == csv.QUOTE_NONE or dice.random() < 0.2 else None
    double = escape is None or dice.random() < 0.5
    header = dice.random() < 0.85
    columns, categories, kinds = {}, {}, {}
    for position in range(width):
        title = dice.choice(["a", "Größe", "x y", "weight", "n"]) + str(position) if header else str(position)
        if dice.random() < 0.3:
            words = dice.sample(WORDS, dice.randint(1, 4))
            columns[title] = [dice.choice(words) for _ in range(count)]
            categories[title] = sorted(set(columns[title])) if dice.random() < 0.5 else []
            kinds[title] = "words"
        else:
            columns[title] = number_column(dice, count)
            kinds[title] = "numbers"
    source = {"type": "csv", "categories": categories}
    options = [("delimiter", separator, "," if not name.lower().endswith((".tsv", ".tab")) else "\t"),
               ("quote", "" if quoting == csv.QUOTE_NONE else quotechar, '"'), ("escape", escape, None),
               ("encoding", ENCODINGS[encoding], None), ("decimal", decimal, "."), ("thousands", thousands, ""),
               ("header", header, True)]
    for option, value, preset in options:
        if value is not None and (value != preset or dice.random() < 0.3):
            source[option] = value

    # A missing value here and there.
    missing = dice.choice(["refuse", "drop", "mean"]) if dice.random() < 0.3 else None
    gaps = set()
    if missing:
        mark = dice.choice(["", "NA", "?", "missing", "NaN"])
        if mark == "missing":
            source["marks"] = ["missing"]
        gaps = {(dice.randrange(count), dice.choice(list(columns))) for _ in range(dice.randint(1, 3))}
        source["missing"] = missing
    label = None
    if len(columns) > 1 and dice.random() < 0.3:
        label = dice.choice(list(columns))
        if kinds[label] == "numbers":
            columns[label] = [dice.randint(0, 3) for _ in range(count)]
            if dice.random() < 0.3:
                columns[label] = [float(value) for value in columns[label]]
        source["label"] = label
    index = dice.choice([None, None, "", "id"]) if header else None

    def cell(row, title):
        if (row, title) in gaps:
            return mark
        value = columns[title][row]
        return value if isinstance(value, str) else written(value, decimal, thousands)

    titles = list(columns)
    first = [] if index is None else [index]
    lines = ([first + titles] if header else [])
    lines += [([row * 7] if index is not None else []) + [cell(row, title) for title in titles] for row in range(count)]
    if index == "id":
        source["index"] = "id"
    path = folder / name
    text = io.StringIO(newline="")
    ending = dice.choice(["\n", "\r\n"])
    plain = not gaps and decimal == "." and not thousands and dice.random() < 0.5
    try:
        if plain:
            frame = pd.DataFrame(columns)
            if index is not None:
                frame.index = pd.Index([row * 7 for row in range(count)], name=index or None)
            frame.to_csv(text, sep=separator, index=index is not None, header=header, quoting=quoting, quotechar=quotechar,
                         escapechar=escape, doublequote=double, lineterminator=ending)
        else:
            writer = csv.writer(text, delimiter=separator, quotechar=quotechar, quoting=quoting, escapechar=escape,
                                doublequote=double, lineterminator=ending)
            writer.writerows(lines)
        whole = text.getvalue().encode(encoding)
    except (csv.Error, UnicodeEncodeError):
        return None
    if dice.random() < 0.15:
        whole = gzip.compress(whole)
        if dice.random() < 0.5:
            path = folder / (name + ".gz")
    path.write_bytes(whole)
    source["path"] = str(path)

    return source, table_rows(titles, columns, kinds, categories, gaps, missing, label, count)


def table_rows(titles, columns, kinds, categories, gaps, missing, label, count):
    """What must come of a table with these columns, whose `gaps` have no value."""
    kept = [row for row in range(count) if missing != "drop" or not any((row, title) in gaps for title in titles)]
    if gaps and missing == "refuse":
        return Refusal("the value is missing", "drop")
    if label and missing == "mean" and any(title == label for _, title in gaps):
        return Refusal("the value is missing", "drop")
    if not kept:
        return Refusal("no row is left")
    read, due_categories = [], {}
    for title in titles:
        values = [columns[title][row] for row in kept]
        holes = [position for position, row in enumerate(kept) if (row, title) in gaps]
        if kinds[title] == "words":
            if title != label and len(holes) == len(values):
                return Refusal("every value of column")
            # Without a list, the reply says which number a word has.
            due_categories[title] = (categories[title] or None, values, holes)
            read.append(None)
            continue
        present = [float(value) for position, value in enumerate(values) if position not in holes]
        if title != label:
            if not present:
                return Refusal("every value of column")
            mean = sum(present) / len(present)
            values = [mean if position in holes else float(value) for position, value in enumerate(values)]
        read.append(values)
    return TableRows(titles, read, due_categories, label, kinds)


class TableRows:
    """What must be read of a table; words are compared as words, by the numbers that the reply gives them."""

    def __init__(self, titles, read, categories, label, kinds):
        self.titles, self.read, self.categories, self.label, self.kinds = titles, read, categories, label, kinds

    def fault(self, loaded, values, labels):
        chosen = [title for title in self.titles if title != self.label]
        names = [column["name"] for column in loaded["columns"]]
        if names != chosen:
            return f"columns {names} for {chosen}"
        values = values.reshape(len(values), -1)
        if len(values) != len((self.read[0] or self.categories[self.titles[0]][1])):
            return f"{len(values)} rows"
        for position, title in enumerate(chosen):
            wanted = self.read[self.titles.index(title)]
            if wanted is not None:
                if not np.array_equal(np.array(wanted, np.float64).astype(np.float32), values[:, position]):
                    return f"column {title}: {values[:, position]} for {wanted}"
                continue
            known, words, holes = self.categories[title]
            listed = loaded["columns"][position]["categories"]
            if known is not None and listed != known:
                return f"column {title}: the words {listed} for {known}"
            got = [listed[int(number)] for number in values[:, position]]
            counts = collections.Counter(word for place, word in enumerate(words) if place not in holes)
            for place, word in enumerate(words):
                due = [word] if place not in holes else [w for w, n in counts.items() if n == max(counts.values())]
                if got[place] not in due:
                    return f"column {title}: the word {got[place]} for {word}"
        if self.label:
            if self.kinds[self.label] == "words":
                words = self.categories[self.label][1]
                if [loaded["classNames"][label] for label in labels] != words:
                    return f"labels {labels} for {words}"
            elif labels != [int(value) for value in self.read[self.titles.index(self.label)]]:
                return f"labels {labels} for {self.read[self.titles.index(self.label)]}"
        return None


def query(dice, folder):
    """A table of a database, with numbers, words and NULL."""
    path = folder / "x.db"
    count, width = dice.randint(1, 12), dice.randint(1, 5)
    titles = [dice.choice(["a", "Größe", "x y", 'q"uote', "select"]) + str(position) for position in range(width)]
    columns, kinds, categories = {}, {}, {}
    for title in titles:
        if dice.random() < 0.3:
            words = dice.sample(WORDS, dice.randint(1, 4))
            columns[title], kinds[title] = [dice.choice(words) for _ in range(count)], "words"
            categories[title] = sorted(set(columns[title])) if dice.random() < 0.5 else []
        else:
            columns[title], kinds[title] = number_column(dice, count), "numbers"
    missing = dice.choice(["refuse", "drop", "mean"])
    gaps = {(dice.randrange(count), dice.choice(titles)) for _ in range(dice.choice([0, 0, 1, 3]))}
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA page_size={dice.choice([512, 4096, 65536])}")
    base.execute(f"PRAGMA journal_mode={dice.choice(['delete', 'wal', 'persist'])}")
    quoted = ['"' + title.replace('"', '""') + '"' for title in titles]
    base.execute(f"CREATE TABLE t ({', '.join(quoted)})")
    rows = [[None if (row, title) in gaps else columns[title][row] for title in titles] for row in range(count)]
    base.executemany(f"INSERT INTO t VALUES ({', '.join('?' * width)})", rows)
    base.commit()
    base.close()
    source = {"type": "sqlite", "path": str(path), "query": f"SELECT {', '.join(quoted)} FROM t ORDER BY rowid",
              "missing": missing, "categories": categories}
    if dice.random() < 0.05:
        source["query"] = dice.choice(["DELETE FROM t", "DROP TABLE t", "PRAGMA page_count", "ATTACH 'x' AS y", "CREATE TABLE u (a)"])
        return source, Refusal("the query does more than read", "SELECT")
    return source, table_rows(titles, columns, kinds, categories, gaps, missing, None, count)


# HDF5 ------------------------------------------------------------------------------------------


def write_dataset(dice, group, name, values):
    """Writes an array in one of HDF5's layouts."""
    options = {}
    if values.ndim and values.size and dice.random() < 0.6:
        options["chunks"] = tuple(dice.randint(1, extent) for extent in values.shape)
        if dice.random() < 0.6:
            options["compression"], options["compression_opts"] = "gzip", dice.randint(0, 9)
        options["shuffle"], options["fletcher32"] = dice.random() < 0.4, dice.random() < 0.2
        if dice.random() < 0.3:
            options["maxshape"] = (None,) * values.ndim
    return group.create_dataset(name, data=values, **options)


def hdf5(dice, folder):
    path = folder / "x.h5"
    place = dice.choice(["x", "a/b/x", "Größe", "x y", "data/0"])
    source = {"type": "hdf5", "path": str(path), "dataset": place}
    values, due, labels = array(dice), None, None
    libver = dice.choice(["earliest", ("v108", "v110"), "v108"])
    with h5py.File(path, "w", libver=libver, userblock_size=dice.choice([0, 0, 512, 2048])) as file:
        roll = dice.random()
        if roll < 0.12:
            values, due = dice.choice([
                (np.array(["a", "bcd"], object), Refusal("strings", "numpy.unique")),
                (np.array([b"a", b"bcd"]), Refusal("strings", "numpy.unique")),
                (np.array([1 + 1j, 2]), Refusal("records", "r, i")),
                (np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), Refusal("records", "a, b", place + "/a")),
                (np.array([b"ab"], "V2"), Refusal("no numbers")),
            ])
            file[place] = values
        elif roll < 0.15:
            file.create_dataset(place, data=np.zeros((40, 3)), compression="lzf")
            due = Refusal("lzf", "gzip")
        elif roll < 0.18:
            file[place + "/inner"] = 1.0
            due = Refusal("is a group", "inner")
        elif roll < 0.21:
            file["there"], due = 1.0, Refusal("has no", "there" if "/" not in place else "there")
        elif roll < 0.3:
            fields = [("n", values.dtype.newbyteorder(dice.choice("<>"))), ("other", "i2")]
            flat = np.zeros(values.size, fields)
            flat["n"], flat["other"] = values.ravel(), 7
            file[place], values = flat, values.ravel()
            source["dataset"] = place + "/n"
        else:
            write_dataset(dice, file, place, values)
        if due is None and values.ndim and values.size and dice.random() < 0.4:
            labels = labels_for(dice, len(values))
            write_dataset(dice, file, "labels", labels)
            source["labels"] = "labels"
    if due is None and values.ndim and dice.random() < 0.05:
        cut(dice, path)
        return source, either(Refusal("x.h5"), rows_or_refusal(values, labels))
    return source, due or rows_or_refusal(values, labels)


def compressed(values, by_column):
    """The parts of a sparse matrix; some of its zeros may be among its numbers."""
    values = values.T if by_column else values
    rows, columns = np.nonzero(values)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(values)))])
    return values[rows, columns], columns, indptr


def write_matrix(dice, group, name, values, old):
    """Writes a matrix, dense or sparse, as today or as h5sparse did."""
    form = dice.choice(["dense", "csr", "csr", "csc"])
    if form == "dense":
        write_dataset(dice, group, name, values)
        return None
    matrix = group.create_group(name)
    data, indices, indptr = compressed(values, form == "csc")
    due = None
    if len(indices) and dice.random() < 0.08:
        indices = indices.copy()
        place = dice.randrange(len(indices))
        indices[place], due = values.shape[0 if form == "csc" else 1], Refusal(f"place {place} of indices")
    elif len(data) and dice.random() < 0.05:
        indptr = indptr.copy()
        indptr[0], due = 1, Refusal("indptr")
    index = dice.choice(["<i4", "<i8", ">i4", "<u4"])
    write_dataset(dice, matrix, "data", data)
    write_dataset(dice, matrix, "indices", indices.astype(index))
    write_dataset(dice, matrix, "indptr", indptr.astype(index))
    matrix.attrs["h5sparse_format" if old else "encoding-type"] = form.encode() if old else form + "_matrix"
    matrix.attrs["h5sparse_shape" if old else "shape"] = np.array(values.shape, dice.choice(["i4", "i8"]))
    return due


def categories_and_codes(dice, count):
    words = dice.sample(WORDS, dice.randint(1, 4)) if dice.random() < 0.7 else [str(n) for n in dice.sample(range(30), 3)]
    codes = [dice.randrange(len(words)) for _ in range(count)]
    if dice.random() < 0.1:
        codes[dice.randrange(count)] = -1
    return words, codes


def labels_of(words, codes):
    """The labels and the names of the classes that are due, or a refusal."""
    if -1 in codes:
        return Refusal(f"row {codes.index(-1)} has no value", "notna")
    if all(word.isdigit() for word in words):
        return [int(words[code]) for code in codes], None
    return codes, words


def h5ad(dice, folder):
    path = folder / "x.h5ad"
    count, width = dice.randint(1, 12), dice.randint(1, 9)
    dtype = dice.choice(["f4", "f4", "f8", "i4", "i8", "u2", "u1"])
    values = numbers(dice, dtype, (count, width))
    values[np.random.default_rng(dice.getrandbits(32)).random(values.shape) < dice.random()] = 0
    words, codes = categories_and_codes(dice, count)
    style = dice.choice(["anndata", "today", "0.7", "scanpy"] if anndata else ["today", "0.7", "scanpy"])
    place = dice.choice(["X", "layers/counts", "raw/X" if style != "scanpy" else "raw.X"])
    if style == "scanpy" and place.startswith("layers"):
        place = "X"
    source = {"type": "hdf5", "path": str(path), "dataset": place, "labels": dice.choice(["kind", "obs/kind"])}
    due = None
    if style == "anndata":
        write_anndata(dice, path, place, values, words, codes)
    else:
        with h5py.File(path, "w") as file:
            table = {"raw/X": "raw/var", "raw.X": "raw.var"}.get(place, "var")
            names = np.array([f"gene{n}".encode() for n in range(width)])
            if style == "scanpy":
                file["obs"] = np.array([(b"c", code) for code in codes], [("index", "S4"), ("kind", "i1")])
                file[table] = np.array([(name,) for name in names], [("index", "S8")])
                file["uns/kind_categories"] = np.array([word.encode() for word in words])
            elif style == "0.7":
                file["obs/kind"], file[table + "/_index"] = np.array(codes, "i1"), names
                file["obs/__categories/kind"] = np.array([word.encode() for word in words])
                file["obs/kind"].attrs["categories"] = file["obs/__categories/kind"].ref
            else:
                file["obs/kind/codes"], file[table + "/_index"] = np.array(codes, "i2"), names
                file["obs/kind"].create_dataset("categories", data=words, dtype=h5py.string_dtype())
                file["obs/kind"].attrs["encoding-type"] = "categorical"
            due = write_matrix(dice, file, place, values, style == "scanpy")
    if dice.random() < 0.04:
        source["dataset"] = "layers/none"
        return source, Refusal("has no", "layers/none")
    rows, classes = rows_or_refusal(values), labels_of(words, codes)
    if due:
        rows = refused(due, rows)
    if dice.random() < 0.04:
        source["labels"] = "kinds"
        return source, refused(Refusal("has no", "kind"), rows)
    if isinstance(classes, Refusal):
        return source, refused(classes, rows)
    if not isinstance(rows, Rows):
        return source, rows
    rows.labels, rows.classes = classes
    rows.names = [f"gene{n}" for n in range(width)]
    return source, rows


def write_anndata(dice, path, place, values, words, codes):
    """Writes a matrix as anndata does."""
    count, width = values.shape
    forms = [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csc_matrix]
    matrix = dice.choice(forms)(values)
    kinds = pd.Categorical([None if code < 0 else words[code] for code in codes], words)
    obs = pd.DataFrame({"kind": kinds}, index=[f"cell{n}" for n in range(count)])
    var = pd.DataFrame(index=[f"gene{n}" for n in range(width)])
    data = anndata.AnnData(matrix if place == "X" else np.zeros((count, width), "f4"), obs=obs, var=var)
    if place == "raw/X":
        data.raw = anndata.AnnData(matrix, obs=obs, var=var)
    elif place != "X":
        data.layers["counts"] = matrix
    data.write_h5ad(path, **({"compression": "gzip"} if dice.random() < 0.5 else {}))


# Pictures --------------------------------------------------------------------------------------


def grey(colours):
    red, green, blue = (colours[..., plane].astype(np.int64) for plane in range(3))
    return (299 * red + 587 * green + 114 * blue + 500) // 1000


def pictures(dice, folder):
    kind = dice.choice(["png", "jpeg", "jpeg"])
    generator = np.random.default_rng(dice.getrandbits(32))
    height, width = dice.randint(1, 24), dice.randint(1, 24)
    count = dice.randint(1, 3)
    colour, background = dice.random() < 0.5, dice.randrange(256)
    turn = dice.randint(1, 8) if dice.random() < 0.4 else 1
    read, due = [], None
    for number in range(count):
        mode = dice.choice(["1", "L", "LA", "P", "RGB", "RGBA"] if kind == "png" else ["L", "RGB", "RGB", "CMYK"])
        smooth = generator.integers(0, 256, (2, 2, 4), dtype=np.uint8)
        big = np.asarray(Image.fromarray(smooth, "RGBA").resize((width, height), Image.BILINEAR))
        noise = generator.integers(-20, 21, big.shape)
        base = Image.fromarray(np.clip(big.astype(int) + noise, 0, 255).astype(np.uint8), "RGBA")
        picture = base if mode == "RGBA" else base.convert(mode) if mode in ("LA",) else base.convert("RGB").convert(mode)
        path = folder / f"{number}.{kind if kind == 'png' else dice.choice(['jpg', 'JPG', 'jpeg'])}"
        if kind == "png":
            picture.save(path, compress_level=dice.randint(0, 9))
            whole = np.asarray(Image.open(path).convert("RGBA")).astype(np.int64)
            alpha = whole[..., 3:]
            blended = (whole[..., :3] * alpha + background * (255 - alpha) + 127) // 255
            blended = np.where(alpha == 255, whole[..., :3], blended)
        else:
            exif = Image.Exif()
            exif[0x0112] = turn
            picture.save(path, quality=dice.randint(1, 100), progressive=dice.random() < 0.4, optimize=dice.random() < 0.3,
                         subsampling=dice.choice([0, 1, 2]) if mode == "RGB" else -1, **({"exif": exif} if turn > 1 else {}),
                         **({"restart_marker_blocks": 1} if dice.random() < 0.1 else {}))
            if mode == "CMYK":
                due = due or Refusal("inks (CMYK)", "convert it to RGB", path.name)
                continue
            blended = np.asarray(Image.open(path).convert("RGB")).astype(np.int64)
            blended = turned(blended, turn)
        if colour:
            read.append(np.moveaxis(blended, 2, 0))
        else:
            read.append(blended[..., 0] if (blended[..., :1] == blended).all() else grey(blended))
    source = {"type": "pictures", "path": str(folder), "colour": colour, "background": background}
    if due is None and dice.random() < 0.1:
        # The last byte of the picture's data is before those of its end.
        last = sorted(folder.iterdir())[0]
        whole = last.read_bytes()
        last.write_bytes(whole[:dice.randrange(max(1, len(whole) - (16 if kind == "png" else 8)))])
        return source, Refusal(last.name)
    return source, due or Rows(np.stack(read))


def turned(pixels, orientation):
    """The pixels as EXIF says that they are seen."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


# The run ---------------------------------------------------------------------------------------

KINDS = {"npy": npy, "npz": npz, "idx": idx, "safetensors": safetensors_file, "csv": table, "pictures": pictures,
         "sqlite": query, "hdf5": hdf5, "h5ad": h5ad}


def fault(engine, source, due):
    """What is wrong with what the program reads; None if nothing is."""
    loaded = engine.call("data.load", name="x", source=source)
    alternatives = due if isinstance(due, tuple) else (due,)
    faults = []
    for due in alternatives:
        if isinstance(due, Refusal):
            if "error" not in loaded:
                faults.append(f"accepted, where {due.words} is to be refused")
                continue
            error = loaded["error"]
            said = error["message"] + " " + json.dumps(error["data"], ensure_ascii=False)
            said += " " + str(error["data"].get("hint"))
            lacking = [word for word in due.words if word not in said]
            faults.append(f"the refusal lacks {lacking}: {said}" if lacking else None)
        elif "error" in loaded:
            faults.append(f"refused: {loaded['error']}")
        else:
            faults.append(difference(engine, loaded["result"], due))
    if "error" not in loaded:
        engine.call("data.drop", data="x")
    return None if None in faults else "; ".join(faults)


def difference(engine, loaded, due):
    reply = engine.call("data.get", data="x", encoding="base64")["result"]
    if isinstance(due, Rows) and due.values.size < 200:
        what = written_table(engine, due)
        if what:
            return what
    values = np.frombuffer(base64.b64decode(reply["input"]["base64"]), "<f4").reshape(reply["input"]["shape"])
    labels = reply.get("labels")
    if isinstance(due, TableRows):
        return due.fault(loaded, values, labels)
    if values.shape != due.values.shape:
        return f"shape {values.shape} for {due.values.shape}"
    if not np.array_equal(values, due.values):
        places = np.argwhere(values != due.values)
        return f"{len(places)} numbers differ, at {places[0]}: {values[tuple(places[0])]} for {due.values[tuple(places[0])]}"
    if due.names is not None and [column["name"] for column in loaded.get("columns") or []] != due.names:
        return f"columns {loaded.get('columns')} for {due.names}"
    if due.classes != loaded.get("classNames"):
        return f"classes {loaded.get('classNames')} for {due.classes}"
    return None if labels == due.labels else f"labels {labels} for {due.labels}"


def written_table(engine, due):
    """What is wrong with the table that the program writes; pandas reads it."""
    with tempfile.TemporaryDirectory(prefix="elbo-readers-") as name:
        path = pathlib.Path(name) / "rows.csv"
        engine.call("data.get", data="x", path=str(path))
        frame = pd.read_csv(path, float_precision="round_trip")
    width = due.values[0].size
    labels = due.labels
    if due.classes is not None:
        frame["label"], labels = frame["label"].astype(str), [due.classes[label] for label in labels]
    if labels is not None and frame["label"].tolist() != labels:
        return f"the labels {frame['label'].tolist()} are written for {due.labels}"
    values = frame.iloc[:, :width].to_numpy(np.float64).astype(np.float32)
    if not np.array_equal(values, due.values.reshape(len(due.values), -1)):
        return f"the rows {values} are written"
    return None


def is_read(engine, kind):
    """Whether the library that reads the files is here, if one is loaded for them."""
    if kind not in ("hdf5", "h5ad"):
        return True
    error = engine.call("data.load", name="x", source={"type": "hdf5", "path": "/nowhere"})["error"]
    if error["data"]["kind"] != "missingProgram":
        return True
    print(f"note: no libhdf5, so no {kind} files are tried")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="go on from this case, or share the cases with other processes")
    parser.add_argument("--only", type=int)
    parser.add_argument("--kinds", default=",".join(KINDS))
    options = parser.parse_args()
    program = os.environ.get("ELBO", str(ROOT / ".build/release/elbo"))
    engine = Engine(program)
    counts, failures = collections.Counter(), 0
    started = time.monotonic()
    kinds = [kind for kind in options.kinds.split(",") if is_read(engine, kind)]
    for index in range(options.first, options.first + options.count) if options.only is None else [options.only]:
        dice = random.Random(options.seed * 1_000_003 + index)
        kind = kinds[index % len(kinds)]
        with tempfile.TemporaryDirectory(prefix="elbo-readers-") as name:
            case = KINDS[kind](dice, pathlib.Path(name))
            if case is None:
                counts["not writable"] += 1
                continue
            source, due = case
            try:
                what = fault(engine, source, due)
            except EOFError as error:
                what = str(error)
                engine = Engine(program)
            counts[f"{kind}, {'read' if isinstance(due, (Rows, TableRows)) else 'refused'}"] += 1
            if what is None:
                continue
            failures += 1
            print(f"case {index} ({kind}): {what}\n  {json.dumps(source, ensure_ascii=False)}", flush=True)
            if options.only is not None:
                for file in sorted(pathlib.Path(name).rglob("*")):
                    print(file.name, file.read_bytes()[:2000])
            if failures >= 20:
                break
    summary = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
    print(f"readers: {sum(counts.values())} files in {time.monotonic() - started:.0f} s, {failures} wrong ({summary})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
