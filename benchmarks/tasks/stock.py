# /// task
# description = "A shop: how much to order, by what is left and what is on its way?"
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# kind = "heuristic"
# unit = "cost a day"
#
# [splits]
# train = 8
# validation = 16
# test = 30
# ///
# %% judge
import numpy as np

from provolve import Refused

MOST = 40
ORDERED, HELD, MISSED = 30.0, 1.0, 12.0


def instances(_split, count, rng):
    """A year of demand, which goes up and down with the weeks."""
    for _ in range(count):
        level = 4.0 + 2.0 * np.sin(np.arange(364) * 2 * np.pi / 91 + rng.uniform(0, 6))
        yield {"demand": rng.poisson(level)}


def visible(_instance):
    return {}


def score(instance, answer):
    """Return the mean cost of a day; what is ordered comes after two days, and lost sales stay lost."""
    table = np.asarray(answer, dtype=float)
    if table.shape != (MOST + 1, MOST + 1) or not np.all(np.isfinite(table)):
        raise Refused(f"a table of {MOST + 1} rows of as many finite numbers is wanted")
    table = np.clip(np.rint(table), 0, MOST).astype(int)
    stock, tomorrow, later, cost = 10, 0, 0, 0.0
    for demand in instance["demand"].tolist():
        ordered = int(table[stock, tomorrow + later])
        ordered = min(ordered, MOST - tomorrow - later)
        cost += ORDERED * (ordered > 0) + HELD * max(stock - demand, 0) + MISSED * max(demand - stock, 0)
        stock = min(MOST, max(stock - demand, 0) + tomorrow)
        tomorrow, later = later, ordered
    return cost / len(instance["demand"])


# %% harness
def answer(program, visible):
    sizes = range(41)
    return [[float(program.order(float(left), float(coming))) for coming in sizes] for left in sizes]


# %% program
# EVOLVE-BLOCK-START
def order(left: float, coming: float) -> float:
    room = 20.0 - left
    return 0.0 if room < coming else room


# EVOLVE-BLOCK-END
