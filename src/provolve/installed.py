"""What installed packages offer by name, through entry points: strategies and proposers."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from provolve.errors import UsageError


def names(group: str) -> tuple[str, ...]:
    """Return the names that are offered in ``group``, sorted."""
    return tuple(sorted(_declared(group)))


def make(group: str, sort: str, name: str, settings: dict[str, Any]) -> Any:
    """Return what the entry point ``name`` of ``group`` makes of ``settings``.

    Args:
        group: the group of entry points.
        sort: what the group holds, in one word for messages, such as ``strategy``.
        name: one of `names`.
        settings: keyword arguments of the class or function that is named.

    Raises:
        UsageError: if nothing has this name, its code cannot be imported, or it refuses the settings.
    """
    factory = load(group, sort, name)
    try:
        return factory(**settings)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{sort} {name!r} cannot be built: {error}. Mend its options") from error


def load(group: str, sort: str, name: str) -> Any:
    """Return the class or function that the entry point ``name`` of ``group`` names.

    Raises:
        UsageError: if nothing has this name, or its code cannot be imported.
    """
    declared = _declared(group)
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none; install provolve again"
        raise UsageError(f"there is no {sort} {name!r}: choose one of those installed ({known})")
    point = declared[name]
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"{sort} {name!r} is declared as {point.value} and cannot be imported ({error}): install its "
            "package again, or choose another"
        ) from error


def _declared(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}
