"""A judge nobody vouches for: its functions run in a sandbox child instead of in this process.

It offers what ``provolve.task.JudgeModule`` offers, for checking the bundle of a task that is not
installed here. Its numbers are then that judge's word, but it can do no harm.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from provolve.errors import JudgeError, Refused
from provolve.sandbox import Child, ChildFailed, Profile, Sandbox
from provolve.task import JudgeModule, Task, surrogate
from provolve.task.content import content_digest

_CPU_SECONDS = 120.0
_WALL_SECONDS = 600.0
_MEMORY = 2 * 2**30
_MESSAGE = 512 * 2**20

# What a judge may import from provolve is there under that name: Refused, and Surrogate by its own source.
HARNESS = (
    f"SURROGATE = {inspect.getsource(surrogate)!r}\n"
    + '''
import sys
import types

import numpy as np

_provolve = types.ModuleType("provolve")


class Refused(Exception):
    pass


_provolve.Refused = Refused
sys.modules["provolve"] = _provolve
exec(SURROGATE, _provolve.__dict__)
_steps = []


def call(program, value):
    name, arguments, parameters = value
    function = getattr(program, name)
    try:
        return {"value": function(*arguments, **parameters)}
    except Refused as refusal:
        return {"refused": str(refusal)}


def draw(program, value):
    """Instances of a split, drawn from the stream that the task's splits use."""
    split, count, entropy, key, keywords = value
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=tuple(key)))
    return {"value": list(program.instances(split, count, rng, **keywords))}


def read(program, value):
    name, text, parameters = value
    try:
        return {"value": list(program.parse(name, text, **parameters))}
    except Refused as refusal:
        return {"refused": str(refusal)}


def begin(program, value):
    instance, parameters = value
    _steps[:] = [program.steps(instance, **parameters)]
    return _advance(None)


def decide(program, value):
    return _advance(value)


def _advance(decision):
    try:
        return {"observation": _steps[0].send(decision)}
    except StopIteration as end:
        return {"value": end.value}
    except Refused as refusal:
        return {"refused": str(refusal)}
'''
)


class ConfinedJudge:
    """The functions of a task's judge, each called in one confined child. A context manager."""

    def __init__(self, task: Task) -> None:
        self._origin = str(task.origin)
        self._judge: JudgeModule = task.judge
        self._settings = task.settings
        self._source = task.parts.judge.text
        self._parameters = dict(task.parameters)
        self._sandbox = Sandbox(
            Profile(
                harness=HARNESS,
                imports=task.settings.sandbox.imports,
                memory=_MEMORY,
                max_message=_MESSAGE,
            ),
            slot=_SLOT,
        )
        self._child: Child | None = None

    def __enter__(self) -> ConfinedJudge:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.close()
        self._sandbox.close()

    @property
    def level(self) -> str:
        """How strongly the judge is confined."""
        return self._sandbox.level

    @property
    def has_instances(self) -> bool:
        """Whether the judge can make instances."""
        return self._judge.has_instances

    @property
    def has_steps(self) -> bool:
        """Whether candidates can be led step by step."""
        return self._judge.has_steps

    @property
    def has_parse(self) -> bool:
        """Whether the judge reads data files of its own form."""
        return self._judge.has_parse

    def parse(self, name: str, text: str) -> list[object]:
        """As of JudgeModule."""
        found = self._ask("read", [name, text, self._keywords("parse")])
        if "refused" in found or not isinstance(found.get("value"), list):
            raise JudgeError(f"{self._origin}: the confined judge cannot read {name}")
        return list(found["value"])

    def visible(self, instance: object) -> object:
        """As of JudgeModule."""
        return self._call("visible", instance) if self._defines("visible") else instance

    def score(self, instance: object, answer: object) -> int | float | Fraction:
        """As of JudgeModule."""
        return self._number("score", self._call("score", instance, answer))

    def right(self, instance: object, answer: object, reference: object) -> bool:
        """As of JudgeModule."""
        if self._defines("score"):
            self.score(instance, answer)
        if self._defines("same"):
            return self._call("same", instance, answer, reference) is True
        return self._defines("score") or content_digest(answer) == content_digest(reference)

    def plain_score(self, instance: object, answer: object) -> int | float | Fraction:
        """As of JudgeModule."""
        if not self._defines("plain_score"):
            return self.score(instance, self.canonical(answer))
        return self._number("plain_score", self._call("plain_score", instance, answer))

    def canonical(self, answer: object) -> object:
        """As of JudgeModule."""
        return self._call("canonical", answer) if self._defines("canonical") else answer

    def explain(self, instance: object, answer: object) -> tuple[str, ...]:
        """As of JudgeModule."""
        if not self._defines("explain"):
            return ()
        lines = self._call("explain", instance, answer)
        if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
            raise JudgeError(f"{self._origin}: judge function explain must return a list of text")
        return tuple(lines)

    def bound(self, instance: object) -> int | float | Fraction | None:
        """As of JudgeModule."""
        if not self._defines("bound"):
            return self._settings.bound
        value = self._call("bound", instance)
        return None if value is None else self._number("bound", value)

    def grid(self) -> Any:
        """As of JudgeModule; a grid of the settings needs no judge."""
        if self._settings.grid:
            return self._judge.grid()
        grid = self._call("grid")
        if not isinstance(grid, dict) or not all(isinstance(axis, np.ndarray) for axis in grid.values()):
            raise JudgeError(f"{self._origin}: judge function grid must return a dict of arrays")
        return grid

    def measures(self, instance: object, answer: object) -> tuple[float, ...]:
        """Measures take no part in a claim."""
        return ()

    def instances(self, split: str, count: int, rng: np.random.Generator, epoch: int = 0) -> list[object]:
        """As of JudgeModule; the child makes the generator anew from the seed of ``rng``."""
        seed = rng.bit_generator.seed_seq
        if not isinstance(seed, np.random.SeedSequence):
            raise JudgeError(f"{self._origin}: the generator of a split has no seed that can be handed on")
        key = [int(part) for part in seed.spawn_key]
        keywords = self._keywords("instances") | ({"epoch": epoch} if self._judge.has_epochs else {})
        value = [split, count, seed.entropy, key, keywords]
        found = self._ask("draw", value)["value"]
        if not isinstance(found, list):
            raise JudgeError(f"{self._origin}: judge function instances gave no list")
        return found

    def steps(self, instance: object) -> Generator[object, object, object]:
        """As of JudgeModule."""
        reply = self._ask("begin", [instance, self._keywords("steps")])
        while "value" not in reply:
            if "refused" in reply:
                raise Refused(str(reply["refused"]))
            decision = yield reply["observation"]
            reply = self._ask("decide", decision)
        return reply["value"]

    @property
    def baselines(self) -> Mapping[str, Callable[[object], int | float | Fraction]]:
        """As of JudgeModule."""
        names = sorted(name for name in self._judge.functions if name.startswith("baseline_"))
        return {name.removeprefix("baseline_").replace("_", "-"): self._baseline(name) for name in names}

    def _baseline(self, name: str) -> Callable[[object], int | float | Fraction]:
        return lambda instance: self._number(name, self._call(name, instance))

    def _defines(self, name: str) -> bool:
        return name in self._judge.functions

    def _keywords(self, name: str) -> dict[str, object]:
        return {"parameters": self._parameters} if name in self._judge.parameter_functions else {}

    def _call(self, name: str, *arguments: object) -> Any:
        reply = self._ask("call", [name, list(arguments), self._keywords(name)])
        if "refused" in reply:
            raise Refused(str(reply["refused"]))
        return reply["value"]

    def _ask(self, function: str, value: object) -> dict[str, Any]:
        try:
            if self._child is None or not self._child.alive:
                self._child = self._sandbox.child()
                self._child.load(self._source, ())
            reply = self._child.call(
                function, value=value, cpu_seconds=_CPU_SECONDS, wall_seconds=_WALL_SECONDS
            )
        except ChildFailed as failure:
            raise JudgeError(f"{self._origin}: the confined judge failed: {failure}") from failure
        if not isinstance(reply, dict) or not reply.keys() & {"value", "refused", "observation"}:
            raise JudgeError(f"{self._origin}: the confined judge answered something else")
        return reply

    def _number(self, name: str, value: object) -> int | float | Fraction:
        if type(value) is int or type(value) is float or type(value) is Fraction:
            return value
        raise JudgeError(f"{self._origin}: judge function {name} returned no score")


_SLOT = 900
"""A user id of its own in the sandbox, far from those of workers."""
