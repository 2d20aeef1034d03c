"""What a run may spend, and what it has spent."""

from __future__ import annotations

import re

import msgspec

from provolve.errors import UsageError

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|candidates?|tokens?|usd)", re.IGNORECASE)
_SORTS = {"candidate": "candidates", "token": "tokens"}
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run may spend; whichever ends first ends the run. None means no limit of that sort."""

    seconds: float | None = None
    """Wall seconds of searching, summed over resumes; more than 0."""
    candidates: int | None = None
    """Candidates that reach the sandbox, duplicates by behaviour among them; at least 1."""
    tokens: int | None = None
    """Tokens of a model, prompts and replies together; at least 1. Never passed."""
    usd: float | None = None
    """US dollars for calls of a model, by the table of prices; more than 0. Never passed."""

    @classmethod
    def parse(cls, *texts: str) -> Budget:
        """Read budgets as typed: ``60s``, ``2h``, ``5000candidates``, ``200000tokens``, ``2usd``.

        Raises:
            UsageError: if a text has another form, is zero, or names a sort that another text named.
        """
        found: dict[str, float] = {}
        for text in texts:
            match = _FORM.fullmatch(text.strip())
            if match is None or float(match[1]) <= 0:
                raise UsageError(
                    f"budget {text!r} is not understood: write a time such as 60s, 5m or 2h, "
                    "a number of candidates such as 5000candidates, and for models 200000tokens or 2usd"
                )
            unit = match[2].lower()
            sort = "seconds" if unit in _SECONDS else _SORTS.get(unit.rstrip("s"), unit)
            if sort in found:
                raise UsageError(f"budget {text!r}: the budget already limits {sort}; give each sort once")
            if sort in ("candidates", "tokens") and "." in match[1]:
                raise UsageError(f"budget {text!r}: a number of {sort} is a whole number")
            found[sort] = float(match[1]) * _SECONDS.get(unit, 1.0)
        counts = {sort: int(found[sort]) for sort in ("candidates", "tokens") if sort in found}
        return cls(seconds=found.get("seconds"), usd=found.get("usd"), **counts)

    def exhausted(self, spent: Spent) -> bool:
        """Whether ``spent`` has used up any of the limits."""
        return any(
            limit is not None and used >= limit
            for limit, used in (
                (self.seconds, spent.seconds),
                (self.candidates, spent.candidates),
                (self.tokens, spent.tokens),
                (self.usd, spent.usd),
            )
        )

    def __str__(self) -> str:
        parts = []
        if self.seconds is not None:
            parts.append(f"{self.seconds:g}s")
        if self.candidates is not None:
            parts.append(f"{self.candidates}candidates")
        if self.tokens is not None:
            parts.append(f"{self.tokens}tokens")
        if self.usd is not None:
            parts.append(f"{self.usd:g}usd")
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
    tokens: int = 0
    """Tokens of a model, prompts and replies together."""
    usd: float = 0.0
    """US dollars of the calls whose price is known."""
