"""CPU of the engine per candidate after 1,000, 10,000 and 100,000 candidates, and where it goes.

Judging costs nothing here: an executor in this process draws each loss from the candidate's digest. What is
left is asking, proposing, admitting, recording and telling. Losses that are drawn let programs drift to
larger ones, which cost more: so their size stands below the cost, and one row keeps them from growing, which
shows what the number of candidates alone does. Now and then the same piece of work is timed in between: what
it takes longer, others on this machine are the cause of. Usage: engine_cost.py [CANDIDATES]
"""

from __future__ import annotations

import ast
import cProfile
import hashlib
import pstats
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from provolve.engine.conduct import Conduct
from provolve.engine.messages import (
    BaselineScores,
    JudgeBaselines,
    JudgeBatch,
    JudgePlainly,
    PlainResults,
    Reply,
    Request,
    Verdicts,
)
from provolve.engine.planning import make_spec
from provolve.engine.run import start_run
from provolve.judge import PlainResult
from provolve.record import AskTold, Budget, Candidate, Event, Verdict
from provolve.task import Task, load

MARKS = (1_000, 10_000, 100_000)
SPREAD = 1 / 3
STRETCHES = 3
YARDSTICK_EVERY, YARDSTICK_REPEATS = 8, 4
SCORES = (1.0,) * 5
RULE = "return np.where(left <= 2.5, -left, np.where(left >= 35.5, -left - 1000.0, 0.3 * item - 9000.0))"


class DrawingExecutor:
    """Answers at once: the loss is drawn from the candidate's digest, and nothing is run."""

    def submit(self, request: Request) -> Future[Reply]:
        future: Future[Reply] = Future()
        future.set_result(self._reply(request))
        return future

    def set_reference(self, split: str, scores: tuple[float, ...]) -> None:
        """Losses are drawn: there is no reference."""

    def begin_epoch(self, number: int) -> None:
        """Losses are drawn: there are no instances."""

    def close(self) -> None:
        """Nothing is open."""

    def _reply(self, request: Request) -> Reply:
        match request:
            case JudgeBatch(batch=batch):
                candidates = [
                    Candidate.of(batch.templates[index], values) for index, values in batch.candidates
                ]
                first = batch.incumbent is None
                return Verdicts(tuple(_drawn(candidate, audited=first) for candidate in candidates))
            case JudgePlainly(sources=sources):
                result = PlainResult(None, "", SCORES, tuple(map(str, SCORES)), "", (), ())
                return PlainResults((result,) * len(sources))
            case JudgeBaselines():
                return BaselineScores({})
        raise TypeError(type(request).__name__)


def _drawn(candidate: Candidate, *, audited: bool) -> Verdict:
    # Two of three do what another one does, about as in a search for packing rules.
    behaviour = candidate.digest[:5] if int(candidate.digest[-1], 16) < 11 else candidate.digest
    loss = 1.0 + int(behaviour[:8], 16) / 16 ** len(behaviour[:8])
    return Verdict(
        None,
        loss=loss,
        scores=SCORES,
        behaviour=behaviour,
        work=5,
        audited=audited,
        validation=loss if audited else None,
    )


class Point(NamedTuple):
    """What a run had come to at a commit: sums over all candidates that had been told."""

    candidates: int
    cpu: float
    programs: int
    nodes: int
    literals: int
    yards: int
    """How often the yardstick was timed, and the CPU seconds of that, which are not in ``cpu``."""
    yard_cpu: float


def yardstick() -> float:
    """Return the CPU seconds that one fixed piece of work takes now, much like an engine's."""
    began = time.process_time()
    for _ in range(YARDSTICK_REPEATS):
        names = [node.id for node in ast.walk(ast.parse(RULE[7:])) if isinstance(node, ast.Name)]
        hashlib.blake2b(repr(names).encode()).hexdigest()
    return time.process_time() - began


def run(task: Task, candidates: int, options: dict[str, object]) -> list[Point]:
    """Carry out a run of ``task``; return a point for each ask told."""
    points = [Point(0, time.process_time(), 0, 0, 0, 0, 0.0)]

    def note(event: Event) -> None:
        if isinstance(event, AskTold):
            templates = [each.candidate.template for each in event.verdicts if each.candidate is not None]
            last = points[-1]
            due = len(points) % YARDSTICK_EVERY == 0
            yard_cpu = last.yard_cpu + (yardstick() if due else 0.0)
            points.append(
                Point(
                    event.spent.candidates,
                    time.process_time() - yard_cpu,
                    last.programs + len(templates),
                    last.nodes + sum(template.nodes for template in templates),
                    last.literals + sum(len(template.kinds) for template in templates),
                    last.yards + due,
                    yard_cpu,
                )
            )

    spec = make_spec(
        task, budget=Budget(candidates=candidates), seed=1, proposer_options=options, growth=False
    )
    conduct = Conduct(1, note, executor=lambda *_: DrawingExecutor())
    with tempfile.TemporaryDirectory() as folder:
        start_run(task, spec, conduct, runs=Path(folder))
    return points


def with_literals() -> Task:
    """Return the packing task with a seed program that has literals to tune."""
    folder = Path(tempfile.mkdtemp()) / "bin_packing"
    shutil.copytree(load("bin-packing").origin, folder)
    program = folder / "program.py"
    program.write_text(program.read_text().replace("return -left", RULE))
    return load(folder)


def stretches(points: list[Point], mark: int) -> list[tuple[Point, Point]]:
    """Return the ends of the stretches within a third of ``mark``."""
    ends = [mark * (1 + SPREAD * step / STRETCHES) for step in range(-STRETCHES, STRETCHES + 1)]
    passed = [next(point for point in points if point.candidates >= end) for end in ends]
    return [(first, last) for first, last in pairwise(passed) if last.candidates > first.candidates]


def cost_at(points: list[Point], mark: int) -> float:
    """Return the median CPU seconds per candidate of the stretches around ``mark``."""
    return median(
        (last.cpu - first.cpu) / (last.candidates - first.candidates)
        for first, last in stretches(points, mark)
    )


def yard_at(points: list[Point], mark: int) -> float:
    """Return the mean CPU seconds of the yardstick around ``mark``."""
    around = stretches(points, mark)
    first, last = around[0][0], around[-1][1]
    return (last.yard_cpu - first.yard_cpu) / (last.yards - first.yards)


def size_at(points: list[Point], mark: int) -> str:
    """Return mean nodes and literals of the programs proposed around ``mark``."""
    around = stretches(points, mark)
    first, last = around[0][0], around[-1][1]
    programs = last.programs - first.programs
    nodes, literals = last.nodes - first.nodes, last.literals - first.literals
    return f"{nodes / programs:.0f}, {literals / programs:.0f}"


def main() -> None:
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 2 * MARKS[-1] * 7 // 10
    marks = [mark for mark in MARKS if 1.4 * mark <= candidates]
    task = with_literals()
    print("CPU of the engine per candidate, µs (median of six stretches)\n")
    print(
        f"{'proposer':36}"
        + "".join(f"{f'at {mark:,}':>12}" for mark in marks)
        + f"{'last/first':>12}{'by yardstick':>14}"
    )
    variants: dict[str, dict[str, object]] = {
        "gaussian steps on literals": {"operators": ["gaussian"]},
        "all operators, programs kept small": {"growth": 0},
        "all operators": {},
    }
    for name, options in variants.items():
        points = run(task, candidates, options)
        costs = [cost_at(points, mark) for mark in marks]
        row = "".join(f"{1e6 * cost:12.1f}" for cost in costs)
        ratio = costs[-1] / costs[0]
        slower = yard_at(points, marks[-1]) / yard_at(points, marks[0])
        print(f"{name:36}{row}{ratio:12.2f}{ratio / slower:14.2f}")
        sizes = "".join(f"{size_at(points, mark):>12}" for mark in marks)
        print(f"{'  nodes, literals of a program':36}{sizes}")
    print("\nWhere it goes (all operators, 10,000 candidates, own time by room, %)\n")
    profiler = cProfile.Profile()
    profiler.runcall(run, task, min(10_000, candidates), {})
    for room, share in rooms(profiler):
        print(f"  {room:24}{100 * share:6.1f}")


def rooms(profiler: cProfile.Profile) -> list[tuple[str, float]]:
    """Return the share of own time of each room of provolve, most first; all else by its library."""
    seconds: dict[str, float] = defaultdict(float)
    for (path, _, _), row in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        parts = Path(path).parts
        if "provolve" in parts:
            after = parts[len(parts) - parts[::-1].index("provolve") :]
            room = f"provolve.{after[0].removesuffix('.py')}"
        elif path == "~":
            room = "builtins"
        else:
            room = Path(path).stem
        seconds[room] += row[2]
    total = sum(seconds.values())
    found = sorted(((room, spent / total) for room, spent in seconds.items()), key=lambda pair: -pair[1])
    return found[:12]


if __name__ == "__main__":
    main()
