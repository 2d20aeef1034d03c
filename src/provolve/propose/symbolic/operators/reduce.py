"""Reductions: numbers of a whole array, and ranks within it, as features of its elements."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, fill, graft
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.mutate import grammar_at
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.record import Elite, Proposal

_REDUCED = ("mean", "min", "max", "median", "std", "sum")
_FEATURES = (
    "{x} - {np}.{reduce}({x})",
    "{x} / ({np}.abs({np}.{reduce}({x})) + {literal})",
    "{x} - {literal} * {np}.{reduce}({x})",
    "{np}.argsort({np}.argsort({x})) / {np}.size({x})",
    "1.0 * ({x} == {np}.max({x}))",
    "1.0 * ({x} == {np}.min({x}))",
    "{np}.{reduce}({x})",
)


class Reduce:
    """Adds to a number, or weights it by, a feature that depends on all elements of an array.

    Where the answer is a table it is filled element by element, and what depends on other elements has no
    place there. No more has it in formulas, which have a vocabulary.
    """

    name = "reduce"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether a number stands where arrays are in scope, and elements may depend on one another."""
        return bool(_sites(context.parsed(parent.candidate.template), context))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each structure."""
        parsed = context.parsed(parent.candidate.template)
        sites = _sites(parsed, context)

        def make(draft: Draft) -> Child | None:
            site = draft.one(sites)
            text = _reduced(parsed, site, draft)
            return graft(parsed, site, text, draft, context, (parent.candidate.digest,))

        return fill(count, parent, context, self.name, make) if sites else []


def _sites(parsed: ParsedTemplate, context: OperatorContext) -> list[Site]:
    if context.elementwise or parsed.modules.vocabulary or not parsed.modules.numpy:
        return []
    return [site for site in parsed.whole_sites if site.scope.arrays]


def _reduced(parsed: ParsedTemplate, site: Site, draft: Draft) -> str:
    old = parsed.text(site.node)
    array = draft.pick(site.scope.arrays)
    text = draft.pick(_FEATURES)
    text = text.replace("{literal}", draft.fresh()) if "{literal}" in text else text
    text = text.replace("1.0", draft.literal(1.0)) if "1.0" in text else text
    feature = text.format(x=array, np=parsed.modules.numpy, reduce=draft.pick(_REDUCED))
    way = draft.rng.random()
    weight = draft.literal(float(draft.rng.choice((-1.0, -0.3, 0.3, 1.0))))
    if way < 0.6:
        return f"({old}) + {weight} * ({feature})"
    if way < 0.8:
        return f"({old}) * ({weight} + ({feature}))"
    grammar = grammar_at(parsed, site, draft)
    return grammar.choice(f"({feature}) < {draft.fresh()}", old, grammar.arithmetic(old, 1))
