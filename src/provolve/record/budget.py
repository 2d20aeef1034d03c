"""What a run may spend, and what it has spent."""

from __future__ import annotations

import re

import msgspec

from provolve.errors import UsageError

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|candidates?)", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run may spend; whichever ends first ends the run. None means no limit of that sort."""

    seconds: float | None = None
    """Wall seconds of searching, summed over resumes; more than 0."""
    candidates: int | None = None
    """Candidates that reach the sandbox, duplicates by behaviour among them; at least 1."""

    @classmethod
    def parse(cls, *texts: str) -> Budget:
        """Read budgets as typed: ``60s``, ``5m``, ``2h``, ``5000candidates``.

        Raises:
            UsageError: if a text has another form, is zero, or names a sort that another text named.
        """
        found: dict[str, float] = {}
        for text in texts:
            match = _FORM.fullmatch(text.strip())
            if match is None or float(match[1]) <= 0:
                raise UsageError(
                    f"budget {text!r} is not understood: write a time such as 60s, 5m or 2h, "
                    "or a number of candidates such as 5000candidates"
                )
            unit = match[2].lower()
            sort = "candidates" if unit.startswith("candidate") else "seconds"
            if sort in found:
                raise UsageError(f"budget {text!r}: the budget already limits {sort}; give each sort once")
            if sort == "candidates" and "." in match[1]:
                raise UsageError(f"budget {text!r}: a number of candidates is a whole number")
            found[sort] = float(match[1]) * _SECONDS.get(unit, 1.0)
        candidates = found.get("candidates")
        return cls(found.get("seconds"), None if candidates is None else int(candidates))

    def exhausted(self, spent: Spent) -> bool:
        """Whether ``spent`` has used up any of the limits."""
        return (self.seconds is not None and spent.seconds >= self.seconds) or (
            self.candidates is not None and spent.candidates >= self.candidates
        )

    def __str__(self) -> str:
        parts = []
        if self.seconds is not None:
            parts.append(f"{self.seconds:g}s")
        if self.candidates is not None:
            parts.append(f"{self.candidates}candidates")
        return " or ".join(parts) or "unlimited"


class Spent(msgspec.Struct, frozen=True):
    """What a run has spent so far."""

    seconds: float = 0.0
    candidates: int = 0
    """Candidates that reached the sandbox."""
    judged: int = 0
    """Of these, the ones whose instances were judged: not duplicates by behaviour."""
    source_rejections: int = 0
    """Proposals rejected from their source alone, duplicates by source among them."""
