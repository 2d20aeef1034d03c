"""Guards: a value is kept where a condition holds and is another elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.symbolic.children import Child, fill, graft
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.crossover import distinct_donors, transplant
from provolve.propose.symbolic.operators.mutate import grammar_at
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.record import Elite, Proposal


class InsertGuard:
    """Wraps a returned or assigned number: ``np.where(condition, number, other)``, or ``if`` for scalars."""

    name = "insert-guard"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent returns or assigns a number, and has no vocabulary, which knows no choices."""
        parsed = context.parsed(parent.candidate.template)
        return bool(parsed.whole_sites) and not parsed.modules.vocabulary

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of literals for each guard."""
        parsed = context.parsed(parent.candidate.template)
        sites = parsed.whole_sites
        donors = distinct_donors(parent, others)

        def make(draft: Draft) -> Child | None:
            site = draft.one(sites)
            other, donor = self._other(parsed, site, draft, donors, context)
            grammar = grammar_at(parsed, site, draft)
            text = grammar.choice(grammar.comparison(), parsed.text(site.node), other)
            return graft(parsed, site, text, draft, context, (parent.candidate.digest, *donor))

        return fill(count, parent, context, self.name, make) if sites else []

    def _other(
        self, parsed: ParsedTemplate, site: Site, draft: Draft, donors: list[Elite], context: OperatorContext
    ) -> tuple[str, tuple[str, ...]]:
        """Return what stands where the guard fails, and the digest of its donor if it has one."""
        grammar = grammar_at(parsed, site, draft)
        way = draft.rng.random()
        if way < 0.25 and donors:
            donor = donors[int(draft.rng.integers(len(donors)))]
            text = transplant(context.parsed(donor.candidate.template), donor, site, draft)
            if text is not None:
                return text, (donor.candidate.digest,)
        if way < 0.5:
            return draft.fresh(), ()
        if way < 0.75:
            return grammar.arithmetic(parsed.text(site.node), 1), ()
        return grammar.number(1), ()
