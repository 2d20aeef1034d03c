"""A worker: one process with one judge and one sandbox, serving requests until its input ends."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from provolve.engine.messages import (
    BaselineScores,
    BeginEpoch,
    CheckProgram,
    Done,
    Failure,
    JudgeBaselines,
    JudgeBatch,
    JudgePlainly,
    Look,
    Open,
    Opened,
    PlainResults,
    Ranges,
    Reference,
    Reply,
    Request,
    RunProgram,
    Searched,
    SearchPiece,
    Seen,
    Timed,
    TimePrograms,
    TraceProgram,
    Verdicts,
    WatchProgram,
    read_message,
    request_decoder,
    write_message,
)
from provolve.errors import ProvolveError, SandboxUnavailable, TaskError
from provolve.judge import Bench, Judge, SpeedJudge, judge_of, largest_message
from provolve.record import strength
from provolve.sandbox import Hole, Profile, Sandbox, SandboxError, of_gpus
from provolve.task import Task, load

_MEGABYTE = 2**20
_LEAST_MESSAGE = 2**16
"""Bytes that a failure may take to be told, however small an answer is declared."""


class Worker:
    """Carries out requests one after the other."""

    def __init__(self) -> None:
        self._judge: Judge | SpeedJudge | None = None
        self._sandbox: Sandbox | None = None
        self._bench: Bench | None = None

    def answer(self, request: Request) -> Reply:
        """Return the reply to ``request``; whatever provolve raises becomes a Failure."""
        try:
            return self._open(request) if isinstance(request, Open) else self._serve(self._opened(), request)
        except ProvolveError as error:
            return Failure(type(error).__name__, str(error))
        except SandboxError as error:
            return Failure("SandboxUnavailable", str(error))
        except MemoryError:
            return Failure(
                "JudgeError", "the judge ran out of memory: use smaller instances or fewer workers"
            )

    def close(self) -> None:
        """End the sandbox and every child in it."""
        if self._sandbox is not None:
            self._sandbox.close()

    def _opened(self) -> Judge | SpeedJudge:
        if self._judge is None:
            raise TaskError("the worker was asked to judge before it was given a task")
        return self._judge

    def _open(self, request: Open) -> Reply:
        task = load(request.task, request.parameters, data=request.data or None)
        if task.digest != request.task_digest:
            raise TaskError(f"{task.origin}: the task was edited while the run was going; start a new run")
        self._sandbox = open_sandbox(
            task,
            slot=request.slot,
            level=request.level,
            allow_weak=request.allow_weak_sandbox,
            foreign=request.foreign,
        )
        self._judge = judge_of(task, self._sandbox, seed=request.seed, test_seed=request.test_seed)
        return Opened(self._sandbox.level, tuple(self._sandbox.level_detail))

    def _serve(self, judge: Judge | SpeedJudge, request: Request) -> Reply:
        match request:
            case Reference(split=split, scores=scores):
                judge.scoring.set_reference(split, scores)
                return Done()
            case BeginEpoch(number=number) if isinstance(judge, Judge):
                judge.begin_epoch(number)
                return Done()
            case JudgeBatch(batch=batch):
                return Verdicts(tuple(judge.judge(batch)))
            case JudgePlainly(split=split, sources=sources):
                return PlainResults(tuple(judge.plain.judge(split, source) for source in sources))
            case TimePrograms(split=split, programs=programs) if isinstance(judge, SpeedJudge):
                return Timed(judge.measure(split, programs, judge.task.settings.timing.rounds))
            case JudgeBaselines(split=split):
                return BaselineScores(judge.plain.baselines(split))
            case WatchProgram(source=source):
                return Ranges(self._watching(judge).ranges(source))
            case TraceProgram() | RunProgram() | CheckProgram():
                return self._look(judge, request)
            case SearchPiece(piece=piece):
                return Searched(self._search(piece))
        raise TaskError(f"{type(request).__name__} is no request")

    def _look(self, judge: Judge | SpeedJudge, request: Look) -> Seen:
        bench = self._watching(judge)
        match request:
            case TraceProgram(source=source, place=place):
                return Seen((bench.trace(source, place),))
            case RunProgram(source=source):
                return Seen(bench.behaviours(source))
            case CheckProgram(source=source, statements=statements):
                return Seen(bench.checks(source, statements))

    def _watching(self, judge: Judge | SpeedJudge) -> Bench:
        """Return the bench on which programs are looked at, made when one first is."""
        if self._bench is None:
            assert self._sandbox is not None
            self._bench = Bench(judge.scoring, self._sandbox)
        return self._bench

    @functools.cached_property
    def _search(self) -> Callable[[bytes], bytes]:
        """What carries out pieces of numeric search on the task's surrogate, built when first asked for."""
        from provolve.propose.numeric import worker  # few runs need it

        surrogate = self._opened().task.surrogate()
        if surrogate is None:
            raise TaskError("the worker was asked to search a task that offers no surrogate")
        return worker(surrogate)


def profile(task: Task) -> Profile:
    """Return what the sandbox must hold for ``task``."""
    limits = task.settings.limits
    return Profile(
        harness=task.harness + _around(task),
        imports=task.settings.sandbox.imports,
        memory=limits.memory_mb * _MEGABYTE,
        max_message=_longest_answer(task),
        scratch=task.self_judged,
        allow=tuple(
            Hole(hole.name, hole.path, hole.host, hole.port, of_gpus() if hole.name == "gpu" else ())
            for hole in task.holes
        ),
        folder=str(task.folder) if any(hole.path for hole in task.holes) else "/",
    )


def _around(task: Task) -> str:
    """Return what the harness of an evaluator is told of this machine; none of it is the task's."""
    if not task.self_judged:
        return ""
    processes = any(hole.name == "processes" for hole in task.holes)
    return f"\nFOLDER, PROCESSES = {str(task.folder)!r}, {processes}\n"


def open_sandbox(
    task: Task, *, slot: int, level: str | None = None, allow_weak: bool = False, foreign: bool = False
) -> Sandbox:
    """Start a sandbox for ``task``; ``foreign``: candidates come from a model or from a program.

    An evaluator is the user's own code beside a candidate, with nothing but the sandbox between the two and
    the machine: where less than ``strong`` holds, it is run only if ``allow_weak`` says so. It then runs at
    ``none``, because ``partial`` opens no file, and an evaluator is handed its candidate as a file. Foreign
    candidates are kept to the same rule, and run at the best level there is where it is allowed.

    Raises:
        SandboxError: if none can be started here.
        SandboxUnavailable: if it is too weak for a self-judged task, or for foreign candidates.
    """
    sandbox = Sandbox(profile(task), slot=slot, level=level)
    strong = strength(sandbox.level) in ("strong", "full") and "scratch" not in sandbox.missing
    if foreign and not allow_weak and strength(sandbox.level) not in ("strong", "full"):
        raise _too_weak(sandbox, "candidates of a model or a program need", "use --proposer symbolic")
    if not task.self_judged or strong or (allow_weak and strength(sandbox.level) == "none"):
        return sandbox
    if allow_weak:
        sandbox.close()
        return Sandbox(profile(task), slot=slot, level="none")
    raise _too_weak(
        sandbox, f"{task.origin}: a self-judged task needs", "write a judge in place of the evaluator"
    )


def _too_weak(sandbox: Sandbox, who: str, instead: str) -> SandboxUnavailable:
    found, told = sandbox.level, " ".join(sandbox.level_detail[1:])
    sandbox.close()
    return SandboxUnavailable(
        f"{who} a sandbox of level strong or full, and here it is {found}{f' ({told})' if told else ''}: see "
        f"`provolve doctor`, {instead}, or, if you trust every candidate with your files and network, allow "
        "it with --allow-weak-sandbox"
    )


def _longest_answer(task: Task) -> int:
    """Return the bytes that one answer, or decision, may have: the limit, or what the schema allows."""
    limit, schema = task.settings.limits.answer_mb * _MEGABYTE, task.settings.answer_schema
    # A table's schema says nothing of the decisions of a rule that is led step by step instead; with a
    # decision there may come a state, and decisions for other instances.
    more = task.settings.answer == "table" or task.settings.state or task.settings.side_by_side
    if schema is None or more:
        return limit
    declared = largest_message(schema)
    return limit if declared is None else min(limit, max(declared, _LEAST_MESSAGE))


def main() -> None:
    """Serve requests from standard input; replies go to standard output, which nothing else may reach."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: BinaryIO = os.fdopen(os.dup(0), "rb")
    replies: BinaryIO = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    worker = Worker()
    try:
        while (request := read_message(requests, request_decoder)) is not None:
            write_message(replies, worker.answer(request))
    except BrokenPipeError:
        pass  # the engine is gone
    finally:
        worker.close()
    sys.exit(0)


if __name__ == "__main__":
    main()
