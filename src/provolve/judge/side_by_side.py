"""Leads a rule that works element by element through many instances at once, one call for each step.

What the instances show at a step is laid end to end, so the rule is called once where it would be called once
for each instance. Only for closed sources, which are elementwise and stateless by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from provolve.errors import JudgeError
from provolve.judge.carried import Carried
from provolve.sandbox import Child, encode
from provolve.task import Task

Steps = Generator[object, object, object]
Observation = Mapping[str, Any]


class _Player:
    """One instance on its way: its generator, its state, and what it shows next."""

    def __init__(self, task: Task, instance: object) -> None:
        self._origin = task.origin
        self.steps: Steps = task.judge.steps(instance)
        self.carried = Carried(task)
        self.shown: Observation = {}
        self.length = 0
        self.answer: object = None

    def advance(self, decision: object) -> bool:
        """Send a decision; return whether there is another step."""
        try:
            observation = self.steps.send(decision)
        except StopIteration as end:
            self.answer = end.value
            return False
        shown = self.carried.shown(observation)
        lengths = {array.shape for array in _arrays(shown)}
        if (
            not isinstance(shown, dict)
            or len(lengths) != 1
            or len(shape := lengths.pop()) != 1
            or not shape[0]
        ):
            raise JudgeError(
                f"{self._origin}: with side_by_side = true an observation must be a dict of numbers and of "
                "arrays with one axis and one length, at least one of them"
            )
        self.shown, self.length = shown, shape[0]
        return True

    def spread(self, name: str) -> Any:
        """Return what is shown under ``name``, a number as an array."""
        value = self.shown[name]
        return value if isinstance(value, np.ndarray) else np.full(self.length, float(value))


def _arrays(shown: object) -> list[np.ndarray[Any, Any]]:
    values = shown.values() if isinstance(shown, dict) else ()
    return [value for value in values if isinstance(value, np.ndarray)]


class SideBySide:
    """Answers of one closed program to several instances."""

    def __init__(self, task: Task, instances: Sequence[object], checked: Callable[[object], object]) -> None:
        """``checked`` passes on a decision that is as the task declares."""
        self._task = task
        self._instances = instances
        self._checked = checked

    def answers(self, child: Child) -> Iterator[object]:
        """Yield the answer to each instance, in their order; errors as of the forms of answer.

        All are made before the first is yielded. The limits of all instances together hold for the whole.
        """
        players = [_Player(self._task, instance) for instance in self._instances]
        limits, count = self._task.settings.limits, len(players)
        cpu = limits.cpu_seconds * count + limits.load_seconds
        wall = limits.wall_seconds * count + limits.load_seconds
        began = child.cpu_time()
        under_way = [player for player in players if player.advance(None)]
        # Functions of numpy may round the last bit by where in an array an element stands: in an order of
        # their own the instances stand alike, whichever order they are asked for in.
        under_way.sort(key=lambda player: encode(player.shown))
        while under_way:
            left = max(cpu - (child.cpu_time() - began), 0.001)
            reply = child.call("step", value=_joined(under_way), cpu_seconds=left, wall_seconds=wall)
            decisions = self._decisions(under_way, reply)
            under_way = [p for p, decision in zip(under_way, decisions, strict=True) if p.advance(decision)]
        for player in players:
            yield player.answer

    def _decisions(self, players: Sequence[_Player], reply: object) -> Iterator[object]:
        ends = np.cumsum([player.length for player in players])
        for player, end in zip(players, ends.tolist(), strict=True):
            part = _part(reply, end - player.length, end, int(ends[-1]))
            yield self._checked(player.carried.parted(part))


def _joined(players: Sequence[_Player]) -> dict[str, Any]:
    """Return one observation made of those of all players, end to end."""
    return {name: np.concatenate([player.spread(name) for player in players]) for name in players[0].shown}


def _part(reply: object, start: int, end: int, whole: int) -> object:
    """Return what of a reply belongs to one player: of arrays of the whole length a piece, else all of it."""
    if isinstance(reply, list):
        return [_part(value, start, end, whole) for value in reply]
    if isinstance(reply, np.ndarray) and reply.shape == (whole,):
        return reply[start:end]
    return reply
