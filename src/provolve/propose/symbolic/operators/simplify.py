"""Smaller programs: by identities, by dropping what nothing reads, and by leaving parts out on trial."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.program import expression_text
from provolve.propose.symbolic.children import (
    Child,
    assemble,
    fill,
    graft,
    parse_expression,
    written_expression,
)
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.pruning import dead_assignments
from provolve.propose.symbolic.simplification import simplified
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.tables import Table, knots_without, table_text
from provolve.record import Elite, Proposal


class Simplify:
    """Proposes the parent simplified, then the parent with one part left out, each with its own literals.

    What was left out may have done nothing: a guard that never holds, a knot on the line between its
    neighbours. The judge finds that the child does the same, and the archive keeps the smaller of the two.
    """

    name = "simplify"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has an expression that may be replaced."""
        return bool(context.parsed(parent.candidate.template).sites)

    def propose(
        self,
        parent: Elite,
        others: Sequence[Elite],
        count: int,
        context: OperatorContext,
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, one for each structure."""
        parsed = context.parsed(parent.candidate.template)
        parents = (parent.candidate.digest,)
        options = [*parsed.parts, *_shorter(parsed)]
        order = [-1, *context.rng.permutation(len(options))][::-1]

        def make(draft: Draft) -> Child | None:
            if not order:
                return None
            place = order.pop()
            if place < 0:
                found = splices(parsed, draft)
                return assemble(parsed, found, draft, context, parents) if found else None
            site, less = options[place]
            text = less if isinstance(less, str) else _without(parsed, less[0], less[1], draft)
            return graft(parsed, site, text, draft, context, parents)

        return fill(count, parent, context, self.name, make, draws=1) if parsed.sites else []


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


def _shorter(parsed: ParsedTemplate) -> list[tuple[Site, tuple[Table, int]]]:
    """Return each table with its site and every number of knots, up to a third, that it could do without."""
    return [
        (site, (table, count))
        for site, table in parsed.placed_tables
        for count in range(1, 1 + max(1, len(table.knots) // 3))
        if count <= len(table.knots) - 2
    ]


def _without(parsed: ParsedTemplate, table: Table, count: int, draft: Draft) -> str:
    """Return a table without the knots that bend it least."""
    knots, values = knots_without(table, draft.values, count)
    return table_text(
        parsed.modules.numpy,
        parsed.text(table.node.args[0]),
        [draft.literal(knot) for knot in knots],
        [draft.literal(value) for value in values],
    )
