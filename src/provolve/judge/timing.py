"""How long programs take: CPU time read from outside, program against program, taken in turn.

A sample of a program is one process of its own: it is forked, loads the program, says that it is ready, is
given the inputs one at a time, answers each, and ends. The judge reads the process's CPU clock at each of
these moments, so whatever the process does, between two calls and in threads of its own too, is in one of
the differences. No other child lives meanwhile. In every round each program has one sample, and each second
round goes the other way round (ABBA), so that what changes slowly meets all of them alike. The floor is a
sample of an empty program that is called to do nothing; it is taken in every round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from provolve.errors import Refused
from provolve.judge.failures import rejection_of, settled
from provolve.judge.statistics import least_seconds
from provolve.record import Rejection
from provolve.sandbox import Child, ChildFailed, Sandbox
from provolve.task.settings import Limits

Check = Callable[[Sequence[object]], None]
"""Raises Refused where the answers to all inputs are not right."""

_EMPTY = ""


class Timings(msgspec.Struct, frozen=True):
    """All samples of some programs; a row holds the seconds of loading, then those of each input."""

    floor: tuple[tuple[float, ...], ...]
    """Of the empty program, a row a round."""
    programs: dict[str, tuple[tuple[float, ...], ...]]
    """Of each program that was right in every round, a row a round."""

    def parts(self, name: str, *, warm: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the samples of one program, and the floor, shape ``(rounds, parts)``.

        The parts are loading, unless ``warm``, and the inputs.
        """
        first = 1 if warm else 0
        return np.array(self.programs[name])[:, first:], np.array(self.floor)[:, first:]

    def seconds(self, name: str, *, warm: bool) -> NDArray[np.float64]:
        """Return the least seconds of each input above the floor, shape ``(n,)``.

        Unless ``warm``, the seconds of loading are shared out among them.
        """
        least = least_seconds(*self.parts(name, warm=False))
        shared: NDArray[np.float64] = least[1:] + (0.0 if warm else least[0] / (len(least) - 1))
        return shared


class Measured(msgspec.Struct, frozen=True):
    """What came of timing some programs."""

    timings: Timings
    failed: dict[str, tuple[Rejection, str]]
    """Why a program dropped out."""
    answers: dict[str, list[object]]
    """The answers of each program that did not."""


class Timer:
    """Times programs in the children of one sandbox."""

    def __init__(self, sandbox: Sandbox, limits: Limits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    def measure(
        self, programs: Mapping[str, str], inputs: Sequence[object], rounds: int, check: Check
    ) -> Measured:
        """Time whole programs on the same inputs, ``rounds`` samples each.

        Every answer of every sample is checked; a program that fails, or is wrong once, drops out.

        Args:
            programs: sources by name, in the order of the first round.
            inputs: what is visible of each instance; at least one.
            rounds: at least 1.
            check: raises Refused unless the answers to all inputs are right.

        Raises:
            ChildFailed: if even the empty program failed.
        """
        failed: dict[str, tuple[Rejection, str]] = {}
        floor: list[tuple[float, ...]] = []
        rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in programs}
        answers: dict[str, list[object]] = {}
        for turn in range(rounds):
            floor.append(self._sample(_EMPTY, inputs, "nothing")[0])
            for name in list(programs) if turn % 2 == 0 else list(programs)[::-1]:
                if name in failed:
                    continue
                outcome = self._outcome(programs[name], inputs, check)
                if isinstance(outcome[0], Rejection):
                    failed[name] = (outcome[0], str(outcome[1]))
                    continue
                seconds, found = outcome
                rows[name].append(seconds)
                answers.setdefault(name, found)
        right = {name: tuple(samples) for name, samples in rows.items() if name not in failed}
        return Measured(Timings(tuple(floor), right), failed, {name: answers[name] for name in right})

    def answers(self, source: str, inputs: Sequence[object]) -> list[object]:
        """Return a program's answers to the inputs, whatever they are.

        Raises:
            ChildFailed: as the child did.
        """
        return self._sample(source, inputs, "answer")[1]

    def _outcome(
        self, source: str, inputs: Sequence[object], check: Check
    ) -> tuple[tuple[float, ...], list[object]] | tuple[Rejection, str]:
        for _ in range(2):
            try:
                seconds, answers = self._sample(source, inputs, "answer")
                check(answers)
            except (ChildFailed, Refused) as failure:
                rejection, detail = rejection_of(failure, self._limits)
                if rejection is not None:
                    return rejection, detail
            else:
                return seconds, answers
        return settled()

    def _sample(
        self, source: str, inputs: Sequence[object], function: str
    ) -> tuple[tuple[float, ...], list[object]]:
        with self._sandbox.child() as child:
            marks, answers = [child.cpu_time()], []
            child.load(source, ())
            # The inputs are not sent before the program is loaded and has said so.
            self._call(child, "nothing", None, self._limits.load_seconds)
            marks.append(child.cpu_time())
            for value in inputs:
                answers.append(self._call(child, function, value, 0.0))
                marks.append(child.cpu_time())
        return tuple(float(step) for step in np.maximum(np.diff(marks), 0.0)), answers

    def _call(self, child: Child, function: str, value: object, loading: float) -> object:
        return child.call(
            function,
            value=value,
            cpu_seconds=self._limits.cpu_seconds + loading,
            wall_seconds=self._limits.wall_seconds + loading,
        )
