"""Units of what a program computes with: what may be added, compared and returned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RETURNED = "return"
"""The key under which the unit of the result stands."""
_DECIMALS = 6
"""Exponents are told apart to this many decimals: roots of roots are rounded."""

Dimension = tuple[float, ...]
"""Exponents of the base units, in the order of `Units.bases`; all 0 for a pure number."""


@dataclass(frozen=True)
class Units:
    """The dimensions of the entry point's arguments and of its result."""

    entry: str
    """Name of the entry point."""
    bases: tuple[str, ...]
    arguments: Mapping[str, Dimension]
    """Dimensions of the arguments of which one is known."""
    result: Dimension | None
    """Dimension of the result; None where it is not known."""

    @classmethod
    def of(cls, entry: str, arguments: Iterable[str], given: Mapping[str, Mapping[str, float]]) -> Units:
        """Read exponents by base unit, as in ``{"x": {"m": 1, "s": -2}, "return": {}}``.

        Raises:
            ValueError: if a name is no argument and not ``return``, or a unit is no table of numbers.
        """
        known = {*arguments, RETURNED}
        for name, unit in given.items():
            if name not in known:
                raise ValueError(f"there is no argument {name!r}: name one of {', '.join(sorted(known))}")
            if not isinstance(unit, Mapping) or not all(_is_exponent(value) for value in unit.values()):
                raise ValueError(f"the unit of {name!r} is {unit!r}: write exponents, such as m = 1, s = -2")
        bases = tuple(sorted({base for unit in given.values() for base in unit}))
        read = {name: tuple([float(unit.get(base, 0)) for base in bases]) for name, unit in given.items()}
        result = read.pop(RETURNED, None)
        return cls(entry, bases, read, result)

    @property
    def pure(self) -> Dimension:
        """The dimension of a pure number."""
        return (0.0,) * len(self.bases)


def _is_exponent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def product(first: Dimension, second: Dimension, power: float = 1.0) -> Dimension:
    """Return the dimension of the first times the second to a power."""
    return tuple([round(a + power * b, _DECIMALS) + 0.0 for a, b in zip(first, second, strict=True)])
