#!/usr/bin/env python3
"""Validates the protocol's description, and every message of every transcript against it, with `jsonschema`."""
import json
import os
import pathlib
import sys

import jsonschema

import describe

PROTOCOLS = describe.PROTOCOLS
META = pathlib.Path(
    os.environ.get("OPENRPC_SCHEMA") or PROTOCOLS.parent.parent / "shared/data/schemas/openrpc.json")

openrpc = json.loads(describe.OPENRPC.read_text(encoding="utf-8"))
methods = {method["name"]: method for method in openrpc["methods"]}
complaints = []
count = {"schemas": 0, "params": 0, "results": 0, "errors": 0, "notifications": 0}


def complain(where, what):
    complaints.append(f"{where}: {what}")


def rooted(schema):
    """The schema with the components that its references name."""
    return {"allOf": [schema], "components": openrpc["components"]}


def validate(what, where, value, schema):
    count[what] += 1
    validator = jsonschema.Draft7Validator(rooted(schema))
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if error is not None:
        complain(where, f"{what}: at {error.json_path}: {error.message[:300]}")


def params_schema(method):
    """The object schema of the parameters of a method."""
    return {
        "type": "object",
        "properties": {p["name"]: p["schema"] for p in method["params"]},
        "required": [p["name"] for p in method["params"] if p.get("required")],
        "additionalProperties": False,
    }


def check_document():
    if META.exists():
        meta = json.loads(META.read_text(encoding="utf-8"))
        for error in jsonschema.Draft7Validator(meta).iter_errors(openrpc):
            complain("openrpc.json", f"at {error.json_path}: {error.message[:300]}")
    else:
        print(f"skipped: openrpc.json against the OpenRPC meta-schema ({META.name} is not here)")
    # Embedded schemas are checked against their own meta-schema, which the one of OpenRPC leaves open.
    schemas = list(openrpc["components"]["schemas"].items())
    for name, method in methods.items():
        schemas += [(f"{name}: {p['name']}", p["schema"]) for p in method["params"]]
        schemas.append((f"{name}: result", method["result"]["schema"]))
    for name, schema in schemas:
        count["schemas"] += 1
        try:
            jsonschema.Draft7Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            complain("openrpc.json", f"{name}: {error.message[:300]}")
        for reference in references(schema):
            target = openrpc
            for part in reference.removeprefix("#/").split("/"):
                target = target.get(part, {})
            if not target:
                complain("openrpc.json", f"{name}: {reference} leads nowhere")
    for kind, schema in openrpc["components"]["schemas"].items():
        for part in schema.get("oneOf", []):
            for example in part.get("examples", []):
                validate("params", f"example of a {kind}", example, schema)
    for name, method in methods.items():
        for example in method.get("examples", []):
            given = {p["name"]: p["value"] for p in example["params"]}
            validate("params", f"example of {name}", given, params_schema(method))
            validate("results", f"example of {name}", example["result"]["value"],
                     method["result"]["schema"])


def references(value):
    if isinstance(value, list):
        for part in value:
            yield from references(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name == "$ref":
                yield part
            elif name != "examples":
                yield from references(part)


def check_transcripts():
    succeeded, failed = set(), set()
    error_schema = openrpc["components"]["schemas"]["Error"]
    kinds = {code_and_kind(e): name for name, e in openrpc["components"]["errors"].items()}
    for file, request, reply in describe.calls("**/*.ndjson"):
        name = request["method"]
        where = f"{file}, id {json.dumps(request['id'])}, {name}"
        method = methods.get(name)
        # Only parameters answered with -32602 may be invalid; initialize accepts any.
        if method and "errors" in method and "result" in reply and isinstance(
                request.get("params"), dict):
            validate("params", where, request["params"], params_schema(method))
        if set(reply) - {"jsonrpc", "id", "result", "error"} or ("result" in reply) == (
                "error" in reply) or reply.get("jsonrpc") != "2.0":
            complain(where, "not a reply of JSON-RPC 2.0")
        if "error" in reply:
            failed.add(name)
            validate("errors", where, reply["error"], error_schema)
            declared = {e["$ref"].rsplit("/", 1)[1] for e in (method or {}).get("errors", [])}
            kind = kinds.get(code_and_kind(reply["error"]))
            # Messages that are not requests are refused before their method is looked up.
            if method and kind not in declared and reply["error"]["code"] not in (-32600, -32700):
                complain(where, f"the error {kind} is not declared")
        elif method:
            succeeded.add(name)
            validate("results", where, reply["result"], method["result"]["schema"])
        else:
            complain(where, "a method that the document does not know")
    notifications = {n["name"]: n["params"] for n in openrpc["x-notifications"]}
    for path in describe.transcripts("**/*.ndjson"):
        for kind, message in describe.entries(path):
            if kind == "out" and isinstance(message, dict) and "method" in message:
                validate("notifications", path.name, message["params"],
                         notifications.get(message["method"], False))
    session = {name for name, method in methods.items() if "errors" in method}
    for name in sorted(session - succeeded):
        complain("transcripts", f"no call of {name}")
    for name in sorted(session - failed):
        complain("transcripts", f"no error of {name}")


def code_and_kind(error):
    return error["code"], error["data"]["kind"]


check_document()
check_transcripts()
print(f"protocols: {len(methods)} methods, checked " + ", ".join(
    f"{number} {name}" for name, number in count.items()))
if complaints:
    sys.exit("\n".join(complaints))
