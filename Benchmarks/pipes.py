#!/usr/bin/env python3
"""Measures the process on its pipes: start, memory, round trips against a bare echo, requests written ahead, progress.

Benchmarks/pipes.py [--quick]; `scripts/bench` prints the same. ELBO names the program, and the static build is measured too
where it is. Python's standard library only.
"""

import os
import subprocess
import sys
import threading
import time

from daemon import ELBO, MODELS, ROOT, Daemon, machine, median, table

PING = b'{"jsonrpc":"2.0","id":1,"method":"engine.ping"}\n'


def spawn(command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def end(process):
    process.stdin.close()
    process.stdout.read()
    process.wait()
    process.stdout.close()


def first_reply(command, times):
    """Milliseconds from before the process is started until its first line is read: median and minimum."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        process = spawn(command)
        process.stdin.write(PING)
        process.stdout.readline()
        found.append(1e3 * (time.perf_counter() - start))
        end(process)
    return median(found), min(found)


def idle_memory(command):
    process = spawn(command)
    process.stdin.write(PING)
    process.stdout.readline()
    time.sleep(0.5)
    with open(f"/proc/{process.pid}/status") as status:
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    end(process)
    return kilobytes / 1e3


def round_trip(process, times):
    """Mean microseconds from writing a line to having read one."""
    into, out = process.stdin.fileno(), process.stdout.fileno()
    start = time.perf_counter_ns()
    for _ in range(times):
        os.write(into, PING)
        answer = os.read(out, 4096)
        while not answer.endswith(b"\n"):
            answer += os.read(out, 4096)
    return (time.perf_counter_ns() - start) / 1e3 / times


def round_trips(commands, is_apart, rounds):
    """Medians of `engine.ping` and of its ratio to the first command, which echoes.

    The scheduler would put both ends on one core or on two as it likes, a factor of ten in the time of either. So the
    client has a core, and every process the same one or the same other one; short rounds in turn meet the same weather.
    """
    cores = sorted(os.sched_getaffinity(0))
    try:
        os.sched_setaffinity(0, cores[:1])
        processes = [spawn(command) for command in commands]
        for process in processes:
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                os.sched_setaffinity(int(thread), cores[-1:] if is_apart else cores[:1])
            # Later threads start on the core of the thread that creates them.
            round_trip(process, 200)
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                os.sched_setaffinity(int(thread), cores[-1:] if is_apart else cores[:1])
        found = []
        for turn in range(rounds):
            order = range(len(processes)) if turn % 2 else reversed(range(len(processes)))
            trips = {place: round_trip(processes[place], 200) for place in order}
            found.append([trips[place] for place in range(len(processes))])
        for process in processes:
            end(process)
    finally:
        os.sched_setaffinity(0, cores)
    return [
        (median([trips[place] for trips in found]), median([trips[place] / trips[0] for trips in found]))
        for place in range(len(commands))
    ]


def ahead(command, method, count):
    """Requests a second when all are written without waiting."""
    text = b"".join(
        b'{"jsonrpc":"2.0","id":%d,"method":"%s"}\n' % (number, method) for number in range(count)
    )
    process = spawn(command)
    process.stdin.write(PING)
    process.stdout.readline()
    into, out = process.stdin.fileno(), process.stdout.fileno()

    def feed():
        view = memoryview(text)
        while view:
            view = view[os.write(into, view) :]

    start = time.perf_counter()
    writer = threading.Thread(target=feed)
    writer.start()
    lines = 0
    while lines < count:
        lines += os.read(out, 1 << 16).count(b"\n")
    seconds = time.perf_counter() - start
    writer.join()
    end(process)
    return count / seconds


def progress_cost(quick):
    """By how many percent progress slows training, in turn."""
    with Daemon(1) as daemon:
        daemon.load(
            "data", {"type": "strokes", "count": 10_000}, [{"type": "subsample", "factor": 2}, {"type": "binarize"}]
        )
        daemon.build(MODELS["hw"])
        updates = 200
        daemon.call("trainer.step", trainer="trainer", updates=updates)
        ratios = []
        for turn in range(10 if quick else 60):
            times = {}
            for progress in [False, True] if turn % 2 else [True, False]:
                start = time.perf_counter()
                daemon.call("trainer.step", trainer="trainer", updates=updates, progress=progress)
                times[progress] = time.perf_counter() - start
            ratios.append(times[True] / times[False] - 1)
    return 100 * median(ratios)


def report(quick):
    """Markdown of everything here."""
    commands = {"cat": ["cat"], "elbo": [ELBO, "serve"]}
    static = os.path.join(ROOT, ".build/static/release/elbo")
    if os.path.exists(static):
        commands["elbo, static"] = [static, "serve"]
    names = list(commands)
    rounds = 30 if quick else 300
    together, apart = (round_trips(list(commands.values()), is_apart, rounds) for is_apart in (False, True))
    rows = []
    for place, name in enumerate(names):
        command = commands[name]
        start, least = first_reply(command, 10 if quick else 50)
        row = [name, f"{start:.1f} ({least:.1f})", f"{idle_memory(command):.1f}"]
        for trip, ratio in (together[place], apart[place]):
            row += [f"{trip:.1f}", f"{ratio:.2f}"]
        if name != "cat":
            count = 30_000 if quick else 200_000
            for method in (b"engine.ping", b"data.list"):
                row.append(max(ahead(command, method, count) for _ in range(3)))
        rows.append(row + [""] * (9 - len(row)))
    head = [
        "process",
        "first reply, ms (least)",
        "idle, MB",
        "ping on one core, µs",
        "against cat",
        "ping across two, µs",
        "against cat",
        "engine.ping ahead, 1/s",
        "data.list ahead, 1/s",
    ]
    cost = progress_cost(quick)
    return (
        "The process on its pipes:\n\n"
        + table(head, rows)
        + f"\n\nProgress notifications cost {cost:.1f}% of the update rate."
    )


if __name__ == "__main__":
    print(f"{machine()}.\n")
    print(report("--quick" in sys.argv[1:]))
