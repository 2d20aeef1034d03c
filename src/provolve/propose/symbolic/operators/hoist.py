"""An expression gets a name, and the name is used once more."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, assemble, fill, tidied
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import NUMBER
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.mutate import grammar_at
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.statements import Line, fresh_name, put_before
from provolve.record import Elite, Proposal

_LEAST_LENGTH = 4
"""Characters that an expression has at least to be worth a name."""


class Hoist:
    """Lifts an expression into a named variable before its statement, and lets the statement use it again.

    Alone that would change nothing. Once named, the value is one number to all later edits: it may be
    weighted, compared and guarded as the arguments are. Of single numbers only, as of ``insert-statement``.
    """

    name = "hoist"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether a statement has a number in it that is worth a name."""
        return bool(_places(context.parsed(parent.candidate.template)))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each structure."""
        parsed = context.parsed(parent.candidate.template)
        places = _places(parsed)

        def make(draft: Draft) -> Child | None:
            line, site = places[int(draft.rng.integers(len(places)))]
            splices = _hoisted(parsed, line, site, draft)
            if splices is None:
                return None
            return assemble(parsed, splices, draft, context, (parent.candidate.digest,))

        return fill(count, parent, context, self.name, make) if places else []


def _places(parsed: ParsedTemplate) -> list[tuple[Line, Site]]:
    lines = {id(getattr(line.statement, "value", None)): line for line in parsed.lines}
    return [
        (lines[id(site.root)], site)
        for site in parsed.sites_of(NUMBER)
        if id(site.root) in lines
        and not site.scope.elementwise
        and site.scope == lines[id(site.root)].scope
        and len(parsed.text(site.node)) >= _LEAST_LENGTH
        and parsed.needs(site)
    ]


def _hoisted(parsed: ParsedTemplate, line: Line, site: Site, draft: Draft) -> list[Splice] | None:
    name = fresh_name(parsed.names)
    before, after = parsed.around(site)
    grammar = grammar_at(parsed, site, draft)
    weight = draft.literal(float(draft.rng.choice((-1.0, -0.5, 0.5, 1.0, 2.0))))
    way = draft.rng.random()
    if way < 0.4 and any(site.root is other.node for other in parsed.whole_sites):
        root = f"({before}{name}{after}) + {weight} * {name}"
    elif way < 0.7:
        root = f"{before}({grammar.choice(f'{name} < {weight}', name, grammar.arithmetic(name, 1))}){after}"
    else:
        root = f"{before}({grammar.pair(name, grammar.number(1))}){after}"
    used, named = tidied(root, draft), tidied(parsed.text(site.node), draft)
    if used is None or named is None:
        return None
    return [put_before(parsed, line.lines, f"{name} = {named}"), parsed.splice_for(site.root, used)]
