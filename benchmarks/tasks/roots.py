# /// task
# description = "A loop over a guess: which steps bring it to the square root in few rounds?"
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# kind = "heuristic"
# unit = "digits short of twelve"
# bound = 0
#
# [splits]
# train = 8
# validation = 8
# test = 30
# ///
# %% judge
import numpy as np

from provolve import Refused


def instances(_split, count, rng):
    """Twelve numbers each, of all sizes from a tenth to a hundred, and how many rounds there are for each."""
    for _ in range(count):
        yield {
            "numbers": 10.0 ** rng.uniform(-1.0, 2.0, 12),
            "rounds": [int(n) for n in rng.integers(3, 9, 12)],
        }


def score(instance, answer):
    values = np.asarray(answer, dtype=float)
    if values.shape != (12,) or not np.all(np.isfinite(values)):
        raise Refused("twelve finite numbers are wanted")
    wanted = np.sqrt(instance["numbers"])
    missed = np.abs(np.clip(values, -1e6, 1e6) - wanted) / wanted
    return float(np.mean(12.0 + np.log10(np.maximum(missed, 1e-12))))


# %% harness
def answer(program, visible):
    pairs = zip(visible["numbers"], visible["rounds"], strict=True)
    return [float(program.root(float(x), int(n))) for x, n in pairs]


# %% program
# EVOLVE-BLOCK-START
def root(x: float, rounds: int) -> float:
    guess = 1.0 + 0.1 * x
    for _ in range(rounds):
        miss = x - guess * guess
        guess = guess + 0.01 * miss
    return guess


# EVOLVE-BLOCK-END
