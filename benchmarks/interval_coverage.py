"""How often intervals of paired differences hold the true mean. Usage: interval_coverage.py [STUDIES]

Prints one row a kind of differences and size: for each method the share of studies whose 95 % interval
holds the true mean, and the mean length of the interval beside that of Student's t. Asserts nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from provolve.judge.statistics import Interval, bca, paired_t

Draw = Callable[[np.random.Generator, int], np.ndarray]

KINDS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, n: rng.normal(0.2, 1, n), 0.2),
    "exponential": (lambda rng, n: rng.exponential(1, n), 1.0),
    "lognormal": (lambda rng, n: rng.lognormal(0, 1, n), math.exp(0.5)),
    "two lognormals": (lambda rng, n: rng.lognormal(0, 1, n) - rng.lognormal(0, 1, n), 0.0),
    "discrete": (lambda rng, n: rng.choice([-1.0, 0, 0, 0, 0, 0, 0, 1, 1, 2], n), 0.3),
    "rare": (lambda rng, n: rng.choice([0.0, 1.0], n, p=[0.9, 0.1]), 0.1),
}
METHODS = ("t", "bca", "longer", "t+bca")


def intervals(values: np.ndarray, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Return the ends of the interval of each method; ``longer`` takes the longer of t and BCa."""
    student, bootstrap = paired_t(values), bca(values, rng, resamples=999)
    assert student is not None
    assert bootstrap is not None
    longer = max(student, bootstrap, key=length)
    return {
        "t": (student.low, student.high),
        "bca": (bootstrap.low, bootstrap.high),
        "longer": (longer.low, longer.high),
        "t+bca": (min(student.low, bootstrap.low), max(student.high, bootstrap.high)),
    }


def length(interval: Interval) -> float:
    """Return the length of an interval."""
    return interval.high - interval.low


def measure(kind: str, n: int, studies: int) -> str:
    """Return the row of one kind of differences and one size."""
    draw, truth = KINDS[kind]
    rng = np.random.default_rng([n, studies])
    found = [intervals(draw(rng, n), rng) for _ in range(studies)]
    cells = []
    total = sum(ends["t"][1] - ends["t"][0] for ends in found)
    for method in METHODS:
        held = np.mean([ends[method][0] <= truth <= ends[method][1] for ends in found])
        share = sum(ends[method][1] - ends[method][0] for ends in found) / total
        cells.append(f"{held:6.3f} {share:5.2f}")
    return f"{kind:15} {n:4}  " + "   ".join(cells)


def main() -> None:
    """Print the table."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{studies} studies; coverage of a nominal 95 %, then length relative to t")
    print(f"{'differences':15} {'n':>4}  " + "   ".join(f"{method:>12}" for method in METHODS))
    for kind in KINDS:
        for n in (10, 30, 50):
            print(measure(kind, n, studies), flush=True)


if __name__ == "__main__":
    main()
