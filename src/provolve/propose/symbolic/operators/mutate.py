"""Typed mutation of a subtree: an expression gives way to another of its kind."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, fill, graft
from provolve.propose.symbolic.grammar import COMPARISONS, OPERATORS, Draft, Grammar
from provolve.propose.symbolic.kinds import BOOLEAN, is_slot
from provolve.propose.symbolic.laws import Laws, typed_names, wanted_at
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.tables import size
from provolve.record import Elite, Proposal
from provolve.task.units import Units

_WHOLE = 0.3
_SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">"}


class Mutate:
    """Replaces, wraps, shrinks or re-operates one expression; the larger the program, the more it shrinks."""

    name = "mutate"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has an expression of a known kind."""
        return bool(context.parsed(parent.candidate.template).sites)

    def propose(
        self,
        parent: Elite,
        others: Sequence[Elite],
        count: int,
        context: OperatorContext,
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each new structure."""
        parsed = context.parsed(parent.candidate.template)

        fullness = size(parsed.template) / context.max_nodes

        def make(draft: Draft) -> Child | None:
            pruning = bool(parsed.choices) and draft.rng.random() < 0.1 + 0.2 * fullness
            site = draft.one(parsed.choices) if pruning else _drawn_site(parsed, draft)
            if pruning:
                text = _branch(parsed, site, draft)
            else:
                text = mutated(parsed, site, draft, fullness, context.units)
            parents = (parent.candidate.digest,)
            return None if text is None else graft(parsed, site, text, draft, context, parents)

        return fill(count, parent, context, self.name, make) if parsed.sites else []


def _drawn_site(parsed: ParsedTemplate, draft: Draft) -> Site:
    """Draw a site; whole values more often than their share, for in a large program it is small."""
    sites = parsed.whole_sites if draft.rng.random() < _WHOLE else parsed.sites
    sites = sites or parsed.sites
    return draft.one(sites)


def grammar_at(parsed: ParsedTemplate, site: Site, draft: Draft) -> Grammar:
    """Return the grammar of what may stand at a site."""
    terms = [term.text for term in parsed.usable_terms(site.scope)]
    return Grammar(draft, site.scope, parsed.modules, terms)


def mutated(
    parsed: ParsedTemplate, site: Site, draft: Draft, fullness: float, units: Units | None = None
) -> str | None:
    """Return a text for the site, or None where the way drawn does not fit it; ``fullness`` from 0 to 1."""
    grammar = grammar_at(parsed, site, draft)
    way = draft.rng.random()
    if way < 0.1 + 0.3 * fullness:
        return _part(parsed, site, draft)
    if way < 0.2 + 0.3 * fullness:
        return _other_operator(parsed, site, draft)
    if site.kind is BOOLEAN:
        return _changed_condition(parsed, site, draft, grammar)
    if units is not None and parsed.modules.vocabulary:
        return _of_dimension(parsed, site, draft, units)
    if way < 0.7:
        text = parsed.text(site.node)
        return grammar.grown(text) if parsed.modules.vocabulary else _wrapped(text, draft, grammar)
    return grammar.number(int(draft.rng.integers(0, 3)))


def _of_dimension(parsed: ParsedTemplate, site: Site, draft: Draft, units: Units) -> str | None:
    """Return a formula of the dimension that the site must have; None where it cannot be told."""
    known = parsed.dimensions(units)
    wanted = wanted_at(known, site)
    if wanted is None:
        return None
    laws = Laws(draft, typed_names(known, site), parsed.modules, units)
    return laws.mutated(parsed.text(site.node) if known.sound else None, wanted)


def _wrapped(text: str, draft: Draft, grammar: Grammar) -> str:
    way = draft.rng.random()
    if way < 0.15:
        return grammar.arithmetic(text, 2)
    if way < 0.5:
        return f"({text}) + {grammar.weighted()}"
    if way < 0.6:
        return f"{draft.fresh()} * ({text})"
    if way < 0.75:
        return grammar.unary(text)
    if way < 0.93:
        return grammar.pair(text, grammar.number(1))
    return grammar.choice(grammar.condition(1), text, grammar.number(1))


def _changed_condition(parsed: ParsedTemplate, site: Site, draft: Draft, grammar: Grammar) -> str:
    if draft.rng.random() < 0.3:
        joint = ("&", "|") if site.scope.elementwise else ("and", "or")
        return f"({parsed.text(site.node)}) {draft.pick(joint)} ({grammar.condition(0)})"
    return grammar.condition(1)


def _part(parsed: ParsedTemplate, site: Site, draft: Draft) -> str | None:
    """Return a part of the site's expression that is of its kind: the rest falls away."""
    start, end = parsed.span(site.node)
    parts = []
    for other in parsed.sites_of(site.kind):
        first, last = parsed.span(other.node)
        # A part that binds names of its own, as in a lambda, cannot leave the place that binds them.
        if start <= first and last <= end and other is not site and other.scope == site.scope:
            parts.append(parsed.text(other.node))
    return draft.pick(parts) if parts else None


def _branch(parsed: ParsedTemplate, site: Site, draft: Draft) -> str | None:
    """Return one branch of a choice: guards that tuning left without effect go only this way."""
    node = site.node
    if isinstance(node, ast.Call) and len(node.args) == 3:
        parts = node.args[1:]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    else:
        return None
    return draft.pick([parsed.text(part) for part in parts])


def _other_operator(parsed: ParsedTemplate, site: Site, draft: Draft) -> str | None:
    node = site.node
    if isinstance(node, ast.BinOp) and type(node.op) in _SYMBOLS:
        sides, options, old = (node.left, node.right), OPERATORS, _SYMBOLS[type(node.op)]
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        if not isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return None
        sides, options = (node.left, node.comparators[0]), COMPARISONS
        old = _SYMBOLS.get(type(node.ops[0]), ">=")
    elif isinstance(node, ast.Name) and not is_slot(node):
        names = [name for name in site.scope.numbers if name != node.id]
        return draft.pick(names) if names and site.kind is not BOOLEAN else None
    else:
        return None
    symbol = draft.pick([option for option in options if option != old])
    left, right = (parsed.text(side) for side in sides)
    return f"({left}) {symbol} ({right})"
