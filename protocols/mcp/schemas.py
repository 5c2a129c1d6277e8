"""The message schemas of each revision of the Model Context Protocol, and the validation of recorded conversations."""
import functools
import json
import os
import pathlib

import jsonschema

FOLDER = pathlib.Path(
    os.environ.get("MCP_SCHEMAS")
    or pathlib.Path(__file__).resolve().parents[3] / "shared/data/schemas/mcp")
STATELESS = "2026-07-28"


def revisions():
    return sorted(path.stem for path in FOLDER.glob("*.json"))


class Revision:
    """The definitions of one revision."""

    def __init__(self, name):
        self.name = name
        self.document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        self.keyword = "$defs" if "$defs" in self.document else "definitions"
        self.definitions = self.document[self.keyword]
        # "tools/call" is described by CallToolRequest and answered by CallToolResult.
        self.messages = {}
        for title, definition in self.definitions.items():
            method = definition.get("properties", {}).get("method", {}).get("const")
            if method and title.endswith(("Request", "Notification")):
                self.messages[method] = title

    @functools.cache
    def validator(self, title):
        # The formats of draft 7 and 2020-12 that occur are the same; `byte` is known to neither.
        kind = jsonschema.validators.validator_for(self.document)
        root = {"$schema": self.document.get("$schema"), "$ref": f"#/{self.keyword}/{title}",
                self.keyword: self.definitions}
        return kind(root)

    def misfits(self, title, value):
        error = jsonschema.exceptions.best_match(self.validator(title).iter_errors(value))
        return [] if error is None else [f"{title}: at {error.json_path}: {error.message[:300]}"]

    def first(self, *titles):
        return next(title for title in titles if title in self.definitions)

    def request(self, message):
        kind = "JSONRPCRequest" if "id" in message else "JSONRPCNotification"
        title = self.messages.get(message["method"])
        found = self.misfits(kind, message)
        return found + (self.misfits(title, message) if title else [f"no {message['method']}"])

    def reply(self, message, method):
        if "error" in message:
            found = self.misfits(self.first("JSONRPCErrorResponse", "JSONRPCError"), message)
            if message["error"]["code"] == -32022:
                found += self.misfits("UnsupportedProtocolVersionError", message)
            return found
        found = self.misfits(self.first("JSONRPCResultResponse", "JSONRPCResponse"), message)
        title = self.messages.get(method, "").removesuffix("Request") + "Result"
        return found + self.misfits(title if title in self.definitions else "EmptyResult",
                                    message["result"])


class Conversation:
    """Every message, and its errors; messages that `excused` names by id or method are wrong on purpose."""

    def __init__(self, entries, name, excused=()):
        self.revision = Revision(name)
        self.excused = set(excused)
        self.complaints = []
        self.count = {"in": 0, "out": 0, "structured": 0}
        self.requests = {}
        self.answered = set()
        self.cancelled = set()
        self.tools = {}
        self.entries = [
            (kind, message) for kind, value in entries
            for message in (value if isinstance(value, list) else [value])]
        for kind, message in self.entries:
            if kind in ("in", "out"):
                self.count[kind] += 1
                (self.heard if kind == "in" else self.said)(message)
        for key in self.cancelled & self.answered:
            self.complain(key, "was cancelled, and answered all the same")
        for key in set(self.requests) - self.answered - self.cancelled:
            self.complain(key, "was never answered")

    def complain(self, where, what):
        self.complaints.append(f"{self.revision.name}, {where}: {what}")

    def heard(self, message):
        method = message["method"]
        if "id" in message:
            self.requests[json.dumps(message["id"])] = message
        elif method == "notifications/cancelled":
            key = json.dumps(message["params"].get("requestId"))
            if key in self.requests and key not in self.answered:
                self.cancelled.add(key)
        if not self.excused & {method, message.get("id")}:
            for misfit in self.revision.request(message):
                self.complain(f"in {method}", misfit)

    def said(self, message):
        if "method" in message:
            for misfit in self.revision.request(message):
                self.complain(f"out {message['method']}", misfit)
            return
        if message.get("id") is None:
            if "idless" not in self.excused:
                self.complain("out", f"answers nobody: {json.dumps(message)[:200]}")
            return
        key = json.dumps(message["id"])
        self.answered.add(key)
        request = self.requests[key]
        for misfit in self.revision.reply(message, request["method"]):
            self.complain(f"reply to {key}, {request['method']}", misfit)
        if "result" in message:
            self.result(message["result"], request)

    def result(self, result, request):
        """What the schemas do not check: replies of tools match their own schemas."""
        if request["method"] == "tools/list":
            self.tools = {tool["name"]: tool for tool in result["tools"]}
            for name, tool in self.tools.items():
                for part in ("inputSchema", "outputSchema"):
                    if part in tool and not self.is_schema(f"{name}, {part}", tool[part]):
                        tool[part] = True
        if request["method"] != "tools/call" or not self.tools:
            return
        name = request["params"]["name"].replace(".", "_")
        tool = self.tools[name]
        if result.get("isError"):
            return
        self.fits(f"arguments of {name}", request["params"].get("arguments", {}),
                  tool["inputSchema"])
        if "outputSchema" in tool:
            self.count["structured"] += 1
            self.fits(f"result of {name}", result.get("structuredContent"), tool["outputSchema"])

    def is_schema(self, where, schema):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            return True
        except jsonschema.SchemaError as error:
            self.complain(where, f"at {error.json_path}: {error.message[:300]}")
            return False

    def fits(self, where, value, schema):
        error = jsonschema.exceptions.best_match(
            jsonschema.Draft202012Validator(schema).iter_errors(value))
        if error is not None:
            self.complain(where, f"at {error.json_path}: {error.message[:300]}")


def check_log(path, name, excused=()):
    """The conversation of a log of `elbo serve --record`."""
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    return Conversation([next(iter(json.loads(line).items())) for line in lines], name, excused)
