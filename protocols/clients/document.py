"""What the types of every language are made from: the OpenRPC document."""


def capital(name):
    """`trainer.step` as TrainerStep."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("-", ".").split("."))


def referred(schema):
    return schema["$ref"].rsplit("/", 1)[1]


def variants(schema):
    """The choices of a union, once each."""
    return schema.get("anyOf") or schema.get("oneOf")


class Document:
    """What both languages need of the document."""

    def __init__(self, openrpc):
        self.version = openrpc["info"]["version"]
        self.schemas = openrpc["components"]["schemas"]
        self.errors = openrpc["components"]["errors"]
        self.kinds = {name: s for name, s in self.schemas.items() if "oneOf" in s}
        self.methods = [m for m in openrpc["methods"] if "errors" in m]
        self.progress = next(
            n["params"] for n in openrpc["x-notifications"] if n["name"] == "$/progress")
        self.families = {}
        for method in self.methods:
            self.families.setdefault(method["name"].partition(".")[0], []).append(method)
        self.lines = []
        # Objects within objects, which get names of their own before those that hold them.
        self.made = set()

    def add(self, *lines):
        self.lines.extend(lines)
