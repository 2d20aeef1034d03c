"""The optimizer task: gradients are those of the losses, minima are minima, what is refused is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from provolve.engine.worker import profile
from provolve.errors import Refused
from provolve.judge.forms import form_of
from provolve.judge.prescreen import is_closed
from provolve.sandbox import Sandbox
from provolve.task import load

TASK = load("optimizer")
JUDGE: Any = TASK.judge


def drawn(count: int = 8, seed: int = 3) -> list[Any]:
    return list(JUDGE.instances("train", count, np.random.default_rng(seed)))


def trained(instance: Any, rule: Any) -> Any:
    led, decision = JUDGE.steps(instance), None
    while True:
        try:
            shown = led.send(decision)
        except StopIteration as end:
            return end.value
        decision = rule(**shown)


def left(instance: Any, weights: Any) -> float:
    return float(10.0 ** JUDGE.score(instance, weights))


def whole(instance: Any) -> Any:
    """Return the instance with all examples in each step and no noise, so that gradients are exact."""
    exact = dict(instance)
    if "order" in exact:
        exact["order"] = np.tile(np.arange(len(exact["features"])), (exact["steps"], 1))
    if "noise" in exact:
        exact["noise"] = 0 * exact["noise"]
    return exact


@pytest.mark.parametrize("place", range(8))
def test_gradients_are_those_of_the_loss(place: int) -> None:
    instance = whole(drawn()[place])
    gap = instance["initial"] - instance["least"]
    gradient = next(JUDGE.steps(instance))["gradient"]
    start = instance["start"]
    for k in range(len(start)):
        nudge = np.zeros(len(start))
        nudge[k] = 1e-5
        slope = gap * (left(instance, start + nudge) - left(instance, start - nudge)) / 2e-5
        assert gradient[k] == pytest.approx(slope, rel=1e-4, abs=1e-5 * gap)


def test_nothing_is_left_at_the_minimum_and_all_at_the_start() -> None:
    for instance in drawn():
        rounding = 1e-9 / instance["initial"]
        assert JUDGE.score(instance, instance["start"]) == pytest.approx(0.0, abs=rounding)
        ends = {"quadratic": np.zeros, "rosenbrock": np.ones}
        if instance["kind"] in ends:
            assert JUDGE.score(instance, ends[instance["kind"]](len(instance["start"]))) == -6.0


def test_no_weights_are_below_the_least_loss_of_a_logistic_regression() -> None:
    instance = whole(next(one for one in drawn() if one["kind"] == "logistic") | {"steps": 3000})
    rate = 1.0 / np.linalg.eigvalsh(instance["features"].T @ instance["features"]).max() * 200
    end = trained(instance, lambda gradient, step, left: rate / instance["scale"] * gradient)
    assert 0.0 < left(instance, end) < 0.2, "descent comes near it, from above"


def test_weights_are_moved_by_the_decision_and_steps_are_counted() -> None:
    instance = drawn()[0]
    seen: list[tuple[float, float]] = []

    def rule(gradient: Any, step: float, left: float) -> Any:
        seen.append((step, left))
        return np.full(len(gradient), 0.5)

    end = trained(instance, rule)
    np.testing.assert_allclose(end, instance["start"] - 0.5 * 40)
    assert seen == [(k + 1.0, (40 - k) / 40) for k in range(40)]


def test_what_diverges_has_the_worst_score_and_is_not_refused() -> None:
    for instance in drawn(4):
        for size in (1e3, 1e200, np.inf, np.nan):
            with np.errstate(all="ignore"):
                end = trained(instance, lambda gradient, step, left, size=size: -size * gradient)
            assert JUDGE.score(instance, end) == 1.0


@pytest.mark.parametrize("shape", [(0,), (1,), (3, 1), ()])
def test_a_decision_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    led = JUDGE.steps(drawn(1)[0])
    next(led)
    with pytest.raises(Refused, match="weights"):
        led.send(np.ones(shape))


def test_the_weights_stay_out_of_the_candidates_reach() -> None:
    """No observation shares memory with the judge's weights or data, and none holds them."""
    for instance in drawn(4):
        shown = next(JUDGE.steps(instance))
        assert set(shown) == {"gradient", "step", "left"}
        arrays = [value for value in instance.values() if isinstance(value, np.ndarray)]
        assert not any(np.shares_memory(shown["gradient"], array) for array in arrays)


@pytest.mark.parametrize("name", ["seed program", *TASK.baselines])
def test_programs_are_closed_and_are_judged_alike_side_by_side_and_alone(name: str) -> None:
    program = TASK.baselines.get(name, TASK.program)
    assert is_closed(program.source)
    instances, form = drawn(4), form_of(TASK)
    with Sandbox(profile(TASK)) as sandbox, sandbox.child() as child:
        child.load(program.source, ())
        together = list(form.answers(child, instances, closed=True))
        alone = list(form.answers(child, instances, closed=False))
    for instance, one, other in zip(instances, together, alone, strict=True):
        assert JUDGE.score(instance, one) == pytest.approx(JUDGE.score(instance, other), abs=1e-6)


def test_the_judges_own_adam_is_the_programs_with_a_falling_step() -> None:
    names: dict[str, Any] = {}
    exec(TASK.baselines["adam"].source.replace("rate = 0.18", "rate = 0.32 * left"), names)
    for instance in drawn(4):
        state = [np.zeros(len(instance["start"]))] * 2

        def rule(gradient: Any, step: float, left: float, state: Any = state) -> Any:
            change, *state[:] = names["update"](gradient, *state, step, left)
            return change

        own = JUDGE.baselines["adam-decaying"](instance)
        assert JUDGE.score(instance, trained(instance, rule)) == pytest.approx(own, abs=1e-9)
