#!/usr/bin/env python3
"""Writes what is generated: `describe.py examples | documents | strip | check`.

examples   Sources/Service/Discovery/Examples.swift, from the transcripts
documents  openrpc.json, from the program's rpc.discover; METHODS.md and the types of the clients in examples, from openrpc.json
strip      takes the replies out of the transcripts, so that `elbo replay --update` records them anew
check      says which of the generated files is stale, and writes nothing

The program is $ELBO. Nothing outside the standard library is needed. scripts/describe runs all of it in order.
"""
import json
import os
import pathlib
import subprocess
import sys

import clients

PROTOCOLS = pathlib.Path(__file__).resolve().parent
ROOT = PROTOCOLS.parent
EXAMPLES = ROOT / "Sources/Service/Discovery/Examples.swift"
OPENRPC = PROTOCOLS / "openrpc.json"
METHODS = PROTOCOLS / "METHODS.md"
# Longer calls are no examples.
LONGEST = 6000


def transcripts(pattern="*.ndjson"):
    """The logs that were written by hand; with "**/*.ndjson" those of real clients too."""
    return sorted((PROTOCOLS / "transcripts").glob(pattern))


def entries(path):
    """Each line of a log that is no remark, as its kind and its value."""
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


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def document():
    """What the program says of itself."""
    request = compact({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"}) + "\n"
    program = os.environ.get("ELBO") or sys.exit("describe: ELBO names no program")
    answer = subprocess.run(
        [program, "serve"], input=request, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(answer)["result"]


def pretty(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


class Page:
    """METHODS.md."""

    def __init__(self, openrpc):
        self.openrpc = openrpc
        self.schemas = openrpc["components"]["schemas"]
        self.kinds = {name for name, schema in self.schemas.items() if "oneOf" in schema}
        self.lines = []

    def text(self):
        self.add(
            "# Methods", "",
            "Written by `scripts/describe` from `openrpc.json`, which the program answers to "
            "`rpc.discover`. What holds for all methods stands in [README.md](README.md).", "",
            "A member in **bold** must be given. The examples were recorded.", "")
        self.contents()
        for method in self.openrpc["methods"]:
            self.method(method)
        self.notifications()
        self.add("# Modules", "", "Each is written as an object: its `type`, and its options "
                 "beside it.", "")
        for kind in sorted(self.kinds):
            self.kind(kind)
        self.errors()
        return "\n".join(self.lines) + "\n"

    def add(self, *lines):
        self.lines.extend(lines)

    def contents(self):
        families = {}
        for method in self.openrpc["methods"]:
            families.setdefault(method["tags"][0]["name"], []).append(method["name"])
        self.add("| family | methods |", "|---|---|")
        for family, names in families.items():
            self.add(f"| {family} | " + " ".join(f"[`{n}`](#{anchor(n)})" for n in names) + " |")
        links = " ".join(f"[{kind}](#{kind})" for kind in sorted(self.kinds))
        self.add(f"| modules | {links} |", "")

    def method(self, method):
        self.add(f"## {method['name']}", "", method["summary"], "")
        if method["params"]:
            self.table("parameter", [
                (p["name"], p.get("required"), p["schema"], p.get("summary", ""))
                for p in method["params"]])
        else:
            self.add("No parameters.", "")
        result = method["result"]["schema"]
        if result.get("properties"):
            required = result.get("required", [])
            self.table("result", [
                (name, name in required, schema, schema.get("description", ""))
                for name, schema in result["properties"].items()], isReply=True)
        else:
            empty = {"null": "`null`", "object": "`{}`"}[result["type"]]
            self.add("Answers an object with " + ", ".join(f"`{n}`" for n in result["required"])
                     + "." if result.get("required") else f"Answers {empty}.", "")
        if method.get("errors"):
            names = [error["$ref"].rsplit("/", 1)[1] for error in method["errors"]]
            self.add("Errors: " + ", ".join(f"[{name}](#errors)" for name in names) + ".", "")
        for example in method.get("examples", [])[:1]:
            params = {p["name"]: p["value"] for p in example["params"]}
            request = {"jsonrpc": "2.0", "id": 1, "method": method["name"]}
            if params:
                request["params"] = params
            reply = {"jsonrpc": "2.0", "id": 1, "result": example["result"]["value"]}
            self.add("```json", compact(request), shortened(reply), "```", "")

    def notifications(self):
        self.add("# Notifications", "", "What the engine sends besides replies.", "")
        for notification in self.openrpc["x-notifications"]:
            self.add(f"## {notification['name']}", "", notification["summary"], "")
            members = notification["params"]
            self.table("member", [
                (name, name in members["required"], schema, schema.get("description", ""))
                for name, schema in members["properties"].items()], isReply=True)

    def table(self, head, rows, isReply=False):
        default = "" if isReply else " default |"
        self.add(f"| {head} | type |{default} meaning |", "|---|---|" + ("---|" * (2 - isReply)))
        self.rows(rows, isReply)
        self.add("")

    def rows(self, rows, isReply, prefix=""):
        for name, required, schema, meaning in rows:
            shown = f"`{prefix}{name}`"
            if required and not isReply:
                shown = f"**{shown}**"
            if isReply and not required:
                meaning = "Not always. " + meaning
            default = "" if isReply else f" {code(schema['default']) if 'default' in schema else ''} |"
            self.add(f"| {shown} | {self.words(schema)} |{default} {cell(meaning)} |")
            inner, mark = schema, "."
            if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
                inner, mark = schema["items"], "[]."
            if inner.get("properties"):
                needed = inner.get("required", [])
                self.rows([
                    (n, n in needed, s, s.get("description", ""))
                    for n, s in inner["properties"].items()], isReply, prefix + name + mark)

    def words(self, schema):
        """A schema as a reader would say it."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if name in self.kinds:
                return f"[{name}](#{name})"
            return {"Number": "number", "Array": "[array](README.md#arrays)",
                    "ArrayReply": "[array](README.md#arrays)", "Nest": "nested lists"}.get(name, name)
        if "anyOf" in schema:
            return " or ".join(self.words(s) for s in schema["anyOf"])
        if "enum" in schema:
            return " ".join(code(word) for word in schema["enum"])
        if "const" in schema:
            return code(schema["const"])
        kind = schema.get("type", "any value")
        if isinstance(kind, list):
            return ", ".join(kind)
        if kind == "array":
            items = schema["items"]
            if isinstance(items, list):
                return "[" + ", ".join(self.words(item) for item in items) + "]"
            return "list of " + self.words(items)
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return "object, each member " + self.words(schema["additionalProperties"])
        if "pattern" in schema:
            return "name"
        bounds = []
        if "minimum" in schema:
            bounds.append(f"from {number(schema['minimum'])}")
        if "exclusiveMinimum" in schema:
            bounds.append(f"above {number(schema['exclusiveMinimum'])}")
        if "maximum" in schema:
            bounds.append(f"to {number(schema['maximum'])}")
        return " ".join([kind.replace("boolean", "true or false"), *bounds])

    def kind(self, kind):
        schema = self.schemas[kind]
        self.add(f"## {kind}", "", schema["description"], "")
        for part in schema["oneOf"]:
            options = {n: s for n, s in part["properties"].items() if n != "type"}
            self.add(f"### {kind}: {part['properties']['type']['const']}", "",
                     part["description"], "")
            if options:
                required = part.get("required", [])
                self.table("option", [
                    (name, name in required, option, option.get("description", ""))
                    for name, option in options.items()])
            for example in part.get("examples", [])[:1]:
                self.add("```json", shortened(example), "```", "")

    def errors(self):
        self.add("# Errors", "", "| code | kind | when |", "|---|---|---|")
        errors = self.openrpc["components"]["errors"]
        for name, error in errors.items():
            kind = error["data"]["kind"]
            also = f" ({name})" if name != kind else ""
            self.add(f"| {error['code']} | `{kind}`{also} | {cell(error['message'])} |")


def anchor(name):
    return name.lower().replace(".", "").replace("$/", "")


def code(value):
    return f"`{compact(value)}`" if not isinstance(value, str) else f"`{value}`"


def number(value):
    return {9007199254740991: "2^53 - 1"}.get(value, f"{value:g}" if value < 1e5 else compact(value))


def cell(text):
    return text.replace("|", "\\|")


def shortened(value):
    """One line; lists and texts that no reader wants whole are cut, and the cut is visible."""
    def cut(value):
        if isinstance(value, list):
            return [cut(v) for v in value[:8]] + (["…"] if len(value) > 8 else [])
        if isinstance(value, dict):
            return {k: cut(v) for k, v in value.items()}
        if isinstance(value, str) and len(value) > 160:
            return value[:64] + "…"
        return value
    line = compact(cut(value))
    return line if len(line) <= 2500 else line[:2500] + " …"


def main(words):
    if words == ["examples"]:
        EXAMPLES.write_text(examples(), encoding="utf-8")
    elif words == ["documents"]:
        openrpc = document()
        OPENRPC.write_text(pretty(openrpc), encoding="utf-8")
        METHODS.write_text(Page(openrpc).text(), encoding="utf-8")
        for path, text in clients.documents(openrpc).items():
            path.write_text(text, encoding="utf-8")
    elif words == ["strip"]:
        for path in transcripts():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text(
                "".join(line for line in lines if not line.startswith('{"out":')),
                encoding="utf-8")
    elif words == ["check"]:
        openrpc = document()
        stale = [path.relative_to(ROOT) for path, text in [
            (EXAMPLES, examples()), (OPENRPC, pretty(openrpc)), (METHODS, Page(openrpc).text()),
            *clients.documents(openrpc).items()]
            if not path.exists() or path.read_text(encoding="utf-8") != text]
        if stale:
            sys.exit("stale, run scripts/describe: " + ", ".join(map(str, stale)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
