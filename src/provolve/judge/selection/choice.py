"""What a selector returns: the choice, every score behind it, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from provolve.errors import UsageError

FloatArray = npt.NDArray[np.float64]

TIE_TOLERANCE = 1e-9
"""Scores closer than this, relative to the larger of 1 and the best score's size, count as equal."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The solution a selector chose.

    Args:
        index: the chosen solution, the lowest of ``ties``.
        scores: (n,) score of every solution; larger is better, comparable within one call only.
        ties: every solution whose score equals the best (see ``TIE_TOLERANCE``), ascending.
        explanation: sentences a person can check the choice by, one a line.
    """

    index: int
    scores: FloatArray
    ties: tuple[int, ...]
    explanation: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Picks:
    """Up to k solutions chosen together.

    Args:
        indices: the chosen solutions, best first.
        scores: (n,) score of every solution; minus infinity for one that was not eligible.
        explanation: sentences a person can check the picks by, one a line.
    """

    indices: tuple[int, ...]
    scores: FloatArray
    explanation: tuple[str, ...]


def choose(scores: Sequence[float] | FloatArray, explanation: Iterable[str] = ()) -> Choice:
    """Choose the best score; among equals the lowest index.

    Args:
        scores: (n,) one score a solution, n >= 1. Minus infinity stands for "never".
        explanation: sentences that say why.

    Raises:
        UsageError: no score at all, or one that is not a number.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise UsageError(
            f"scores have the shape {values.shape}; give one score for each of one or more solutions"
        )
    if np.isnan(values).any():
        raise UsageError(f"the score of solution {int(np.isnan(values).argmax())} is not a number")
    ties = tuple(int(i) for i in np.flatnonzero(equals_best(values)))
    return Choice(index=ties[0], scores=values, ties=ties, explanation=tuple(explanation))


def equals_best(scores: FloatArray) -> npt.NDArray[np.bool_]:
    """Which of (..., n) scores equal the best of their row."""
    best = scores.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        slack = np.where(np.isfinite(best), TIE_TOLERANCE * np.maximum(1.0, np.abs(best)), 0.0)
        return np.asarray(scores >= best - slack)


def name_solutions(indices: Sequence[int], limit: int = 8) -> str:
    """Write solution numbers for a sentence, the first ``limit`` of them."""
    shown = ", ".join(str(i) for i in indices[:limit])
    more = len(indices) - limit
    noun = "solution" if len(indices) == 1 else "solutions"
    return f"{noun} {shown}" + (f" and {more} more" if more > 0 else "")
