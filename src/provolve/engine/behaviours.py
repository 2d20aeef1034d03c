"""Which candidate was the first to behave in each way."""

from __future__ import annotations

import msgspec

from provolve.record import Rejection, Verdict


class Behaviours:
    """Remembers the first candidate of each behaviour, in the order of the asks."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def see(self, digest: str, behaviour: str) -> None:
        """Remember a candidate, if its behaviour is known and new."""
        if behaviour:
            self._first.setdefault(behaviour, digest)

    def marked(self, verdict: Verdict) -> Verdict:
        """Return ``verdict``, as that of a duplicate if the candidate does the same as an earlier one."""
        first = self._first.get(verdict.behaviour) if verdict.behaviour else None
        if not verdict.accepted or first is None:
            return verdict
        return msgspec.structs.replace(
            verdict,
            rejection=Rejection.DUPLICATE_BEHAVIOUR,
            detail="it does the same as a candidate that came before",
            duplicate_of=first,
            work=0,
            audited=False,
            validation=None,
        )
