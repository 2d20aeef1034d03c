"""What solutions answered on shared inputs, as a table of numbers that are equal where the answers are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError

IntArray = npt.NDArray[np.int64]


def number_outputs(rows: Sequence[Sequence[Hashable | None]]) -> IntArray:
    """Number the outputs of each input in the order first seen; None, the solution failed, becomes -1.

    Args:
        rows: n solutions by m inputs of hashable outputs (strings, numbers, tuples).

    Returns:
        (n, m) numbers; two are equal in a column exactly where the outputs are, and both are outputs.

    Raises:
        UsageError: no solution, no input, rows of different lengths, or an output that cannot be hashed.
    """
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or lengths == {0}:
        raise UsageError(
            f"a table of outputs has one row a solution, all of one length; these are {sorted(lengths)}"
        )
    table = np.empty((len(rows), lengths.pop()), dtype=np.int64)
    for column in range(table.shape[1]):
        seen: dict[Hashable, int] = {}
        for row in range(table.shape[0]):
            output = rows[row][column]
            try:
                table[row, column] = -1 if output is None else seen.setdefault(output, len(seen))
            except TypeError as error:
                raise UsageError(
                    f"the output of solution {row} on input {column} cannot be compared ({error}); "
                    "give strings, numbers or tuples"
                ) from error
    return table


def read_outputs(outputs: npt.ArrayLike) -> IntArray:
    """Check a table of numbered outputs, as ``number_outputs`` makes it; booleans are taken as two outputs.

    Raises:
        UsageError: it is not two-dimensional, is empty, or holds something but whole numbers.
    """
    array = np.asarray(outputs)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "biu":
        raise UsageError(
            f"a table of outputs is solutions by inputs in whole numbers; this is {array.dtype} of the shape "
            f"{array.shape}; number_outputs makes one"
        )
    return array.astype(np.int64)


def agreement_counts(outputs: IntArray) -> IntArray:
    """How many rows have the same output in the column, itself included; 0 where the output is a failure."""
    counts = np.empty_like(outputs)
    for column in range(outputs.shape[1]):
        _, keys, sizes = np.unique(outputs[:, column], return_inverse=True, return_counts=True)
        counts[:, column] = sizes[keys]
    return np.where(outputs >= 0, counts, 0)
