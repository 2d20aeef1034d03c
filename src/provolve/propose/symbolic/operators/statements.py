"""Statements taken out, swapped and repeated, and loops that end sooner."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial

from provolve.propose.symbolic.children import Child, assemble, fill
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.statements import Line, put_before
from provolve.record import Elite, Proposal

LONGEST_LOOP = 64
"""Most rounds that a loop is first cut to; its literal is tuned afterwards."""
Edit = Callable[[Draft], list[Splice]]


class Statements:
    """Edits whole statements; every name that is read stays bound, and loops stay over something finite."""

    name = "statements"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether a statement may be taken out, swapped or repeated, or a loop be cut."""
        return bool(_edits(context.parsed(parent.candidate.template)))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each edit."""
        parsed = context.parsed(parent.candidate.template)
        edits = _edits(parsed)

        def make(draft: Draft) -> Child | None:
            splices = edits[int(draft.rng.integers(len(edits)))](draft)
            return assemble(parsed, splices, draft, context, (parent.candidate.digest,))

        return fill(count, parent, context, self.name, make) if edits else []


def _edits(parsed: ParsedTemplate) -> list[Edit]:
    edits: list[Edit] = [partial(_cut, parsed, bound) for bound in parsed.loop_bounds]
    for line in parsed.lines:
        if line.target in line.local:  # bound before, so that it stays bound
            edits.append(partial(_taken_out, parsed, line))
        if line.target in line.reads:
            edits.append(partial(_repeated, parsed, line))
        if line.following is not None and _depend(line, line.following):
            edits.append(partial(_swapped, parsed, line, line.following))
    return edits


def _depend(line: Line, other: Line) -> bool:
    """Whether two statements may change places, and it makes a difference."""
    assign = bool(line.target and other.target)
    mixed = line.target in other.reads or other.target in line.reads or line.target == other.target
    return assign and mixed and other.reads <= line.scope.names


def _taken_out(parsed: ParsedTemplate, line: Line, _: Draft) -> list[Splice]:
    return [put_before(parsed, line.lines, "pass"), line.lines] if line.only else [line.lines]


def _repeated(parsed: ParsedTemplate, line: Line, _: Draft) -> list[Splice]:
    return [Splice(line.lines.end, line.lines.end, parsed.source(line.lines))]


def _swapped(parsed: ParsedTemplate, line: Line, other: Line, _: Draft) -> list[Splice]:
    first, second = line.lines, other.lines
    return [
        Splice(first.start, first.end, parsed.source(second)),
        Splice(second.start, second.end, parsed.source(first)),
    ]


def _cut(parsed: ParsedTemplate, bound: ast.expr, draft: Draft) -> list[Splice]:
    most = draft.literal(int(draft.rng.integers(1, LONGEST_LOOP + 1)), "i")
    return [parsed.splice_for(bound, f"min({parsed.text(bound)}, {most})")]
