"""Scores samples from end to end: verdicts by several workers, then timings one at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import msgspec

from provolve.engine.samples.files import Problem, Sample, Samples
from provolve.engine.samples.judging import Answers, SampleVerdict, expected_answers, judge_sample
from provolve.engine.samples.results import Header, Results
from provolve.engine.samples.runner import Limits, open_sandbox
from provolve.engine.samples.timing import REPETITIONS, SampleTimes, Timer, is_timed
from provolve.errors import SandboxUnavailable
from provolve.record import strength
from provolve.sandbox import Sandbox

_AHEAD = 4
"""Samples under way or waiting, for each worker: results are kept in the order of the samples."""

Item = TypeVar("Item")
Found = TypeVar("Found")


class Plan(msgspec.Struct, frozen=True):
    """How samples are scored."""

    limits: Limits = Limits()
    repetitions: int = REPETITIONS
    workers: int = 1
    weak: bool = False
    """Whether to go on where the sandbox is weaker than ``strong``."""


class Opened(msgspec.Struct, frozen=True):
    """Told first: what there is to do, and what a results file held of it."""

    samples: int
    judged: int
    timed: int
    level: str
    workers: int


class Judged(msgspec.Struct, frozen=True):
    """Told of each verdict."""

    verdict: SampleVerdict
    done: int
    of: int


class Timed(msgspec.Struct, frozen=True):
    """Told of each timing; ``of`` counts the right samples of problems with references and levels."""

    times: SampleTimes
    task: str
    model: str
    done: int
    of: int


News = Opened | Judged | Timed


def score(
    samples: Samples,
    out: Path,
    plan: Plan,
    listener: Callable[[News], None],
    stop: threading.Event,
) -> Results | None:
    """Score all samples that the results file at ``out`` does not have yet; return all results.

    Verdicts do not depend on the number of workers. For timings one child is alive at a time.

    Args:
        samples: what to score.
        out: the results file; made where it is not there.
        plan: limits, repetitions and workers.
        listener: called in this thread with what happens, after it was appended to the file.
        stop: when set, ends the scoring after what is under way.

    Returns:
        The results, closed; None if it was stopped before the end.

    Raises:
        UsageError: if the results file is of something else, or a reference is wrong.
        SandboxUnavailable: if the sandbox is too weak for programs nobody vouches for.
        SandboxError: if none can be started here.
    """
    with ExitStack() as stack:
        first = stack.enter_context(open_sandbox(plan.limits))
        require_strong(first, weak=plan.weak)
        results = stack.enter_context(Results(out, _header(samples, plan, first.level)))
        workers = max(1, min(plan.workers, len(samples.samples)))
        listener(
            Opened(len(samples.samples), len(results.verdicts), len(results.times), first.level, workers)
        )
        others = [stack.enter_context(open_sandbox(plan.limits, slot)) for slot in range(1, workers)]
        session = _Session(samples, results, plan, listener, stop)
        whole = session.judge([first, *others]) and session.time(first)
        return results if whole else None


def require_strong(sandbox: Sandbox, *, weak: bool) -> None:
    """Refuse a sandbox that does not hold programs nobody vouches for, unless ``weak`` allows it.

    Raises:
        SandboxUnavailable: if its level is below ``strong``.
    """
    if strength(sandbox.level) not in ("full", "strong") and not weak:
        raise SandboxUnavailable(
            f"the sandbox reaches only level {sandbox.level} here ({' '.join(sandbox.level_detail)}), and "
            "samples are programs that nobody vouches for: see `provolve doctor`, or allow it with "
            "--allow-weak-sandbox"
        )


def _header(samples: Samples, plan: Plan, level: str) -> Header:
    return Header(
        samples=samples.samples_digest,
        tests=samples.tests_digest,
        cpu_seconds=plan.limits.cpu_seconds,
        memory_mb=plan.limits.memory_mb,
        repetitions=plan.repetitions,
        level=level,
    )


class _Session:
    """One call of ``score``, with its results file and the right answers found so far."""

    def __init__(
        self,
        samples: Samples,
        results: Results,
        plan: Plan,
        listener: Callable[[News], None],
        stop: threading.Event,
    ) -> None:
        self._samples = samples
        self._results = results
        self._plan = plan
        self._listener = listener
        self._stop = stop
        self._expected: dict[str, Answers] = {}

    def judge(self, sandboxes: Sequence[Sandbox]) -> bool:
        """Give each sample its verdict; return whether all have one."""
        results, total = self._results, len(self._samples.samples)
        left = [sample for sample in self._samples.samples if sample.index not in results.verdicts]
        problems = self._unanswered(left)
        with Workers(sandboxes) as workers:
            pairs = zip(problems, workers.each(self._answers, problems, self._stop), strict=False)
            self._expected.update({problem.task: answers for problem, answers in pairs})
            if len(self._expected) < len(problems):
                return False
            for verdict in workers.each(self._verdict, left, self._stop):
                results.add(verdict)
                self._listener(Judged(verdict, len(results.verdicts), total))
        return len(results.verdicts) == total

    def time(self, sandbox: Sandbox) -> bool:
        """Time each right sample whose problem has references and levels; return whether all are timed."""
        results = self._results
        # Task by task, so that a sample is timed as soon as can be after its reference.
        order = list(self._samples.problems)
        wanted = sorted(
            (sample for sample in self._samples.samples if self._is_timed(sample)),
            key=lambda sample: order.index(sample.task),
        )
        for sample in wanted:
            if sample.index in results.times:
                continue
            if self._stop.is_set():
                return False
            timer = self._timer(sandbox, sample.task)
            if sample.task not in results.references:
                results.add(timer.time_references())
            times = timer.time_sample(sample.index, sample.source, results.references[sample.task])
            results.add(times)
            self._listener(Timed(times, sample.task, sample.model, len(results.times), len(wanted)))
        return True

    def _unanswered(self, samples: Sequence[Sample]) -> list[Problem]:
        tasks = dict.fromkeys(sample.task for sample in samples)
        problems = [self._samples.problems[task] for task in tasks]
        return [problem for problem in problems if not problem.self_judged]

    def _answers(self, sandbox: Sandbox, problem: Problem) -> Answers:
        return expected_answers(sandbox, problem, self._plan.limits)

    def _verdict(self, sandbox: Sandbox, sample: Sample) -> SampleVerdict:
        problem = self._samples.problems[sample.task]
        expected = self._expected.get(sample.task, ())
        return judge_sample(sandbox, sample, problem, expected, self._plan.limits)

    def _is_timed(self, sample: Sample) -> bool:
        return self._results.verdicts[sample.index].passed and is_timed(self._samples.problems[sample.task])

    def _timer(self, sandbox: Sandbox, task: str) -> Timer:
        problem = self._samples.problems[task]
        if task not in self._expected:
            self._expected[task] = self._answers(sandbox, problem)
        return Timer(sandbox, problem, self._expected[task], self._plan.limits, self._plan.repetitions)


class Workers:
    """Threads that share sandboxes, each used by one at a time: the work is done in their children."""

    def __init__(self, sandboxes: Sequence[Sandbox]) -> None:
        self._free: SimpleQueue[Sandbox] = SimpleQueue()
        for sandbox in sandboxes:
            self._free.put(sandbox)
        self._count = len(sandboxes)
        self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="score")

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def each(
        self, work: Callable[[Sandbox, Item], Found], items: Sequence[Item], stop: threading.Event
    ) -> Iterator[Found]:
        """Yield ``work`` of each item, in their order; once ``stop`` is set, of those under way."""
        waiting: deque[Future[Found]] = deque()
        left = iter(items)
        while True:
            while len(waiting) < _AHEAD * self._count and not stop.is_set():
                try:
                    waiting.append(self._pool.submit(self._run, work, next(left)))
                except StopIteration:
                    break
            if not waiting:
                return
            yield waiting.popleft().result()

    def _run(self, work: Callable[[Sandbox, Item], Found], item: Item) -> Found:
        sandbox = self._free.get()
        try:
            return work(sandbox, item)
        finally:
            self._free.put(sandbox)
