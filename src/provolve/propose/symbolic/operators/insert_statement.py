"""A new statement: a number is assigned anew, always or where a condition holds."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from provolve.program import SLOT
from provolve.propose.symbolic.children import Child, assemble, fill, tidied
from provolve.propose.symbolic.grammar import COMPARISONS, Draft, Grammar
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.crossover import distinct_donors
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.statements import Line, put_before
from provolve.record import Elite, Proposal

_BORROW = 0.3
"""How often the statement is one of another program, where one fits."""


class InsertStatement:
    """Puts ``name = number`` before a statement that reads the name, always or under ``if``.

    The number is made of the name's value, or the whole statement comes from another parent or a start. Of
    single numbers only: whatever a row of assignments does to arrays, one expression does too.
    """

    name = "insert-statement"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether some statement reads a local name of a number."""
        return bool(_places(context.parsed(parent.candidate.template)))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each statement."""
        parsed = context.parsed(parent.candidate.template)
        places = _places(parsed)
        donors = distinct_donors(parent, (*others, *context.starts))

        def make(draft: Draft) -> Child | None:
            line, name = places[int(draft.rng.integers(len(places)))]
            text: str | None = None
            parents: tuple[str, ...] = (parent.candidate.digest,)
            if donors and draft.rng.random() < _BORROW:
                donor = donors[int(draft.rng.integers(len(donors)))]
                text = _borrowed(context.parsed(donor.candidate.template), donor, line, draft)
                parents = (parent.candidate.digest, donor.candidate.digest)
            if text is None:
                text, parents = _assignment(parsed, line, name, draft), parents[:1]
            if text is None:
                return None
            return assemble(parsed, [put_before(parsed, line.lines, text)], draft, context, parents)

        return fill(count, parent, context, self.name, make) if places else []


def _places(parsed: ParsedTemplate) -> list[tuple[Line, str]]:
    lines = [line for line in parsed.lines if not line.scope.elementwise]
    return [(line, name) for line in lines for name in sorted(line.local & line.reads)]


def _assignment(parsed: ParsedTemplate, line: Line, name: str, draft: Draft) -> str | None:
    terms = [term.text for term in parsed.usable_terms(line.scope)]
    grammar = Grammar(draft, line.scope, parsed.modules, terms)
    value = tidied(_changed(name, grammar, draft), draft)
    if value is None or draft.rng.random() < 0.5:
        return value and f"{name} = {value}"
    about = f"({name}) {draft.pick(COMPARISONS)} ({grammar.leaf()})"
    condition = tidied(about if draft.rng.random() < 0.5 else grammar.comparison(), draft)
    return condition and f"if {condition}:\n    {name} = {value}"


def _changed(name: str, grammar: Grammar, draft: Draft) -> str:
    """Return what becomes of a number: a bound that is simple does more than one that is an expression."""
    way = draft.rng.random()
    if way < 0.35:
        return f"{name} + {grammar.weighted()}"
    if way < 0.75:
        return grammar.pair(name, grammar.leaf())
    return grammar.unary(name)


def _borrowed(donor: ParsedTemplate, elite: Elite, line: Line, draft: Draft) -> str | None:
    """Return an assignment of another program whose names are all bound here, its literals drafted."""
    fitting = [
        other
        for other in donor.lines
        if isinstance(other.statement, ast.Assign | ast.AugAssign)
        and other.target in line.local
        and other.reads <= line.scope.names
    ]
    if not fitting:
        return None
    chosen = fitting[int(draft.rng.integers(len(fitting)))]
    literals, kinds = elite.candidate.literals, elite.candidate.template.kinds
    text = donor.text(chosen.statement)
    if "\n" in text:
        return None
    return SLOT.sub(lambda match: draft.literal(literals[int(match[1])], kinds[int(match[1])]), text)
