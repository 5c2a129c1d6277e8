"""The protocol's reference as Markdown: METHODS.md, which is the index, and a page for each family of methods and kind of module."""
import json

FOLDERS = ["methods", "modules"]
WRITTEN = ("Written by `scripts/describe` from [openrpc.json]({up}openrpc.json), which the program answers "
           "to `rpc.discover`.")


def documents(openrpc):
    """The text of each page, by its path from this folder."""
    schemas = openrpc["components"]["schemas"]
    kinds = sorted(name for name, schema in schemas.items() if "oneOf" in schema)
    families = {}
    for method in openrpc["methods"]:
        families.setdefault(method["tags"][0]["name"], []).append(method)
    pages = {"METHODS.md": index(openrpc, families, kinds)}
    for family, methods in families.items():
        page = Page("methods", kinds)
        page.add(f"# {family}", "", WRITTEN.format(up="../")
                 + " What holds for all methods stands in [README.md](../README.md). "
                 "A member in **bold** must be given. The examples were recorded.", "")
        for method in methods:
            page.method(method)
        if family == "trainer":
            page.notifications(openrpc["x-notifications"])
        pages[f"methods/{family}.md"] = page.text()
    for kind in kinds:
        page = Page("modules", kinds)
        page.kind(kind, schemas[kind])
        pages[f"modules/{kind}.md"] = page.text()
    return pages


def index(openrpc, families, kinds):
    """METHODS.md: where each method and module stands, and all kinds of errors."""
    page = Page(".", kinds)
    page.add("# Methods and modules", "", WRITTEN.format(up="")
             + " What holds for all methods stands in [README.md](README.md).", "",
             "| family | methods |", "|---|---|")
    for family, methods in families.items():
        names = [method["name"] for method in methods]
        page.add(f"| [{family}](methods/{family}.md) | " + " ".join(
            f"[`{name}`](methods/{family}.md#{anchor(name)})" for name in names) + " |")
    page.add("", "A module is written as an object: its `type`, and its options beside it.", "",
             "| kind | types |", "|---|---|")
    for kind in kinds:
        types = [part["properties"]["type"]["const"]
                 for part in openrpc["components"]["schemas"][kind]["oneOf"]]
        page.add(f"| [{kind}](modules/{kind}.md) | " + " ".join(
            f"[`{name}`](modules/{kind}.md#{name.lower()})" for name in types) + " |")
    notified = " ".join(
        f"[`{n['name']}`](methods/trainer.md#{anchor(n['name'])})" for n in openrpc["x-notifications"])
    page.add("", f"The engine sends one notification: {notified}.", "")
    page.errors(openrpc["components"]["errors"])
    return page.text()


class Page:
    """One page in `folder`, a path from the folder of the protocol."""

    def __init__(self, folder, kinds):
        self.up = "" if folder == "." else "../"
        self.kinds = kinds
        self.lines = []

    def text(self):
        return "\n".join(self.lines).rstrip("\n") + "\n"

    def add(self, *lines):
        self.lines.extend(lines)

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
            self.add("Errors: " + ", ".join(f"[{name}]({self.up}METHODS.md#errors)" for name in names) + ".", "")
        for example in method.get("examples", [])[:1]:
            params = {p["name"]: p["value"] for p in example["params"]}
            request = {"jsonrpc": "2.0", "id": 1, "method": method["name"]}
            if params:
                request["params"] = params
            reply = {"jsonrpc": "2.0", "id": 1, "result": example["result"]["value"]}
            self.add("```json", compact(request), shortened(reply), "```", "")

    def notifications(self, notifications):
        for notification in notifications:
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
                return f"[{name}]({self.up}modules/{name}.md)"
            array = f"[array]({self.up}README.md#arrays)"
            return {"Number": "number", "Array": array, "ArrayReply": array,
                    "Nest": "nested lists"}.get(name, name)
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

    def kind(self, kind, schema):
        self.add(f"# {kind}", "", schema["description"], "", WRITTEN.format(up=self.up)
                 + " An option in **bold** must be given.", "")
        for part in schema["oneOf"]:
            options = {n: s for n, s in part["properties"].items() if n != "type"}
            self.add(f"## {part['properties']['type']['const']}", "", part["description"], "")
            if options:
                required = part.get("required", [])
                self.table("option", [
                    (name, name in required, option, option.get("description", ""))
                    for name, option in options.items()])
            for example in part.get("examples", [])[:1]:
                self.add("```json", shortened(example), "```", "")

    def errors(self, errors):
        self.add("## Errors", "", "| code | kind | when |", "|---|---|---|")
        for name, error in errors.items():
            kind = error["data"]["kind"]
            also = f" ({name})" if name != kind else ""
            self.add(f"| {error['code']} | `{kind}`{also} | {cell(error['message'])} |")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


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
