"""Steps on a few numbers reach the optimum, whatever the error is that they are judged by."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.propose.model.steps import Steps

X = np.random.default_rng(0).uniform(0.5, 3.0, 6)
WANTED = 3.5 * X + X * X


def line(values) -> np.ndarray:
    return values[0] * X + values[1] * X * X - WANTED


ERRORS: dict[str, Callable] = {
    "absolute": lambda values: float(np.mean(np.abs(line(values)))),
    "square": lambda values: float(np.mean(line(values) ** 2)),
    "greatest": lambda values: float(np.max(np.abs(line(values)))),
    "relative": lambda values: float(np.mean(np.abs(line(values)) / (1 + WANTED))),
}


def climbed(steps: Steps, loss: Callable, batches: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    for _ in range(batches):
        vectors = steps.draw(8, rng)
        steps.tell(vectors, [loss(vector) for vector in vectors])
    return steps.loss


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("error", ERRORS)
def test_the_optimum_is_reached(error: str, seed: int) -> None:
    loss, start = ERRORS[error], (1.3, 0.4)
    found = climbed(Steps(start, "ff", loss(start)), loss, 100, seed)
    assert found < 1e-6 * loss(start)


@pytest.mark.parametrize("seed", range(3))
def test_a_far_optimum_is_reached_by_steps_that_grow(seed: int) -> None:
    def loss(values) -> float:
        return abs(values[0] - 40_000.0)

    assert climbed(Steps((1.0,), "f", loss((1.0,))), loss, 60, seed) < 1.0


@pytest.mark.parametrize("seed", range(3))
def test_whole_numbers_stay_whole_and_arrive(seed: int) -> None:
    def loss(values) -> float:
        assert isinstance(values[0], int)
        return abs(values[0] - 37) + abs(2 * values[1] - 9)

    assert climbed(Steps((3, 1.0), "if", loss((3, 1.0))), loss, 80, seed) < 1e-6


def test_whole_numbers_alone_end_beside_nothing_better() -> None:
    def loss(values) -> float:
        return abs(values[0] - 11) + abs(values[1] + 4)

    steps = Steps((1, 1), "ii", loss((1, 1)))
    assert climbed(steps, loss, 60, 0) == 0.0
    assert set(steps.draw(8, np.random.default_rng(1))) <= {
        (a, b) for a in range(9, 14) for b in range(-6, -1)
    } - {(11, -4)}


@given(
    st.lists(st.one_of(st.floats(-1e300, 1e300), st.integers(-(10**12), 10**12)), min_size=1, max_size=3),
    st.integers(0, 2**32),
    st.lists(st.lists(st.floats(0, 1e9) | st.just(float("inf")), min_size=8, max_size=8), max_size=30),
)
def test_whatever_is_told_draws_are_distinct_finite_and_of_their_kind(values, seed, told) -> None:
    kinds = "".join("i" if isinstance(value, int) else "f" for value in values)
    steps, rng = Steps(values, kinds, 1e9), np.random.default_rng(seed)
    for losses in told:
        vectors = steps.draw(8, rng)
        assert len(set(vectors)) == len(vectors)
        for vector in vectors:
            assert all(np.isfinite(float(value)) for value in vector)
            assert [isinstance(value, int) for value in vector] == [kind == "i" for kind in kinds]
        steps.tell(vectors, losses[: len(vectors)])
        assert steps.loss <= 1e9
