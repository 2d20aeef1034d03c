"""The simulator against the numbers of the B4 paper, and Bayes against B4 where B4 leaves a gap."""

import numpy as np
import pytest

from provolve.judge.selection import (
    Setting,
    b4_scores,
    bayes_scores,
    codet_scores,
    correctness,
    draw_matrices,
    known_rates_scores,
    max_pass_scores,
    mbr_exec_scores,
    simulate,
)

DRAWS = 20_000


def measured(setting: Setting, draws: int = DRAWS, seed: int = 11) -> dict[str, np.ndarray]:
    selectors = {
        "random": lambda evidence: np.zeros_like(evidence.passes),
        "max-pass": max_pass_scores,
        "mbr-exec": mbr_exec_scores,
        "codet": codet_scores,
        "b4": b4_scores,
        "bayes": bayes_scores,
        "optimum": lambda evidence: known_rates_scores(evidence, setting.rates),
    }
    return simulate(setting, selectors, draws, np.random.default_rng(seed))


def test_the_papers_defaults_give_the_papers_numbers() -> None:
    found = {name: values.mean() for name, values in measured(Setting()).items()}
    expected = {"random": 0.23, "max-pass": 0.59, "mbr-exec": 0.74, "codet": 0.83, "b4": 0.98}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=0.025), name
    assert found["b4"] <= found["optimum"] <= 0.995


def test_with_many_wrong_passes_b4_falls_to_voting_and_bayes_does_not() -> None:
    found = measured(Setting(wrong=0.3))
    assert found["b4"].mean() == pytest.approx(0.74, abs=0.015)
    assert found["mbr-exec"].mean() == pytest.approx(0.72, abs=0.02)
    gap = (found["optimum"] - found["b4"]).mean()
    gain = found["bayes"] - found["b4"]
    assert gain.mean() - 1.96 * gain.std() / np.sqrt(len(gain)) > 0.3 * gap


def test_with_few_correct_tests_bayes_closes_half_the_gap() -> None:
    found = measured(Setting(y=0.1))
    gap = (found["optimum"] - found["b4"]).mean()
    gain = found["bayes"] - found["b4"]
    assert gain.mean() - 1.96 * gain.std() / np.sqrt(len(gain)) > 0.5 * gap


def test_many_solutions_few_correct() -> None:
    found = measured(Setting(solutions=30, x=0.05))
    assert found["b4"].mean() == pytest.approx(0.997, abs=0.003)


@pytest.mark.parametrize(
    ("setting", "draws"),
    [
        (Setting(), DRAWS),
        (Setting(right=0.2), 5 * DRAWS),
        (Setting(y=0.5), DRAWS),
        (Setting(wrong=0.01), DRAWS),
        (Setting(tests=10), DRAWS),
        (Setting(solutions=5), DRAWS),
    ],
)
def test_elsewhere_bayes_is_not_worse_than_b4_by_the_margin(setting: Setting, draws: int) -> None:
    found = measured(setting, draws, seed=12)
    gain = found["bayes"] - found["b4"]
    assert gain.mean() - 1.96 * gain.std() / np.sqrt(len(gain)) > -0.002


def test_cases_with_no_or_only_correct_solutions_are_skipped() -> None:
    passes, correct = draw_matrices(Setting(solutions=3, x=0.5), 2000, np.random.default_rng(0))
    assert 0 < len(passes) < 2000
    assert correct.any(axis=1).all()
    assert not correct.all(axis=1).any()


def test_the_rates_of_the_draws_are_those_of_the_setting() -> None:
    setting = Setting(solutions=20, tests=50, x=0.3, y=0.6, wrong=0.2, right=0.7)
    passes, correct = draw_matrices(setting, 3000, np.random.default_rng(0))
    right = np.stack([m[c][0] for m, c in zip(passes, correct, strict=True)])
    wrong_rows = ~correct[:, :, None]
    assert correct.mean() == pytest.approx(0.3, abs=0.01)
    assert right.mean() == pytest.approx(0.6, abs=0.01)
    assert passes[wrong_rows & right[:, None, :]].mean() == pytest.approx(0.7, abs=0.01)
    assert passes[wrong_rows & ~right[:, None, :]].mean() == pytest.approx(0.2, abs=0.01)


def test_correctness_is_the_share_of_correct_among_the_best() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]])
    correct = np.array([[True, False, True], [False, True, True]])
    assert correctness(scores, correct).tolist() == [0.5, 0.0]


def test_all_draws_are_measured_in_batches_on_common_cases() -> None:
    always = Setting(solutions=2, tests=3, x=0.5)
    selectors = {
        "first": lambda evidence: np.array([1.0, 0.0]) + 0 * evidence.passes,
        "passes": max_pass_scores,
    }
    found = simulate(always, selectors, 1000, np.random.default_rng(4), batch=120)
    assert len(found["first"]) == len(found["passes"])
    assert 430 < len(found["first"]) < 570
    assert set(found["first"]) == {0.0, 1.0}
