"""Strategies by name, as entry points declare them."""

from __future__ import annotations

from typing import Any

from provolve import installed
from provolve.errors import UsageError
from provolve.search.strategy import Strategy

GROUP = "provolve.strategies"
"""The group of entry points: each names a class or function that takes what `build` is given."""


def names() -> tuple[str, ...]:
    """Return the names of the strategies that are installed, sorted."""
    return installed.names(GROUP)


def build(name: str, **arguments: Any) -> Strategy:
    """Return the strategy called ``name``, built with ``arguments``.

    Args:
        name: one of `names`.
        arguments: ``starts``, ``seed``, ``batch``, ``window`` and the settings of the strategy's own.

    Raises:
        UsageError: if no strategy has this name, its code cannot be imported, it refuses the arguments, or
            it is no strategy.
    """
    strategy = installed.make(GROUP, "strategy", name, arguments)
    if not isinstance(strategy, Strategy):
        raise UsageError(
            f"{type(strategy).__name__} is registered as strategy {name!r} but has no ask and tell"
        )
    return strategy
