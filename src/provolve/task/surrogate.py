"""What a construction task may offer to numeric search: a smooth problem in the coordinates of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pull = Callable[[Floats], Floats]


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """A smooth problem whose solutions are good answers: least value, all constraints at least 0.

    A point is an array of shape (size,): ``items`` rows of ``coordinates`` numbers, one row after the other,
    then ``extra`` numbers that belong to no item, such as the t of an epigraph, in which a minimax problem
    is written: least t with t - each >= 0. Points come in batches of shape (batch, size), and every row of
    a batch must be computed apart from the others.

    The surrogate is a guide and no judge: what it finds becomes an answer, and the judge decides.
    """

    items: int
    """Number of like parts, such as points, circles or steps; at least 1."""
    coordinates: int
    """Numbers of each item; at least 1."""
    low: tuple[float, ...]
    """Least value of each coordinate of an item, finite."""
    high: tuple[float, ...]
    """Greatest value of each coordinate of an item, finite and above ``low``."""
    evaluate: Callable[[Floats], tuple[Floats, Floats, Pull]]
    """Takes points (batch, size); returns their values (batch,), their constraints (batch, count), each met
    where at least 0 and best of the order of 1, and a function that takes weights (batch, count) and returns
    the gradient (batch, size) of value - sum of weights times constraints."""
    answer: Callable[[Floats], object]
    """Takes a point (size,) and returns the answer it stands for: a list of finite floats, or of such lists.
    Where rounding would make the judge refuse it, it moves the answer to the safe side."""
    extra: int = 0
    """Numbers of a point that belong to no item; they have no bounds."""
    complete: Callable[[Floats], Floats] | None = None
    """Takes points (batch, size) and returns them with the extra numbers set to fit the items."""
    jacobian: Callable[[Floats], Floats] | None = None
    """Takes a point (size,) and returns the gradients of all constraints, shape (count, size); taken from
    ``evaluate`` where left out, which costs as much as a batch of ``count`` points."""
    places: int = 0
    """How many of the coordinates, from the first, say where an item lies; 0 where none does."""
    sequence: bool = False
    """Whether the items follow each other, as the steps of a function do: next in number is next in place."""
    smoothed: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None
    """For minimax problems in which nearly all constraints are active at a solution. Takes items alone
    (batch, items * coordinates) and a sharpness each (batch,), and returns values (batch,) of a smooth
    problem without constraints but the bounds, and their gradients (batch, items * coordinates). Values
    that differ by 1 in ``sharpness``, relatively, are to count as different: from 10, where many peaks
    count, to 30,000, where hardly any but the greatest does."""
    coarser: Surrogate | None = None
    """The same problem with fewer numbers, whose solutions are answers too: the search begins there."""
    refine: Callable[[Floats], Floats] | None = None
    """Takes points of ``coarser`` (batch, its size) and returns points (batch, size) of the same value, or
    nearly; goes with ``coarser``."""

    def __post_init__(self) -> None:
        if self.items < 1 or self.coordinates < 1 or self.extra < 0:
            raise ValueError(
                f"items {self.items} and coordinates {self.coordinates} must be at least 1, "
                f"extra {self.extra} at least 0"
            )
        if not len(self.low) == len(self.high) == self.coordinates:
            raise ValueError(
                f"low has {len(self.low)} and high {len(self.high)} values: write one for each of the "
                f"{self.coordinates} coordinates of an item"
            )
        if not all(np.isfinite((a, b)).all() and a < b for a, b in zip(self.low, self.high, strict=True)):
            raise ValueError(f"low {self.low} and high {self.high} must be finite, low below high")
        if not 0 <= self.places <= self.coordinates:
            raise ValueError(f"places is {self.places}: it lies from 0 to {self.coordinates} coordinates")
        if (self.coarser is None) != (self.refine is None):
            raise ValueError("coarser and refine go together: give both or neither")

    def levels(self) -> tuple[Surrogate, ...]:
        """Return this problem and all that are coarser, the coarsest first."""
        return (*(() if self.coarser is None else self.coarser.levels()), self)

    @property
    def size(self) -> int:
        """Length of a point."""
        return self.items * self.coordinates + self.extra

    def lows(self) -> Floats:
        """Return the least values of a point, shape (size,); minus infinity for the extra numbers."""
        return np.concatenate([np.tile(self.low, self.items), np.full(self.extra, -np.inf)])

    def highs(self) -> Floats:
        """Return the greatest values of a point, shape (size,); infinity for the extra numbers."""
        return np.concatenate([np.tile(self.high, self.items), np.full(self.extra, np.inf)])

    def rows(self, points: Floats) -> Floats:
        """Return the items of points (batch, size) as an array (batch, items, coordinates), a view."""
        return points[:, : self.items * self.coordinates].reshape(len(points), self.items, self.coordinates)

    def fitted(self, points: Floats) -> Floats:
        """Return points (batch, size) moved into their bounds, with the extra numbers set."""
        inside = np.clip(points, self.lows(), self.highs())
        return inside if self.complete is None else self.complete(inside)
