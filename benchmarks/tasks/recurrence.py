# /// task
# description = "A loop over a few numbers: which steps, in which order, add up to the probability wanted?"
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# kind = "heuristic"
#
# [splits]
# train = 8
# validation = 8
# test = 30
# ///
# %% judge
import math

import numpy as np

from provolve import Refused


def instances(_split, count, rng):
    """Twelve rates each; what is wanted is the chance that of as many servers all are busy (Erlang, 1917)."""
    for _ in range(count):
        yield {"load": rng.uniform(0.2, 6.0, 12), "servers": [int(n) for n in rng.integers(1, 9, 12)]}


def score(instance, answer):
    values = np.asarray(answer, dtype=float)
    if values.shape != (12,) or not np.all(np.isfinite(values)):
        raise Refused("twelve finite numbers are wanted")
    wanted = [busy(load, n) for load, n in zip(instance["load"], instance["servers"], strict=True)]
    return float(100 * np.sqrt(np.mean((np.clip(values, -1, 2) - wanted) ** 2)))


def busy(load, servers):
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


# %% harness
def answer(program, visible):
    pairs = zip(visible["load"], visible["servers"], strict=True)
    return [float(program.chance(float(load), int(n))) for load, n in pairs]


# %% program
# EVOLVE-BLOCK-START
def chance(load: float, servers: int) -> float:
    total = 1.0
    part = 0.5
    for _ in range(servers):
        total = total + part
        part = part * load
    return part / total


# EVOLVE-BLOCK-END
