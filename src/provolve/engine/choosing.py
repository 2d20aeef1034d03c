"""Choosing the champion where the judge is noisy: the finalists are judged on validation again and again.

One draw of validation flatters whoever was lucky in it. ``knockout`` pairs the finalists and compares each
pair several times; ``majority`` lets each of several draws vote for its best finalist and takes, among those
that are not rare winners, the one of the best mean (``provolve.judge.selection`` has the sources of both).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np

from provolve.errors import JudgeError
from provolve.judge.selection import SELECTORS, best_of_majority, knockout
from provolve.record import Candidate

Choice = Literal["knockout", "majority"]
VALIDATION = "validation"
AGAIN: tuple[Choice, ...] = ("knockout", "majority")
TESTS = "tests"
SELECTED = (TESTS, *SELECTORS, "consensus")
"""Ways that need tests. ``tests`` is ``codet`` where outputs are expected, else ``consensus``: candidates of
one search descend from each other, so no selector that takes them for independent draws is the default."""
CHOICES = (VALIDATION, *AGAIN, *SELECTED)
FINALISTS = 8
"""Candidates that are judged again: the best on validation of all that were audited."""
TESTED = 100
"""Candidates that are run on tests, where there are tests."""
COMPARISONS = 3
"""How often a knockout compares a pair."""
DRAWS = 7
"""How many draws of validation vote for a majority."""


class Finalist(msgspec.Struct, frozen=True):
    """A candidate that may become the champion."""

    candidate: Candidate
    train: float
    validation: float
    """Its loss on validation when it was the best on train."""
    epoch: int = 0
    """The epoch on whose train the loss there is."""


JudgeAgain = Callable[[Sequence[Finalist]], list[float]]
"""Judges finalists once more on validation: their losses, infinite for one that is rejected now."""


def choose_again(
    how: Choice, finalists: Sequence[Finalist], judge_again: JudgeAgain, rng: np.random.Generator
) -> Finalist:
    """Return the finalist that is chosen by judging again.

    Args:
        how: ``knockout`` or ``majority``.
        finalists: at least one, the best on validation first.
        judge_again: called with finalists; each call is a new draw of the judge's noise.
        rng: draws the pairs of the knockout.

    Raises:
        JudgeError: if every finalist is rejected in every draw of a majority.
    """
    if how == "knockout":

        def prefers_first(one: int, other: int) -> bool:
            first, second = judge_again([finalists[one], finalists[other]])
            return first < second

        won = knockout(len(finalists), prefers_first, comparisons=COMPARISONS, rng=rng).index
        return finalists[won]
    draws = np.array([judge_again(finalists) for _ in range(DRAWS)])
    votes = [int(np.argmin(draw)) for draw in draws if np.isfinite(draw).any()]
    if not votes:
        raise JudgeError(
            "no finalist is accepted on validation again: see why the judge refuses what it accepted before"
        )
    means = np.where(np.isfinite(draws).all(axis=0), draws.mean(axis=0), np.finfo(float).max)
    picked = best_of_majority(votes, [-means[vote] for vote in votes]).indices[0]
    return finalists[votes[picked]]
