"""The judge: runs candidates in the sandbox and computes their scores from their answers."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from provolve.errors import AuditFailed, JudgeError, Refused
from provolve.judge.failures import rejection_of, settled, steady
from provolve.judge.forms import as_data, evaluator_remark, form_of
from provolve.judge.plain import PlainJudge
from provolve.judge.prescreen import is_closed
from provolve.judge.racing import Race
from provolve.judge.said import PRINTED, said
from provolve.judge.scoring import BadScore, Reading, Scoring
from provolve.judge.shared_child import SharedChild
from provolve.program import render_source, slot_source
from provolve.record import Candidate, Rejection, Template, Verdict
from provolve.sandbox import Child, ChildFailed, Sandbox
from provolve.task import Task

_KNOWN = 20_000


class Batch(msgspec.Struct, frozen=True):
    """Candidates to be judged on train, all of one ask."""

    templates: tuple[Template, ...]
    candidates: tuple[tuple[int, tuple[int | float, ...]], ...]
    """For each candidate the index of its template and its literals."""
    incumbent: float | None
    """Loss of the run's best when asked: whoever is below it is audited and validated."""
    race: tuple[tuple[float, ...], ...] = ()
    """Scores of the ask's parents on all of train, raced against where the task has stages."""


class _Findings(msgspec.Struct, frozen=True):
    """What judging one candidate found, as far as nothing went wrong."""

    scores: tuple[float, ...] = ()
    behaviour: str = ""
    measures: tuple[float, ...] = ()
    outraced: bool = False
    remark: str = ""
    """What an evaluator told besides; empty for other forms of answer."""


class Judge:
    """Judges candidates of one task in one sandbox; a worker holds one."""

    def __init__(self, task: Task, sandbox: Sandbox, *, seed: int, test_seed: int) -> None:
        self.task = task
        self.scoring = Scoring(task, seed=seed, test_seed=test_seed)
        self._sandbox = sandbox
        self._form = form_of(task)
        self.plain = PlainJudge(self.scoring, sandbox, self._form)
        self._known: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._shared = SharedChild(self._forked)

    def begin_epoch(self, number: int) -> None:
        """Judge on the train instances of another epoch from now on; see `Scoring.begin_epoch`."""
        self.scoring.begin_epoch(number)
        self._known.clear()

    def judge(self, batch: Batch) -> list[Verdict]:
        """Return a verdict for each candidate of ``batch``, in order; the verdicts name no candidate.

        Candidates whose source is closed share a child, with those of other batches too; one with which it
        dies is judged again alone. All others have a child of their own each. The best one below the batch's
        incumbent is audited, and if the audit holds, judged on validation.

        Raises:
            AuditFailed: the fast and the plain way of judging differ, or a bound was beaten.
            JudgeError: the task failed on its own account.
        """
        verdicts = [
            self._judged(batch.templates[index], literals, batch) for index, literals in batch.candidates
        ]
        self._confirm_best(batch, verdicts)
        return verdicts

    def _judged(self, template: Template, literals: tuple[int | float, ...], batch: Batch) -> Verdict:
        if self.task.self_judged:
            return self._self_judged(Candidate.of(template, literals), batch)
        source = slot_source(self.task.program, template)
        if not is_closed(source):
            return self._alone(source, literals, batch, closed=False)
        shared = self._shared.take(self.scoring.instances("train"))
        verdict = self._trial(shared, source, literals, batch, closed=True)
        if verdict is None or not shared.alive:
            self._shared.drop()
            verdict = self._alone(source, literals, batch, closed=True)
        return verdict

    def _child(self) -> Child:
        return self._forked(self.scoring.instances("train"))

    def _forked(self, instances: Sequence[object]) -> Child:
        """Return a new child that holds ``instances``."""
        child = self._sandbox.child()
        try:
            self._form.put(child, instances)
        except ChildFailed as failure:
            child.close()
            raise JudgeError(
                f"{self.task.origin}: the instances cannot be sent to the sandbox ({failure.reason}: "
                f"{failure.detail}): make them smaller or raise limits.memory_mb"
            ) from failure
        return child

    def _self_judged(self, candidate: Candidate, batch: Batch) -> Verdict:
        """Have the task's evaluator judge ``candidate``, in a child that meets nobody else."""
        source = as_data(render_source(self.task.program, candidate))
        return self._alone(source, (), batch, closed=False)

    def _alone(self, source: str, literals: Sequence[int | float], batch: Batch, *, closed: bool) -> Verdict:
        for _ in range(2):
            with self._child() as child:
                verdict = self._trial(child, source, literals, batch, closed=closed)
            if verdict is not None:
                return verdict
        rejection, detail = settled()
        return Verdict(None, rejection, detail, level=self._sandbox.level, self_judged=self.task.self_judged)

    def _trial(
        self, child: Child, source: str, literals: Sequence[int | float], batch: Batch, *, closed: bool
    ) -> Verdict | None:
        """Judge one candidate in ``child``; None where the wall ceiling passed with little CPU used."""
        began = time.process_time() + child.cpu_time()
        rejection, detail, found = None, "", _Findings()
        try:
            child.load(source, literals)
            found = self._stages(
                self._form.answers(child, self.scoring.instances("train"), closed=closed), batch
            )
        except (ChildFailed, Refused, BadScore) as failure:
            rejection, detail = rejection_of(failure, self.task.settings.limits)
            if rejection is None:
                return None
            # The word of an evaluator proves nothing about the bound.
            if rejection is Rejection.SCORE_BEYOND_BOUND and not self.task.self_judged:
                raise self.scoring.beyond_bound(detail, source, literals) from failure
        if found.outraced:
            rejection = Rejection.OUTRACED
            detail = f"behind its parents after {len(found.scores)} instances"
        return Verdict(
            candidate=None,
            rejection=rejection,
            detail=detail or found.remark,
            loss=None if rejection else self.scoring.loss("train", found.scores),
            scores=found.scores,
            behaviour=found.behaviour,
            measures=found.measures,
            work=len(found.scores) * self.task.settings.repeats,
            level=self._sandbox.level,
            cpu=max(0.0, time.process_time() + child.cpu_time() - began),
            self_judged=self.task.self_judged,
            # What is closed cannot print, but shares its child with others.
            printed="" if closed else said(child.printed(), PRINTED),
        )

    def _stages(self, answers: Iterator[object], batch: Batch) -> _Findings:
        """Score stage by stage; after one, stop a candidate that the race says is behind its parents."""
        stochastic = self.task.settings.stochastic
        instances = self.scoring.instances("train")
        race = Race(self.scoring, batch.race)
        reading = Reading(self.scoring)
        scores: tuple[float, ...] = ()
        remark, repeats = "", self.task.settings.repeats
        for end in (*race.stages, self.scoring.size("train")):
            for number in range(len(scores) * repeats, end * repeats):
                answer = next(answers)
                reading.add(instances[number], answer)
                if self.task.self_judged:
                    remark = evaluator_remark(answer)
            known = () if stochastic else self._known.get(reading.behaviour, ())
            # What is known may reach further than this stage: a table does the same on every instance.
            # Only the part up to the stage counts, so that no race depends on what was judged before.
            scores = known[:end] if len(known) >= end else self._scored(scores, reading, end)
            if not stochastic and len(known) < end:
                self._remember(reading.behaviour, scores)
            if race.is_lost(scores):
                return _Findings(scores, outraced=True)
        return _Findings(scores, "" if stochastic else reading.behaviour, reading.measures(), remark=remark)

    def _scored(self, scores: tuple[float, ...], reading: Reading, end: int) -> tuple[float, ...]:
        repeats = self.task.settings.repeats
        added = [
            self.scoring.score("train", number, reading.canonical[number])
            for number in range(len(scores) * repeats, end * repeats)
        ]
        return scores + tuple(map(float, self.scoring.averaged(added)))

    def _remember(self, behaviour: str, scores: tuple[float, ...]) -> None:
        self._known[behaviour] = scores
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def _confirm_best(self, batch: Batch, verdicts: list[Verdict]) -> None:
        """Audit and validate the best below the incumbent; where the audit fails, the next best."""
        below = sorted(
            (verdict.loss, position)
            for position, verdict in enumerate(verdicts)
            if verdict.loss is not None and (batch.incumbent is None or verdict.loss < batch.incumbent)
        )
        for _, position in below:
            index, literals = batch.candidates[position]
            candidate = Candidate.of(batch.templates[index], literals)
            verdicts[position] = self._confirm(
                render_source(self.task.program, candidate), verdicts[position]
            )
            if verdicts[position].accepted:
                return

    def _confirm(self, source: str, verdict: Verdict) -> Verdict:
        """Return ``verdict`` audited and validated, or turned into a rejection if the audit failed.

        Raises:
            AuditFailed: the same answers were scored differently when they were judged again.
        """
        plain = self.plain.judge("train", source)
        if plain.rejection is not None:
            return _rejected(verdict, plain.rejection, f"in the audit: {plain.detail}")
        if not self.task.settings.stochastic:
            if plain.behaviour != verdict.behaviour:
                return _rejected(
                    verdict,
                    Rejection.ANSWER_REFUSED,
                    "it gave other answers when it was run again in a fresh sandbox",
                )
            if plain.scores != verdict.scores:
                raise AuditFailed(
                    f"{self.task.origin}: the judge scored a candidate {verdict.scores}, and its same "
                    f"answers {plain.scores} when it was run again. A score must depend on nothing but "
                    f"the instance and the answer. The candidate:\n{source}"
                )
        checked = self.plain.judge("validation", source)
        if checked.rejection is not None:
            return _rejected(verdict, checked.rejection, f"on validation: {checked.detail}")
        validation = self.scoring.loss("validation", checked.scores)
        return msgspec.structs.replace(verdict, audited=True, validation=validation)


def _rejected(verdict: Verdict, rejection: Rejection, detail: str) -> Verdict:
    return msgspec.structs.replace(
        verdict, rejection=rejection, detail=steady(detail), loss=None, validation=None
    )
