"""Snapping of literals to simple values: a tuned 3.1416 is pi, a tuned 0.4998 is a half."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from provolve.propose.symbolic.literals import Number, coerce
from provolve.propose.symbolic.operator import OperatorContext
from provolve.record import Candidate, Elite, Proposal, Vector

_GRIDS = (1.0, 1 / 2, 1 / 3, 1 / 4, math.pi, math.pi / 2, 1 / math.pi, math.sqrt(2.0), math.sqrt(math.pi))
"""A simple value is a whole multiple of one of these."""
_LARGEST = 100
"""Most times one of them is taken."""


class Snap:
    """Moves literals to the next simple value: each alone, then all at once, coarser and finer."""

    name = "snap"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent's program has a vocabulary, and literals that are no small whole numbers.

        Without a vocabulary it is a rule that is tuned, and nothing says that its numbers are simple.
        """
        parsed = context.parsed(parent.candidate.template)
        return bool(parsed.modules.vocabulary) and any(map(_rough, parent.candidate.literals))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` distinct vectors of the parent's template, nearest values first."""
        template = parent.candidate.template
        seen = {parent.candidate.digest}
        proposals: list[Proposal] = []
        for values in snapped(parent.candidate.literals):
            coerced = tuple(coerce(v, kind) for v, kind in zip(values, template.kinds, strict=True))
            digest = Candidate.of(template, coerced).digest
            if digest not in seen and len(proposals) < count:
                seen.add(digest)
                proposals.append(Proposal(self.name, (parent.candidate.digest,), Vector(template, coerced)))
        return proposals


def _rough(value: Number) -> bool:
    return value != round(value) or abs(value) > _LARGEST


def simple_values(value: Number) -> list[float]:
    """Return the simple values on either side of ``value``, the nearest first."""
    found = set()
    for grid in _GRIDS:
        times = value / grid
        if abs(times) <= _LARGEST:
            found |= {math.floor(times) * grid, math.ceil(times) * grid}
    return sorted(found, key=lambda simple: (abs(simple - value), simple))


def snapped(literals: Sequence[Number]) -> Iterator[tuple[Number, ...]]:
    """Yield vectors with all rough literals moved to whole numbers, then to the nearest, then one by one."""
    rough = [place for place, value in enumerate(literals) if _rough(value)]
    near = {place: simple_values(literals[place]) for place in rough}
    whole = [float(round(value)) if place in rough else value for place, value in enumerate(literals)]
    yield tuple(whole)
    yield tuple(near[k][0] if near.get(k) else value for k, value in enumerate(literals))
    for rank in range(2 * len(_GRIDS)):
        for place in rough:
            if rank < len(near[place]):
                yield (*literals[:place], near[place][rank], *literals[place + 1 :])
