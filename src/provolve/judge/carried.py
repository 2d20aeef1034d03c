"""The arrays that a program carries from step to step: the judge keeps them and hands them in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from provolve.errors import JudgeError
from provolve.sandbox import ChildFailed
from provolve.task import Task

Array = NDArray[np.float64]


class Carried:
    """The state of one program on one instance: zeros before the first step, then what it returned last."""

    def __init__(self, task: Task) -> None:
        self._origin = task.origin
        self._declared = task.settings.state
        self._arrays: dict[str, Array] = {}

    def shown(self, observation: object) -> object:
        """Return ``observation`` with the state beside it; as it is where none is declared.

        Raises:
            JudgeError: the observation has no place for the state, or not the array whose shape it takes.
        """
        if not self._declared:
            return observation
        if not isinstance(observation, dict) or observation.keys() & self._declared.keys():
            raise JudgeError(
                f"{self._origin}: with [state] an observation must be a dict without the keys "
                f"{', '.join(self._declared)}"
            )
        if not self._arrays:
            self._arrays = {name: np.zeros(self._shape(name, observation)) for name in self._declared}
        return {**observation, **self._arrays}

    def _shape(self, name: str, observation: Mapping[str, object]) -> tuple[int, ...]:
        declared = self._declared[name]
        if declared.shape:
            return declared.shape
        model = observation.get(declared.like)
        if not isinstance(model, np.ndarray):
            raise JudgeError(
                f'{self._origin}: state.{name}.like = "{declared.like}" names no array of an observation, '
                f"which has {', '.join(observation)}"
            )
        return tuple(model.shape)

    def parted(self, reply: object) -> object:
        """Keep the state in a program's reply, and return its decision.

        Raises:
            ChildFailed: ``answer_malformed``, where the reply is not the decision and then the state.
        """
        if not self._declared:
            return reply
        wanted = f"the decision and then {', '.join(self._declared)}"
        if not isinstance(reply, list) or len(reply) != 1 + len(self._declared):
            count = len(reply) if isinstance(reply, list) else 1
            raise ChildFailed(
                "answer_malformed", f"a step returned {count} values: {wanted} must be returned"
            )
        for name, value in zip(self._declared, reply[1:], strict=True):
            self._arrays[name] = self._kept(name, value)
        return reply[0]

    def _kept(self, name: str, value: Any) -> Array:
        """Return a new value of the array ``name``; a number stands for an array of it."""
        shape = self._arrays[name].shape
        if type(value) in (int, float):
            return np.full(shape, float(value))
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub" or value.shape != shape:
            told = (
                f"shape {list(value.shape)}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
            )
            raise ChildFailed(
                "answer_malformed",
                f"state {name} came back as {told}: numbers of shape {list(shape)} are wanted",
            )
        return value.astype(np.float64, copy=False)
