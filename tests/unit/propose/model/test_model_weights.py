"""Models drawn by weights in place of the bandit's choice."""

from __future__ import annotations

import collections
from types import SimpleNamespace

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.propose.model.chooser import Chooser, checked_weights


class Always:
    """An operator that has always something to do."""

    name = "always"

    def applicable(self, scene: object) -> bool:
        return True


def drawn(weights: tuple[float, ...]) -> collections.Counter[str]:
    chooser = Chooser({"always": Always()}, ["a", "b"], symbolic=False, weights=weights)  # type: ignore[dict-item]
    found: collections.Counter[str] = collections.Counter()
    for number in range(400):
        scene = SimpleNamespace(context=SimpleNamespace(rng=np.random.default_rng(number)))
        choice = chooser.choose(scene, polish=False)  # type: ignore[arg-type]
        chooser.begin(choice)
        # The first model is always right and the second never: a bandit would leave it.
        chooser.end(choice, float(choice.endswith("a")), 1.0)
        found[choice.partition("@")[2]] += 1
    return found


def test_weights_decide_whatever_the_rewards_are() -> None:
    assert drawn((0.0, 2.0)) == {"b": 400}
    assert 0.2 * 400 < drawn((3.0, 1.0))["b"] < 0.3 * 400
    assert drawn(())["b"] < 0.2 * 400


@pytest.mark.parametrize("weights", [(1.0,), (0.0, 0.0), (1.0, -1.0), (1.0, float("nan")), ("x", 1.0)])
def test_weights_that_cannot_be_meant_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="one number from 0 a model"):
        checked_weights(weights, ["a", "b"])
