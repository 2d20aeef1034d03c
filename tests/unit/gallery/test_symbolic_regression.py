"""The judge of symbolic regression: laws fit their own data, altered ones do not, noise stays in sight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused, UsageError
from provolve.task import load


def task(law: str, noise: float = 0.0) -> Any:
    return load("symbolic-regression", {"formula": law, "noise": str(noise)})


def drawn(law: str, split: str = "test", noise: float = 0.0) -> Any:
    return next(iter(task(law, noise).judge.instances(split, 1, np.random.default_rng(4))))


def laws() -> list[str]:
    return [str(name) for name in load("symbolic-regression").settings.parameters["formula"].choices]


def test_the_choices_are_the_laws_of_the_judge() -> None:
    names: dict[str, Any] = {}
    exec(compile(task("I.12.1").parts.judge.text, "judge.py", "exec"), names)
    assert list(names["LAWS"]) == laws()


@pytest.mark.parametrize("law", laws())
def test_a_law_fits_its_own_values_scaled_and_shifted_and_no_altered_ones(law: str) -> None:
    judge, instance = task(law).judge, drawn(law)
    y = instance["y"]
    assert np.isfinite(y).all()
    assert judge.score(instance, y) == 0
    assert judge.score(instance, -3.7 * y + 2.5 * np.abs(y).max()) == 0
    altered = y.copy()
    altered[int(np.argmax(np.abs(y - y.mean())))] = y.mean()
    assert judge.score(instance, altered) > 1e-3
    assert judge.score(instance, np.full(200, 7.0)) == 1
    assert judge.score(instance, np.roll(y, 1)) > 0.5


def test_answers_that_differ_by_a_factor_and_a_constant_have_one_canonical_form() -> None:
    judge, instance = task("I.16.6").judge, drawn("I.16.6")
    y, other = instance["y"], instance["columns"][0]
    form = judge.canonical(other)
    for factor, constant in ((-1.0, 0.0), (0.3, 7.0), (-1e6, 3e5)):
        assert np.abs(judge.canonical(factor * other + constant) - form).max() <= 2e-12
    assert np.array_equal(judge.canonical(-other), form)
    assert np.abs(judge.canonical(y) - form).max() > 1e-3
    assert judge.score(instance, form) == judge.score(instance, other)
    assert judge.score(instance, judge.canonical(y)) == 0
    assert not judge.canonical(np.full(200, 7.0)).any()


def test_what_is_no_answer_has_no_canonical_form() -> None:
    for answer in (np.full(200, math.inf), np.ones(199), "values"):
        with pytest.raises(Refused):
            task("I.12.1").judge.canonical(answer)


def test_noise_is_on_train_and_validation_only() -> None:
    for split, share in (("train", 0.1), ("validation", 0.1), ("test", 0.0)):
        instance = drawn("I.12.1", split, 0.1)
        clean = instance["columns"][0] * instance["columns"][1]
        found = float(np.sqrt(np.mean((instance["y"] - clean) ** 2) / np.mean(clean**2)))
        assert math.isclose(found, share, rel_tol=0.2, abs_tol=1e-12)


def test_columns_beyond_the_variables_are_ones() -> None:
    columns = drawn("I.14.4")["columns"]
    assert [bool((column == 1).all()) for column in columns] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "answer",
    [
        np.full(200, math.nan),
        np.full(200, 1e200),
        np.ones(199),
        np.ones((200, 1)),
        np.ones(200, dtype=int),
        [1.0] * 200,
        "values",
    ],
)
def test_what_is_no_array_of_finite_floats_is_refused(answer: object) -> None:
    with pytest.raises(Refused):
        task("I.12.1").judge.score(drawn("I.12.1"), answer)


def test_errors_that_differ_by_little_count_as_one() -> None:
    judge, instance = task("I.12.1").judge, drawn("I.12.1")
    rng = np.random.default_rng(1)
    y = instance["y"]
    noise = rng.standard_normal(200)
    scores = {judge.score(instance, y + size * noise) for size in np.linspace(1.0, 1.001, 20)}
    assert len(scores) <= 2


def test_an_unknown_law_is_told() -> None:
    with pytest.raises(UsageError, match="formula"):
        task("I.1.1")


def test_baselines_are_in_order() -> None:
    judge = task("I.13.4").judge
    instance = drawn("I.13.4")
    mean, linear, quadratic = (judge.baselines[name](instance) for name in ("mean", "linear", "quadratic"))
    assert 0 < quadratic < linear < mean == 1
