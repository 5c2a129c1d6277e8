"""examples/python/elbo_vae/methods.py: methods, replies, modules and errors, with their types."""
import builtins
import json
import keyword
import textwrap

from .document import Document, capital, referred, variants


# Beside rows that stand for a source.
LABELS = {"name": "labels", "kind": "Rows", "schema": {}, "summary": "The class of each row, where the source is an array."}


class Python(Document):
    """examples/python/elbo_vae/methods.py."""

    def text(self):
        self.add(
            '"""Written by scripts/describe from protocols/openrpc.json: every method with its types."""', "",
            "# mypy: disable-error-code=empty-body", "from __future__ import annotations", "",
            "from typing import Any, Generic, List, Literal, Mapping, Optional, Sequence, TypedDict, Union", "",
            "from .arrays import Rows",
            "from .calls import Ask, Family, Mode, Reports, method",
            "from .errors import (",
            "    ElboError, FileError, InputError, NumericError, ProgramError, ProtocolError, ResourceError, SessionError)",
            "from .values import ArrayLike, Numbers, Path, Picture, Result", "",
            "# The version of the program that this was written from, and of this package.",
            f'VERSION = "{self.version}"', "",
            "# Errors, by their code and kind")
        for name, error in self.errors.items():
            self.error(name, error)
        self.add("", "# Modules: what a list of layers, a source, an optimizer, … is written as")
        for kind, schema in self.kinds.items():
            self.kind(kind, schema)
        self.add("", "# Replies")
        self.reply("Progress", self.progress, "How far a training has come.")
        for method in self.methods:
            self.reply(
                capital(method["name"]) + "Reply", method["result"]["schema"],
                f"What {method['name']} answers.")
        self.add("", "# Methods")
        for family, methods in self.families.items():
            self.family(family, methods)
        self.add("", "class Methods(Generic[Mode]):", '    """Every method, by its family."""', "",
                 "    def __init__(self, ask: Ask) -> None:")
        self.add(*(f"        self.{name}: {capital(name)}[Mode] = {capital(name)}(ask)"
                   for name in self.families))
        return "\n".join(self.lines) + "\n"

    def error(self, name, error):
        title = capital(name) + "Error"
        title = "Elbo" + title if hasattr(builtins, title) else title
        code, kind = error["code"], error["data"]["kind"]
        groups = {10: "SessionError", 11: "InputError", 12: "NumericError", 13: "FileError", 14: "ResourceError",
                  15: "ProgramError", 16: "ProgramError"}
        group = "ProtocolError" if code < 0 else groups.get(code // 100, "ElboError")
        if kind == "params":
            group += ", ValueError"
        self.add("", "", f'class {title}({group}, code={code}, kind="{kind}"):',
                 *self.doc(error["message"], 4))

    def kind(self, kind, schema):
        names = []
        for part in schema["oneOf"]:
            word = part["properties"]["type"]["const"]
            name = capital(word) + capital(kind)
            names.append(name)
            required = part.get("required", [])
            options = {n: s for n, s in part["properties"].items() if n != "type"}
            bases = []
            kept = {n: s for n, s in options.items() if keyword.iskeyword(n)}
            if kept:
                # Names that are Python keywords can only be written this way.
                bases = [f"{name}Words"]
                self.add("", "", *self.spelled(f"{name}Words", name, kept))
            need = {n: s for n, s in options.items() if n in required and n not in kept}
            may = {n: s for n, s in options.items() if n not in required and n not in kept}
            lines = [f'    type: Literal["{word}"]'] + self.members(name, need)
            lesser = self.members(name, may)
            if may or kept:
                # TypedDict has members that may be absent in a class of their own.
                bases.append(f"{name}Type")
                self.add("", "", f"class {name}Type(TypedDict):", *lines,
                         "", "", f"class {name}({', '.join(bases)}, total=False):",
                         *self.doc(part["description"], 4), *([""] if lesser else []), *lesser)
            else:
                self.add("", "", f"class {name}(TypedDict):", *self.doc(part["description"], 4), "", *lines)
        self.add("", "", *self.union(capital(kind), names))

    def spelled(self, title, owner, members):
        """A TypedDict with names that are Python keywords."""
        parts = [f'"{n}": {json.dumps(self.given(s, owner + capital(n)))}' for n, s in members.items()]
        return [f'{title} = TypedDict("{title}", {{', *wrapped(parts, 118, 4), "}, total=False)"]

    def union(self, name, names):
        if len(names) == 1:
            return [f"{name} = {names[0]}"]
        return textwrap.wrap(f"{name} = Union[{', '.join(names)}]", 118, subsequent_indent="    ")

    def members(self, owner, members):
        lines = []
        for name, schema in members.items():
            lines.append(f"    {name}: {self.given(schema, owner + capital(name))}")
        return lines

    def doc(self, text, indent):
        text = text.replace("\\", "\\\\").replace('"""', "'''")
        pad = " " * indent
        lines = textwrap.wrap(text, 116 - indent) or [""]
        if len(lines) == 1 and not lines[0].endswith('"'):
            return [f'{pad}"""{lines[0]}"""']
        return [f'{pad}"""{lines[0]}', *(pad + line for line in lines[1:]), f'{pad}"""']

    def given(self, schema, name):
        """The type of a parameter."""
        if "$ref" in schema:
            known = {"Number": "float", "Array": "ArrayLike", "ArrayReply": "ArrayLike", "Nest": "ArrayLike"}
            return known.get(referred(schema)) or capital(referred(schema))
        if variants(schema):
            choices = dict.fromkeys(
                self.given(s, name + str(i)) for i, s in enumerate(variants(schema), 1))
            return f"Union[{', '.join(choices)}]" if len(choices) > 1 else next(iter(choices))
        if "enum" in schema or "const" in schema:
            return literal(schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        if isinstance(kind, list):
            return "Any"
        if kind == "array":
            items = schema["items"]
            if isinstance(items, list):
                inner = ", ".join(dict.fromkeys(self.given(s, name) for s in items))
                return f"Sequence[Union[{inner}]]" if "," in inner else f"Sequence[{inner}]"
            return f"Sequence[{self.given(items, name)}]"
        if kind == "object" and schema.get("properties"):
            return self.options(schema, name)
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"Mapping[str, {self.given(values, name) if isinstance(values, dict) else 'Any'}]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(kind, "Any")

    def options(self, schema, name):
        if name not in self.made:
            self.made.add(name)
            members = schema["properties"]
            if any(map(keyword.iskeyword, members)):
                self.add("", "", *self.spelled(name, name, members))
            else:
                lines = self.members(name, members)
                self.add("", "", f"class {name}(TypedDict, total=False):", *lines)
        return name

    def answered(self, schema, name):
        """The type of a result."""
        if "$ref" in schema:
            known = {"Number": "float", "ArrayReply": "Numbers"}
            return known.get(referred(schema), "Result")
        if variants(schema):
            choices = dict.fromkeys(
                self.answered(s, name + str(i)) for i, s in enumerate(variants(schema), 1))
            # The client requests arrays in base64 wherever it can.
            if "Numbers" in choices:
                return "Numbers"
            return f"Union[{', '.join(choices)}]" if len(choices) > 1 else next(iter(choices))
        if "enum" in schema or "const" in schema:
            return literal(schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        if isinstance(kind, list):
            return "Any"
        if kind == "array":
            items = schema["items"]
            return f"List[{'Any' if isinstance(items, list) else self.answered(items, name)}]"
        if kind == "object" and schema.get("properties"):
            self.reply(name, schema, "A part of it.")
            return name
        if kind == "object":
            values = schema.get("additionalProperties")
            return f"Mapping[str, {self.answered(values, name) if isinstance(values, dict) else 'Any'}]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(kind, "Any")

    def reply(self, name, schema, text):
        if name in self.made:
            return
        self.made.add(name)
        required = schema.get("required", [])
        lines = []
        for member, inner in schema.get("properties", {}).items():
            # Those of a mapping are left to it: reply["items"].
            if member in ("items", "keys", "values", "get") or not member.isidentifier():
                continue
            kind = self.answered(inner, name + capital(member))
            lines.append(f"    {safe(member)}: {kind if member in required else f'Optional[{kind}]'}")
        isPicture = {"mediaType", "base64"} <= set(schema.get("properties", {}))
        self.add("", "", f"class {name}({'Picture' if isPicture else 'Result'}):", *self.doc(text, 4))
        if lines:
            self.add("", *lines)

    def family(self, family, methods):
        # The types of its parameters come before it.
        before, self.lines = self.lines, []
        bodies = []
        for method in methods:
            bodies += self.method(method)
        types, self.lines = self.lines, before
        self.add(*types, "", "", f"class {capital(family)}(Family[Mode]):",
                 f'    """The methods {family}.…"""', *bodies)

    def method(self, method):
        name = method["name"].partition(".")[2]
        params = sorted(method["params"], key=lambda p: not p.get("required"))
        binary = any(p["name"] == "encoding" for p in params)
        params = [p for p in params if p["name"] != "encoding"]
        if method["name"] == "data.load":
            params.append(LABELS)
        heads, notes = ["self"], []
        isStarred = False
        for p in params:
            if not p.get("required") and not isStarred:
                isStarred = True
                heads.append("*")
            kind = p.get("kind") or self.given(p["schema"], capital(method["name"]) + capital(p["name"]))
            if p["name"] == "path":
                kind = "Path"
            if p["name"] == "progress":
                kind = "Reports"
            if (method["name"], p["name"]) == ("data.load", "source"):
                # Rows may stand for a source.
                kind = "Union[Source, Rows]"
            word = safe(p["name"])
            heads.append(f"{word}: {kind}" if p.get("required") else f"{word}: Optional[{kind}] = None")
            note = p.get("summary", "")
            if "default" in p["schema"]:
                note += f" ({json.dumps(p['schema']['default'])})"
            notes += textwrap.wrap(f"{word}: {note}", 108, initial_indent=" " * 8, subsequent_indent=" " * 12)
        reply = capital(method["name"]) + "Reply"
        summary = method["summary"].replace("\\", "\\\\")
        head = f"    def {safe(name)}({', '.join(heads)}) -> {reply}:"
        if len(head) > 118:
            head = "\n".join([
                f"    def {safe(name)}(",
                *wrapped(heads, 118, 8),
                f"    ) -> {reply}:"])
        lines = ["", f'    @method("{method["name"]}", {reply}{", binary=True" if binary else ""})', head]
        if notes:
            return [*lines, *(f"        {line}" if i else f'        """{line}'
                              for i, line in enumerate(textwrap.wrap(summary, 104))), "", *notes, '        """']
        return [*lines, f'        """{summary}"""']


def wrapped(parts, width, indent):
    """Parts separated by commas, in lines that end after a part."""
    lines = [""]
    for i, part in enumerate(parts):
        part += "," if i + 1 < len(parts) else ""
        if lines[-1] and indent + len(lines[-1]) + 1 + len(part) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + part
    return [" " * indent + line for line in lines]


def literal(values):
    return "Literal[" + ", ".join(repr(value).replace("'", '"') for value in values) + "]"


def safe(name):
    """A parameter whose name is a Python keyword takes an underscore."""
    return name + "_" if keyword.iskeyword(name) else name
