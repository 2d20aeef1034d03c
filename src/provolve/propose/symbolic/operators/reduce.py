"""Reductions: numbers of a whole array, and ranks within it, beside its elements or another array's."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, fill, graft
from provolve.propose.symbolic.grammar import COMPARISONS, Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.mutate import grammar_at
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.record import Elite, Proposal

_REDUCED = ("mean", "min", "max", "median", "std")
_SHARES = (
    "{x} / ({np}.abs({reduced}) + {least})",
    "({x} - {np}.mean({x})) / ({np}.std({x}) + {least})",
    "{np}.argsort({np}.argsort({x})) / {np}.size({x})",
    "1.0 * ({x} == {np}.max({x}))",
    "1.0 * ({x} == {np}.min({x}))",
)
"""Features without a unit: whatever the arrays measure, they may weigh another number."""
_LEAST = 0.001
"""Added to what is divided by, so that arrays of equal elements have a finite feature."""
_ALONE = 0.5
"""How often the array that is reduced is the one whose elements stand beside it."""


class Reduce:
    """Adds to a number, weighs it by, or chooses by what depends on all elements of an array.

    A reduction stands beside the elements of an array, its own or another in scope: alone it would be the
    same for all elements, and change nothing where the best of them is chosen. Where the answer is a
    table it is filled element by element, and what depends on other elements has no place there. No more
    has it in formulas, which have a vocabulary.
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
    old, numpy = parsed.text(site.node), parsed.modules.numpy
    array = draft.pick(site.scope.arrays)
    beside = array if draft.rng.random() < _ALONE else draft.pick(site.scope.arrays)
    reduction = f"{numpy}.{draft.pick(_REDUCED)}({beside})"
    weight = draft.literal(float(draft.rng.choice((-1.0, -0.3, 0.3, 1.0))))
    way = draft.rng.random()
    if way < 0.5:
        return f"({old}) + {weight} * ({array} - {draft.literal(1.0)} * {reduction})"
    if way < 0.75:
        return f"({old}) * ({draft.literal(1.0)} + {weight} * ({_share(array, reduction, numpy, draft)}))"
    grammar = grammar_at(parsed, site, draft)
    condition = f"{array} {draft.pick(COMPARISONS)} {draft.literal(1.0)} * {reduction}"
    return grammar.choice(condition, old, grammar.arithmetic(old, 1))


def _share(array: str, reduction: str, numpy: str, draft: Draft) -> str:
    form = draft.pick(_SHARES)
    for mark, value in (("{least}", _LEAST), ("1.0", 1.0)):
        if mark in form:
            form = form.replace(mark, draft.literal(value))
    return form.format(x=array, reduced=reduction, np=numpy)
