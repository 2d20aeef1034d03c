"""The start of a run: the seed program and the baselines are judged before anything is asked."""

from __future__ import annotations

import msgspec
import numpy as np

from provolve.engine.best import Best
from provolve.engine.executor import Executor
from provolve.engine.messages import (
    JudgeBatch,
    JudgePlainly,
    PlainResults,
    Ranges,
    Reply,
    Verdicts,
    WatchProgram,
)
from provolve.errors import TaskError
from provolve.judge import Batch, PlainResult
from provolve.program import lift
from provolve.record import Elite, Proposal, Spent, Vector, Verdict
from provolve.store import AskRecord, Borrowed
from provolve.task import Task
from provolve.task.openevolve import PREFIX


class Start(msgspec.Struct, frozen=True):
    """What was found before the search began; kept in the record as the stage ``started``."""

    level: str
    level_detail: tuple[str, ...]
    train: tuple[float, ...]
    """Scores of the seed program on train, to which losses are aggregated."""
    validation: tuple[float, ...]
    names: tuple[str, ...]
    """``seed program`` and the names of the baselines that can be built upon."""
    verdicts: tuple[Verdict, ...]
    ranges: dict[str, tuple[float, float]] = {}
    """Least and largest value of each argument of the entry point: of the task's grid, or seen on train."""

    def elites(self) -> tuple[Elite, ...]:
        """Return those that were accepted, the seed program first."""
        return tuple(
            Elite(verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour, verdict.measures)
            for verdict in self.verdicts
            if verdict.accepted and verdict.candidate is not None and verdict.loss is not None
        )

    def best(self) -> Best:
        """Return the best of them: the one that was audited and validated."""
        for verdict in self.verdicts:
            if verdict.audited and verdict.candidate and verdict.loss is not None:
                return Best(
                    loss=verdict.loss,
                    digest=verdict.candidate.digest,
                    champion=verdict.candidate,
                    champion_loss=verdict.loss,
                    validation=verdict.loss if verdict.validation is None else verdict.validation,
                )
        raise TaskError(
            "no program that the search could start from was accepted twice with the same answers"
        )

    def record(self) -> AskRecord:
        """Return the entry of the record that stands for the start: ask 0."""
        proposals = tuple(
            Proposal(name, (), Vector(verdict.candidate.template, verdict.candidate.literals))
            for name, verdict in zip(self.names, self.verdicts, strict=True)
            if verdict.candidate is not None
        )
        return AskRecord(ask=0, parents=(), island=0, proposals=proposals, spent=Spent(), at=0.0)


def judge_start(
    task: Task,
    executor: Executor,
    level: str,
    level_detail: tuple[str, ...],
    borrowed: Borrowed | None = None,
) -> Start:
    """Judge the seed program, every baseline that shares its fixed part, and what is borrowed.

    Raises:
        TaskError: if the seed program is rejected, or a score of it cannot be aggregated.
        JudgeError: if the judge fails on the seed program.
    """
    train = _seed_scores(task, executor, "train")
    executor.set_reference("train", train.scores)
    validation = _seed_scores(task, executor, "validation")
    executor.set_reference("validation", validation.scores)
    names = ["seed program"]
    candidates = [lift(task.program, task.program.texts())]
    for name in task.starts():
        candidate = lift(task.program, task.baselines[name].texts())
        if all(candidate.digest != other.digest for other in candidates):
            names.append(name)
            candidates.append(candidate)
    if borrowed is not None:
        for number, candidate in enumerate(borrowed.candidates, 1):
            if all(candidate.digest != other.digest for other in candidates):
                names.append(f"{borrowed.run} {number}")
                candidates.append(candidate)
    batch = Batch(
        templates=tuple(candidate.template for candidate in candidates),
        candidates=tuple((index, candidate.literals) for index, candidate in enumerate(candidates)),
        incumbent=None,
    )
    reply = executor.submit(JudgeBatch(batch)).result()
    if not isinstance(reply, Verdicts):
        raise _unexpected(reply)
    verdicts = tuple(
        msgspec.structs.replace(verdict, candidate=candidate)
        for verdict, candidate in zip(reply.verdicts, candidates, strict=True)
    )
    if not verdicts[0].accepted:
        raise _seed_rejected(task, "train", verdicts[0].rejection, verdicts[0].detail)
    ranges = _ranges(task, executor)
    return Start(level, level_detail, train.scores, validation.scores, tuple(names), verdicts, ranges)


def _ranges(task: Task, executor: Executor) -> dict[str, tuple[float, float]]:
    """Return the ranges of the entry point's arguments; none where a program makes up its own."""
    match task.settings.answer:
        case "table":
            grid = task.judge.grid()
            return {name: (float(np.min(values)), float(np.max(values))) for name, values in grid.items()}
        case "steps" | "certificate" if task.entry.arguments:
            reply = executor.submit(WatchProgram(task.program.source)).result()
            if not isinstance(reply, Ranges):
                raise _unexpected(reply)
            return reply.ranges
    return {}


def _seed_scores(task: Task, executor: Executor, split: str) -> PlainResult:
    reply = executor.submit(JudgePlainly(split, (task.program.source,))).result()
    if not isinstance(reply, PlainResults):
        raise _unexpected(reply)
    result = reply.results[0]
    if result.rejection is not None:
        raise _seed_rejected(task, split, result.rejection, result.detail)
    return result


def _seed_rejected(task: Task, split: str, rejection: object, detail: str) -> TaskError:
    remedy = "Mend the program, the harness or the judge; `provolve lint` shows more."
    if task.reference.startswith(PREFIX):
        named = "allow = [" in detail
        remedy = "Give what it names with --allow." if named else "Mend the program or the evaluator."
    return TaskError(
        f"{task.origin}: the seed program itself is rejected on {split}: {rejection}: {detail}. {remedy}"
    )


def _unexpected(reply: Reply) -> TypeError:
    return TypeError(f"a worker answered {type(reply).__name__}")
