"""Random formulas of a wanted dimension, as text: what may stand at a place where units are known.

Where nothing else has the dimension, a product of powers of the names does, as dimensional analysis finds it
(E. Buckingham, "On physically similar systems", 1914).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from provolve.propose.symbolic.dimensions import Dimensions
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.literals import simple_value
from provolve.propose.symbolic.sites import Site
from provolve.task.units import Dimension, Units, product

LARGEST_POWER = 4
MOST_FACTORS = 8
"""Most factors of a product of powers, those below the line counted."""
MOST_PRODUCTS = 100
"""How many products of a dimension are drawn among, the shortest."""
_SHORTER = 0.6
"""How much less readily a product is drawn for each factor that it has more."""
_GROWN = 0.45
_FURTHER = 0.35
_DEEPEST = 4
_LITERALS = 0.15

Typed = tuple[str, Dimension]
"""A text and its dimension."""


def typed_names(dimensions: Dimensions, site: Site) -> list[Typed]:
    """Return the names of numbers in scope at a site whose dimensions are known."""
    scope = dimensions.scopes.get(id(site.root), {})
    return [(name, known) for name in site.scope.numbers if (known := scope.get(name)) is not None]


def wanted_at(dimensions: Dimensions, site: Site) -> Dimension | None:
    """Return the dimension that whatever stands at a site must have; None where it cannot be told."""
    if site.node is site.root:
        return dimensions.wanted.get(id(site.root))
    return dimensions.of.get(id(site.node)) if dimensions.sound else None


class Laws:
    """Makes formulas of a dimension from typed names, the vocabulary and simple numbers."""

    def __init__(self, draft: Draft, names: Sequence[Typed], modules: Modules, units: Units) -> None:
        self._draft = draft
        self._rng = draft.rng
        self._names = tuple(names)
        self._modules = modules
        self._pure = units.pure

    def mutated(self, text: str | None, wanted: Dimension) -> str | None:
        """Return a formula of the dimension wanted, anew or made of ``text``, which has it; or None."""
        if text is not None and self._rng.random() < _GROWN:
            return self.grown(text, wanted)
        return self.formula(wanted, int(self._rng.integers(0, _DEEPEST)))

    def grown(self, text: str | None, wanted: Dimension) -> str | None:
        """Return a formula with ``text``, of the dimension wanted, for a part, one step or several on."""
        text = self._further(text, wanted)
        while text is not None and self._rng.random() < _FURTHER:
            text = self._further(text, wanted)
        return text

    def _further(self, text: str | None, wanted: Dimension) -> str | None:
        way = self._rng.random()
        if way < 0.3:
            return self._joined(text, self.formula(wanted, 1), self._draft.pick("+-"))
        if way < 0.7 or wanted != self._pure:
            return self._joined(text, self.formula(self._pure, 2), self._draft.pick("*/"))
        return text and self.function(text)

    def formula(self, wanted: Dimension, depth: int) -> str | None:
        """Return a formula of the dimension wanted, about ``depth`` levels deep; None if none is found."""
        way = self._rng.random()
        if depth <= 0 or way < 0.25:
            return self.leaf(wanted)
        if way < 0.5:
            return self._joined(
                self.formula(wanted, depth - 1), self.formula(wanted, depth - 1), self._draft.pick("+-")
            )
        if way < 0.75:
            return self._joined(
                self.formula(wanted, depth - 1), self.formula(self._pure, depth - 1), self._draft.pick("*/")
            )
        if wanted == self._pure and way < 0.9:
            part = self.formula(wanted, depth - 1)
            return part and self.function(part)
        return self._split(wanted, depth - 1) if way < 0.9 else self._root(wanted, depth - 1)

    def leaf(self, wanted: Dimension) -> str | None:
        """Return a name of the dimension, a product of powers of names, or a number where that is pure."""
        if wanted == self._pure and self._rng.random() < _LITERALS:
            return self._draft.literal(simple_value(self._rng))
        plain = [name for name, dimension in self._names if dimension == wanted]
        if plain and self._rng.random() < 0.7:
            return self._draft.pick(plain)
        found = powers(tuple(dimension for _, dimension in self._names), wanted)
        if not found:
            return self._draft.literal(simple_value(self._rng)) if wanted == self._pure else None
        weights = np.array([_SHORTER ** sum(map(abs, exponents)) for exponents in found])
        return self._product(found[int(self._rng.choice(len(found), p=weights / weights.sum()))])

    def function(self, text: str) -> str:
        """Return a function of a pure number."""
        forms = [f"{self._modules.numpy}.{name}({text})" for name in self._modules.vocabulary]
        forms += [f"{self._one()} {symbol} ({text})" for symbol in "/-+"]
        return self._draft.pick(forms)

    def _one(self) -> str:
        return self._draft.literal(1.0)

    def _split(self, wanted: Dimension, depth: int) -> str | None:
        """Return a product or ratio of a formula of a name's dimension and one of the rest."""
        if not self._names:
            return None
        _, dimension = self._names[int(self._rng.integers(len(self._names)))]
        times = self._rng.random() < 0.5
        rest = product(wanted, dimension, -1.0 if times else 1.0)
        return self._joined(self.formula(rest, depth), self.formula(dimension, depth), "*" if times else "/")

    def _root(self, wanted: Dimension, depth: int) -> str | None:
        """Return the root of a formula, its square, or one over it."""
        options = [name for name in ("sqrt", "square") if name in self._modules.vocabulary]
        way = self._draft.pick([*options, "/"])
        power = {"sqrt": 2.0, "square": 0.5, "/": -1.0}[way]
        part = self.formula(product(self._pure, wanted, power), depth)
        if part is None:
            return None
        return f"{self._one()} / ({part})" if way == "/" else f"{self._modules.numpy}.{way}({part})"

    def _joined(self, left: str | None, right: str | None, symbol: str) -> str | None:
        return None if left is None or right is None else f"({left}) {symbol} ({right})"

    def _product(self, exponents: Sequence[int]) -> str:
        above, below = self._factors(exponents, 1), self._factors(exponents, -1)
        top = " * ".join(above) or self._one()
        return f"{top} / ({' * '.join(below)})" if below else top

    def _factors(self, exponents: Sequence[int], sign: int) -> list[str]:
        found = []
        for (name, _), exponent in zip(self._names, exponents, strict=True):
            count = max(0, sign * exponent)
            found += [name] * count
        return found


@lru_cache(maxsize=4096)
def powers(dimensions: tuple[Dimension, ...], wanted: Dimension) -> tuple[tuple[int, ...], ...]:
    """Return whole exponents whose product of powers has the dimension wanted, the shortest few first.

    The empty product is none of them.
    """
    count = len(dimensions)
    if not count or not wanted:
        return ()
    grid = _exponents(count)
    gaps = grid @ np.array(dimensions) - np.array(wanted)
    found = grid[np.abs(gaps).max(axis=1) < 1e-6]
    return tuple(tuple(map(int, row)) for row in found[:MOST_PRODUCTS])


@lru_cache(maxsize=8)
def _exponents(count: int) -> np.ndarray:
    """Return vectors of exponents (many, count) in order of the number of factors, none empty.

    For more than five names only products of few of them are among these.
    """
    largest = LARGEST_POWER if count <= 5 else 2 if count <= 7 else 1
    if count > 9:
        rows = [
            tuple(int(k == place) * sign for k in range(count)) for place in range(count) for sign in (1, -1)
        ]
    else:
        rows = list(itertools.product(range(-largest, largest + 1), repeat=count))
    grid = np.array(rows)
    sizes = np.abs(grid).sum(axis=1)
    kept = (sizes > 0) & (sizes <= MOST_FACTORS)
    ordered: np.ndarray = grid[kept][np.argsort(sizes[kept], kind="stable")]
    return ordered
