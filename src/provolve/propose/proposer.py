"""What every proposer offers, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from provolve.program import Function, Program
from provolve.record import Ask, Elite, Proposal, Verdict
from provolve.task.surrogate import Surrogate


@dataclass(frozen=True)
class Context:
    """What a proposer may look at and draw from while it answers one ask."""

    program: Program
    entry: Function
    """The function that the harness calls."""
    starts: tuple[Elite, ...]
    """The seed program first, then the baselines that were accepted."""
    rng: np.random.Generator
    """Fresh for each ask, derived from the run's seed and the ask's id: the only source of chance."""
    surrogate: Surrogate | None = None
    """The smooth problem that the task offers for its construction; None where it offers none."""


@runtime_checkable
class Proposer(Protocol):
    """Makes proposals, and learns from what became of them."""

    def propose(self, ask: Ask, context: Context) -> list[Proposal]:
        """Return at most ``ask.count`` proposals; none where there is nothing to change."""
        ...

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts of one ask, in the order of its proposals.

        Called once for every ask, in the order of the asks; later asks may have been proposed before.

        Raises:
            ValueError: if the ask is unknown or observed already, or the number of verdicts is another.
        """
        ...


@runtime_checkable
class Resumable(Protocol):
    """A proposer with a state that survives the process."""

    def snapshot(self) -> bytes:
        """Return the whole state; plain data, never a pickle."""
        ...

    def restore(self, data: bytes) -> None:
        """Take on a state that ``snapshot`` of an object built alike returned."""
        ...
