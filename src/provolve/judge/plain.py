"""The plain path: a whole program, as source, in a fresh child, scored by the plain twin of the judge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.errors import AuditFailed, JudgeError, Refused
from provolve.judge.answer_check import answer_check, violation
from provolve.judge.failures import rejection_of, settled
from provolve.judge.forms import Form, as_data
from provolve.judge.prescreen import is_closed
from provolve.judge.scoring import BadScore, Reading, Score, Scoring
from provolve.record import Rejection
from provolve.sandbox import ChildFailed, Sandbox, decode, encode


class PlainResult(msgspec.Struct, frozen=True):
    """A whole program judged by the plain path on one split."""

    rejection: Rejection | None
    detail: str
    scores: tuple[float, ...]
    exact: tuple[str, ...]
    """The scores in exact form: an integer, a fraction, or the repr of a float."""
    behaviour: str
    answers: tuple[bytes, ...]
    """The distinct answers, encoded by the wire format of the sandbox."""
    answer_of: tuple[int, ...]
    """For each repeat of each instance the index of its answer in ``answers``."""
    explained: tuple[str, ...] = ()
    """What the judge says in words of the answer to the first instance; nothing where it explains none."""


class PlainJudge:
    """Judges whole programs by the plain path."""

    def __init__(self, scoring: Scoring, sandbox: Sandbox, form: Form) -> None:
        self._scoring = scoring
        self._sandbox = sandbox
        self._form = form

    def judge(self, split: str, source: str) -> PlainResult:
        """Judge the program ``source`` on ``split``.

        The instances are met in reverse order, so that what a program carries over from one instance to
        the next shows as other answers.

        Raises:
            AuditFailed: ``score`` and ``plain_score`` differ, or a bound was beaten.
            JudgeError: the task failed on its own account.
        """
        for _ in range(2):
            try:
                return self._judge(split, source)
            except (ChildFailed, Refused, BadScore) as failure:
                rejection, detail = rejection_of(failure, self._scoring.task.settings.limits)
                if rejection is Rejection.SCORE_BEYOND_BOUND and not self._scoring.task.self_judged:
                    raise self._scoring.beyond_bound(detail, source) from failure
                if rejection is not None:
                    return PlainResult(rejection, detail, (), (), "", (), ())
        rejection, detail = settled()
        return PlainResult(rejection, detail, (), (), "", (), ())

    def _judge(self, split: str, source: str) -> PlainResult:
        instances = self._scoring.instances(split)
        answers = self._answers(instances, source)
        reading = Reading(self._scoring)
        scores: list[Score] = []
        for number, (instance, answer) in enumerate(zip(instances, answers, strict=True)):
            reading.add(instance, answer)
            fast = self._scoring.score(split, number, reading.canonical[number])
            slow = self._scoring.plain_score(split, number, answer)
            if fast != slow:
                raise AuditFailed(
                    f"{self._scoring.task.origin}: on instance {number} of {split} the fast judge says "
                    f"{fast!r} and the plain one {slow!r} for the same answer. Mend the judge. "
                    f"The candidate:\n{source}"
                )
            scores.append(slow)
        averaged = self._scoring.averaged(scores)
        encoded, answer_of = _distinct(answers)
        return PlainResult(
            rejection=None,
            detail="",
            scores=tuple(float(score) for score in averaged),
            exact=tuple(map(_exact, averaged)),
            behaviour=reading.behaviour,
            answers=encoded,
            answer_of=answer_of,
            explained=self._scoring.explain(instances[0], reading.canonical[0]),
        )

    def _answers(self, instances: Sequence[object], source: str) -> list[object]:
        turned = instances[::-1]
        with self._sandbox.child() as child:
            self._form.put(child, turned)
            self_judged = self._scoring.task.self_judged
            child.load(as_data(source) if self_judged else source, ())
            # An evaluator is never closed, whatever its program looks like.
            closed = not self_judged and is_closed(source)
            return list(self._form.answers(child, turned, closed=closed))[::-1]

    def rejudge(self, split: str, result: PlainResult) -> PlainResult:
        """Return ``result`` with what its stored answers are worth, by the plain twin; no program runs.

        Raises:
            WireError: if an answer cannot be decoded.
            Refused: if the judge refuses one, one is not as the task declares, or they are not one for each
                instance with none left over.
            BadScore: if a score is not finite or beyond the bound.
        """
        answers = [decode(data) for data in result.answers]
        instances = self._scoring.instances(split)
        if len(result.answer_of) != len(instances) or set(result.answer_of) != set(range(len(answers))):
            raise Refused(f"the answers stored are not for the {len(instances)} instances of {split}")
        self._check_declared(answers)
        reading = Reading(self._scoring)
        for instance, place in zip(instances, result.answer_of, strict=True):
            reading.add(instance, answers[place])
        scores = [
            self._scoring.plain_score(split, number, answers[place])
            for number, place in enumerate(result.answer_of)
        ]
        averaged = self._scoring.averaged(scores)
        return msgspec.structs.replace(
            result,
            scores=tuple(float(score) for score in averaged),
            exact=tuple(map(_exact, averaged)),
            behaviour=reading.behaviour,
            explained=self._scoring.explain(instances[0], reading.canonical[0]),
        )

    def _check_declared(self, answers: Sequence[object]) -> None:
        """Check answers that no form has; those of steps are the judge's own, made of checked decisions."""
        settings = self._scoring.task.settings
        check = answer_check(None if settings.answer == "steps" else settings.answer_schema)
        for number, answer in enumerate(answers):
            if settings.answer == "table" and not isinstance(answer, np.ndarray):
                continue  # what the judge's steps made of a rule that no table can stand for
            wrong = violation(check, answer, f"answer {number}: answer")
            if wrong:
                raise Refused(wrong)

    def baselines(self, split: str) -> dict[str, tuple[float, ...]]:
        """Return, for each baseline that the judge computes itself, its scores on ``split``.

        Raises:
            JudgeError: if one fails or has a score that is not finite.
        """
        scores = {}
        task = self._scoring.task
        for name, baseline in task.judge.baselines.items():
            own = [baseline(instance) for instance in self._scoring.instances(split)]
            values = tuple(map(float, self._scoring.averaged(own)))
            if not all(map(math.isfinite, values)):
                raise JudgeError(f"{task.origin}: baseline {name} has a score that is not finite")
            scores[name] = values
        return scores


def _exact(score: Score) -> str:
    return repr(score) if isinstance(score, float) else str(score)


def _distinct(answers: Sequence[object]) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Encode answers; one object that answers many instances is encoded once."""
    encoded: list[bytes] = []
    places: dict[int, int] = {}
    for answer in answers:
        if id(answer) not in places:
            places[id(answer)] = len(encoded)
            encoded.append(encode(answer))
    return tuple(encoded), tuple(places[id(answer)] for answer in answers)
