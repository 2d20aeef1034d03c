"""Packing candidates per second on one core: all, duplicates counted, and judged apart.

One worker on bin-packing with five instances of 5,000 items. Two rates are printed: of the judge alone, fed
with batches of literal vectors, and of a whole run, engine and proposer included, by the wall clock and by
the CPU of everything together; then where the engine's process spends its CPU. The run's own train mixes
sizes from 2,500 to 20,000. Usage: packing_rate.py [SECONDS]
"""

from __future__ import annotations

import cProfile
import pstats
import resource
import sys
import tempfile
import time

import numpy as np

import provolve
from provolve.engine.worker import profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.sandbox import Sandbox
from provolve.task import load

RULE = """def priority(item, left):
    late = np.where(left >= 35.5, -left * 1.0 - 1000.0, -left + 0.3 * item - 9000.0)
    return np.where(left <= 2.5, -left, late)
"""
BATCH = 32
PLACES = (
    ("symbolic/proposer.py", "propose", "the proposer, of which"),
    ("symbolic/children.py", "graft", "  putting expressions in place (unparse, lift)"),
    ("program/templates.py", "lift", "  lifting literals (parse, digest)"),
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


def whole_run(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before = cpu_of_all()
        run = provolve.run("bin-packing", budget=f"{seconds:g}s", seed=1, workers=1, runs=folder)
        used, spent = cpu_of_all() - before, run.spent
    distinct = spent.judged
    print(f"whole run       {spent.candidates / spent.seconds:8.0f} /s by wall, duplicates counted")
    print(f"                {distinct / spent.seconds:8.0f} /s by wall, judged")
    print(f"                {spent.candidates / used:8.0f} /s of one core's CPU, duplicates counted")
    print(f"                {distinct / used:8.0f} /s of one core's CPU, judged")
    print("(start, validation, test and the loading of the compiler are in the CPU, not in the wall seconds)")


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


def cpu_of_all() -> float:
    """Return the CPU seconds of this process and of all its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    chosen = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    judge_alone(chosen)
    whole_run(chosen)
    profiled_run(6000)
