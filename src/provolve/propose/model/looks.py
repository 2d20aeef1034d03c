"""Looks that a workflow takes at programs in the sandbox, each recorded among the calls of its ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from provolve.propose.model.talk import Talk
from provolve.propose.model.traces import Traces
from provolve.propose.proposer import Bench, Unseen

T = TypeVar("T")


@dataclass(frozen=True)
class Looks:
    """What one ask sees on the bench. Where that is nothing, the record says why and the workflow goes on."""

    bench: Bench | None
    talk: Talk
    traces: Traces = field(default_factory=Traces)
    """Those seen before; a look at one of them is recorded like any other."""
    clock: Callable[[], float] = time.monotonic

    def trace(self, source: str, place: int | None) -> str:
        """Return a trace of a program on one train instance; empty where there is none to be had."""
        where = "the first instance that it fails on" if place is None else f"instance {place}"
        asked = f"Trace this program on {where}:\n\n{source}"
        return self._seen("trace", asked, lambda bench: self.traces.of(bench, source, place), str) or ""

    def checks(self, source: str, statements: Sequence[str]) -> tuple[str, ...] | None:
        """Return why each statement does not hold beside the program, empty where it does; None if unseen."""
        asked = "\n".join(["Check:", *statements, "", "Program:", source])
        return self._seen("checks", asked, lambda bench: bench.checks(source, statements), _numbered)

    def consensus(self, sources: Sequence[str]) -> int:
        """Return the place of the program that acts most like the others; 0 if none was seen."""
        asked = "\n\n".join(f"Draft {place}:\n{source}" for place, source in enumerate(sources))
        seen = self._seen("consensus", asked, lambda bench: bench.consensus(sources), lambda kept: kept[1])
        return 0 if seen is None else seen[0]

    def _seen(
        self, purpose: str, asked: str, see: Callable[[Bench], T], told: Callable[[T], str]
    ) -> T | None:
        began = self.clock()
        if self.bench is None:
            return None
        try:
            found = see(self.bench)
        except Unseen as unseen:
            self.talk.record(purpose, asked, "", str(unseen), self.clock() - began)
            return None
        self.talk.record(purpose, asked, told(found), "", self.clock() - began)
        return found


def _numbered(failures: Sequence[str]) -> str:
    return "\n".join(f"{number}: {failure or 'holds'}" for number, failure in enumerate(failures, 1))
