"""The plain path: a whole program, as source, in a fresh child, scored by the plain twin of the judge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.errors import AuditFailed, JudgeError, Refused
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
    """For each instance the index of its answer in ``answers``."""


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
        encoded, answer_of = _distinct(answers)
        return PlainResult(
            rejection=None,
            detail="",
            scores=tuple(float(score) for score in scores),
            exact=tuple(repr(score) if isinstance(score, float) else str(score) for score in scores),
            behaviour=reading.behaviour,
            answers=encoded,
            answer_of=answer_of,
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

    def rejudge(self, split: str, result: PlainResult) -> tuple[float, ...]:
        """Score the stored answers of ``result``; no program runs.

        Raises:
            WireError: if an answer cannot be decoded.
            Refused: if the judge refuses one.
            BadScore: if a score is not finite or beyond the bound.
        """
        answers = [decode(data) for data in result.answers]
        count = len(self._scoring.instances(split))
        if len(result.answer_of) != count or not all(0 <= place < len(answers) for place in result.answer_of):
            raise Refused(f"the answers stored are not for the {count} instances of {split}")
        return tuple(
            float(self._scoring.plain_score(split, number, answers[place]))
            for number, place in enumerate(result.answer_of)
        )

    def baselines(self, split: str) -> dict[str, tuple[float, ...]]:
        """Return, for each baseline that the judge computes itself, its scores on ``split``.

        Raises:
            JudgeError: if one fails or has a score that is not finite.
        """
        scores = {}
        task = self._scoring.task
        for name, baseline in task.judge.baselines.items():
            values = tuple(float(baseline(instance)) for instance in self._scoring.instances(split))
            if not all(map(math.isfinite, values)):
                raise JudgeError(f"{task.origin}: baseline {name} has a score that is not finite")
            scores[name] = values
        return scores


def _distinct(answers: Sequence[object]) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Encode answers; one object that answers many instances is encoded once."""
    encoded: list[bytes] = []
    places: dict[int, int] = {}
    for answer in answers:
        if id(answer) not in places:
            places[id(answer)] = len(encoded)
            encoded.append(encode(answer))
    return tuple(encoded), tuple(places[id(answer)] for answer in answers)
