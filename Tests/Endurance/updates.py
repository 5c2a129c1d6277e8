"""Makes many updates with and without checkpoints, queries and stops; the hashes must be equal.

    python3 updates.py PROGRAM UPDATES FOLDER
"""

import json
import re
import subprocess
import sys
import time

program, updates, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]


class Engine:
    def __init__(self):
        self.process = subprocess.Popen([program, "serve", "--threads", "1"], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.calls = 0

    def call(self, method, **params):
        self.calls += 1
        request = {"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        while True:
            reply = json.loads(self.process.stdout.readline())
            if reply.get("id") == self.calls:
                assert "error" not in reply, reply
                return reply["result"]

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) // 1024


def run(disturbed):
    engine, queries, stops = Engine(), 0, 0
    rows = [[(r * 7 + c * 3) % 2 for c in range(4)] for r in range(16)]
    engine.call("data.load", name="d", source={"type": "array", "values": rows},
                split={"validation": 4})
    engine.call("model.build", name="m", data="d", latent=1, encoder=[{"type": "dense"}],
                decoder=[{"type": "dense"}], likelihood={"type": "bernoulli"})
    policy = {"checkpoint": {"path": folder, "every": 100_000, "keep": 2}} if disturbed else {}
    engine.call("trainer.create", name="t", model="m", data="d", batch=4, **policy)
    if disturbed:
        engine.call("trainer.start", trainer="t", updates=updates)
        while True:
            info = engine.call("trainer.info", trainer="t")
            if info["state"] == "idle":
                if info["update"] >= updates:
                    break
                engine.call("trainer.start", trainer="t", updates=updates - info["update"])
            engine.call("evaluate.elbo", model="m", data="d")
            queries += 2
            if queries % 40 == 0:
                engine.call("trainer.stop", trainer="t")
                stops += 1
            time.sleep(0.02)
    else:
        engine.call("trainer.step", trainer="t", updates=updates)
    info = engine.call("trainer.info", trainer="t", hash=True)
    print(f"{info['update']} updates, {engine.memory()} MiB, {queries} queries, {stops} stops:",
          info["hash"])
    engine.process.stdin.close()
    engine.process.wait()
    return info["hash"]


assert run(False) == run(True), "the hashes differ"
