"""Simplification of the whole program, by identities and by dropping assignments that nothing reads."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, assemble, fill
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate, Splice
from provolve.propose.symbolic.pruning import dead_assignments
from provolve.propose.symbolic.simplification import simplified
from provolve.record import Elite, Proposal


class Simplify:
    """Proposes the parent simplified, and draws of its literals around that.

    The first proposal does what the parent does, so a judge may find it a duplicate; the draws carry the
    smaller structure on.
    """

    name = "simplify"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether anything of the parent falls away."""
        parsed = context.parsed(parent.candidate.template)
        candidate = parent.candidate
        return bool(splices(parsed, Draft(candidate.literals, candidate.template.kinds, context.rng)))

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
            made = assemble(parsed, splices(parsed, draft), draft, context)
            return None if made is None else Child(*made, (parent.candidate.digest,))

        return fill(count, parent, context, self.name, make)


def splices(parsed: ParsedTemplate, draft: Draft) -> list[Splice]:
    """Return what simplification changes in the source; empty where it changes nothing."""
    found = dead_assignments(parsed)
    gone = [(splice.start, splice.end) for splice in found]
    for root in parsed.roots:
        start, end = parsed.span(root)
        if any(first <= start and end <= last for first, last in gone):
            continue
        before = ast.unparse(root)
        after = ast.unparse(simplified(_copy(before), draft, parsed.modules))
        if after != before:
            found.append(parsed.splice_for(root, after))
    return found


def _copy(text: str) -> ast.expr:
    return ast.parse(f"({text})", mode="eval").body
