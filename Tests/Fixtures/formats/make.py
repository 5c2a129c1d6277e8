"""Writes the files of one version of elbo: python3 make.py PROGRAM FOLDER [--checkpoints]

A file of an earlier version can only be made by that version, so this script is never run again for
the folders that are here; it says how they were made. `after` is the trainer 20 updates after
`trainer`, made by the same program without a stop.
"""

import json
import os
import subprocess
import sys

program, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
rows = [[((7 * r * r + 5 * c * c + 3 * r * c + r) % 11) / 10 for c in range(6)] for r in range(26)]
checkpoint = {"checkpoint": {"path": f"{folder}/checkpoints", "every": 10, "best": False}}
requests = [
    ("data.load", {"name": "d", "source": {"type": "array", "values": rows},
                   "split": {"validation": 6, "seed": 1}}),
    ("model.build", {"name": "m", "data": "d", "latent": 2, "seed": 3,
                     "likelihood": {"type": "gaussian"},
                     "encoder": [{"type": "dense", "units": 5}, {"type": "batchNorm"},
                                 {"type": "tanh"}, {"type": "dense", "units": 4}],
                     "decoder": [{"type": "dense", "units": 5}, {"type": "tanh"},
                                 {"type": "dense", "units": 12}]}),
    ("trainer.create", {"name": "t", "model": "m", "data": "d", "seed": 5, "batch": 8,
                        "objective": {"type": "elbo", "samples": 2},
                        "optimizer": {"type": "radam", "rate": 0.01},
                        "averaging": {"decay": 0.9}, "validation": {"every": 5}}
     | (checkpoint if "--checkpoints" in sys.argv else {})),
    ("trainer.step", {"trainer": "t", "updates": 20}),
    ("model.save", {"model": "m", "path": f"{folder}/model.safetensors"}),
    ("trainer.save", {"trainer": "t", "path": f"{folder}/trainer.safetensors"}),
]
if "--checkpoints" not in sys.argv:
    requests += [
        ("trainer.step", {"trainer": "t", "updates": 20}),
        ("trainer.save", {"trainer": "t", "path": f"{folder}/after.safetensors"}),
    ]
lines = [json.dumps({"jsonrpc": "2.0", "id": n, "method": m, "params": p})
         for n, (m, p) in enumerate(requests)]
done = subprocess.run([program, "serve"], input="\n".join(lines) + "\n", capture_output=True,
                      text=True, check=True)
for line in done.stdout.splitlines():
    assert "error" not in json.loads(line), line
