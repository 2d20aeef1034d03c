"""Which operator, and which model: the most reward for the least of the budget.

Upper confidence bounds for arms that cost: the bound of an arm's mean reward over its mean cost, as in
Ding, Qin, Zhang and Liu (2013), "Multi-armed bandit with budget constraint and variable costs". Every arm
begins with a prior: a fair reward, at the cost that arms have had on average. Old rewards fade, since they
become rarer as a run goes on for reasons that are no arm's own: Garivier and Moulines (2011), "On
upper-confidence bound policies for switching bandit problems".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

PRIOR_REWARD = 0.3
PRIOR_WEIGHT = 1.0
FADING = 0.99
"""What an old observation still counts for after one more of any arm."""
WIDTH = 0.3
"""Scale of the bounds, unless told otherwise."""
LEAST_COST = 0.02
"""Least cost of an arm, as a share of the mean cost: what costs nothing is not free of the run's time."""


@dataclass
class _Arm:
    count: float = 0.0
    reward: float = 0.0
    cost: float = 0.0
    waiting: int = 0


class Bandit:
    """Chooses among named arms by reward for cost.

    Args:
        names: the arms.
        costs: prior cost of an arm as a multiple of the mean cost; 1 where it is not named.
        width: scale of the bounds; rewards lie from 0 to 1.
    """

    def __init__(
        self, names: Iterable[str], costs: dict[str, float] | None = None, *, width: float = WIDTH
    ) -> None:
        self._arms = {name: _Arm() for name in names}
        self._costs = costs or {}
        self._width = width

    def choose(self, names: Sequence[str], rng: np.random.Generator) -> str:
        """Return the arm of ``names`` with the greatest bound; among equals one is drawn."""
        bounds = {name: self.bound(name) for name in names}
        top = max(bounds.values())
        best = [name for name in names if bounds[name] >= top]
        return best[int(rng.integers(len(best)))]

    def bound(self, name: str) -> float:
        """Return the upper bound of an arm's reward for cost."""
        reward, cost = self.parts(name)
        return reward / cost

    def parts(self, name: str) -> tuple[float, float]:
        """Return the upper bound of an arm's reward, and its cost beside the mean cost.

        Asks that wait for verdicts count as tries.
        """
        arm = self._arms[name]
        count = arm.count + PRIOR_WEIGHT
        tried = sum(one.count + one.waiting for one in self._arms.values())
        reward = (arm.reward + PRIOR_WEIGHT * PRIOR_REWARD) / count
        width = self._width * math.sqrt(2.0 * math.log(1.0 + tried) / (count + arm.waiting))
        mean = self._mean_cost()
        prior = self._costs.get(name, 1.0) * mean
        cost = (arm.cost + PRIOR_WEIGHT * prior) / count
        return reward + width, max(cost / mean, LEAST_COST)

    def _mean_cost(self) -> float:
        """Return the mean cost of the arms of usual prior cost; of all arms while none of these was tried."""
        usual = [arm for name, arm in self._arms.items() if self._costs.get(name, 1.0) >= 1.0]
        for arms in (usual, list(self._arms.values())):
            count, cost = sum(arm.count for arm in arms), sum(arm.cost for arm in arms)
            if count > 0 and cost > 0:
                return cost / count
        return 1.0

    def begin(self, name: str) -> None:
        """Note that an arm was chosen and its verdicts are awaited."""
        self._arms[name].waiting += 1

    def end(self, name: str, reward: float, cost: float) -> None:
        """Take what came of a choice: ``reward`` from 0 to 1, and ``cost`` in any one unit."""
        for arm in self._arms.values():
            arm.count *= FADING
            arm.reward *= FADING
            arm.cost *= FADING
        arm = self._arms[name]
        arm.waiting -= 1
        arm.count += 1.0
        arm.reward += reward
        arm.cost += cost
