"""Gaussian steps on a few of the parent's literals."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.literals import gaussian_draw
from provolve.propose.symbolic.operator import OperatorContext
from provolve.record import Candidate, Elite, Proposal, Vector


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
        seen = {parent.candidate.digest}
        proposals: list[Proposal] = []
        for _ in range(2 * count):  # few integers have few neighbours
            drawn = gaussian_draw(parent.candidate.literals, template.kinds, context.rng)
            digest = Candidate.of(template, drawn).digest
            if digest not in seen and len(proposals) < count:
                seen.add(digest)
                proposals.append(Proposal(self.name, (parent.candidate.digest,), Vector(template, drawn)))
        return proposals
