"""Proposers by name, found through the entry points ``provolve.proposers``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from provolve.errors import UsageError
from provolve.propose.proposer import Proposer

GROUP = "provolve.proposers"


def build(name: str, **settings: Any) -> Proposer:
    """Return the proposer that an installed package registered as ``name``, built with ``settings``.

    Raises:
        UsageError: if no proposer has the name, or it does not take one of the settings.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none; reinstall provolve"
        raise UsageError(f"there is no proposer {name!r}: choose one of those installed ({known})")
    factory = found[name].load()
    try:
        proposer = factory(**settings)
    except TypeError as error:
        raise UsageError(f"proposer {name!r} cannot be built: {error}; mend its settings") from error
    if not isinstance(proposer, Proposer):
        raise UsageError(
            f"{found[name].value} is registered as proposer {name!r} but has no propose and observe"
        )
    return proposer
