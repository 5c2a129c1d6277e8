#!/usr/bin/env python3
"""Speaks every revision with $ELBO, message by message, and validates both sides against the schemas."""
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

import schemas
import session
from session import expect

META = "io.modelcontextprotocol/"


class Client:
    def __init__(self, revision, log):
        self.revision = revision
        self.is_stateless = revision == schemas.STATELESS
        self.process = subprocess.Popen(
            [os.environ["ELBO"], "serve", "--record", str(log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.inbox = queue.Queue()
        self.number = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.inbox.put(json.loads(line))

    def write(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def params(self, params, token=None):
        meta = {}
        if self.is_stateless:
            meta = {META + "protocolVersion": self.revision, META + "clientCapabilities": {},
                    META + "clientInfo": {"name": "messages", "version": "1"}}
        if token is not None:
            meta["progressToken"] = token
        return {**params, "_meta": meta} if meta else params

    def request(self, method, params=None, token=None):
        """A request with the next id."""
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method}
        params = self.params(params or {}, token)
        return {**message, "params": params} if params else message

    def send(self, method, params=None, token=None):
        message = self.request(method, params, token)
        self.write(message)
        return message["id"]

    def notify(self, method, params=None):
        message = {"jsonrpc": "2.0", "method": method}
        self.write({**message, "params": params} if params else message)

    def receive(self):
        return self.inbox.get(timeout=120)

    def ask(self, method, params=None, token=None):
        """The reply to a request, and the progress that came before it."""
        number = self.send(method, params, token)
        notes = []
        while True:
            message = self.receive()
            if "method" not in message:
                expect(message.get("id") == number, f"not the reply to {number}: {message}")
                return message, notes
            notes.append(message["params"])

    def call(self, name, arguments=None, token=None):
        params = {"name": name}
        if arguments is not None:
            params["arguments"] = arguments
        reply, notes = self.ask("tools/call", params, token)
        return reply.get("result"), notes

    def end(self):
        self.process.stdin.close()
        expect(self.process.wait(timeout=120) == 0, "the process did not end well")
        expect(self.inbox.empty(), "something was said after the last reply")


def begin(client):
    if client.is_stateless:
        reply, _ = client.ask("server/discover")
        expect(client.revision in reply["result"]["supportedVersions"], reply)
        return
    info = {"name": "messages", "version": "1"}
    reply, _ = client.ask("initialize", {
        "protocolVersion": client.revision, "capabilities": {}, "clientInfo": info})
    expect(reply["result"]["protocolVersion"] == client.revision, reply)
    client.notify("notifications/initialized")
    reply, _ = client.ask("ping")
    expect(reply["result"] == {}, reply)


def work(client):
    reply, _ = client.ask("tools/list")
    names = [tool["name"] for tool in reply["result"]["tools"]]
    expect("data_load" in names and names == sorted(names), names)
    for name, arguments in session.BEGIN:
        result, _ = client.call(name, arguments)
        expect(not result.get("isError"), result)
    for token in ["steps", 7]:
        result, notes = client.call("trainer_step", session.STEP, token)
        session.expect_progress([note["progress"] for note in notes])
        expect(all(note["progressToken"] == token for note in notes), notes)
    result, _ = client.call("evaluate.elbo", {"model": "vae", "data": "strokes"})
    session.expect_elbo(result["content"][0]["text"])
    for name, about in [("plot_samples", {"model": "vae"}), ("plot_curves", {"trainer": "run"})]:
        result, _ = client.call(name, about)
        session.expect_picture([
            (item["type"], item.get("data"), item.get("mimeType")) for item in result["content"]])
    for name, about in [
            ("engine_info", None), ("engine_modules", {}), ("engine_stats", {}),
            ("data_get", {"data": "strokes", "count": 2}), ("trainer_history", {"trainer": "run"}),
            ("model_info", {"model": "vae"}), ("model_sample", {"model": "vae", "count": 2}),
            ("model_encode", {"model": "vae", "data": "strokes", "encoding": "base64"}),
            ("trainer_info", {"trainer": "run"}), ("model_list", {}), ("evaluate_likelihood", {
                "model": "vae", "data": "strokes", "samples": 5})]:
        result, _ = client.call(name, about)
        expect(not result.get("isError"), f"{name}: {result}")


def fail(client):
    result, _ = client.call(*session.WRONG)
    session.expect_wrong(result.get("isError"), result["content"][0]["text"])
    result, _ = client.call("evaluate_elbo", {"model": "nothing", "data": "strokes"})
    expect(result["isError"] and "unknownName" in result["content"][0]["text"], result)
    for method, params, code in [
            ("tools/call", {"name": "nothing"}, -32602), ("tools/list", {"cursor": "x"}, -32602),
            ("resources/list", {}, -32601), ("prompts/list", {}, -32601)]:
        reply, _ = client.ask(method, params)
        expect(reply["error"]["code"] == code, reply)


def cancel(client):
    running = client.send("tools/call", {"name": "trainer_step", "arguments": session.ENDLESS}, 1)
    expect(client.receive()["method"] == "notifications/progress", "the call does not run")
    queued = client.send("tools/call", {"name": "model_list"})
    kept = client.send("tools/call", {"name": "data_list"})
    for number in [queued, running]:
        client.notify("notifications/cancelled", {"requestId": number, "reason": "a test"})
    while "method" in (message := client.receive()):
        expect(message["method"] == "notifications/progress", message)
    expect(message["id"] == kept, f"not the reply to {kept}: {message}")


def batch(client):
    requests = [client.request("tools/call", {"name": "engine_ping"}) for _ in range(2)]
    client.write(requests)
    if client.revision == "2025-03-26":
        replies = client.receive()
        expect([r["id"] for r in replies] == [r["id"] for r in requests], replies)
    else:
        for request in requests:
            reply = client.receive()
            expect(reply["id"] == request["id"] and reply["error"]["code"] == -32600, reply)


def refuse(client):
    """Unsupported versions, and input that is not a message."""
    if client.is_stateless:
        client.revision = "2027-01-01"
        reply, _ = client.ask("server/discover")
        expect(reply["error"]["code"] == -32022, reply)
        client.revision = schemas.STATELESS
    client.process.stdin.write("{\n")
    client.process.stdin.flush()
    expect(client.receive()["error"]["code"] == -32700, "not JSON")


complaints = []
count = {}
for name in schemas.revisions():
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.ndjson"
        client = Client(name, log)
        try:
            for part in [begin, work, fail, cancel, batch, refuse]:
                part(client)
            client.end()
        except Exception as error:
            complaints.append(f"{name}: {type(error).__name__}: {str(error)[:500]}")
            client.process.kill()
            client.process.wait()
        heard = schemas.check_log(log, name, excused={"idless"})
        complaints += heard.complaints
        for kind, number in heard.count.items():
            count[kind] = count.get(kind, 0) + number
print(f"mcp messages: {len(schemas.revisions())} revisions, validated " + ", ".join(
    f"{number} {kind}" for kind, number in count.items()))
if complaints:
    sys.exit("\n".join(complaints))
