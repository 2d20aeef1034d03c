"""The judge of tasks of kind speed: right first, then fast."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from provolve.errors import JudgeError, Refused
from provolve.judge.evaluate import Batch
from provolve.judge.failures import rejection_of, settled, steady
from provolve.judge.forms import Declared
from provolve.judge.plain import PlainResult
from provolve.judge.scoring import Scoring
from provolve.judge.timing import Measured, Timer, Timings
from provolve.program import lift, render_source
from provolve.record import Candidate, Verdict
from provolve.sandbox import ChildFailed, Sandbox, decode, encode
from provolve.task import Task
from provolve.task.content import content_digest

SEED = "seed program"
_ROUNDS = 2
"""Samples of each candidate while searching: one on the way there, one on the way back."""
_NEWS = 0.97
"""A candidate is timed again as the new best only where it seems faster than the best by more than this:
nearer ones are mostly the luck of few samples."""


class SpeedResult(msgspec.Struct, frozen=True):
    """Programs timed beside the seed program on one split."""

    timings: Timings
    results: dict[str, PlainResult]
    """By name of the program; those that dropped out are rejected."""


class SpeedJudge:
    """Judges candidates by their answers, which must be the seed program's, and by their CPU time.

    A score is the CPU time of an instance over the mean CPU time of the seed program in the same rounds, so
    the seed program's mean score is 1 and the loss of a candidate is the ratio of the two programs' times.
    It has the methods of `Judge` that a worker calls.
    """

    def __init__(self, task: Task, sandbox: Sandbox, *, seed: int, test_seed: int) -> None:
        self.task = task
        self.scoring = Scoring(task, seed=seed, test_seed=test_seed)
        self.plain = SpeedPlain(self)
        self._sandbox = sandbox
        self._declared = Declared(task)
        self._timer = Timer(sandbox, task.settings.limits)
        self._inputs: dict[str, list[object]] = {}
        self._reference: dict[str, list[object]] = {}
        self._digests: dict[str, list[str]] = {}
        self._seed_digest = lift(task.program, task.program.texts()).digest

    # Right ----------------------------------------------------------------------------------------------

    def check(self, split: str, answers: Sequence[object]) -> None:
        """Check that the answers to all instances of ``split`` may stand for the seed program's.

        Raises:
            Refused: for the first that may not.
            ChildFailed: ``answer_malformed``, for the first that is not as the task declares.
            JudgeError: if the seed program fails.
        """
        self._need(split)
        for number, answer in enumerate(answers):
            self.check_one(split, number, answer)

    def check_one(self, split: str, number: int, answer: object) -> None:
        """Check one answer; `know` must have been called for the split.

        Raises:
            Refused: if it may not stand for the seed program's.
            ChildFailed: ``answer_malformed``, if it is not as the task declares.
        """
        self._declared.check(answer, f"instance {number}: answer")
        canonical = self._canonical(answer)
        if content_digest(canonical) == self._digests[split][number]:
            return
        instance = self.scoring.instances(split)[number]
        try:
            right = self.task.judge.right(instance, canonical, self._reference[split][number])
        except JudgeError as error:
            raise Refused(f"instance {number}: the judge failed on the answer: {error}") from error
        if not right:
            raise Refused(f"instance {number}: the answer is not the seed program's")

    def know(self, split: str) -> None:
        """Have the seed program answer the instances of ``split``, unless that was done.

        Raises:
            ChildFailed: as its child did.
            Refused: if the judge refuses its answers.
            JudgeError: if two inputs are the same, or the judge failed.
        """
        if split in self._reference:
            return
        answers = self._timer.answers(self.task.program.source, self.inputs(split))
        for answer in answers:
            self._declared.check(answer)
        reference = [self.task.judge.canonical(answer) for answer in answers]
        for instance, answer in zip(self.scoring.instances(split), reference, strict=True):
            if not self.task.judge.right(instance, answer, answer):
                raise JudgeError(
                    f"{self.task.origin}: the judge does not find the seed program's answer the same as "
                    "itself: mend its function same"
                )
        self._digests[split] = list(map(content_digest, reference))
        self._reference[split] = reference

    def _need(self, split: str) -> None:
        try:
            self.know(split)
        except (ChildFailed, Refused) as failure:
            raise JudgeError(
                f"{self.task.origin}: the seed program is rejected on {split} ({failure}): make it "
                "repeatable, or raise the limits"
            ) from failure

    def inputs(self, split: str) -> list[object]:
        """Return what is visible of the instances of ``split``.

        Raises:
            JudgeError: if two are the same, so that a program could keep the answer of the first.
        """
        if split not in self._inputs:
            inputs = [self.task.judge.visible(instance) for instance in self.scoring.instances(split)]
            if len(set(map(content_digest, inputs))) < len(inputs):
                raise JudgeError(
                    f"{self.task.origin}: two of the {len(inputs)} inputs of {split} are the same, so that a "
                    "program could answer the second from memory: draw inputs that differ"
                )
            self._inputs[split] = inputs
        return self._inputs[split]

    def behaviour(self, answers: Sequence[object]) -> str:
        """Return 32 hexadecimal digits of what ``answers`` stand for."""
        return content_digest([self._canonical(answer) for answer in answers])

    def _canonical(self, answer: object) -> object:
        try:
            return self.task.judge.canonical(answer)
        except JudgeError as error:
            raise Refused(f"the judge failed on the answer: {error}") from error

    # Fast -----------------------------------------------------------------------------------------------

    def measure(self, split: str, programs: Mapping[str, str], rounds: int) -> SpeedResult:
        """Time whole programs beside the seed program.

        Args:
            split: whose instances are the inputs.
            programs: sources by name; none has the name of the seed program.
            rounds: samples of each program, at least 1.

        Raises:
            JudgeError: if the seed program fails or gives other answers than before.
        """
        self._need(split)
        try:
            measured = self._timer.measure(
                {SEED: self.task.program.source, **programs},
                self.inputs(split),
                rounds,
                lambda answers: self.check(split, answers),
            )
        except ChildFailed as failure:
            raise JudgeError(
                f"{self.task.origin}: the empty program, called to do nothing, failed ({failure}): make the "
                "inputs smaller, or raise the limits"
            ) from failure
        if SEED in measured.failed:
            rejection, detail = measured.failed[SEED]
            raise JudgeError(
                f"{self.task.origin}: the seed program, run again, is rejected ({rejection}: {detail}): "
                "make it repeatable, or raise the limits"
            )
        results = {name: self._result(measured, name) for name in (SEED, *programs)}
        return SpeedResult(measured.timings, results)

    def _result(self, measured: Measured, name: str) -> PlainResult:
        if name in measured.failed:
            rejection, detail = measured.failed[name]
            return PlainResult(rejection, detail, (), (), "", (), ())
        warm = self.task.settings.timing.warm
        unit = float(np.mean(measured.timings.seconds(SEED, warm=warm)))
        seconds = measured.timings.seconds(name, warm=warm)
        # A seed program that takes less than the clock can tell has no ratio: both count as one.
        scores = tuple(map(float, seconds / unit)) if unit > 0 else (1.0,) * len(seconds)
        answers = measured.answers[name]
        return PlainResult(
            rejection=None,
            detail="",
            scores=scores,
            exact=tuple(map(repr, scores)),
            behaviour=self.behaviour(answers),
            answers=tuple(map(encode, answers)),
            answer_of=tuple(range(len(answers))),
        )

    # Candidates -----------------------------------------------------------------------------------------

    def judge(self, batch: Batch) -> list[Verdict]:
        """Return a verdict for each candidate of ``batch``, in order; the verdicts name no candidate.

        The best one that is clearly below the batch's incumbent is timed again with more samples. If it
        is below it still, it is timed on validation too.

        Raises:
            JudgeError: the task failed on its own account.
        """
        candidates = [Candidate.of(batch.templates[index], literals) for index, literals in batch.candidates]
        # Whole sources: a literal that stands as a global name would be slower than a constant.
        sources = [render_source(self.task.program, candidate) for candidate in candidates]
        timed = {
            str(place): source
            for place, (candidate, source) in enumerate(zip(candidates, sources, strict=True))
            if candidate.digest != self._seed_digest
        }
        found = self.measure("train", timed, _ROUNDS)
        verdicts = [self._verdict(found, str(place)) for place in range(len(candidates))]
        self._confirm_best(batch, candidates, sources, verdicts)
        return verdicts

    def _verdict(self, found: SpeedResult, name: str) -> Verdict:
        """Return the verdict on a program; the seed program is its own measure, and 1 to the bit."""
        result = found.results.get(name, found.results[SEED])
        name = name if name in found.results else SEED
        if result.rejection is not None:
            return Verdict(None, result.rejection, result.detail, level=self._sandbox.level)
        samples = found.timings.programs[name]
        return Verdict(
            candidate=None,
            loss=_mean(result.scores),
            scores=result.scores,
            work=len(result.scores),
            level=self._sandbox.level,
            cpu=math.fsum(map(math.fsum, samples)),
        )

    def _confirm_best(
        self, batch: Batch, candidates: Sequence[Candidate], sources: Sequence[str], verdicts: list[Verdict]
    ) -> None:
        ceiling = math.inf if batch.incumbent is None else batch.incumbent * _NEWS
        below = sorted(
            (verdict.loss, place)
            for place, verdict in enumerate(verdicts)
            if verdict.loss is not None and verdict.loss < ceiling
        )
        for _, place in below:
            own = candidates[place].digest == self._seed_digest
            verdicts[place] = self._confirm(sources[place], verdicts[place], batch.incumbent, own=own)
            if verdicts[place].accepted:
                return

    def _confirm(self, source: str, verdict: Verdict, incumbent: float | None, *, own: bool) -> Verdict:
        """Return ``verdict`` after more samples, and audited if it is below the incumbent still.

        The worse of the two losses counts: one that is low by luck would stand in the way of all after it.
        """
        if own:
            return msgspec.structs.replace(verdict, audited=True, validation=1.0)
        again = self.plain.judge("train", source)
        if again.rejection is not None:
            return _rejected(verdict, again, "timed again: ")
        loss = _mean(again.scores)
        if loss > _mean(verdict.scores):
            verdict = msgspec.structs.replace(verdict, loss=loss, scores=again.scores)
        if incumbent is not None and loss >= incumbent:
            return verdict
        checked = self.plain.judge("validation", source)
        if checked.rejection is not None:
            return _rejected(verdict, checked, "on validation: ")
        return msgspec.structs.replace(verdict, audited=True, validation=_mean(checked.scores))


class SpeedPlain:
    """Judges whole programs, as `PlainJudge` does, by timing them beside the seed program."""

    def __init__(self, judge: SpeedJudge) -> None:
        self._judge = judge

    def judge(self, split: str, source: str) -> PlainResult:
        """Judge the program ``source`` on ``split``, with half as many samples as a claim has.

        Raises:
            JudgeError: the task failed on its own account.
        """
        task = self._judge.task
        for _ in range(2):
            try:
                self._judge.know(split)
            except (ChildFailed, Refused) as failure:
                rejection, detail = rejection_of(failure, task.settings.limits)
                if rejection is not None:
                    return PlainResult(rejection, detail, (), (), "", (), ())
            else:
                break
        else:
            rejection, detail = settled()
            return PlainResult(rejection, detail, (), (), "", (), ())
        if source == task.program.source:
            return self._judge.measure(split, {}, 1).results[SEED]
        rounds = max(_ROUNDS, task.settings.timing.rounds // 2)
        return self._judge.measure(split, {"program": source}, rounds).results["program"]

    def rejudge(self, split: str, result: PlainResult) -> PlainResult:
        """Check the stored answers of ``result`` against the seed program's; return it with their behaviour.

        Its scores are times, which stay as they are.

        Raises:
            WireError: if an answer cannot be decoded.
            Refused: if one is not right, or there is not one for each instance.
            JudgeError: if the seed program fails.
        """
        answers = [decode(data) for data in result.answers]
        count = len(self._judge.scoring.instances(split))
        if result.answer_of != tuple(range(count)) or len(answers) != count:
            raise Refused(f"the answers stored are not for the {count} instances of {split}")
        try:
            self._judge.check(split, answers)
        except ChildFailed as failure:
            raise Refused(failure.detail) from failure
        return msgspec.structs.replace(
            result, exact=tuple(map(repr, result.scores)), behaviour=self._judge.behaviour(answers)
        )

    def baselines(self, split: str) -> dict[str, tuple[float, ...]]:
        """Return nothing: a judge computes no times."""
        return {}


def _mean(scores: Sequence[float]) -> float:
    return math.fsum(scores) / len(scores)


def _rejected(verdict: Verdict, result: PlainResult, when: str) -> Verdict:
    return msgspec.structs.replace(
        verdict,
        rejection=result.rejection,
        detail=steady(when + result.detail),
        loss=None,
        validation=None,
    )
