"""Steps on a few numbers whose size and shape follow from their success.

The size grows where more than one step in five succeeds and shrinks where fewer do (Rechenberg 1973,
"Evolutionsstrategie"), by the rule of Kern et al. (2004), "Learning probability distributions in continuous
evolutionary algorithms"; the shape follows the steps that succeeded, as in Igel, Hansen and Roth (2007),
"Covariance matrix adaptation for multi-objective optimization". Losses are compared and nothing else, so that
an absolute error, with its kink at the optimum, is served as well as a square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from provolve.propose.symbolic.literals import LARGEST_FLOAT, Number, coerce, typical_magnitude

_FIRST_STEP = 0.3
"""Standard deviation of the first steps, in proportion to each number's size."""
_SUCCESS = 0.2
"""Rate of success at which the size of the steps stays."""
_MOST_PUSH = 1.5
"""Logarithm of the greatest change of the step size after one batch."""
_LEAST_SIZE, _MOST_SIZE = 1e-17, 1e9
"""Limits of the step size, in proportion to each number's size at the beginning."""
_OFTEN = 0.44
"""Rate of success above which the shape of the steps is left as it is, but for their scale."""
_DRAWS = 4
"""Draws for a vector that differs from all before it in the batch; whole numbers may have no more."""


class Steps:
    """Steps from the best vector so far; a batch is drawn, then told, then the next is drawn.

    Args:
        values: the numbers to begin with; at least one.
        kinds: ``i`` or ``f`` for each: whole numbers stay whole.
        loss: of these numbers; smaller is better.
    """

    def __init__(self, values: Sequence[Number], kinds: str, loss: float) -> None:
        self._kinds = kinds
        self.values = tuple(values)
        self.loss = loss
        count, typical = len(values), typical_magnitude(values)
        sizes = [abs(float(value)) or typical for value in values]
        self._scales = np.clip(np.array(sizes), 1 / LARGEST_FLOAT, LARGEST_FLOAT)
        self._covariance = np.eye(count)
        self._path = np.zeros(count)
        self._size = _FIRST_STEP
        self._centre = np.array([float(value) for value in values])
        self._drawn: list[NDArray[np.float64]] = []

    def draw(self, count: int, rng: np.random.Generator) -> list[tuple[Number, ...]]:
        """Return up to ``count`` vectors that differ from each other and from the best so far."""
        factor = self._factor()
        seen = {self.values}
        vectors: list[tuple[Number, ...]] = []
        self._drawn = []
        for _ in range(_DRAWS * count):
            if len(vectors) == count:
                break
            step = factor @ rng.standard_normal(len(self._centre))
            moved = self._centre + self._size * step * self._scales
            vector = tuple(coerce(float(v), kind) for v, kind in zip(moved, self._kinds, strict=True))
            if vector not in seen:
                seen.add(vector)
                vectors.append(vector)
                self._drawn.append(step)
        return vectors or self._neighbours(count, rng)

    def _factor(self) -> NDArray[np.float64]:
        """Return a square root of the covariance; where rounding has left none, begin it anew."""
        try:
            return np.asarray(np.linalg.cholesky(self._covariance), np.float64)
        except np.linalg.LinAlgError:
            self._covariance = np.eye(len(self._centre))
            self._path = np.zeros(len(self._centre))
            return self._covariance

    def _neighbours(self, count: int, rng: np.random.Generator) -> list[tuple[Number, ...]]:
        """Return vectors with one whole number moved by 1, where steps have become too small for any."""
        whole = [place for place, kind in enumerate(self._kinds) if kind == "i"]
        moves = [(place, by) for place in whole for by in (-1, 1)]
        vectors = []
        for choice in rng.permutation(len(moves))[:count]:
            place, by = moves[choice]
            vector = list(self.values)
            vector[place] = coerce(float(vector[place]) + by, "i")
            vectors.append(tuple(vector))
            step = np.zeros(len(vector))
            step[place] = by / (self._size * self._scales[place])
            self._drawn.append(step)
        return vectors

    def tell(self, vectors: Sequence[tuple[Number, ...]], losses: Sequence[float]) -> None:
        """Take the losses of the vectors drawn last, infinite for those that were rejected."""
        if not vectors:
            return
        best = min(range(len(losses)), key=lambda place: losses[place])
        better = sum(loss < self.loss for loss in losses)
        self._adapt_size(better, len(losses))
        if better:
            self._adapt_shape(self._drawn[best], often=better > _OFTEN * len(losses))
            self.values, self.loss = vectors[best], losses[best]
            self._centre = np.array([float(value) for value in self.values])

    def _adapt_size(self, better: int, drawn: int) -> None:
        """Grow where more than a fifth of a batch is better, shrink where less is."""
        push = (better - _SUCCESS * drawn) / math.sqrt(len(self._centre) + 1)
        self._size *= math.exp(max(-_MOST_PUSH, min(_MOST_PUSH, push)))
        self._size = max(_LEAST_SIZE, min(_MOST_SIZE, self._size))

    def _adapt_shape(self, step: NDArray[np.float64], *, often: bool) -> None:
        count = len(self._centre)
        along, learned = 2 / (count + 2), 2 / (count**2 + 6)
        self._path *= 1 - along
        kept = self._covariance * (1 - learned)
        if not often:
            self._path = self._path + math.sqrt(along * (2 - along)) * step
            self._covariance = kept + learned * np.outer(self._path, self._path)
        else:
            inner = np.outer(self._path, self._path) + along * (2 - along) * self._covariance
            self._covariance = kept + learned * inner
