#!/usr/bin/env python3
"""Writes the generated files: `describe.py examples | documents | strip | check`.

examples   Sources/Service/Discovery/RecordedExamples.swift, from the transcripts
documents  openrpc.json, from the program's rpc.discover; from that METHODS.md, methods/, modules/ and the clients' types in examples
strip      takes the replies out of the transcripts, so that `elbo replay --update` records them anew
check      lists the generated files that are stale, and writes nothing

The program is $ELBO. Nothing outside the standard library is needed. scripts/describe runs all of it in order.
"""
import json
import os
import pathlib
import subprocess
import sys

import clients
import pages
from pages import compact

PROTOCOLS = pathlib.Path(__file__).resolve().parent
ROOT = PROTOCOLS.parent
EXAMPLES = ROOT / "Sources/Service/Discovery/RecordedExamples.swift"
OPENRPC = PROTOCOLS / "openrpc.json"
# Longer calls are not used as examples.
LONGEST = 6000


def transcripts(pattern="*.ndjson"):
    """The logs that were written by hand; with "**/*.ndjson" those of real clients too."""
    return sorted((PROTOCOLS / "transcripts").glob(pattern))


def entries(path):
    """Each line of a log that is not a comment, as its kind and its value."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            yield next(iter(json.loads(line).items()))


def calls(pattern="*.ndjson"):
    """Every request of the transcripts with its reply: (file, request, reply)."""
    for path in transcripts(pattern):
        requests = {}
        for kind, message in entries(path):
            for part in message if isinstance(message, list) else [message]:
                if not isinstance(part, dict) or "id" not in part:
                    continue
                key = json.dumps(part["id"])
                if kind == "in" and "method" in part:
                    requests[key] = part
                elif kind == "out" and "method" not in part and key in requests:
                    yield path.name, requests[key], part


def examples():
    """The first short successful call of each method, one JSON object a line."""
    found = {}
    for name, request, reply in calls():
        method = request["method"]
        params = request.get("params") or {}
        if method in found or "result" not in reply or not isinstance(params, dict):
            continue
        line = compact(
            {"method": method, "name": name, "params": params, "result": reply["result"]})
        if len(line) <= LONGEST:
            found[method] = line
    lines = [found[method] for method in sorted(found)]
    return "\n".join([
        "// swift-format-ignore-file", "// Written by scripts/describe from protocols/transcripts.",
        "", "/// Calls that were recorded, one a line.", 'let recordedExamples = #"""',
        *lines, '"""#', ""])


def document():
    """The program's description of itself."""
    request = compact({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"}) + "\n"
    program = os.environ.get("ELBO") or sys.exit("describe: ELBO names no program")
    answer = subprocess.run(
        [program, "serve"], input=request, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(answer)["result"]


def pretty(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def documents():
    """Everything that follows from the program's description of itself: the path of each file, and its text."""
    openrpc = document()
    return {
        OPENRPC: pretty(openrpc),
        **{PROTOCOLS / name: text for name, text in pages.documents(openrpc).items()},
        **clients.documents(openrpc)}


def strays(written):
    """Pages of families or kinds that no longer exist."""
    return [path for folder in pages.FOLDERS for path in sorted((PROTOCOLS / folder).glob("*.md"))
            if path not in written]


def main(words):
    if words == ["examples"]:
        EXAMPLES.write_text(examples(), encoding="utf-8")
    elif words == ["documents"]:
        written = documents()
        for path in strays(written):
            path.unlink()
        for path, text in written.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    elif words == ["strip"]:
        for path in transcripts():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text(
                "".join(line for line in lines if not line.startswith('{"out":')),
                encoding="utf-8")
    elif words == ["check"]:
        written = {EXAMPLES: examples(), **documents()}
        stale = [path.relative_to(ROOT) for path, text in written.items()
                 if not path.exists() or path.read_text(encoding="utf-8") != text]
        stale += [path.relative_to(ROOT) for path in strays(written)]
        if stale:
            sys.exit("stale, run scripts/describe: " + ", ".join(map(str, stale)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
