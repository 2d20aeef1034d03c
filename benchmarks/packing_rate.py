"""Packing candidates per second on one core: all, duplicates counted, and judged apart.

One worker on bin-packing with five instances of 5,000 items. Two rates are printed: of the judge alone, fed
with batches of literal vectors, and of a whole run, engine and proposer included, by the CPU of everything
together, from a quarter of its candidates on; then where the engine's process spends its CPU. All instances
of train are of one size here; the task's own mix sizes from half to four times that.
Usage: packing_rate.py [SECONDS] [CANDIDATES]
"""

from __future__ import annotations

import cProfile
import os
import pstats
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import provolve
from provolve.engine.worker import profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.record import AskTold, Event
from provolve.sandbox import Sandbox
from provolve.task import load

RULE = """def priority(item, left):
    late = np.where(left >= 35.5, -left * 1.0 - 1000.0, -left + 0.3 * item - 9000.0)
    return np.where(left <= 2.5, -left, late)
"""
BATCH = 32
TRAIN_MIX = '"train": (1.0, 0.5, 1.0, 2.0, 4.0)'
PLACES = (
    ("symbolic/proposer.py", "propose", "the proposer, of which"),
    ("symbolic/children.py", "graft", "  putting expressions in place, of which"),
    ("symbolic/simplification.py", "simplified", "    simplifying them"),
    ("program/slots.py", "exchanged", "    digests"),
    ("program/expressions.py", "expression_text", "    text"),
    ("symbolic/children.py", "assemble", "  edits of statements (parse, digest)"),
    ("operators/cma_es.py", "propose", "  CMA-ES, its package's import included"),
    ("operators/tabulate.py", "propose", "  tables"),
    ("symbolic/parsed.py", "get", "  parsing parents (names and sites come when they are used)"),
    ("engine/admission.py", "admit", "admission"),
    ("engine/loop.py", "_tell", "telling: record, strategy, proposer"),
)
"""File, function and meaning of what the profile shows; parts are counted in their callers too."""


def judge_alone(seconds: float) -> None:
    task = load("bin-packing")
    rng = np.random.default_rng(1)
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=1, test_seed=1)
        judge.scoring.set_instances("train", same_size(task, rng))
        for split in ("train", "validation"):
            scores = judge.plain.judge(split, task.program.source).scores
            judge.scoring.set_reference(split, scores)
        candidate = lift(task.program, (RULE,))
        values = np.array(candidate.literals)
        known, count, verdicts = set(), 0, 0
        began, cpu = time.perf_counter(), time.process_time()
        child_cpu = 0.0
        while time.perf_counter() - began < seconds:
            vectors = values * (1 + 0.3 * rng.standard_normal((BATCH, len(values))))
            rows = tuple((0, tuple(map(float, vector))) for vector in vectors)
            for verdict in judge.judge(Batch((candidate.template,), rows, incumbent=-1.0)):
                verdicts += 1
                count += verdict.behaviour not in known
                known.add(verdict.behaviour)
                child_cpu += verdict.cpu
        wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"judge alone     {verdicts / wall:8.0f} /s by wall, {verdicts} candidates, {count} distinct")
    print(f"                {1000 * used / verdicts:8.3f} ms CPU of the judge's process per candidate")
    print(f"                {1000 * child_cpu / verdicts:8.3f} ms CPU of judge and child per candidate\n")


def same_size(task, rng):  # type: ignore[no-untyped-def]
    """Five instances of 5,000 items."""
    return task.judge.instances("test", 5, rng)


def whole_run(candidates: int) -> None:
    """Print the rates of a whole run from a quarter of its candidates on, by the CPU of all its processes."""
    points: list[tuple[int, int, float, float]] = []

    def note(event: Event) -> None:
        if isinstance(event, AskTold) and event.spent.candidates >= candidates * (1 + len(points)) / 8:
            engine = time.process_time()
            points.append((event.spent.candidates, event.spent.judged, engine, cpu_of_children()))

    with tempfile.TemporaryDirectory() as folder:
        task = of_one_size(Path(folder))
        provolve.run(task, budget=f"{candidates}candidates", seed=1, workers=1, runs=folder, listener=note)
    told, judged, engine, workers = (last - first for first, last in zip(points[1], points[-1], strict=True))
    cpu = engine + workers
    print(f"whole run       {told / cpu:8.0f} /s of one core's CPU, duplicates counted")
    print(f"                {judged / cpu:8.0f} /s of one core's CPU, judged")
    print(f"                {1e6 * engine / told:8.0f} µs of the engine per candidate")
    print(f"                {1e6 * workers / told:8.0f} µs of judge, sandbox and children per candidate")


def cpu_of_children() -> float:
    """Return the CPU seconds of all processes below this one, those that have ended among them."""
    tick, parents, seconds = os.sysconf("SC_CLK_TCK"), {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        parents[int(folder.name)] = int(fields[1])
        seconds[int(folder.name)] = sum(map(int, fields[11:15])) / tick

    def is_below(process: int) -> bool:
        while process in parents:
            process = parents[process]
            if process == os.getpid():
                return True
        return False

    return sum(spent for process, spent in seconds.items() if is_below(process))


def of_one_size(folder: Path) -> Path:
    """Return a copy of the task in which all instances of train have the size that is set."""
    copy = folder / "bin_packing"
    shutil.copytree(load("bin-packing").origin, copy)
    judge = copy / "judge.py"
    text = judge.read_text(encoding="utf-8")
    assert TRAIN_MIX in text
    judge.write_text(text.replace(TRAIN_MIX, '"train": (1.0,)'), encoding="utf-8")
    return copy


def profiled_run(candidates: int) -> None:
    """Print where the engine's process spends its CPU; under the profiler calls seem dearer than they are."""
    profiler = cProfile.Profile(time.thread_time)
    with tempfile.TemporaryDirectory() as folder:
        profiler.enable()
        provolve.run("bin-packing", budget=f"{candidates}candidates", seed=1, workers=1, runs=folder)
        profiler.disable()
    rows = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    loop = total(rows, "engine/loop.py", "run")
    print(f"\nof the engine's loop ({candidates} candidates, profiled, {loop:.1f} s of CPU)")
    for file, function, meaning in PLACES:
        print(f"  {100 * total(rows, file, function) / loop:5.1f} %  {meaning}")


def total(rows, file, function):  # type: ignore[no-untyped-def]
    """Return the cumulative seconds of a function, all its callers together."""
    return sum(row[3] for (path, _, name), row in rows.items() if path.endswith(file) and name == function)


if __name__ == "__main__":
    chosen = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    judge_alone(chosen)
    whole_run(int(sys.argv[2]) if len(sys.argv) > 2 else 12_000)
    profiled_run(6000)
