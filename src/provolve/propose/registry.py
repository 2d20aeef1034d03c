"""Proposers by name, as entry points declare them."""

from __future__ import annotations

from typing import Any

from provolve import installed
from provolve.errors import UsageError
from provolve.propose.proposer import LiveProposer, Proposer

GROUP = "provolve.proposers"
"""The group of entry points: each names a class or function that takes ``seed`` and its own settings."""


def names() -> tuple[str, ...]:
    """Return the names of the proposers that are installed, sorted."""
    return installed.names(GROUP)


def is_live(name: str) -> bool:
    """Whether the proposer called ``name`` is a `LiveProposer`, whose answers are told as they arrive.

    Raises:
        UsageError: if no proposer has the name, or its code cannot be imported.
    """
    return hasattr(installed.load(GROUP, "proposer", name), "begin")


def build(name: str, **settings: Any) -> Proposer | LiveProposer:
    """Return the proposer that an installed package registered as ``name``, built with ``settings``.

    Raises:
        UsageError: if no proposer has the name, its code cannot be imported, it refuses the settings, or it
            is no proposer.
    """
    proposer = installed.make(GROUP, "proposer", name, settings)
    if not isinstance(proposer, Proposer | LiveProposer):
        raise UsageError(
            f"{type(proposer).__name__} is registered as proposer {name!r} but has neither "
            "propose and observe nor begin, observe and close"
        )
    return proposer
