"""Packing candidates per second on one core: all, duplicates counted, and judged apart.

One worker on bin-packing with five instances of 5,000 items, and none but these: train does not grow. Two
rates are printed: of the judge alone, fed with batches of literal vectors, and of a whole run, engine and
proposer included, by the CPU of everything together, from a quarter of its candidates on; then where the
CPU of a whole run goes. Usage: packing_rate.py [SECONDS] [CANDIDATES]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np

import provolve
from provolve.engine.admission import Admission
from provolve.engine.conduct import Conduct
from provolve.engine.journal import Journal
from provolve.engine.loop import Loop
from provolve.engine.messages import BeginEpoch, Open, Reference, Reply, Request
from provolve.engine.planning import make_spec
from provolve.engine.run import start_run
from provolve.engine.worker import Worker, profile
from provolve.judge import Batch, Judge
from provolve.judge.scoring import Scoring
from provolve.program import SlottedForm, lift
from provolve.propose.symbolic.proposer import SymbolicProposer
from provolve.record import AskTold, Budget, Event
from provolve.sandbox import Child, Sandbox
from provolve.search.islands import Islands
from provolve.task import load

RULE = """def priority(item, left):
    late = np.where(left >= 35.5, -left * 1.0 - 1000.0, -left + 0.3 * item - 9000.0)
    return np.where(left <= 2.5, -left, late)
"""
BATCH = 32
TRAIN_MIX = '"train": (1.0, 0.5, 1.0, 2.0, 4.0)'
PARTS: tuple[tuple[type, str, str], ...] = (
    (SymbolicProposer, "propose", "the proposer, of which"),
    (SlottedForm, "exchanged", "  digests of edited programs"),
    (Admission, "admit", "admission: names of candidates, sources seen before"),
    (Islands, "ask", "the strategy: asking"),
    (Islands, "tell", "the strategy: telling"),
    (SymbolicProposer, "observe", "telling the proposer"),
    (Journal, "add", "the record: rows"),
    (Journal, "commit_if_due", "the record: commits"),
    (Loop, "_maybe_snapshot", "the record: snapshots"),
    (Judge, "_judged", "the judge's process: judging, of which"),
    (Child, "call", "  messages to the child, and reading its tables"),
    (Scoring, "canonical", "  orders of preference from tables"),
    (Scoring, "score", "  simulation"),
    (Judge, "_confirm_best", "the judge's process: audits of new bests, and validation, of which"),
    (Scoring, "plain_score", "  the plain simulation"),
)
"""Class, method and meaning of what is timed. What is indented is counted in what it is part of, but audits
call for messages, orders and simulation too."""


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
        provolve.run(
            task,
            budget=f"{candidates}candidates",
            seed=1,
            workers=1,
            runs=folder,
            listener=note,
            growth=False,
        )
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


class InThisProcess:
    """A worker without a process of its own, so that one clock serves engine and judge."""

    def __init__(self, opening: Open, workers: int) -> None:
        self._worker = Worker()
        self._worker.answer(opening)

    def submit(self, request: Request) -> Future[Reply]:
        future: Future[Reply] = Future()
        future.set_result(self._worker.answer(request))
        return future

    def set_reference(self, split: str, scores: tuple[float, ...]) -> None:
        self._worker.answer(Reference(split, scores))

    def begin_epoch(self, number: int) -> None:
        self._worker.answer(BeginEpoch(number))

    def close(self) -> None:
        self._worker.close()


class Stopwatch:
    """Adds up the CPU seconds of this thread in some methods, from when it is started."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        for part in PARTS:
            owner, name, _ = part
            setattr(owner, name, self._timed(part, getattr(owner, name)))

    def _timed(self, part: tuple[type, str, str], method: Callable[..., object]) -> Callable[..., object]:
        def timed(*arguments: object, **keywords: object) -> object:
            began = time.thread_time()
            try:
                return method(*arguments, **keywords)
            finally:
                self.seconds[part] += time.thread_time() - began

        return timed

    def start(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)


def profiled_run(candidates: int) -> None:
    """Print where the CPU of a run goes, engine and judge in one process, from a quarter of it on."""
    watch = Stopwatch()
    points: list[tuple[int, float, float]] = []
    parts: list[dict[tuple[type, str, str], float]] = []

    def note(event: Event) -> None:
        if isinstance(event, AskTold) and event.spent.candidates >= candidates / 4:
            if not points:
                watch.start()
            points[1:] = [(event.spent.candidates, time.thread_time(), cpu_of_children())]
            parts[:] = [dict(watch.seconds)]

    with tempfile.TemporaryDirectory() as folder:
        task = load(of_one_size(Path(folder)))
        spec = make_spec(task, budget=Budget(candidates=candidates), seed=1, growth=False)
        start_run(task, spec, Conduct(1, note, executor=InThisProcess), runs=Path(folder))
    told, own, sandbox = (last - first for first, last in zip(points[0], points[-1], strict=True))
    total = own + sandbox
    print(f"\nwhere the CPU of a whole run goes ({told} candidates, {1e6 * total / told:.0f} µs each)\n")
    for part, seconds in parts[0].items():
        print(f"  {100 * seconds / total:5.1f} % {1e6 * seconds / told:7.1f} µs  {part[2]}")
    print(
        f"  {100 * sandbox / total:5.1f} % {1e6 * sandbox / told:7.1f} µs  the sandbox: tables of candidates"
    )
    named = sum(seconds for part, seconds in parts[0].items() if not part[2].startswith(" "))
    rest = own - named
    print(f"  {100 * rest / total:5.1f} % {1e6 * rest / told:7.1f} µs  all else")


if __name__ == "__main__":
    chosen = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    judge_alone(chosen)
    whole_run(int(sys.argv[2]) if len(sys.argv) > 2 else 12_000)
    profiled_run(6000)
