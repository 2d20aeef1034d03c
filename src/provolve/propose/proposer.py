"""What every proposer offers, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np

from provolve.program import Function, Program
from provolve.record import Ask, Budget, Call, Elite, Proposal, Verdict
from provolve.task.surrogate import Surrogate
from provolve.task.units import Units


@dataclass(frozen=True)
class Statement:
    """What a task is about, as a model or a person can be told."""

    name: str = ""
    description: str = ""
    direction: str = "minimize"
    """Whether small or great scores are good: ``minimize`` or ``maximize``."""
    kind: str = "heuristic"
    unit: str = ""
    """What a score is measured in."""
    bound: float | None = None
    """A score that no program can better, where one is known."""
    published: tuple[str, ...] = ()
    """Published results, each in a sentence with its source."""
    imports: tuple[str, ...] = ()
    """What candidates may import beyond the standard library and numpy."""
    seconds: float = 0.0
    """CPU seconds that a candidate has for one instance; 0 where it is not known."""


class Unseen(Exception):
    """No worker could look at the program; the text says why."""


class Bench(Protocol):
    """Has workers run whole programs on train in the sandbox, to look at what they do. It gives no score.

    All that it tells is the programs' own word. Called from any thread; every method may raise `Unseen`.
    """

    def trace(self, source: str, place: int | None) -> str:
        """Return the values of a program's variables around each basic block, on one train instance.

        ``place``: of the instance; None for the first that the program fails on. Empty where it cannot be
        traced.
        """
        ...

    def checks(self, source: str, statements: Sequence[str]) -> tuple[str, ...]:
        """Return for each statement why it does not hold beside the program; empty where it does."""
        ...

    def consensus(self, sources: Sequence[str]) -> tuple[int, str]:
        """Return the program that acts most like the others, by its place among ``sources``, and why."""
        ...


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
    statement: Statement = field(default_factory=Statement)
    budget: Budget = field(default_factory=Budget)
    """What the run may spend; a live proposer keeps its own calls within tokens and money."""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Least and largest value of arguments of the entry point: of the task's grid, or seen on train."""
    elementwise: bool = False
    """Whether what the entry point gives for one element may depend on that element alone, as in a table."""
    units: Units | None = None
    """Units of the entry point's arguments and result; None where the task gives none."""
    surrogate: Surrogate | None = None
    """The smooth problem that the task offers for its construction; None where it offers none."""
    bench: Bench | None = None
    """Where programs can be looked at; only live proposers have one."""
    spread: Callable[[Sequence[bytes]], Sequence[bytes]] | None = None
    """Has pieces of numeric search on the surrogate carried out by the run's workers and returns what came
    of them, in their order; None where there are no workers to ask."""


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


class Answered(msgspec.Struct, frozen=True):
    """What a live proposer answered one ask."""

    proposals: tuple[Proposal, ...] = ()
    """None where nothing came of the calls."""
    calls: tuple[Call, ...] = ()
    """Every call that was made for it, failed ones among them, in their order."""
    choice: str = ""
    """What was chosen for the ask, in words of the proposer's own, as ``improve@MODEL``."""
    ended: bool = False
    """Whether the budget affords no further call, so that the run is over."""
    exhausted: bool = False
    """Whether there is nothing more to try, so that the run is over."""
    thought: str = ""
    """The thought that the proposals carry out, where the ask's strategy searches among thoughts."""


@runtime_checkable
class LiveProposer(Protocol):
    """Makes proposals that take their time: by calls of a model, or of a program.

    Choices are made in the loop's thread, from a state that only `begin` and `observe` change; the slow work
    is done in threads. Asks are observed in the order in which their answers came and were judged, which is
    recorded. Whoever is handed the same record in the same order is in the same state.
    """

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Choose what to do for ``ask``, start it, and return at once.

        Where ``recorded`` is given, it is what the ask was answered before: it is chosen again, nothing slow
        is done, and the future is done and holds it. An error of `provolve.errors` in a future ends the run,
        which can be resumed.
        """
        ...

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts of one ask, in the order of its proposals; each ask once, in any order.

        Raises:
            ValueError: if the ask is unknown or observed already.
        """
        ...

    def close(self) -> None:
        """Give up what is under way: its futures are soon done with what came until then. Twice is fine."""
        ...


@runtime_checkable
class Unhurried(Protocol):
    """A live proposer that waits for somebody who may never answer."""

    def enough(self) -> None:
        """Cancel the futures of the asks that have no answer: none is wanted any more. Twice is fine."""
        ...


@runtime_checkable
class Regrading(Protocol):
    """A proposer that remembers losses, which are others when train grows."""

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Forget what was lost in earlier epochs; ``elites`` are those kept, as they are judged now."""
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
