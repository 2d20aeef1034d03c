"""What a benchmark searches: a task, how much, and on what instances."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Trial:
    """A task, and how much is searched for it."""

    task: str | Path
    candidates: int
    parameters: dict[str, str] = field(default_factory=dict)
    series: tuple[str, tuple[str, ...]] = ("", ())
    """A parameter that has another value for each seed, and these values."""

    def cut(self, share: float) -> Trial:
        """Return the trial with a part of its candidates, at least one."""
        return replace(self, candidates=max(1, round(share * self.candidates)))

    def given(self, seed: int) -> dict[str, str]:
        """Return the parameters of the search with this seed."""
        name, values = self.series
        return {**self.parameters, **({name: values[(seed - 1) % len(values)]} if values else {})}

    def told(self, seed: int) -> str:
        """Return the parameters of the search with this seed, as they are told in a file of results."""
        return ",".join(f"{key}={value}" for key, value in self.given(seed).items())
