"""The symbolic proposer finds what it must from a poor start, with fixed seeds and a stated budget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mini_search import MiniSearch

STOCK = '''import numpy as np

# EVOLVE-BLOCK-START
def order(left):
    """How much to order when this much is left, element by element."""
    return -left
# EVOLVE-BLOCK-END
'''
LARGEST = 60
DEMAND = np.random.default_rng(7).poisson(6.0, size=(50, 40))


def stock_cost(table):
    """Mean cost a step of an ordering table (61,): 20 an order, 1 a piece held, 9 a piece missing."""
    table = np.clip(np.rint(np.broadcast_to(table, (LARGEST + 1,))), 0, LARGEST).astype(int)
    stock = np.full(DEMAND.shape[1], 10)
    cost = 0.0
    for demand in DEMAND:
        ordered = np.minimum(table[stock], LARGEST - stock)
        stock = stock + ordered - demand
        cost += np.sum(20 * (ordered > 0) + np.maximum(stock, 0) - 9 * np.minimum(stock, 0))
        stock = np.maximum(stock, 0)
    return cost / DEMAND.size


def best_two_thresholds():
    """Cost of the best rule "below s, order up to S", by trying all pairs."""
    left = np.arange(LARGEST + 1)
    pairs = [(s, top) for s in range(0, 25) for top in range(s + 1, 50)]
    return min(stock_cost(np.where(left < s, top - left, 0)) for s, top in pairs)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_finds_a_two_threshold_rule_from_minus_left(seed):
    optimum = best_two_thresholds()
    left = np.arange(LARGEST + 1)
    search = MiniSearch(STOCK, lambda order: order(left), stock_cost, seed=seed)
    assert search.start.loss > 1.5 * optimum
    assert search.run(budget=6000, target=1.01 * optimum) <= 1.01 * optimum


FORMULA = """import numpy as np

# EVOLVE-BLOCK-START
def f(x, y):
    return x + y
# EVOLVE-BLOCK-END
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fits_a_formula_from_a_sum(seed):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-2, 2, 200), rng.uniform(-2, 2, 200)
    target = 3.7 * x**2 - 1.3 * np.exp(-y)

    def error(answer):
        return math.sqrt(np.mean((answer - target) ** 2)) / np.std(target)

    search = MiniSearch(FORMULA, lambda f: f(x, y), error, seed=seed)
    assert search.start.loss > 1.0
    # 0.3 of the standard deviation: more than nine tenths of the variance are explained.
    assert search.run(budget=20_000, target=0.3) <= 0.3


ROSENBROCK = """# EVOLVE-BLOCK-START
def point():
    return [-1.2, 1.5, 0.5, -0.7, 2.0, 0.3]
# EVOLVE-BLOCK-END
"""


def test_cma_es_tunes_six_literals_of_rosenbrock():
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    search = MiniSearch(ROSENBROCK, lambda point: point(), rosenbrock, seed=5, operators=["cma-es"])
    assert search.run(budget=12_000, target=1e-6) <= 1e-6
    assert search.strategy.best.candidate.literals == pytest.approx([1.0] * 6, abs=1e-2)
