"""What a search is given and does not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provolve.engine.start import Start
from provolve.program import Function, Program
from provolve.propose import Statement
from provolve.record import Budget, Elite
from provolve.store import RunSpec
from provolve.task import Task
from provolve.task.surrogate import Surrogate
from provolve.task.units import Units


@dataclass(frozen=True)
class Frame:
    """What stays the same through a run."""

    program: Program
    entry: Function
    starts: tuple[Elite, ...]
    seed: int
    window: int
    budget: Budget
    ranges: Mapping[str, tuple[float, float]]
    """Least and largest value of each argument of the entry point that is known to be given numbers."""
    elementwise: bool
    """Whether what the entry point gives for one element may depend on that element alone: for tables."""
    bound: float | None
    """A score that no program can better; a run that reaches it on every instance ends."""
    statement: Statement = field(default_factory=Statement)
    units: Units | None = None
    """Units of the entry point's arguments and result, where the task gives them."""
    surrogate: Surrogate | None = None
    """The smooth problem that the task offers for its construction, if it does."""


def frame_of(task: Task, spec: RunSpec, start: Start) -> Frame:
    """Return the frame of a search that goes on from ``start``."""
    return Frame(
        program=task.program,
        entry=task.entry,
        starts=start.elites(),
        seed=spec.seed,
        window=spec.window,
        budget=spec.budget,
        ranges=start.ranges,
        elementwise=task.settings.answer == "table",
        units=task.units(),
        bound=task.settings.bound,
        statement=statement(task),
        surrogate=task.surrogate(),
    )


def statement(task: Task) -> Statement:
    """Return what a model or a program is told of ``task``."""
    settings = task.settings
    return Statement(
        name=task.name,
        description=task.description,
        direction=settings.direction,
        kind=settings.kind,
        unit=settings.unit,
        bound=None if settings.bound is None else float(settings.bound),
        published=tuple(
            f"{name}: {one.text or one.value} ({one.source})" for name, one in settings.published.items()
        ),
        imports=settings.sandbox.imports,
        seconds=settings.limits.cpu_seconds,
    )
