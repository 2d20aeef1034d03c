"""Instances, bounds and references of a task, and the scores that its judge gives to answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from hashlib import blake2b

from provolve.errors import AuditFailed, JudgeError, Refused
from provolve.judge.statistics import loss
from provolve.record import Rejection
from provolve.sandbox import encode
from provolve.task import Task, make_split

Score = int | float | Fraction
_BOUND_SLACK = 1e-12


class BadScore(Exception):
    """A score that no answer may have."""

    def __init__(self, rejection: Rejection, detail: str) -> None:
        super().__init__(detail)
        self.rejection = rejection
        self.detail = detail


class Scoring:
    """What a task's judge says of answers.

    ``seed`` draws train and validation, ``test_seed`` test. The instances of a split are made when it is
    first used, so whoever is never asked about test never has it in memory.
    """

    def __init__(self, task: Task, *, seed: int, test_seed: int) -> None:
        self.task = task
        self._seeds = {"train": seed, "validation": seed, "test": test_seed}
        self._epoch = 0
        self._instances: dict[str, tuple[object, ...]] = {}
        self._bounds: dict[str, tuple[Score | None, ...]] = {}
        self._reference: dict[str, tuple[float, ...]] = {}

    def set_reference(self, split: str, scores: Sequence[float]) -> None:
        """Set the scores of the seed program on ``split``, to which losses are aggregated."""
        self._reference[split] = tuple(scores)

    def begin_epoch(self, number: int) -> None:
        """Judge train on the instances of another epoch from now on; it has no reference until one is set."""
        self._epoch = number
        for kept in (self._instances, self._bounds, self._reference):
            kept.pop("train", None)

    def set_instances(self, split: str, instances: Sequence[object]) -> None:
        """Judge ``split`` on these instances instead of those that the task makes."""
        self._instances[split] = tuple(instances)

    def instances(self, split: str) -> tuple[object, ...]:
        """Return the instances of ``split``, each as often as the task repeats it; made on first use."""
        if split not in self._instances:
            epoch = self._epoch if split == "train" else 0
            self._instances[split] = make_split(self.task, split, self._seeds[split], epoch=epoch)
        return self._instances[split]

    def size(self, split: str) -> int:
        """Return the number of instances of ``split``, repeats not counted: the number of scores."""
        return len(self.instances(split)) // self.task.settings.repeats

    def averaged(self, scores: Sequence[Score]) -> tuple[Score, ...]:
        """Return one score an instance: the mean over its repeats, exact where the scores are."""
        repeats = self.task.settings.repeats
        if repeats == 1:
            return tuple(scores)
        return tuple(_mean(scores[start : start + repeats]) for start in range(0, len(scores), repeats))

    def loss(self, split: str, scores: Sequence[float]) -> float:
        """Return the aggregate of ``scores`` on the first ``len(scores)`` instances; smaller is better.

        Raises:
            JudgeError: if the aggregate has no value for these scores.
        """
        settings = self.task.settings
        reference = self._reference[split][: len(scores)]
        try:
            return loss(scores, reference, settings.aggregate, settings.direction)
        except ValueError as error:
            raise JudgeError(f"{self.task.origin}: {error}") from error

    def behind(self, split: str, scores: Sequence[float], other: Sequence[float]) -> list[float]:
        """Return by how much ``scores`` are worse than ``other`` on each of the first instances of ``split``.

        The mean over all instances has the sign of the difference of the two losses, save where the
        aggregate is ``worst``.
        """
        sign = 1.0 if self.task.settings.direction == "minimize" else -1.0
        pairs = zip(scores, other, strict=False)
        differences = [sign * (one - two) for one, two in pairs]
        if self.task.settings.aggregate != "ratio":
            return differences
        return [
            difference / base for difference, base in zip(differences, self._reference[split], strict=False)
        ]

    def score(self, split: str, number: int, canonical: object) -> Score:
        """Return the score of an answer, in canonical form, to place ``number`` of ``instances(split)``.

        Raises:
            Refused: the judge refused the answer, or failed on it.
            BadScore: the score is not finite or beyond the bound.
            JudgeError: the judge failed on the seed program, before there was a reference.
        """
        return self._checked(split, number, canonical, plain=False)

    def plain_score(self, split: str, number: int, answer: object) -> Score:
        """Return the score of an answer, as it was given, by the judge's plain twin; errors as of `score`."""
        return self._checked(split, number, answer, plain=True)

    def canonical(self, answer: object) -> object:
        """Return the decisions that an answer stands for.

        Raises:
            Refused: the judge refused the answer, or failed on it.
        """
        try:
            return self.task.judge.canonical(answer)
        except JudgeError as error:
            raise self._blamed(error) from error

    def explain(self, instance: object, canonical: object) -> tuple[str, ...]:
        """Return the judge's own words on an answer in canonical form; errors as of `canonical`."""
        try:
            return self.task.judge.explain(instance, canonical)
        except JudgeError as error:
            raise self._blamed(error) from error

    def _checked(self, split: str, number: int, answer: object, *, plain: bool) -> Score:
        judge = self.task.judge
        instance = self.instances(split)[number]
        try:
            score = (judge.plain_score if plain else judge.score)(instance, answer)
        except JudgeError as error:
            raise self._blamed(error) from error
        if isinstance(score, float) and not math.isfinite(score):
            raise BadScore(Rejection.SCORE_NOT_FINITE, f"instance {number}: the score is {score}")
        bound = self._bound(split, number)
        if bound is not None and _beats(score, bound, self.task.settings.direction):
            raise BadScore(
                Rejection.SCORE_BEYOND_BOUND, f"instance {number}: {score} is beyond the bound {bound}"
            )
        return score

    def _blamed(self, error: JudgeError) -> Exception:
        """Blame the answer for a failure of the judge, except on the seed program: that one must pass."""
        return Refused(f"the judge failed on the answer: {error}") if self._reference else error

    def _bound(self, split: str, number: int) -> Score | None:
        if split not in self._bounds:
            self._bounds[split] = tuple(map(self.task.judge.bound, self.instances(split)))
        return self._bounds[split][number]

    def beyond_bound(self, detail: str, source: str, literals: Sequence[int | float] = ()) -> AuditFailed:
        """Return the error that stops a run whose bound was beaten."""
        filled = f" with the literals {', '.join(map(repr, literals))}" if literals else ""
        return AuditFailed(
            f"{self.task.origin}: {detail}. Either the bound is wrong or the judge has a hole: mend it. "
            f"The candidate{filled}:\n{source}"
        )


class Reading:
    """The answers of one candidate as the judge reads them: canonical forms, behaviour, measures."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._hash = blake2b(digest_size=16)
        self._last: object = self
        self._form: object = None
        self._measured: list[Sequence[float]] = []
        self.canonical: list[object] = []

    @property
    def behaviour(self) -> str:
        """Hash of the canonical forms so far: 32 hexadecimal digits."""
        return self._hash.hexdigest()

    def add(self, instance: object, answer: object) -> None:
        """Read one more answer. The same object again (a table) is read and hashed once.

        Raises:
            Refused: the judge refused the answer, or failed on it.
        """
        if answer is not self._last:
            self._last = answer
            self._form = self._scoring.canonical(answer)
            self._hash.update(encode(self._form))
        self.canonical.append(self._form)
        task = self._scoring.task
        if task.settings.measures:
            self._measured.append(task.judge.measures(instance, self._form))

    def measures(self) -> tuple[float, ...]:
        """Return the mean of each declared measure over the instances read."""
        return tuple(math.fsum(column) / len(column) for column in zip(*self._measured, strict=True))


def _mean(scores: Sequence[Score]) -> Score:
    if any(isinstance(score, float) for score in scores):
        return math.fsum(map(float, scores)) / len(scores)
    return sum((Fraction(score) for score in scores), Fraction()) / len(scores)


def _beats(score: Score, bound: Score, direction: str) -> bool:
    """Whether ``score`` is beyond ``bound``, by more than rounding where either is a float."""
    slack: Score = 0
    if isinstance(score, float) or isinstance(bound, float):
        slack = _BOUND_SLACK * max(1.0, abs(float(bound)))
    return score < bound - slack if direction == "minimize" else score > bound + slack
