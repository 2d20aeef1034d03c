"""What a matrix of passes says about each solution, in the few counts that selectors need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError
from provolve.judge.selection.choice import FloatArray, name_solutions

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Counts of one or many matrices of passes, per solution.

    In the setting of B4 (see ``b4``) these are sufficient: the posterior of a solution depends on the matrix
    through them alone. All arrays have the shape (..., n); leading axes are independent matrices.

    Args:
        solutions: number n of rows.
        tests: number m of columns.
        key: number of the class, equal exactly where two rows of one matrix are equal.
        class_size: how many solutions have the same row, itself included.
        rank: place of the solution in its class, 1 to ``class_size``.
        passes: how many tests the solution passes.
        support: passes, by all n solutions, of the tests that this solution passes.
        total: passes in the whole matrix (equal for all solutions of a matrix).
    """

    solutions: int
    tests: int
    key: IntArray
    class_size: FloatArray
    rank: FloatArray
    passes: FloatArray
    support: FloatArray
    total: FloatArray


def read_matrix(matrix: npt.ArrayLike) -> BoolArray:
    """Check one matrix of passes and return it as (n, m) booleans.

    Raises:
        UsageError: it is not two-dimensional, has no solution or no test, or holds something but 0 and 1.
    """
    array = np.asarray(matrix)
    if array.ndim != 2 or 0 in array.shape:
        raise UsageError(
            f"a matrix of passes has one row a solution and one column a test, at least one of each; "
            f"this one has the shape {array.shape}"
        )
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iuf" or not np.isin(array, (0, 1)).all():
        raise UsageError(
            "a matrix of passes holds only 0 and 1 (or booleans); mark anything unknown as 0, not passed"
        )
    return array.astype(np.bool_)


def count_evidence(matrices: BoolArray) -> Evidence:
    """Count the evidence of (..., n, m) matrices of passes; leading axes are independent matrices."""
    solutions, tests = matrices.shape[-2:]
    columns = matrices.sum(axis=-2, dtype=np.float64)
    passes = matrices.sum(axis=-1, dtype=np.float64)
    # Counts are whole numbers below 2**53, so the products are exact whatever the order of summation.
    support = np.einsum("...nm,...m->...n", matrices, columns)
    total = np.broadcast_to(passes.sum(axis=-1, keepdims=True), passes.shape)
    key = row_classes(matrices)
    sizes = np.bincount(key.ravel())
    rank = _ranks(key.ravel(), sizes).reshape(key.shape)
    return Evidence(solutions, tests, key, sizes[key].astype(np.float64), rank, passes, support, total)


def _ranks(key: IntArray, sizes: IntArray) -> FloatArray:
    order = np.argsort(key, kind="stable")
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(key.size)
    rank[order] = np.arange(key.size) - starts[key[order]] + 1
    return rank


def row_classes(matrices: BoolArray) -> IntArray:
    """Number the distinct rows of each of (..., n, m) matrices: (..., n) numbers from 0 without a gap.

    Two are equal exactly where two rows of the same matrix are.
    """
    solutions, tests = matrices.shape[-2:]
    rows = np.packbits(matrices.reshape(-1, tests), axis=1)
    owner = (np.arange(rows.shape[0]) // solutions).astype(">u4").view(np.uint8).reshape(-1, 4)
    width = 4 + rows.shape[1]
    joined = np.ascontiguousarray(np.hstack([owner, rows])).view(np.dtype((np.void, width))).ravel()
    _, keys = np.unique(joined, return_inverse=True)
    return keys.reshape(matrices.shape[:-1]).astype(np.int64)


def describe_class(matrix: BoolArray, evidence: Evidence, index: int) -> str:
    """One sentence on a solution's class: who shares its row and how much it passes."""
    members = np.flatnonzero((matrix == matrix[index]).all(axis=1))
    verb = "passes" if len(members) == 1 else "pass the same"
    passed = int(evidence.passes[index])
    return f"{name_solutions([int(i) for i in members])} {verb} {passed} of {evidence.tests} tests"
