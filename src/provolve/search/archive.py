"""The elites that a search keeps."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Hashable, Iterable, Iterator

from provolve.record import Elite, Verdict

Niche = Callable[[Elite], Hashable]
"""Says where an elite belongs: elites of the same niche compete with each other."""


def by_behaviour(elite: Elite) -> Hashable:
    """Return the niche of its own that a behaviour has; where none is known, a candidate is its own."""
    return elite.behaviour or elite.candidate.digest


def elite_of(verdict: Verdict) -> Elite | None:
    """Return the elite that a verdict makes of its candidate, or None where there is nothing to keep.

    A duplicate whose loss is known counts: it may be the smaller program of the two, or the first of its
    behaviour on an island that was founded anew, and it costs nothing to know what it is worth.
    """
    if verdict.candidate is None or verdict.loss is None or not math.isfinite(verdict.loss):
        return None
    if not (verdict.accepted or verdict.duplicate_of):
        return None
    return Elite(verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour, verdict.measures)


class Archive:
    """A bounded population with one elite a niche; the worst leaves when it is full.

    The order is by loss, then by nodes of the template. Among equals the newest comes first, so that a
    population on a plateau goes on drifting. Inserting costs O(log capacity) comparisons, however many
    elites were told before. The niches by measures are the map of elites of Mouret and Clune (2015),
    "Illuminating search spaces by mapping elites".

    Args:
        capacity: most elites kept; at least 1.
        per_template: most elites kept of one template, as tuning its literals would fill the archive with
            near copies; at least 1, None for no limit.
        niche: where an elite belongs.
    """

    def __init__(
        self, capacity: int, *, per_template: int | None = None, niche: Niche = by_behaviour
    ) -> None:
        if capacity < 1 or (per_template is not None and per_template < 1):
            raise ValueError(f"capacity {capacity} and per_template {per_template}: each must be at least 1")
        self._capacity = capacity
        self._per_template = per_template
        self._niche = niche
        self._ordered: list[Elite] = []
        self._of_niche: dict[Hashable, Elite] = {}
        self._of_template: dict[str, list[Elite]] = {}

    def __len__(self) -> int:
        return len(self._ordered)

    def __iter__(self) -> Iterator[Elite]:
        return iter(self._ordered)

    def __getitem__(self, rank: int) -> Elite:
        return self._ordered[rank]

    def insert(self, elite: Elite) -> bool:
        """Keep ``elite`` if its niche is free or it beats the one there, and it is among the best.

        It beats another with a smaller loss, or with the same loss and fewer nodes.

        Returns:
            Whether it was kept.
        """
        losers = self._losers(elite)
        if losers is None:
            return False
        for loser in losers:
            self._remove(loser)
        self._add(elite)
        return True

    def fill(self, elites: Iterable[Elite]) -> None:
        """Insert elites given in the order in which an archive of the same making yields them."""
        for elite in reversed(list(elites)):
            self.insert(elite)

    def _losers(self, elite: Elite) -> list[Elite] | None:
        """Return the elites that ``elite`` drives out, or None if it is itself not good enough."""
        losers = []
        incumbent = self._of_niche.get(self._niche(elite))
        if incumbent is not None:
            if order(elite) >= order(incumbent):
                return None
            losers.append(incumbent)
        kin = self._of_template.get(elite.candidate.template.digest, [])
        rivals = [other for other in kin if other is not incumbent]
        if self._per_template is not None and len(rivals) >= self._per_template:
            losers.append(rivals[-1])
        elif len(self._ordered) - len(losers) >= self._capacity:
            losers.append(self._ordered[-1])
        return None if any(order(elite) > order(loser) for loser in losers) else losers

    def _add(self, elite: Elite) -> None:
        bisect.insort_left(self._ordered, elite, key=order)
        kin = self._of_template.setdefault(elite.candidate.template.digest, [])
        bisect.insort_left(kin, elite, key=order)
        self._of_niche[self._niche(elite)] = elite

    def _remove(self, elite: Elite) -> None:
        _take_out(self._ordered, elite)
        template = elite.candidate.template.digest
        _take_out(self._of_template[template], elite)
        if not self._of_template[template]:
            del self._of_template[template]
        del self._of_niche[self._niche(elite)]


def order(elite: Elite) -> tuple[float, int]:
    """Return what elites are sorted by: the loss, then the nodes of the template; smaller is better."""
    return elite.loss, elite.candidate.template.nodes


def _take_out(elites: list[Elite], elite: Elite) -> None:
    place = bisect.bisect_left(elites, order(elite), key=order)
    while elites[place] is not elite:
        place += 1
    del elites[place]
