"""Trying programs and answers on a task, as a candidate would, and comparing them with the seed program."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np

from provolve.errors import JudgeError, Refused
from provolve.judge import BadScore
from provolve.judge.forms import Declared, StepsForm, form_of
from provolve.judge.scoring import Reading, Scoring
from provolve.record import Rejection
from provolve.sandbox import Child, ChildFailed, Sandbox
from provolve.task import Finding, Task

INSTANCES = 6
_CPU_SECONDS = 1.0
_JUDGE_SECONDS = 20.0


class Outcome(msgspec.Struct, frozen=True):
    """What came of one try on the first train instances. Refused where all is empty but ``detail``."""

    scores: tuple[float, ...] = ()
    behaviour: str = ""
    detail: str = ""
    beaten: str = ""
    """How the bound was beaten."""
    broken: str = ""
    """How the judge failed instead of refusing, so that a run would stop."""


class TookTooLong(BaseException):
    """The judge needs too long for an answer. No Exception, so that no judge catches it."""


class Trial:
    """Tries programs and offers on the first train instances.

    An offer is what a candidate can make the judge see of an instance: an answer, or for ``steps`` the list
    of its decisions.
    """

    def __init__(self, task: Task, sandbox: Sandbox, scoring: Scoring, scores: Sequence[float]) -> None:
        """``scores``: the seed program's on train, to which ``scoring`` refers losses."""
        self.task = task
        self.scoring = scoring
        self.instances = scoring.instances("train")[:INSTANCES]
        self.count = len(self.instances)
        self._sandbox = sandbox
        self._limits = task.settings.limits
        self._form = form_of(_hurried(task))
        self._declared = Declared(task)
        with self._sandbox.child() as child:
            self._form.put(child, self.instances)
            child.load(task.program.source, ())
            self.offers: tuple[object, ...] = tuple(self._offers(child))
        """What the seed program offers for each instance."""
        self._table = task.settings.answer == "table"
        self.seed = msgspec.structs.replace(self.offer(self.offers), scores=tuple(scores[: self.count]))
        self._behaviours = {
            self.count: self.seed.behaviour,
            1: self.offer(self.offers[:1]).behaviour,
        }
        """The seed program's, by the number of instances."""

    @property
    def steps(self) -> bool:
        """Whether an offer is a list of decisions."""
        return self.task.settings.answer == "steps"

    def _offers(self, child: Child) -> Iterator[object]:
        if not self.steps:
            yield from self._form.answers(child, self.instances, closed=False)
            return
        form = self._form
        assert isinstance(form, StepsForm)
        for instance in self.instances:
            made: list[object] = []
            steps, decide = self.task.judge.steps(instance), form.decider(child, self._limits.load_seconds)
            with contextlib.suppress(StopIteration):
                observation = next(steps)
                while True:
                    made.append(decide(observation))
                    observation = steps.send(made[-1])
            yield made

    def run(self, source: str) -> Outcome:
        """Return what comes of the program ``source``.

        A table counts as it is, whether or not the rule is elementwise: who knows it can write it down.
        """
        try:
            with self._sandbox.child() as child:
                self._form.put(child, self.instances)
                child.load(source, ())
                return self._judged(self._form.answers(child, self.instances, closed=True))
        except (ChildFailed, Refused) as failure:
            return Outcome(detail=str(failure))
        except JudgeError as error:
            return Outcome(broken=str(error))

    def varied(self, change: Callable[[object], object]) -> list[object]:
        """Return ``change`` of what the seed program offers for each instance; a table answers them all."""
        if self._table:
            return [change(self.offers[0])] * self.count
        return [change(offer) for offer in self.offers]

    def offer(self, offers: Sequence[object]) -> Outcome:
        """Return what comes of an offer for each of the first ``len(offers)`` instances."""
        try:
            return self._judged(
                self._answer(instance, offer) for instance, offer in zip(self.instances, offers, strict=False)
            )
        except (ChildFailed, Refused) as failure:
            return Outcome(detail=str(failure))
        except JudgeError as error:
            return Outcome(broken=str(error))

    def _answer(self, instance: object, offer: object) -> object:
        if not self.steps:
            self._declared.check(offer)
            return offer
        assert isinstance(offer, list)
        if not offer:
            raise Refused("no decision")
        steps, decision = self.task.judge.steps(instance), None
        for number in range(4 * len(offer) + 100):
            try:
                steps.send(decision)
            except StopIteration as end:
                return end.value
            decision = offer[min(number, len(offer) - 1)]
            self._declared.check(decision, "decision")
        raise Refused("it takes too many steps")

    def _judged(self, answers: Iterable[object]) -> Outcome:
        reading, scores = Reading(self.scoring), []
        try:
            with _watched():
                for number, answer in enumerate(answers):
                    reading.add(self.instances[number], answer)
                    scores.append(float(self.scoring.score("train", number, reading.canonical[number])))
        except BadScore as bad:
            beyond = bad.rejection is Rejection.SCORE_BEYOND_BOUND
            return Outcome(beaten=bad.detail) if beyond else Outcome(detail=bad.detail)
        except TookTooLong:
            return Outcome(broken=f"the judge took more than {_JUDGE_SECONDS:g} s")
        return Outcome(tuple(scores), reading.behaviour)

    def compare(self, outcome: Outcome) -> int:
        """Return 1 where ``outcome`` is better than the seed program, 0 where it is as good, else -1.

        What behaves as the seed program does is no better.
        """
        if not outcome.scores or outcome.behaviour == self._behaviours.get(len(outcome.scores)):
            return -1
        count = len(outcome.scores)
        try:
            loss = self.scoring.loss("train", outcome.scores)
        except JudgeError:
            return -1
        own = self.scoring.loss("train", self.seed.scores[:count])
        return (loss < own) - (loss > own)

    def numbers(self, outcome: Outcome) -> str:
        """Say what ``outcome`` scores, and what the seed program."""
        count = len(outcome.scores)
        return (
            f"scores {np.mean(outcome.scores):.6g} on {count} train instance{'s'[: count - 1]}, where the "
            f"seed program scores {np.mean(self.seed.scores[:count]):.6g}"
        )


def alarms(attack: str, what: str, outcome: Outcome) -> list[Finding]:
    """Return what is wrong whatever the score: a bound beaten, a judge that fails."""
    if outcome.beaten:
        return [
            Finding(
                "error",
                f'attack "{attack}": {what} beats the bound: {outcome.beaten}. Either the bound is wrong or '
                "the judge has a hole",
            )
        ]
    if outcome.broken:
        return [
            Finding(
                "error",
                f'attack "{attack}": on {what} the judge fails where it should refuse, and a run would stop: '
                f"{outcome.broken}. Check what comes from a candidate before using it, and raise Refused",
            )
        ]
    return []


def _hurried(task: Task) -> Task:
    """Return ``task`` with limits under which programs that never end do not take long."""
    limits = task.settings.limits
    seconds = min(_CPU_SECONDS, limits.cpu_seconds)
    shorter = msgspec.structs.replace(
        limits, load_seconds=min(limits.load_seconds, _CPU_SECONDS), cpu_seconds=max(seconds, 0.001)
    )
    return dataclasses.replace(task, settings=msgspec.structs.replace(task.settings, limits=shorter))


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """Stop a judge that needs too long; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signum: int, _frame: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _JUDGE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
