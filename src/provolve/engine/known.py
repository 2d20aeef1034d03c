"""The candidates of a live run, found by their digest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from provolve.record import Candidate

REMEMBERED = 2_000
"""Candidates at hand: many more than ever wait for a commit, which the record does not show yet."""


class Known:
    """The last candidates are at hand, all before them in the record: memory does not grow with the run.

    Args:
        starts: what the run began with; always at hand.
        read: finds a candidate that was committed to the record by its whole digest.
    """

    def __init__(self, starts: Iterable[Candidate], read: Callable[[str], Candidate | None]) -> None:
        self._starts = {candidate.digest: candidate for candidate in starts}
        self._last: OrderedDict[str, Candidate] = OrderedDict()
        self.read = read

    def add(self, candidate: Candidate) -> None:
        """Remember a candidate whose verdict was told; the first of a digest counts."""
        if candidate.digest in self._starts or candidate.digest in self._last:
            return
        self._last[candidate.digest] = candidate
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def find(self, digest: str) -> Candidate | None:
        """Return the candidate of this digest; None where no verdict on it was told."""
        return self._starts.get(digest) or self._last.get(digest) or self.read(digest)
