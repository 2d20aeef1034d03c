"""What it costs to judge a trivial candidate apart from the judge, in CPU and wall milliseconds.

Ways, round robin, so that a change of the machine's load meets all of them alike:

- cold: a fresh ``python`` that imports numpy
- bare: a fork of a zygote without any layer of confinement
- none, partial, strong, full: a fork of a zygote at that level, as far as this machine offers it
- read, processes, net, gpu: the same at the best level with one hole in the wall, as far as there is one
- loaded: one more call into a child that is loaded already

Run ``python benchmarks/isolation.py [rounds]``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

from provolve.sandbox import Child, Hole, Profile, Sandbox, SandboxError, of_gpus
from provolve.sandbox.clock import cpu_seconds

SOURCE = """
import numpy as np

def priority(item, bins):
    waste = bins - item
    score = -(waste**_literal_0_)
    score[waste > _literal_1_] -= item
    if item > 3:
        score = score + np.log1p(bins)
    return score
"""
HARNESS = """
import numpy as np

BINS = np.linspace(1.0, 9.0, 50)

def answer(program, value):
    return program.priority(value, BINS)
"""
LITERALS = [2.0, 3.5]
COLD_EVERY = 20
LEVELS = ("full", "strong", "partial", "none")
Sample = tuple[float, float]
"""CPU seconds of the other processes, wall seconds here."""


def call(child: Child) -> None:
    child.load(SOURCE, LITERALS)
    child.call("answer", value=4, cpu_seconds=5, wall_seconds=20)


def forked(sandbox: Sandbox) -> Sample:
    before, start = cpu_seconds(sandbox.pid) or 0.0, time.perf_counter()
    with sandbox.child() as child:
        call(child)
    wall = time.perf_counter() - start
    return (cpu_seconds(sandbox.pid) or 0.0) - before + child.cpu_time(), wall


def loaded(child: Child) -> Sample:
    before, start = child.cpu_time(), time.perf_counter()
    call(child)
    wall = time.perf_counter() - start
    return child.cpu_time() - before, wall


def cold() -> Sample:
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", "import numpy"])
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


@contextlib.contextmanager
def holes() -> Iterator[list[Hole]]:
    """One of each sort: a folder of one file, processes, a port at which somebody listens, the GPUs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.NamedTemporaryFile(dir=folder),
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        os.chmod(folder, 0o755)  # noqa: PTH101
        port = server.getsockname()[1]
        yield [
            Hole("read:data", path=folder),
            Hole("processes"),
            Hole(f"net:127.0.0.1:{port}", host="127.0.0.1", port=port),
            Hole("gpu", devices=of_gpus()),
        ]


def measure(rounds: int) -> dict[str, list[Sample]]:
    profile = Profile(harness=HARNESS)
    with contextlib.ExitStack() as stack:
        sandboxes = {"bare": stack.enter_context(Sandbox.of_layers(profile, ()))}
        for level in ("none", "partial", "strong", "full"):
            sandbox = stack.enter_context(Sandbox(profile, level=level))
            if sandbox.level == level:
                sandboxes[level] = sandbox
        for hole in stack.enter_context(holes()):
            try:
                sandboxes[hole.kind] = stack.enter_context(Sandbox(Profile(harness=HARNESS, allow=(hole,))))
            except SandboxError as error:
                print(f"{hole.kind}: not measured, for {error}")
        best = next(sandboxes[level] for level in LEVELS if level in sandboxes)
        child = stack.enter_context(best.child())
        ways: dict[str, Callable[[], Sample]] = {
            name: lambda sandbox=sandbox: forked(sandbox)  # type: ignore[misc]
            for name, sandbox in sandboxes.items()
        }
        ways["loaded"] = lambda: loaded(child)
        samples: dict[str, list[Sample]] = {name: [] for name in ("cold", *ways)}
        for turn in range(rounds):
            if turn % COLD_EVERY == 0:
                samples["cold"].append(cold())
            for name, way in ways.items():
                samples[name].append(way())
    return samples


def show(samples: dict[str, list[Sample]]) -> None:
    print(f"{'way':9} {'n':>6} {'CPU median':>11} {'CPU min':>9} {'wall median':>12} {'wall min':>9}   ms")
    least = {}
    for name, pairs in samples.items():
        cpu, wall = [pair[0] * 1000 for pair in pairs], [pair[1] * 1000 for pair in pairs]
        least[name] = min(cpu)
        print(
            f"{name:9} {len(pairs):6} {statistics.median(cpu):11.3f} {least[name]:9.3f} "
            f"{statistics.median(wall):12.3f} {min(wall):9.3f}"
        )
    best = next(name for name in LEVELS if name in least)
    for hole in ("read", "processes", "net", "gpu"):
        if hole in least:
            print(f"{hole} / {best}, CPU minima: {least[hole] / least[best]:.3f}")
    # Other work on the machine adds to medians what it does not add to minima.
    print(f"\n{best} / bare, CPU minima: {least[best] / least['bare']:.3f}   (target: at most 1.15)")
    print(f"cold / {best}, CPU minima: {least['cold'] / least[best]:.1f}   (target: at least 25)")


if __name__ == "__main__":
    show(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
