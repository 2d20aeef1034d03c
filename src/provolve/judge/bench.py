"""Programs run on train to be looked at: traced, compared, tried on statements. Nothing here is a score.

All of it is what a program says of itself, from a confined child, and is of use as a hint alone.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from provolve.errors import Refused
from provolve.judge.failures import rejection_of
from provolve.judge.forms import CANDIDATE_FILE, StepsForm, as_data, form_of
from provolve.judge.prescreen import is_closed
from provolve.judge.said import said
from provolve.judge.scoring import BadScore, Scoring
from provolve.sandbox import Child, ChildFailed, Sandbox
from provolve.task import Task
from provolve.task.content import content_digest

TRACE = 5000
"""Characters of a trace."""
_PATIENCE = 10
"""How many times the limits of an instance a traced run has: watching takes its time."""
_WATCHED = 4
"""Train instances on which it is seen what a program is given."""
_STEPS = 2
"""Steps that are told from the beginning of an instance that is led step by step; and the last one."""
_MOST_STEPS = 2000
_CHECK = 300
_Seen = dict[str, tuple[float, float] | None]
_FAILURES = (ChildFailed, Refused, BadScore)


class Bench:
    """Runs whole programs of a task in its sandbox, a fresh child for each."""

    def __init__(self, scoring: Scoring, sandbox: Sandbox) -> None:
        self._scoring = scoring
        self._task: Task = scoring.task
        self._sandbox = sandbox
        self._form = form_of(scoring.task)

    # Behaviour ------------------------------------------------------------------------------------------

    def behaviours(self, source: str) -> tuple[str, ...]:
        """Return for each train instance a digest of what the program answers; empty from its failure on.

        Raises:
            JudgeError: if the task failed on its own account.
        """
        count = len(self._scoring.instances("train"))
        found: list[str] = []
        try:
            for answer in self._answers(source):
                found.append(content_digest(self._scoring.canonical(answer)))
        except _FAILURES:
            pass
        return (*found, *([""] * (count - len(found))))

    def _answers(self, source: str) -> Iterator[object]:
        instances = self._scoring.instances("train")
        self_judged = self._task.self_judged
        with self._sandbox.child() as child:
            self._form.put(child, instances)
            child.load(as_data(source) if self_judged else source, ())
            closed = not self_judged and is_closed(source)
            yield from self._form.answers(child, instances, closed=closed)

    # Arguments ------------------------------------------------------------------------------------------

    def ranges(self, source: str) -> dict[str, tuple[float, float]]:
        """Return least and largest value of each argument of the entry point that is given numbers.

        The program is run on the first train instances, as far as it gets. Arguments that are always the
        same are left out.

        Raises:
            JudgeError: if the task failed on its own account.
        """
        seen: _Seen = {}
        instances = self._scoring.instances("train")[:_WATCHED]
        times, loading = self._times(), self._task.settings.limits.load_seconds
        try:
            with self._sandbox.child() as child:

                def ask(function: str, index: int | None = None, **how: Any) -> object:
                    found = child.watch(function, index, watched=self._task.entry.name, **{**how, **times})
                    return _noted(found, seen)

                child.load(source, ())
                self._form.put(child, instances)
                for index, instance in enumerate(instances):
                    if isinstance(self._form, StepsForm):
                        self._form.play(child, instance, loading, ask)
                    else:
                        ask("answer", index)
        except _FAILURES:
            pass
        return {name: pair for name, pair in seen.items() if pair is not None and pair[0] < pair[1]}

    # Checks ---------------------------------------------------------------------------------------------

    def checks(self, source: str, statements: Sequence[str]) -> tuple[str, ...]:
        """Return for each statement why it does not hold beside the program; empty where it does."""
        limits = self._task.settings.limits
        try:
            with self._sandbox.child() as child:
                child.load(source, ())
                found = child.check(
                    statements,
                    cpu_seconds=limits.cpu_seconds + limits.load_seconds,
                    wall_seconds=limits.wall_seconds + limits.load_seconds,
                )
        except ChildFailed as failure:
            return (self._told(failure),) * len(statements)
        if not _is_texts(found) or len(found) != len(statements):
            return ("the program answered for the checks",) * len(statements)
        return tuple(said(one, _CHECK) for one in found)

    # Traces ---------------------------------------------------------------------------------------------

    def trace(self, source: str, place: int | None) -> str:
        """Return how the program runs on one train instance: the values of its variables block by block.

        Args:
            source: a whole program.
            place: of the instance; None for the first that the program fails on.

        Raises:
            JudgeError: if the task failed on its own account.
        """
        place = self._failing(source) if place is None else place * self._task.settings.repeats
        try:
            with self._sandbox.child() as child:
                return said(self._traced(child, source, place), TRACE)
        except ChildFailed as failure:
            return f"Traced, it came to no end: {self._told(failure)}"

    def _told(self, failure: ChildFailed) -> str:
        rejection, detail = rejection_of(failure, self._task.settings.limits)
        return said(f"{rejection}: {detail}" if rejection else "it stood still", _CHECK)

    def _failing(self, source: str) -> int:
        """Return the place of the first instance with no answer or a refused one; the last if all pass."""
        done = 0
        try:
            for answer in self._answers(source):
                if self._task.kind != "speed":
                    self._scoring.score("train", done, self._scoring.canonical(answer))
                done += 1
        except _FAILURES:
            pass
        return min(done, len(self._scoring.instances("train")) - 1)

    def _traced(self, child: Child, source: str, place: int) -> str:
        instance = self._scoring.instances("train")[place]
        self_judged = self._task.self_judged
        child.load(as_data(source) if self_judged else source, ())
        if isinstance(self._form, StepsForm):
            return self._steps(child, self._form, instance)
        self._form.put(child, (instance,))
        file = (CANDIDATE_FILE, source) if self_judged else None
        found = child.trace("answer", 0, file=file, **self._times())
        return _text(found)

    def _times(self) -> dict[str, float]:
        """Return the limits of a call that is watched."""
        limits = self._task.settings.limits
        return {
            "cpu_seconds": _PATIENCE * limits.cpu_seconds + limits.load_seconds,
            "wall_seconds": _PATIENCE * limits.wall_seconds + limits.load_seconds,
        }

    def _steps(self, child: Child, form: StepsForm, instance: object) -> str:
        """Return the first steps of an instance and the last one: that of a failure, if there is one."""
        times, loading = self._times(), self._task.settings.limits.load_seconds
        told: list[str] = []
        count = itertools.count(1)

        def ask(function: str, *, value: object, **_: float) -> object:
            number = next(count)
            found = child.trace(
                function,
                value=value,
                cpu_seconds=max(times["cpu_seconds"] - child.cpu_time(), 0.001),
                wall_seconds=times["wall_seconds"],
            )
            told[_STEPS:] = [f"Step {number}:\n{_text(found)}"]
            failed = not isinstance(found, dict) or found.get("failed") or "answer" not in found
            if failed or number == _MOST_STEPS:
                raise Refused("no further step is looked at")
            return found["answer"]

        with contextlib.suppress(Refused):
            form.play(child, instance, loading, ask)
        return "\n".join(told)


def _noted(found: Any, seen: _Seen) -> object:
    """Widen ``seen`` by the ranges that a watched call tells, if it tells any; return its answer."""
    ranges = found.get("ranges") if isinstance(found, dict) else None
    for name, pair in ranges.items() if isinstance(ranges, dict) else ():
        known = seen.get(name, (math.inf, -math.inf))
        sound = isinstance(pair, list) and len(pair) == 2 and all(_is_finite(one) for one in pair)
        seen[name] = (min(known[0], pair[0]), max(known[1], pair[1])) if sound and known else None
    return found.get("answer") if isinstance(found, dict) else None


def _is_finite(number: object) -> bool:
    return type(number) is float and math.isfinite(number)


def _text(found: Any) -> str:
    """Return what a traced call tells, if it is of the form that it should have."""
    if not isinstance(found, dict) or not _is_texts([found.get("trace"), found.get("failed")]):
        return "The program answered for its trace."
    failed = f"\nIt failed: {found['failed']}" if found["failed"] else ""
    return f"{found['trace']}{failed}"


def _is_texts(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)
