"""How often each selector chooses a correct solution, on simulated matrices of passes, and how fast it is.

    python benchmarks/selection.py                the settings of docs/why/selection.md, 20,000 draws each
    python benchmarks/selection.py --random 60    settings drawn at random, Bayes against B4
    python benchmarks/selection.py --pooled 50    rates learned from the 50 problems selected in, which share
                                                  them; then from 50 problems that differ in their rates
    python benchmarks/selection.py --speed        2,000 solutions x 500 tests

Every row of a table uses common draws for all selectors. `optimum` knows the four rates; no selector can
beat it but by chance. The last columns are the paired difference of Bayes and B4 with a 95 % interval.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from provolve.judge.selection import (
    SELECTORS,
    Setting,
    b4_scores,
    bayes_scores,
    codet_scores,
    correctness,
    count_evidence,
    fit_rates,
    known_rates_scores,
    max_pass_scores,
    mbr_exec_scores,
    prior_around,
    simulate,
)
from provolve.judge.selection.simulator import Scores

STRENGTHS = (10.0, 30.0, 100.0)

Spread = dict[str, tuple[float, float]]

SPREADS: dict[str, Spread] = {
    "differing": {"x": (0.8, 3.2), "y": (3, 7), "wrong": (1, 9), "right": (4, 6)},
    "differing, wrong around .3": {"x": (0.8, 3.2), "y": (3, 7), "wrong": (3, 7), "right": (4, 6)},
    "differing, y around .15": {"x": (0.8, 3.2), "y": (1.5, 8.5), "wrong": (1, 9), "right": (4, 6)},
    "differing, x and y anywhere": {"x": (0.8, 1.2), "y": (1, 1), "wrong": (1, 4), "right": (2, 3)},
}

SETTINGS: dict[str, Setting] = {
    "defaults": Setting(),
    "wrong=.3": Setting(wrong=0.3),
    "y=.1": Setting(y=0.1),
    "N=30 x=.05": Setting(solutions=30, x=0.05),
    "x=.05": Setting(x=0.05),
    "x=.1": Setting(x=0.1),
    "x=.5": Setting(x=0.5),
    "y=.05": Setting(y=0.05),
    "y=.2": Setting(y=0.2),
    "y=.5": Setting(y=0.5),
    "y=.7": Setting(y=0.7),
    "wrong=.01": Setting(wrong=0.01),
    "wrong=.2": Setting(wrong=0.2),
    "wrong=.4": Setting(wrong=0.4),
    "right=.2": Setting(right=0.2),
    "right=.3": Setting(right=0.3),
    "right=.6": Setting(right=0.6),
    "right=.8": Setting(right=0.8),
    "N=5": Setting(solutions=5),
    "N=20": Setting(solutions=20),
    "N=50": Setting(solutions=50),
    "M=10": Setting(tests=10),
    "M=20": Setting(tests=20),
    "M=60": Setting(tests=60),
}


def selectors(setting: Setting) -> dict[str, Scores]:
    """Every selector on passes alone, the random choice and the exact optimum of the setting."""
    return {
        "random": lambda evidence: np.zeros_like(evidence.passes),
        "max-pass": max_pass_scores,
        "mbr-exec": mbr_exec_scores,
        "codet": codet_scores,
        "b4": b4_scores,
        "bayes": bayes_scores,
        "optimum": lambda evidence: known_rates_scores(evidence, setting.rates),
    }


def paired(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Mean of first - second over common draws and the half width of its 95 % interval."""
    difference = first - second
    return float(difference.mean()), 1.96 * float(difference.std(ddof=1)) / math.sqrt(len(difference))


def print_settings(draws: int, seed: int) -> None:
    """One row a setting, one column a selector."""
    names = list(selectors(Setting()))
    print("setting".ljust(12) + "".join(name.rjust(10) for name in names) + "  bayes - b4 (95 %)")
    for row, (label, setting) in enumerate(SETTINGS.items()):
        found = simulate(setting, selectors(setting), draws, np.random.default_rng((seed, row)))
        gain, half = paired(found["bayes"], found["b4"])
        cells = "".join(f"{found[name].mean():10.4f}" for name in names)
        print(f"{label.ljust(12)}{cells}  {gain:+.4f} +- {half:.4f}", flush=True)


def random_setting(rng: np.random.Generator) -> Setting:
    """A setting with wrong rates below right ones, of a size that leaves room for error."""
    wrong = rng.uniform(0.01, 0.4)
    return Setting(
        solutions=int(rng.choice([5, 10, 20, 30])),
        tests=int(rng.choice([10, 30, 60])),
        x=rng.uniform(0.05, 0.6),
        y=rng.uniform(0.05, 0.9),
        wrong=wrong,
        right=rng.uniform(wrong + 0.05, 0.9),
    )


def print_random(count: int, draws: int, seed: int) -> None:
    """Bayes against B4 on settings drawn at random: the mean, and the settings where Bayes is worst and
    best."""
    rng = np.random.default_rng((seed, 1_000_000))
    rows = []
    for number in range(count):
        setting = random_setting(rng)
        found = simulate(setting, selectors(setting), draws, np.random.default_rng((seed, number, 1)))
        rows.append(
            (*paired(found["bayes"], found["b4"]), found["b4"].mean(), found["optimum"].mean(), setting)
        )
    rows.sort(key=lambda row: row[0])
    gains = np.asarray([row[0] for row in rows])
    gaps = np.asarray([row[3] - row[2] for row in rows])
    worse = sum(gain + half < -0.002 for gain, half, *_ in rows)
    print(f"{count} settings: mean gain {gains.mean():+.4f} of a mean gap of {gaps.mean():.4f}")
    print(f"surely worse than B4 by more than .002 in {worse}, point estimate so in {(gains < -0.002).sum()}")
    for gain, half, b4, optimum, setting in rows[:5] + rows[-3:]:
        print(f"{gain:+.4f} +- {half:.4f}  b4 {b4:.3f} optimum {optimum:.3f}  {setting}")


def draw_problems(
    setting: Setting, count: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Matrices and which solutions are correct, those with no or only correct solutions included."""
    problems = []
    for _ in range(count):
        correct = rng.random(setting.solutions) < setting.x
        right = rng.random(setting.tests) < setting.y
        by_chance = rng.random((setting.solutions, setting.tests)) < np.where(
            right, setting.right, setting.wrong
        )
        problems.append((np.where(correct[:, None], right, by_chance), correct))
    return problems


def differing_problems(
    spread: Spread, count: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """As ``draw_problems``, each with rates of its own, drawn from Betas for x, y, wrong and right."""
    settings = [Setting(**{name: rng.beta(*pair) for name, pair in spread.items()}) for _ in range(count)]
    return [problem for setting in settings for problem in draw_problems(setting, 1, rng)]


def pooled_scores(problems: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, int]:
    """How often B4, Bayes and Bayes pooled with each strength are right in a group, and the cases counted."""
    rates = fit_rates([matrix for matrix, _ in problems])
    kept = [(m, c) for m, c in problems if c.any() and not c.all()]
    evidence = count_evidence(np.stack([m for m, _ in kept]))
    correct = np.stack([c for _, c in kept])
    scores = [b4_scores(evidence), bayes_scores(evidence)]
    scores += [bayes_scores(evidence, prior_around(rates, strength)) for strength in STRENGTHS]
    return np.array([correctness(each, correct).sum() for each in scores]), len(kept)


def print_pooled(count: int, draws: int, seed: int) -> None:
    """P(correct) of B4, Bayes and pooled Bayes on groups of problems, first alike and then different."""
    names = ["b4", "bayes", *(f"pooled {strength:.0f}" for strength in STRENGTHS)]
    print("setting".ljust(30) + "".join(name.rjust(12) for name in names))
    draw: dict[str, Callable[[np.random.Generator], list[tuple[np.ndarray, np.ndarray]]]] = {
        label: partial(draw_problems, setting, count) for label, setting in SETTINGS.items()
    }
    draw |= {label: partial(differing_problems, spread, count) for label, spread in SPREADS.items()}
    for row, (label, problems) in enumerate(draw.items()):
        rng = np.random.default_rng((seed, row, 2))
        found = [pooled_scores(problems(rng)) for _ in range(max(1, draws // count))]
        means = sum(right for right, _ in found) / sum(cases for _, cases in found)
        print(label.ljust(30) + "".join(f"{mean:12.4f}" for mean in means), flush=True)


def print_speed(seed: int) -> None:
    """Seconds to choose among 2,000 solutions by 500 tests, best of three."""
    rng = np.random.default_rng(seed)
    matrix = rng.random((2000, 500)) < 0.4
    matrix[:700] = matrix[0]
    for name, select in SELECTORS.items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            select(matrix)
            times.append(time.perf_counter() - start)
        print(f"{name.ljust(10)} {min(times):.3f} s")


def main() -> None:
    """Read the options and print the table asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20_000, help="cases a setting, skipped ones included")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--random", type=int, default=0, metavar="SETTINGS", help="compare on random settings"
    )
    parser.add_argument("--pooled", type=int, default=0, metavar="PROBLEMS", help="learn rates from so many")
    parser.add_argument("--speed", action="store_true", help="time a large matrix instead")
    options = parser.parse_args()
    if options.speed:
        print_speed(options.seed)
    elif options.pooled:
        print_pooled(options.pooled, options.draws, options.seed)
    elif options.random:
        print_random(options.random, options.draws, options.seed)
    else:
        print_settings(options.draws, options.seed)


if __name__ == "__main__":
    main()
