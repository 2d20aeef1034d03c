"""The champion of a run, taken from its finalists in the way that the run says."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from typing import cast

import msgspec

from provolve.engine.best import Best
from provolve.engine.choosing import (
    AGAIN,
    FINALISTS,
    SELECTED,
    TESTED,
    TESTS,
    VALIDATION,
    Choice,
    Finalist,
    choose_again,
)
from provolve.engine.claims import only_result
from provolve.engine.executor import Executor
from provolve.engine.messages import JudgePlainly
from provolve.engine.samples.runner import Limits
from provolve.engine.seeds import claim_generator
from provolve.engine.selection import Candidates, run_candidates, select, tests_for
from provolve.engine.start import Start
from provolve.judge.statistics import loss
from provolve.program import render_source
from provolve.record import Event, Notice
from provolve.store import RunReader, RunSpec
from provolve.task import Task


class Champion(msgspec.Struct, frozen=True):
    """The stage ``champion`` of the record, written before test is opened."""

    best: Best
    reason: str


class Chooser:
    """Chooses the champion of one run."""

    def __init__(
        self, task: Task, spec: RunSpec, start: Start, executor: Executor, listener: Callable[[Event], None]
    ) -> None:
        self._task = task
        self._spec = spec
        self._start = start
        self._executor = executor
        self._listener = listener

    def choose(self, best: Best, reader: RunReader) -> Best:
        """Return ``best`` with the champion that the run's way of choosing takes."""
        how = self._spec.champion
        if how == VALIDATION:
            return best
        begun = [ask for ask in reader.epochs() if (told := reader.asked(ask)) and told[1][0].accepted]
        finalists = [
            Finalist(
                verdict.candidate, verdict.loss, verdict.validation, bisect.bisect_right(begun, entry.ask)
            )
            for entry in reader.audited(FINALISTS if how in AGAIN else TESTED)
            if (verdict := entry.verdict).candidate is not None
            and verdict.loss is not None
            and verdict.validation is not None
        ]
        chosen = self._chosen(how, finalists)
        return msgspec.structs.replace(
            best,
            champion=chosen.candidate,
            champion_loss=chosen.train,
            champion_epoch=chosen.epoch,
            validation=chosen.validation,
        )

    def _chosen(self, how: str, finalists: Sequence[Finalist]) -> Finalist:
        if how in SELECTED:
            return self._selected(None if how == TESTS else how, finalists)
        rng = claim_generator(self._spec.seed)
        return choose_again(cast(Choice, how), finalists, self._judge_again, rng)

    def _judge_again(self, finalists: Sequence[Finalist]) -> list[float]:
        """Return the loss of each on validation, drawn anew."""
        settings, program = self._task.settings, self._task.program
        sources = [render_source(program, finalist.candidate) for finalist in finalists]
        futures = [self._executor.submit(JudgePlainly("validation", (source,))) for source in sources]
        results = [only_result(future.result()) for future in futures]
        return [
            math.inf
            if result.rejection
            else loss(result.scores, self._start.validation, settings.aggregate, settings.direction)
            for result in results
        ]

    def _selected(self, method: str | None, finalists: Sequence[Finalist]) -> Finalist:
        """Run the finalists on the user's tests and return the one that the selector takes."""
        task, spec = self._task, self._spec
        sources = tuple(render_source(task.program, finalist.candidate) for finalist in finalists)
        names = tuple(finalist.candidate.digest[:12] for finalist in finalists)
        problem = tests_for(task, spec.tests, "the file of tests")
        limits = Limits(task.settings.limits.cpu_seconds)
        ballots = run_candidates([Candidates(problem, names, sources)], limits, weak=True)
        if method is None and ballots[0].passes is not None:
            method = "codet"
        selection = select(ballots, method)[0]
        self._listener(Notice("selection", f"{selection.method}: {'; '.join(selection.choice.explanation)}"))
        return finalists[selection.choice.index]
