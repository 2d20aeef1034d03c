"""A grid over the measures of a task: its cells are the niches of a map of elites."""

from __future__ import annotations

import bisect
import math
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from provolve.record import Elite

Edges = tuple[tuple[float, ...], ...]
"""For each measure, the values at which one cell ends and the next begins, ascending."""


class Grid:
    """The niche of an elite is the cell that its measures lie in.

    A measure with k edges has k + 1 cells: a cell holds its lower edge, and the two outermost are open, so
    that every finite value lies in a cell.

    Args:
        edges: one row a measure, in the order of the measures; at least one.

    Raises:
        ValueError: if there is no row, or one is not ascending and finite.
    """

    def __init__(self, edges: Sequence[Sequence[float]]) -> None:
        if not edges:
            raise ValueError("a grid needs the edges of at least one measure")
        for place, row in enumerate(edges):
            if not all(map(math.isfinite, row)) or list(row) != sorted(row):
                raise ValueError(f"the edges of measure {place} are {row}: they must be finite and ascend")
        self.edges: Edges = tuple(tuple(row) for row in edges)

    def __call__(self, elite: Elite) -> Hashable:
        """Return the cell of an elite, one index a measure; None where measures are missing or infinite."""
        if not measured(elite, len(self.edges)):
            return None
        return tuple(bisect.bisect_right(row, x) for row, x in zip(self.edges, elite.measures, strict=True))


def fit(elites: Iterable[Elite], measures: int, cells: int) -> Grid | None:
    """Return a grid whose edges are quantiles of the elites, as tasks declare measures without a range.

    Boundaries that slide with what was found follow Fontaine et al. (2019), "Mapping Hearthstone deck spaces
    through MAP-Elites with sliding boundaries".

    Args:
        elites: those whose measures are spread over the grid.
        measures: how many measures the task declares.
        cells: about how many cells the grid shall have; each measure gets at least 2.

    Returns:
        The grid; None if no elite has all measures, finite.
    """
    rows = [elite.measures for elite in elites if measured(elite, measures)]
    if not rows:
        return None
    # The root of an exact power comes out of floats a hair too small.
    each = max(2, int(cells ** (1 / measures) + 1e-9))
    edges = np.quantile(np.array(rows), np.arange(1, each) / each, axis=0)
    return Grid([[float(edge) for edge in column] for column in edges.T])


def measured(elite: Elite, measures: int) -> bool:
    """Whether the elite has this many measures, all finite."""
    return len(elite.measures) == measures and all(map(math.isfinite, elite.measures))
