"""Draws matrices of passes from the B4 setting, and measures how often selectors are right on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import FloatArray, equals_best
from provolve.judge.selection.evidence import BoolArray, Evidence, count_evidence
from provolve.judge.selection.posterior import Rates

Scores = Callable[[Evidence], FloatArray]


@dataclass(frozen=True)
class Setting:
    """Sizes and rates to draw from; the defaults are those of the paper's simulations.

    Args:
        solutions: N, rows.
        tests: M, columns.
        x: share of correct solutions.
        y: share of correct tests.
        wrong: rate at which wrong solutions pass wrong tests (theta 0).
        right: rate at which wrong solutions pass correct tests (theta 1).
    """

    solutions: int = 10
    tests: int = 30
    x: float = 0.2
    y: float = 0.3
    wrong: float = 0.1
    right: float = 0.4

    @property
    def rates(self) -> Rates:
        """The four rates alone."""
        return Rates(self.x, self.y, self.wrong, self.right)


def draw_matrices(setting: Setting, draws: int, rng: np.random.Generator) -> tuple[BoolArray, BoolArray]:
    """Draw cases of the setting, without those that have no or only correct solutions.

    Args:
        setting: sizes and rates.
        draws: how many cases to draw, the skipped ones included.
        rng: source of randomness.

    Returns:
        (kept, N, M) passes and (kept, N) which solutions are correct; kept <= draws.
    """
    correct = rng.random((draws, setting.solutions)) < setting.x
    right = rng.random((draws, setting.tests)) < setting.y
    rate = np.where(right, setting.right, setting.wrong)[:, None, :]
    by_chance = rng.random((draws, setting.solutions, setting.tests), dtype=np.float32) < rate
    passes = np.where(correct[:, :, None], right[:, None, :], by_chance)
    kept = correct.any(axis=1) & ~correct.all(axis=1)
    return passes[kept], correct[kept]


def correctness(scores: FloatArray, correct: BoolArray) -> FloatArray:
    """Probability, case by case, that a random one of the best-scored solutions is correct.

    Args:
        scores: (cases, N).
        correct: (cases, N).

    Returns:
        (cases,) values in [0, 1].
    """
    best = equals_best(scores)
    return np.asarray((best & correct).sum(axis=1) / best.sum(axis=1))


def simulate(
    setting: Setting,
    selectors: Mapping[str, Scores],
    draws: int,
    rng: np.random.Generator,
    *,
    batch: int = 4000,
) -> dict[str, FloatArray]:
    """Measure selectors on common draws.

    Args:
        setting: sizes and rates.
        selectors: name to a function from the evidence of many matrices to (cases, N) scores.
        draws: how many cases to draw; those with no or only correct solutions are skipped.
        rng: source of randomness.
        batch: cases held in memory at once.

    Returns:
        For each name, (cases,) the probability that the choice was correct; equal places are the same case,
        so differences are paired.
    """
    found: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in selectors}
    for start in range(0, draws, batch):
        passes, correct = draw_matrices(setting, min(batch, draws - start), rng)
        if len(passes) == 0:
            continue
        evidence = count_evidence(passes)
        for name, scores in selectors.items():
            found[name].append(correctness(scores(evidence), correct))
    return {name: np.concatenate(parts) if parts else np.zeros(0) for name, parts in found.items()}
