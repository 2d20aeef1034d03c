"""Gaussian steps on a few of the parent's literals."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.literals import gaussian_draw, typical_magnitude
from provolve.propose.symbolic.operator import OperatorContext
from provolve.record import Elite, Proposal, Vector


class Gaussian:
    """Changes one or a few literals in proportion to their size; the code stays as it is."""

    name = "gaussian"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has a literal, not counted those of lists of whole numbers."""
        literals = parent.candidate.literals
        return bool(literals) and len(literals) > len(context.parsed(parent.candidate.template).listed)

    def propose(
        self,
        parent: Elite,
        others: Sequence[Elite],
        count: int,
        context: OperatorContext,
    ) -> list[Proposal]:
        """Return up to ``count`` distinct vectors of the parent's template."""
        template = parent.candidate.template
        typical = typical_magnitude(parent.candidate.literals)
        seen = {parent.candidate.literals}
        proposals: list[Proposal] = []
        for _ in range(2 * count):  # few integers have few neighbours
            if len(proposals) >= count:
                break
            drawn = gaussian_draw(parent.candidate.literals, template.kinds, context.rng, typical)
            if drawn not in seen:
                seen.add(drawn)
                proposals.append(Proposal(self.name, (parent.candidate.digest,), Vector(template, drawn)))
        return proposals
