"""Tables: a number is looked up by interpolation instead of computed, and the table is refined or pruned."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from provolve.program import SLOT
from provolve.propose.symbolic.children import Child, Draw, fill, graft
from provolve.propose.symbolic.cma_state import Tuning
from provolve.propose.symbolic.features import Feature, drawn_feature, spaced
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.literals import Number, coerce, rounded
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.searches import LEAST_POPULATION, Searching, population
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.tables import Table, sorted_knots, table_text
from provolve.record import Elite, Proposal

KNOTS = (6, 9, 12, 16)
_FRESH = 0.5
"""How often a new table is made where the program has one already."""
LIVE = 2
"""Added tables whose values are being tuned at a time."""
KEPT = 16
"""Searches remembered, those that ended among them."""
PATIENCE = 8
"""Generations without a gain after which an added table is given up."""
MOST_KNOTS = 12
"""Most knots of a table that is tuned at once."""
_REPLACE = 0.5
"""How often a new table stands in place of a number, rather than being added to it."""


class Tabulate(Searching):
    """Replaces a returned or assigned number by a table over one feature, or adds a table to it.

    A table that is added to a tuned program spoils it as it is first drawn, and would be dropped before it is
    tuned. So some begin at zero, and their values alone are tuned by a short CMA-ES at once.
    A table added may be weighted by one over another feature, which makes it a surface of both. Where there
    are tables, knots are put in between, or taken out. A new table that replaces a number begins as the
    feature or its negative, so that a search starts from something ordered; one that is added begins small.
    """

    name = "tabulate"

    def __init__(self) -> None:
        super().__init__(self.name, live=LIVE, kept=KEPT)

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether arrays may be returned or assigned where a name of a known range is bound."""
        return bool(context.ranges) and bool(_sites(context.parsed(parent.candidate.template), context))

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return up to ``count`` proposals, a few draws of values for each table."""
        parsed = context.parsed(parent.candidate.template)
        sites = _sites(parsed, context)
        reshaped = parsed.placed_tables

        def drawer(child: Child) -> Draw:
            tables = child.tables(parsed.modules)
            return lambda rng: jittered(child, tables, rng)

        def make(draft: Draft) -> Child | None:
            if reshaped and draft.rng.random() > _FRESH:
                site, table = reshaped[int(draft.rng.integers(len(reshaped)))]
                text = _reshaped(parsed, table, draft)
            else:
                site = draft.one(sites)
                text = _tabulated(parsed, site, draft, context)
            parents = (parent.candidate.digest,)
            return None if text is None else graft(parsed, site, text, draft, context, parents)

        if not sites:
            return []
        self._searches.note((parent, *others))
        tuned = self._searches.go_on(count, context)
        if count - len(tuned) >= LEAST_POPULATION and self._searches.room and not self._searches.full:
            tuned += self._begun(parent, sites, count - len(tuned), context)
        return tuned + fill(count - len(tuned), parent, context, self.name, make, drawer)

    def _begun(
        self, parent: Elite, sites: Sequence[Site], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return the first generation of the values of a table that is added to the parent at zero."""
        parsed = context.parsed(parent.candidate.template)
        # What begins at zero does no harm, so it is admitted however large the parent is.
        draft = Draft(parent.candidate.literals, parsed.template.kinds, context.rng, sys.maxsize)
        site = draft.one(sites)
        drawn = _added_at_zero(parsed, site, draft, context)
        if drawn is None:
            return []
        text, size = drawn
        child = graft(parsed, site, text, draft, context, (parent.candidate.digest,))
        tuning = None if child is None else _tuning(child, parent, parsed, size, count)
        if tuning is None:
            return []
        key = f"{tuning.template.digest}/{context.ask_id}"
        self._searches.begin(key, tuning)
        return self._searches.ask(key, context)


def _tuning(child: Child, parent: Elite, parsed: ParsedTemplate, size: float, room: int) -> Tuning | None:
    """Return a search for the values of the child's new tables; the parent's literals stay."""
    tables = [table for table in child.tables(parsed.modules) if child.new.issuperset(table.values)]
    free = {k for table in tables for k in table.values}
    if not free:
        return None
    return Tuning(
        child.template,
        parent.candidate.digest,
        child.literals,
        parent.loss,
        population(len(free), room),
        fixed=frozenset(range(len(child.literals))) - free,
        alike=[table.values for table in tables],
        sizes={k: size for t in tables if not any(child.literals[k] for k in t.values) for k in t.values},
        patience=PATIENCE,
    )


def _added_at_zero(
    parsed: ParsedTemplate, site: Site, draft: Draft, context: OperatorContext
) -> tuple[str, float] | None:
    """Return what stands at the site and a table of zeros, half of the time weighted by one over another
    feature, and how large its values may be expected to be."""
    numpy, rng, literals = parsed.modules.numpy, draft.rng, draft.values
    drawn = _drawn_places(parsed, site, draft, context)
    other = drawn_feature(site.scope, context.ranges, numpy, rng)
    if drawn is None or other is None:
        return None
    feature, knots = drawn
    largest = max((abs(float(literals[k])) for t in parsed.tables for k in t.values), default=0.0)
    size = largest * 10.0 ** rng.uniform(-2.0, -0.5) or (feature.high - feature.low) or 1.0
    text = _written(feature.text, knots, [0.0] * len(knots), draft, numpy)
    if other.text != feature.text and rng.random() < 0.5:
        text = f"{_weights(other, draft, numpy)} * {text}"
    return f"({parsed.text(site.node)}) + {text}", size


def _drawn_places(
    parsed: ParsedTemplate, site: Site, draft: Draft, context: OperatorContext
) -> tuple[Feature, list[float]] | None:
    """Return a feature and knots for it: new ones, or where the search has placed those of a table there."""
    rng = draft.rng
    tables = [
        table
        for table in parsed.tables
        if parsed.contains(site.node, table.node) and not SLOT.search(parsed.text(table.node.args[0]))
    ]
    if tables and rng.random() < 0.5:
        table = tables[int(rng.integers(len(tables)))]
        knots = sorted({float(draft.values[k]) for k in table.knots})
        while len(knots) > MOST_KNOTS:
            knots = knots[::2]
        return Feature(parsed.text(table.node.args[0]), knots[0], knots[-1]), knots
    feature = drawn_feature(site.scope, context.ranges, parsed.modules.numpy, rng)
    if feature is None:
        return None
    return feature, spaced(feature, int(rng.choice((6, 9, MOST_KNOTS))), rng)


def _sites(parsed: ParsedTemplate, context: OperatorContext) -> list[Site]:
    if not parsed.modules.numpy or parsed.modules.vocabulary:
        return []
    return [
        site
        for site in parsed.whole_sites
        if site.scope.elementwise and any(name in context.ranges for name in site.scope.numbers)
    ]


def _tabulated(parsed: ParsedTemplate, site: Site, draft: Draft, context: OperatorContext) -> str | None:
    numpy, rng = parsed.modules.numpy, draft.rng
    feature = drawn_feature(site.scope, context.ranges, numpy, rng)
    if feature is None:
        return None
    if rng.random() < _REPLACE:
        return _table_of(feature, 1.0 if rng.random() < 0.5 else -1.0, draft, numpy)
    added = _table_of(feature, rounded(10.0 ** rng.uniform(-2.0, 0.0)), draft, numpy)
    other = drawn_feature(site.scope, context.ranges, numpy, rng)
    if other is not None and other.text != feature.text and rng.random() < 0.5:
        added = f"{_weights(other, draft, numpy)} * {added}"
    return f"({parsed.text(site.node)}) + {added}"


def _table_of(feature: Feature, slope: float, draft: Draft, numpy: str) -> str:
    """Return a table whose values are ``slope`` times its feature."""
    knots = spaced(feature, int(draft.rng.choice(KNOTS)), draft.rng)
    return _written(feature.text, knots, [slope * knot for knot in knots], draft, numpy)


def _weights(feature: Feature, draft: Draft, numpy: str) -> str:
    """Return a table of weights near 1 or 0: what it multiplies holds in a part of its feature's range."""
    knots = spaced(feature, int(draft.rng.choice((3, 4, 6))), draft.rng)
    turn = int(draft.rng.integers(len(knots)))
    return _written(feature.text, knots, [float(k <= turn) for k in range(len(knots))], draft, numpy)


def _written(feature: str, knots: Sequence[float], values: Sequence[float], draft: Draft, numpy: str) -> str:
    return table_text(
        numpy,
        feature,
        [draft.literal(coerce(knot, "f")) for knot in knots],
        [draft.literal(coerce(rounded(value), "f")) for value in values],
    )


def _reshaped(parsed: ParsedTemplate, table: Table, draft: Draft) -> str | None:
    """Return the table with some knots put in, each halfway between two, or with one taken out."""
    knots, values = sorted_knots(table, draft.values)
    way = draft.rng.random()
    if way < 0.25 and len(knots) > 2:
        gone = int(draft.rng.integers(len(knots)))
        del knots[gone], values[gone]
    else:
        share = 1.0 if way < 0.5 else draft.rng.uniform(0.1, 0.5)
        _refine(knots, values, [float(x) for x in draft.rng.random(len(knots) - 1)], share)
    feature = parsed.text(table.node.args[0])
    return _written(feature, knots, values, draft, parsed.modules.numpy)


def _refine(knots: list[float], values: list[float], chances: Sequence[float], share: float) -> None:
    """Put a knot into each gap whose chance is at most ``share``, in place."""
    for gap in reversed(range(len(chances))):
        if chances[gap] <= share and knots[gap] < knots[gap + 1]:
            knots.insert(gap + 1, rounded((knots[gap] + knots[gap + 1]) / 2))
            values.insert(gap + 1, (values[gap] + values[gap + 1]) / 2)


def jittered(child: Child, tables: Sequence[Table], rng: np.random.Generator) -> list[Number]:
    """Return the literals with the values of the tables moved a little, in parts of each table's largest."""
    literals = child.literals
    moved = list(literals)
    spread = 10.0 ** rng.uniform(-2.5, -0.3)
    for table in tables:
        size = max(abs(float(literals[k])) for k in table.values) or 1.0
        steps = spread * size * rng.standard_normal(len(table.values))
        for k, step in zip(table.values, steps, strict=True):
            moved[k] = coerce(rounded(float(literals[k]) + float(step)), child.template.kinds[k])
    return moved
