"""The judge of a task: its author's functions, with defaults filled in and failures made readable."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from provolve.errors import Refused, TaskError
from provolve.task.cells import Cell
from provolve.task.content import PLAIN, check_plain, content_digest
from provolve.task.grid import Values, axis_values, check_axes
from provolve.task.judge_source import JudgeSource
from provolve.task.settings import Settings
from provolve.task.surrogate import Surrogate
from provolve.task.units import Units

Score = int | float | Fraction
_BASELINE = "baseline_"
_MEANINGS = {
    "instances": "instances(split, count, rng) yields what candidates are judged on",
    "score": "score(instance, answer) returns a number or raises Refused",
    "steps": "steps(instance) yields observations and is sent decisions",
    "grid": "grid() returns the values of each argument; or write a table [grid.NAME] in the settings",
    "units": "units() returns exponents of base units for each argument and for return",
    "same": "same(instance, answer, reference) returns True or False",
    "measures": "measures(instance, answer) tells what the setting measures names",
}


class JudgeModule:
    """Calls the functions of a judge; its source runs when one is first called, and never in the sandbox.

    A function that takes a keyword ``parameters`` is given the task's parameters. Whatever a function
    raises becomes a JudgeError that names the file, the line and the function; only Refused goes through.
    """

    def __init__(
        self,
        cell: Cell,
        settings: Settings,
        parameters: Mapping[str, object],
        arguments: tuple[str, ...],
        *,
        from_files: bool,
    ) -> None:
        """Check the judge without running it.

        Args:
            cell: its source.
            settings: the task's settings.
            parameters: the task's parameters by name.
            arguments: names of the arguments of the program's entry point.
            from_files: whether instances come from files.

        Raises:
            TaskError: if the source cannot be parsed, or a function that the settings call for is missing.
        """
        self._source = JudgeSource(cell, parameters)
        self._settings = settings
        self._arguments = arguments
        self._visible: dict[int, tuple[object, object]] = {}
        self.functions = self._source.functions
        """The names that the judge defines at its top level."""
        self.parameter_functions = self._source.parameter_functions
        """Those of its functions that are given the task's parameters."""
        self._check_functions(from_files=from_files)

    def _check_functions(self, *, from_files: bool) -> None:
        answer, wanted = self._settings.answer, ["score"]
        if answer == "time":
            wanted = []
            self._check_no_baseline()
        elif "same" in self.functions:
            raise TaskError(
                f'{self._source.file}: the judge has a function same, which only kind = "speed" calls: '
                "leave it out, or write that kind"
            )
        if not from_files:
            wanted.append("instances")
        if answer == "steps":
            wanted.append("steps")
        if answer == "table" and not self._settings.grid:
            wanted.append("grid")
        if self._settings.measures:
            wanted.append("measures")
        for name in wanted:
            if name not in self.functions:
                raise TaskError(f"{self._source.file}: the judge has no function {name}: {_MEANINGS[name]}")
        if self._settings.grid and "grid" in self.functions:
            raise TaskError(
                f"{self._source.file}: the grid stands in the settings and in the judge: keep one"
            )

        if self._settings.units and "units" in self.functions:
            raise TaskError(
                f"{self._source.file}: the units stand in the settings and in the judge: keep one"
            )

    def _check_no_baseline(self) -> None:
        for name in self.functions:
            if name.startswith(_BASELINE):
                raise TaskError(
                    f"{self._source.file}: the judge computes a baseline, {name}, but where programs are "
                    "timed a baseline is a program: write it as one, or leave it out"
                )

    # What the author may leave out ----------------------------------------------------------------------

    @property
    def has_instances(self) -> bool:
        """Whether the judge can make instances."""
        return "instances" in self.functions

    @property
    def has_steps(self) -> bool:
        """Whether candidates can be led step by step: where a table cannot stand for a rule."""
        return "steps" in self.functions

    @property
    def has_parse(self) -> bool:
        """Whether the judge reads data files of its own form."""
        return "parse" in self.functions

    def visible(self, instance: object) -> object:
        """Return what a candidate may know of an instance: all of it unless the judge says otherwise.

        The judge is asked once for each instance, which is then held on to.

        Raises:
            JudgeError: if the judge failed, or what it returned is not plain data.
        """
        if "visible" not in self.functions:
            return instance
        known = self._visible.get(id(instance))
        if known is None:
            shown = self._source.call("visible", instance)
            self._check_plain("visible", shown, "what it returned")
            known = self._visible[id(instance)] = (instance, shown)
        return known[1]

    def right(self, instance: object, answer: object, reference: object) -> bool:
        """Whether an answer may stand for the seed program's, ``reference``, where programs are timed.

        Both are in canonical form. The judge's ``same`` must say so, and its ``score`` must accept the
        answer; where it has neither, the two must be equal to the bit, as ``content_digest`` has it.

        Raises:
            Refused: the judge refused the answer.
            JudgeError: the judge failed, or its ``same`` returned something else than True or False.
        """
        if "score" in self.functions:
            self.score(instance, answer)
        if "same" in self.functions:
            found = self._source.call("same", instance, answer, reference)
            if not isinstance(found, bool | np.bool_):
                raise self._source.failure("same", f"it returned {found!r}: it must return True or False")
            return bool(found)
        return "score" in self.functions or content_digest(answer) == content_digest(reference)

    def score(self, instance: object, answer: object) -> Score:
        """Return the score of an answer as ``canonical`` gives it.

        Raises:
            Refused: the judge refused the answer.
            JudgeError: the judge failed, or returned another type than int, float or Fraction.
        """
        return self._number("score", self._source.call("score", instance, answer))

    def plain_score(self, instance: object, answer: object) -> Score:
        """Return the score of an answer as the candidate gave it, by the judge's plain twin of ``score``.

        Without a twin it is ``score`` of the answer in canonical form.

        Raises:
            Refused: the judge refused the answer.
            JudgeError: the judge failed, or returned another type than int, float or Fraction.
        """
        if "plain_score" not in self.functions:
            return self.score(instance, self.canonical(answer))
        return self._number("plain_score", self._source.call("plain_score", instance, answer))

    def canonical(self, answer: object) -> object:
        """Return the decisions that an answer stands for; the answer itself unless the judge says more.

        Raises:
            Refused: the judge refused the answer.
            JudgeError: the judge failed.
        """
        return self._source.call("canonical", answer) if "canonical" in self.functions else answer

    def explain(self, instance: object, answer: object) -> tuple[str, ...]:
        """Return what the judge says in words of an answer as ``canonical`` gives it, line by line.

        Raises:
            Refused: the judge refused the answer.
            JudgeError: the judge failed, or returned something else than a list of text.
        """
        if "explain" not in self.functions:
            return ()
        lines = self._source.call("explain", instance, answer)
        if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
            raise self._source.failure("explain", f"it returned {lines!r}: it must return a list of text")
        return tuple(lines)

    def bound(self, instance: object) -> Score | None:
        """Return a score that no answer to ``instance`` can beat, None where none is known.

        Raises:
            JudgeError: the judge failed, or returned another type than int, float, Fraction or None.
        """
        if "bound" not in self.functions:
            return self._settings.bound
        value = self._source.call("bound", instance)
        return None if value is None else self._number("bound", value)

    @property
    def has_surrogate(self) -> bool:
        """Whether the judge offers a smooth problem to numeric search."""
        return "surrogate" in self.functions

    def surrogate(self, instance: object) -> Surrogate:
        """Return the smooth problem that the judge offers for ``instance``, its failures made readable.

        Raises:
            JudgeError: the judge failed, or returned something else than a Surrogate.
        """
        found = self._source.call("surrogate", instance)
        if not isinstance(found, Surrogate):
            raise self._source.failure(
                "surrogate", f"it returned a {type(found).__name__}: return a provolve.Surrogate"
            )
        return self._safely(found)

    def _safely(self, found: Surrogate) -> Surrogate:
        """Return ``found``, and what is coarser, with what their functions raise turned into a JudgeError."""
        named: dict[str, Any] = {
            name: self._safe(function)
            for name in ("evaluate", "answer", "complete", "jacobian", "smoothed", "refine")
            if (function := getattr(found, name)) is not None
        }
        if found.coarser is not None:
            named["coarser"] = self._safely(found.coarser)
        return replace(found, **named)

    def _safe(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with what it raises turned into a JudgeError."""

        def called(*points: object) -> Any:
            try:
                return function(*points)
            except Exception as error:
                raise self._source.raised("surrogate", error) from error

        return called

    def grid(self) -> dict[str, Values]:
        """Return the values of each argument of the entry point, shape (n,) each, in its order.

        Raises:
            JudgeError: the judge failed, or its grid is not over the entry point's arguments.
        """
        if self._settings.grid:
            return {name: axis_values(self._settings.grid[name]) for name in self._arguments}
        grid = self._source.call("grid")
        try:
            return check_axes(grid, self._arguments)
        except ValueError as error:
            raise self._source.failure("grid", str(error)) from error

    def units(self, entry: str) -> Units | None:
        """Return the units of the entry point, of that name; None where none are given.

        Raises:
            JudgeError: the judge failed, or its units are not of the entry point's arguments.
        """
        if "units" not in self.functions:
            given = self._settings.units
            return Units.of(entry, self._arguments, given) if given else None
        given = self._source.call("units")
        try:
            return Units.of(entry, self._arguments, given) if given else None
        except (ValueError, AttributeError) as error:
            raise self._source.failure("units", str(error)) from error

    def measures(self, instance: object, answer: object) -> tuple[float, ...]:
        """Return the measures that the settings name, in their order; none where they name none.

        Raises:
            JudgeError: the judge failed, or gave other measures than the settings name.
        """
        names = self._settings.measures
        if not names:
            return ()
        given = self._source.call("measures", instance, answer)
        try:
            if isinstance(given, Mapping):
                given = [given[name] for name in names]
            found = tuple(float(value) for value in given)
        except (TypeError, ValueError, KeyError) as error:
            raise self._source.failure("measures", self._measures_wanted(repr(given))) from error
        if len(found) != len(names):
            raise self._source.failure("measures", self._measures_wanted(repr(given)))
        return found

    def _measures_wanted(self, given: str) -> str:
        return f"it must return a number for each of {', '.join(self._settings.measures)}, not {given}"

    # Instances ------------------------------------------------------------------------------------------

    @property
    def has_epochs(self) -> bool:
        """Whether the judge makes other instances in later epochs, besides more of them."""
        return "instances" in self._source.epoch_functions

    def instances(self, split: str, count: int, rng: np.random.Generator, epoch: int = 0) -> list[object]:
        """Return the ``count`` instances that the judge draws from ``rng``; all it has where exhaustive.

        Raises:
            JudgeError: the judge failed, gave more or fewer, or something that is not plain data.
        """
        limit = None if self._settings.exhaustive else count
        keywords = {"epoch": epoch} if self.has_epochs else {}
        drawn = self._source.call("instances", split, count, rng, **keywords)
        found = self._collect("instances", drawn, limit)
        if limit is not None and len(found) != limit:
            amount = "more" if len(found) > limit else f"only {len(found)}"
            raise self._source.failure("instances", f"asked for {limit} for {split}, it gave {amount}")
        if not found:
            raise self._source.failure("instances", "it gave none")
        return found

    def parse(self, name: str, text: str) -> list[object]:
        """Return the instances in a data file; ``name`` is the file's, without its folder.

        Raises:
            TaskError: the judge refused the file.
            JudgeError: the judge failed, or gave something that is not plain data.
        """
        try:
            return self._collect("parse", self._source.call("parse", name, text), None)
        except Refused as refusal:
            raise TaskError(f"data file {name}: {refusal}") from refusal

    def _collect(self, function: str, given: object, limit: int | None) -> list[object]:
        """List what a function gives, of too many one more than ``limit``."""
        if not isinstance(given, Iterable) or isinstance(given, (str, bytes, Mapping)):
            raise self._source.failure(
                function, f"it must yield instances, not return a {type(given).__name__}"
            )
        found: list[object] = []
        items = iter(given)
        while limit is None or len(found) <= limit:
            try:
                found.append(next(items))
            except StopIteration:
                break
            except Refused:
                raise
            except Exception as error:
                raise self._source.raised(function, error) from error
            self._check_plain(function, found[-1], f"instance {len(found) - 1}")
        return found

    def _check_plain(self, function: str, value: object, what: str) -> None:
        try:
            check_plain(value)
        except TypeError as error:
            raise self._source.failure(
                function, f"{what} is not plain data: {error}. Allowed are {PLAIN}"
            ) from error

    # Steps and baselines --------------------------------------------------------------------------------

    def steps(self, instance: object) -> Generator[object, object, object]:
        """Lead a candidate through ``instance``: yields observations, is sent decisions, returns the answer.

        Raises:
            Refused: the judge refused a decision.
            JudgeError: the judge failed, or its function is no generator.
        """
        return self._guarded(self._source.call("steps", instance))

    def _guarded(self, steps: object) -> Generator[object, object, object]:
        if not isinstance(steps, Generator):
            raise self._source.failure("steps", "it must yield observations: decision = yield observation")
        decision: object = None
        while True:
            try:
                observation = steps.send(decision)
            except StopIteration as end:
                return end.value
            except Refused:
                raise
            except Exception as error:
                raise self._source.raised("steps", error) from error
            decision = yield observation

    @functools.cached_property
    def baselines(self) -> Mapping[str, Callable[[object], Score]]:
        """The baselines that the judge computes itself, by name: each returns its score of an instance."""
        names = sorted(name for name in self.functions if name.startswith(_BASELINE))
        return MappingProxyType(
            {
                name.removeprefix(_BASELINE).replace("_", "-"): functools.partial(self._baseline, name)
                for name in names
            }
        )

    def _baseline(self, function: str, instance: object) -> Score:
        return self._number(function, self._source.call(function, instance))

    def _number(self, function: str, value: object) -> Score:
        if type(value) is int or type(value) is float or type(value) is Fraction:
            return value
        given = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        raise self._source.failure(
            function,
            f"it returned {value!r} of type {given}, which is no score: return an int, a float or a Fraction "
            "(float(value) makes one of a numpy number)",
        )
