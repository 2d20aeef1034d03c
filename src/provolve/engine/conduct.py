"""How a run is carried out, and how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from provolve.engine.executor import Executor
from provolve.engine.messages import Open
from provolve.propose import LiveProposer
from provolve.record import Claim, Event, Spent


def ignore_events(event: Event) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Conduct:
    """How a run is carried out, as far as it does not change what it finds."""

    workers: int
    listener: Callable[[Event], None] = ignore_events
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    level: str | None = None
    """A weaker level of the sandbox than the best provable; None for the best."""
    allow_weak_sandbox: bool = False
    """Whether self-judged tasks and candidates of models and programs may run below ``strong``."""
    executor: Callable[[Open, int], Executor] | None = None
    """Makes the executor in place of worker processes on this machine."""
    proposer: LiveProposer | None = None
    """One of the kind that the run's spec names, in place of one built from the spec."""


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended."""

    run: str
    path: str
    reason: str
    """``budget``, ``bound``, ``exhausted``; or ``stopped``, and then it can be resumed."""
    spent: Spent
    champion: str = ""
    """Source of the champion, a whole program; empty where the run was stopped."""
    claim: Claim | None = None
