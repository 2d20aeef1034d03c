"""Strategies by name, as entry points declare them."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from provolve.errors import UsageError
from provolve.search.strategy import Strategy

GROUP = "provolve.strategies"
"""The group of entry points: each names a class or function that takes what `build` is given."""


def names() -> tuple[str, ...]:
    """Return the names of the strategies that are installed, sorted."""
    return tuple(sorted(_declared()))


def build(name: str, **arguments: Any) -> Strategy:
    """Return the strategy called ``name``, built with ``arguments``.

    Args:
        name: one of `names`.
        arguments: ``starts``, ``seed``, ``batch``, ``window`` and the settings of the strategy's own.

    Raises:
        UsageError: if no strategy has this name, or its code cannot be imported.
        ValueError, TypeError: if the strategy refuses the arguments.
    """
    declared = _declared()
    if name not in declared:
        raise UsageError(f"there is no strategy {name!r}: choose one of {', '.join(sorted(declared))}")
    try:
        make = declared[name].load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"strategy {name!r} is declared as {declared[name].value} and cannot be imported ({error}): "
            "install it again, or choose another"
        ) from error
    return cast(Strategy, make(**arguments))


def _declared() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
