"""Proposers by name, as entry points declare them."""

from __future__ import annotations

from typing import Any

from provolve import installed
from provolve.errors import UsageError
from provolve.propose.proposer import Proposer

GROUP = "provolve.proposers"
"""The group of entry points: each names a class or function that takes ``seed`` and its own settings."""


def names() -> tuple[str, ...]:
    """Return the names of the proposers that are installed, sorted."""
    return installed.names(GROUP)


def build(name: str, **settings: Any) -> Proposer:
    """Return the proposer that an installed package registered as ``name``, built with ``settings``.

    Raises:
        UsageError: if no proposer has the name, its code cannot be imported, it refuses the settings, or it
            is no proposer.
    """
    proposer = installed.make(GROUP, "proposer", name, settings)
    if not isinstance(proposer, Proposer):
        raise UsageError(
            f"{type(proposer).__name__} is registered as proposer {name!r} but has no propose and observe"
        )
    return proposer
