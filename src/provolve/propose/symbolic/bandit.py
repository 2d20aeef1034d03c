"""Which operator to use next: softmax over the logarithm of discounted reward rates.

With temperature 1 this is probability matching (D. E. Goldberg, "Probability Matching, the Magnitude of
Reinforcement, and Classifier System Bidding", 1990): an operator is chosen as often as its rate of success
deserves, and none falls below a floor, so that one whose hour comes late is still tried. Rewards are ranks,
not magnitudes, since the size of an improvement says more of the parent than of the operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

FLOOR = 0.04
"""Least probability of an operator that can be applied, unless the floors alone would exceed 1."""
FLOORS = {"cma-es": 0.3, "tabulate": 0.1}
"""Floors of operators whose success comes late: a search by CMA-ES pays after tens of generations only."""
DISCOUNT = 0.97
"""What an old success or an old cost still counts for after one more observation of the same operator."""
PRIOR_REWARD = 1.0
HANDICAPS = {"insert-statement": 0.25}
"""What a rate counts for. What adds a statement adds most to a program, and takes from operators on
expressions."""
PRIOR_ASKS = 2.0
IMPROVED = 0.5
IMPROVED_LITTLE = 0.1
BEST = 5.0
LITTLE = 1e-4
"""Improvements below this part of the old loss count as little: a tail of digits is no discovery."""


class Arm(msgspec.Struct):
    """Discounted sums of one operator."""

    reward: float = 0.0
    work: float = 0.0
    """Counted work: instances judged, and 1 for a proposal that was not judged."""


class BanditState(msgspec.Struct):
    """Everything that the bandit remembers."""

    arms: dict[str, Arm]
    batch_work: float
    """Discounted mean of the work of one observation: the unit in which the prior is counted."""


class Bandit:
    """Chooses among operators by reward for counted work."""

    def __init__(self, names: Iterable[str]) -> None:
        self._state = BanditState({name: Arm() for name in names}, 0.0)

    def probabilities(self, names: Sequence[str]) -> np.ndarray:
        """Return the probability of each of ``names``, an array (n,) that sums to 1."""
        rates = np.array([self._rate(name) for name in names])
        floors = np.array([FLOORS.get(name, FLOOR) for name in names])
        floors /= max(1.0, floors.sum())
        shares: np.ndarray = floors + (1.0 - floors.sum()) * rates / rates.sum()
        return shares

    def choose(self, names: Sequence[str], rng: np.random.Generator) -> str:
        """Draw one of ``names``."""
        edges = np.cumsum(self.probabilities(names))
        return names[min(int(np.searchsorted(edges, rng.random(), side="right")), len(names) - 1)]

    def learn(self, name: str, reward: float, work: float) -> None:
        """Record that a batch of ``name`` earned ``reward`` at the cost of ``work``."""
        arm = self._state.arms[name]
        arm.reward = DISCOUNT * arm.reward + reward
        arm.work = DISCOUNT * arm.work + work
        old = self._state.batch_work
        self._state.batch_work = work if old == 0.0 else DISCOUNT * old + (1.0 - DISCOUNT) * work

    def _rate(self, name: str) -> float:
        arm = self._state.arms[name]
        unit = self._state.batch_work or 1.0
        return HANDICAPS.get(name, 1.0) * (PRIOR_REWARD + arm.reward) / (PRIOR_ASKS + arm.work / unit)

    def snapshot(self) -> BanditState:
        """Return the state; later learning does not change what was returned."""
        return msgspec.convert(msgspec.to_builtins(self._state), BanditState)

    def restore(self, state: BanditState) -> None:
        """Take on ``state``; operators that it does not know keep their prior."""
        arms = {name: state.arms.get(name, arm) for name, arm in self._state.arms.items()}
        self._state = BanditState(arms, state.batch_work)


def reward(loss: float, parent: float, best: float) -> float:
    """Return what a candidate of ``loss`` earns whose parent had ``parent``, when ``best`` was the best."""
    if not loss < parent:
        return 0.0
    if parent - loss <= LITTLE * abs(parent):
        return IMPROVED_LITTLE
    return BEST if loss < best else IMPROVED
