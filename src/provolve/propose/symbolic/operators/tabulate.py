"""Tables: a number is looked up by interpolation instead of computed, and the table is refined or pruned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from provolve.propose.symbolic.children import Child, Draw, fill, graft
from provolve.propose.symbolic.features import Feature, drawn_feature, spaced
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.literals import Number, coerce, rounded
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.sites import Site
from provolve.propose.symbolic.tables import Table, sorted_knots, table_text
from provolve.record import Elite, Proposal

KNOTS = (6, 9, 12, 16)
_FRESH = 0.5
"""How often a new table is made where the program has one already."""
_REPLACE = 0.5
"""How often a new table stands in place of a number, rather than being added to it."""


class Tabulate:
    """Replaces a returned or assigned number by a table over one feature, or adds a table to it.

    A table added may be weighted by one over another feature, which makes it a surface of both. Where there
    are tables, knots are put in between, or taken out. A new table that replaces a number begins as the
    feature or its negative, so that a search starts from something ordered; one that is added begins small.
    """

    name = "tabulate"

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

        return fill(count, parent, context, self.name, make, drawer) if sites else []


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
