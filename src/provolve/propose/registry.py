"""Proposers by name, as entry points declare them."""

from __future__ import annotations

import inspect
from typing import Any

from provolve import installed
from provolve.errors import UsageError
from provolve.propose.proposer import LiveProposer, Proposer

GROUP = "provolve.proposers"
"""The group of entry points: each names a class or function that takes its own settings; those that take
``seed`` are given the run's."""


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

    ``seed`` is left out where it takes none: every ask brings a generator of its own.

    Raises:
        UsageError: if no proposer has the name, its code cannot be imported, it refuses the settings, or it
            is no proposer.
    """
    if "seed" in settings and not _takes_seed(installed.load(GROUP, "proposer", name)):
        del settings["seed"]
    proposer = installed.make(GROUP, "proposer", name, settings)
    if not isinstance(proposer, Proposer | LiveProposer):
        raise UsageError(
            f"{type(proposer).__name__} is registered as proposer {name!r} but has neither "
            "propose and observe nor begin, observe and close"
        )
    return proposer


def _takes_seed(factory: Any) -> bool:
    taken = inspect.signature(factory).parameters.values()
    return any(one.name == "seed" or one.kind is inspect.Parameter.VAR_KEYWORD for one in taken)
