"""What an operator is.

To add one: write a file in ``operators/`` with a class that fits ``Operator``, and name it in the table of
``operators/__init__.py``. An operator that keeps a state between asks also fits ``StatefulOperator``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from provolve.program import Program
from provolve.propose.symbolic.parsed import ParsedCache, ParsedTemplate
from provolve.record import Elite, Proposal, Template, Verdict
from provolve.task.units import Units


@dataclass(frozen=True)
class OperatorContext:
    """What an operator may look at and draw from during one ask."""

    program: Program
    starts: tuple[Elite, ...]
    rng: np.random.Generator
    ask_id: int
    max_nodes: int
    """No child may have more nodes of the syntax tree in its regions, numbers in lists not counted."""
    cache: ParsedCache
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Least and largest value of arguments of the entry point, for those of which it is known."""
    elementwise: bool = False
    """Whether what the entry point gives for one element may depend on that element alone."""
    start_nodes: int = 0
    """Nodes of the largest start: beyond it, a child that is larger than its parent is made less readily."""

    units: Units | None = None
    """Units of the entry point's arguments and result; no child may clash with them."""

    def parsed(self, template: Template) -> ParsedTemplate:
        """Return the template parsed, from memory where it was met before."""
        return self.cache.get(self.program, template)


class Operator(Protocol):
    """A named way of making proposals from one parent."""

    name: str

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether ``propose`` has a chance of making anything of ``parent``; cheap."""
        ...

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return at most ``count`` proposals; fewer or none where there are no more to be found."""
        ...


@runtime_checkable
class RegradingOperator(Protocol):
    """An operator that remembers losses, which are others when train grows."""

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Forget what was lost before; ``elites`` are those kept, as they are judged now."""
        ...


@runtime_checkable
class StatefulOperator(Protocol):
    """An operator that learns from verdicts and keeps what it learned."""

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts of the proposals it made for the ask, in their order."""
        ...

    def snapshot(self) -> bytes:
        """Return the whole state as plain data."""
        ...

    def restore(self, data: bytes) -> None:
        """Take on a state that ``snapshot`` returned."""
        ...
