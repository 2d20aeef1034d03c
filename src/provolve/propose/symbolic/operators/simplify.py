"""Simplification of the whole program, by identities and by dropping assignments that nothing reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from provolve.program import expression_text
from provolve.propose.symbolic.children import (
    Child,
    assemble,
    fill,
    parse_expression,
    written_expression,
)
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate, Splice
from provolve.propose.symbolic.pruning import dead_assignments
from provolve.propose.symbolic.simplification import simplified
from provolve.record import Elite, Proposal

_REMEMBERED = 4096


class Simplify:
    """Proposes the parent simplified, and draws of its literals around that.

    The first proposal does what the parent does, so a judge may find it a duplicate; the draws carry the
    smaller structure on.
    """

    name = "simplify"

    def __init__(self) -> None:
        self._known: OrderedDict[str, bool] = OrderedDict()

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether anything of the parent falls away; remembered, as it is asked of the same parents often."""
        candidate = parent.candidate
        known = self._known.get(candidate.digest)
        if known is None:
            parsed = context.parsed(candidate.template)
            known = bool(splices(parsed, Draft(candidate.literals, candidate.template.kinds, context.rng)))
            self._known[candidate.digest] = known
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def propose(
        self,
        parent: Elite,
        others: Sequence[Elite],
        count: int,
        context: OperatorContext,
    ) -> list[Proposal]:
        """Return up to ``count`` proposals that share one simplified template."""
        parsed = context.parsed(parent.candidate.template)

        def make(draft: Draft) -> Child | None:
            return assemble(parsed, splices(parsed, draft), draft, context, (parent.candidate.digest,))

        return fill(count, parent, context, self.name, make)


def splices(parsed: ParsedTemplate, draft: Draft) -> list[Splice]:
    """Return what simplification changes in the source; empty where it changes nothing."""
    found = dead_assignments(parsed)
    gone = [(splice.start, splice.end) for splice in found]
    for root in parsed.roots:
        start, end = parsed.span(root)
        if any(first <= start and end <= last for first, last in gone):
            continue
        before = expression_text(root)
        tree = parse_expression(before)
        if tree is None:
            continue
        _, after = written_expression(simplified(tree, draft, parsed.modules), draft)
        if after != before:
            found.append(parsed.splice_for(root, after))
    return found
