"""Crossover: an expression of another parent takes the place of one of the same kind."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.program import SLOT
from provolve.propose.symbolic.children import Child, fill, graft
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import NUMBER
from provolve.propose.symbolic.laws import wanted_at
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.mutate import grammar_at
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.record import Elite, Proposal
from provolve.task.units import Dimension, Units


class Crossover:
    """Transplants expressions between parents; nothing is renamed, and all names must be in scope."""

    name = "crossover"

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether the parent has an expression that may be replaced."""
        return bool(context.parsed(parent.candidate.template).sites)

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals; none where no other parent has another structure."""
        donors = distinct_donors(parent, (*others, *context.starts))
        parsed = context.parsed(parent.candidate.template)
        if not donors or not parsed.sites:
            return []

        def make(draft: Draft) -> Child | None:
            site = draft.one(parsed.sites)
            donor = donors[int(draft.rng.integers(len(donors)))]
            wanted = None if context.units is None else wanted_at(parsed.dimensions(context.units), site)
            text = transplant(
                context.parsed(donor.candidate.template), donor, site, draft, context.units, wanted
            )
            if text is None:
                return None
            parents = (parent.candidate.digest, donor.candidate.digest)
            return graft(parsed, site, _placed(parsed, site, text, draft), draft, context, parents)

        return fill(count, parent, context, self.name, make)


def _placed(parsed: ParsedTemplate, site: Site, text: str, draft: Draft) -> str:
    """Return the donor's text alone, or now and then joined with what stood there."""
    way = draft.rng.random()
    if site.kind is not NUMBER or way < 0.6:
        return text
    old = parsed.text(site.node)
    if way < 0.8:
        return f"({old}) {draft.pick(('+', '-', '*'))} ({text})"
    grammar = grammar_at(parsed, site, draft)
    return grammar.choice(grammar.comparison(), old, text)


def distinct_donors(parent: Elite, elites: Sequence[Elite]) -> list[Elite]:
    """Return the elites whose template is not the parent's, each template once."""
    found: dict[str, Elite] = {}
    for elite in elites:
        digest = elite.candidate.template.digest
        if digest != parent.candidate.template.digest:
            found.setdefault(digest, elite)
    return list(found.values())


def transplant(
    donor: ParsedTemplate,
    elite: Elite,
    site: Site,
    draft: Draft,
    units: Units | None = None,
    wanted: Dimension | None = None,
) -> str | None:
    """Return an expression of the donor that may stand at ``site``, its literals added to the draft.

    Where units are given, it has the dimension ``wanted``, or one that cannot be told.
    """
    fitting = [other for other in donor.sites_of(site.kind) if donor.needs(other) <= site.scope.names]
    if units is not None and wanted is not None:
        known = donor.dimensions(units).of
        fitting = [other for other in fitting if known.get(id(other.node)) in (None, wanted)]
    if not fitting:
        return None
    chosen = draft.one(fitting)
    kinds = elite.candidate.template.kinds
    return SLOT.sub(
        lambda match: draft.literal(elite.candidate.literals[int(match[1])], kinds[int(match[1])]),
        donor.text(chosen.node),
    )
