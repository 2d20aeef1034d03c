"""How far the timing protocol is from the truth: pairs of programs whose ratio of times is known.

A pair runs the same loop, one of the two fewer times. Each is measured by the protocol of the kind ``speed``
(fresh child a sample, ABBA, least of the samples, do-nothing floor, A/A control), first on a machine left
alone, then with a process on every core that keeps it busy. Printed for each true ratio: the median and the
farthest of the ratios found, the mean distance from the truth, how often the interval held the truth, and how
often the finding was ``faster``.

Run ``python benchmarks/timing_error.py [studies] [rounds]``.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from provolve.engine.worker import profile
from provolve.judge import SpeedJudge, judge_of
from provolve.judge.statistics import ratio_of_minima, widened
from provolve.record import Ratio
from provolve.sandbox import Sandbox
from provolve.task import load

TRUE_RATIOS = (1.00, 0.95, 0.80, 0.50)
LENGTH = 100_000
TASK = """
# /// task
# kind = "speed"
# splits.test = 12
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield int(rng.integers(1_000_000))
# %% program
# EVOLVE-BLOCK-START
def work(x):
    total = 0
    for i in range(LENGTH):
        total ^= i & x
    return x
# EVOLVE-BLOCK-END
"""
BUSY = "while True: sum(range(10_000))"


@contextlib.contextmanager
def load_of(processes: int) -> Iterator[None]:
    """Keep as many processors busy meanwhile."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def study(judge: SpeedJudge, true: float, rounds: int) -> tuple[Ratio, Ratio]:
    """Return the ratio found for one pair, its interval widened, and the control beside it."""
    source = judge.task.program.source
    programs = {"again": source, "shorter": source.replace(f"{LENGTH}", f"{round(true * LENGTH)}")}
    timings = judge.measure("test", programs, rounds).timings
    seed, floor = timings.parts("seed program", warm=True)
    ratios = [
        ratio_of_minima(timings.parts(name, warm=True)[0], seed, floor, np.random.default_rng(1))
        for name in ("shorter", "again")
    ]
    return widened(*ratios), ratios[1]


def row(judge: SpeedJudge, true: float, studies: int, rounds: int) -> None:
    """Print what was found for one true ratio."""
    found = [study(judge, true, rounds) for _ in range(studies)]
    ratios = [ratio.value for ratio, _ in found]
    worst = max(ratios, key=lambda value: abs(value - true))
    error = statistics.mean(abs(value / true - 1) for value in ratios)
    held = sum(ratio.low <= true <= ratio.high for ratio, _ in found)
    faster = sum(ratio.finding == "better" for ratio, _ in found)
    control = max(abs(control.value - 1) for _, control in found)
    print(
        f"{true:6.2f} {statistics.median(ratios):8.3f} {worst:8.3f} {100 * error:7.1f} % "
        f"{held:5}/{studies} {faster:5}/{studies} {100 * control:10.1f} %"
    )


def main(studies: int, rounds: int) -> None:
    """Print a table without load and one with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.py"
        path.write_text(TASK.replace("LENGTH", f"{LENGTH}"))
        task = load(path)
        with Sandbox(profile(task)) as sandbox:
            judge = judge_of(task, sandbox, seed=1, test_seed=1)
            assert isinstance(judge, SpeedJudge)
            timings = judge.measure("test", {}, 2).timings
            milliseconds = 1000 * timings.seconds("seed program", warm=True).mean()
            print(f"{rounds} samples of 12 inputs of {milliseconds:.1f} ms, {studies} studies a row")
            for processes in (0, os.cpu_count() or 1):
                print(f"\n{'no load' if not processes else f'{processes} busy processes'}")
                print("  true   median    worst  mean error   held   faster  worst A/A")
                with load_of(processes):
                    for true in TRUE_RATIOS:
                        row(judge, true, studies, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 8)
