"""The grid of arguments on which a table is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from provolve.task.settings import Axis

_END_SLACK = 1e-9
Values = NDArray[Any]


def axis_values(axis: Axis) -> Values:
    """Return the values of one argument, shape (n,), int64 or float64 as they are written."""
    if axis.start is None or axis.to is None:
        return np.array(axis.values)
    step = 1 if axis.step is None else axis.step
    count = int((axis.to - axis.start) / step + _END_SLACK) + 1
    return axis.start + step * np.arange(count)


def check_axes(grid: object, arguments: tuple[str, ...]) -> dict[str, Values]:
    """Return a judge's grid in the order of the entry point's arguments.

    Raises:
        ValueError: if it is not a dict of one array of numbers, shape (n,), for each argument.
    """
    if not isinstance(grid, Mapping):
        raise ValueError(f"it must return a dict of arrays, not a {type(grid).__name__}")
    if set(grid) != set(arguments):
        raise ValueError(
            f"it names {', '.join(map(str, grid)) or 'nothing'}, "
            f"but the entry point takes {', '.join(arguments) or 'nothing'}"
        )
    axes = {name: np.asarray(grid[name]) for name in arguments}
    for name, values in axes.items():
        if values.ndim != 1 or len(values) == 0 or values.dtype.kind not in "iuf":
            raise ValueError(f"{name} must be numbers in one row, not {values.dtype} of shape {values.shape}")
    return axes


def flatten(axes: Mapping[str, Values]) -> list[Values]:
    """Return every combination of the values: an array a argument, row-major, last argument fastest."""
    mesh = np.meshgrid(*axes.values(), indexing="ij")
    return [np.ascontiguousarray(values.reshape(-1)) for values in mesh]
