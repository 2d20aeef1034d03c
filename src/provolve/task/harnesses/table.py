"""Calls the entry point once on every combination of its arguments."""

from typing import Any

import numpy as np

ENTRY = ""


def answer(program: Any, visible: Any) -> Any:
    """Return the entry point's values, shape (n,), float64.

    ``visible`` holds the arguments as flat arrays, shape (n,) each: a list of them, or a dict with the
    list as ``grid`` and the name of the function to call as ``entry``.
    """
    if isinstance(visible, dict):
        entry, grid = visible["entry"], visible["grid"]
    else:
        entry, grid = ENTRY, visible
    with np.errstate(all="ignore"):
        values = getattr(program, entry)(*grid)
    if isinstance(values, tuple):
        raise ValueError(f"{entry} returned several values: it must return one number for each")
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{entry} returned values of type {values.dtype}: it must return numbers")
    try:
        spread = np.broadcast_to(values, grid[0].shape)
    except ValueError:
        raise ValueError(
            f"{entry} returned shape {values.shape} for arguments of shape {grid[0].shape}: "
            "it must return one number for each"
        ) from None
    return np.ascontiguousarray(spread, dtype=np.float64)
