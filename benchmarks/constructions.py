"""What numeric search finds on the construction tasks, beside the published values.

One line a task, size and seed: the exact score of the best when the CPU seconds are over, how
many decimals of it agree with the published value, the CPU seconds to it, and the published
values. With ``--starts-alone`` each is followed by a line of plain multi-start: the same local solver and
polish from the same kinds of starts, in as many CPU seconds, and no hops. No sandbox and no store: the rounds
alone. Asserts nothing.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from itertools import product

import numpy as np

from provolve.propose.numeric.chains import Chains
from provolve.propose.numeric.halving import Heat
from provolve.propose.numeric.pieces import Chain
from provolve.propose.numeric.proposer import CHAINS, HOPS, PATIENCE
from provolve.propose.threads import one_thread
from provolve.task import Task, load, make_split

SIZES = {
    "circle-packing": ({"n": "26"}, {"n": "32"}),
    "distance-ratio": ({"points": "16", "dimension": "2"}, {"points": "14", "dimension": "3"}),
    "heilbronn": ({"points": "11"},),
    "autocorrelation": ({"steps": "800"},),
    "autocorrelation-first": ({"steps": "2560"},),
    "erdos-overlap": ({"steps": "192"},),
}


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=list(SIZES), default=list(SIZES), metavar="TASK")
    parser.add_argument("--sizes", nargs="+", metavar="NAME=VALUE,...", help="instead of the published")
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds a seed")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--starts-alone", action="store_true", help="lines of plain multi-start too")
    return parser.parse_args()


def searched(task: Task, seconds: float, seed: int, *, hops: bool = True) -> tuple[Fraction, float]:
    """Return the best exact score and the CPU seconds after which it was found.

    Without ``hops`` all chains begin anew in every round, if the problem has one level.
    """
    (instance,) = make_split(task, "train", 0)
    problem = task.surrogate()
    assert problem is not None
    search = Chains(problem, chains=CHAINS, hops_each=HOPS, patience=PATIENCE)
    sign = 1 if task.settings.direction == "minimize" else -1
    best, least, when, number = Fraction(0), np.inf, 0.0, 0
    began = time.process_time()
    with one_thread():
        while time.process_time() - began < seconds:
            for one in search.round(np.random.default_rng([seed, number])):
                if one.value < least - 1e-13:
                    score = Fraction(task.judge.score(instance, search.answer(one)))
                    if not when or sign * score < sign * best:
                        best, least, when = score, one.value, time.process_time() - began
            if not hops and len(problem.levels()) == 1:
                search.state.chains, search.state.heat = [Chain() for _ in range(CHAINS)], Heat()
            number += 1
    return best, when


def decimals(found: float, published: float) -> int:
    """Return how many decimals agree, at most 15."""
    return next((k for k in range(15, 0, -1) if abs(found - published) < 0.5 * 10.0**-k), 0)


def main() -> None:
    """Print the table."""
    chosen = options()
    print(f"{'task':15} {'size':22} {'seed':>4} {'found':>18} {'digits':>6} {'CPU s':>6}  published")
    for name in chosen.tasks:
        sizes = [dict(pair.split("=") for pair in size.split(",")) for size in chosen.sizes or ()]
        for size in sizes or SIZES[name]:
            task = load(name, size)
            on = ", ".join(f"{key} = {value}" for key, value in size.items())
            published = task.settings.published.values()
            known = [one.value for one in published if one.on == on or "=" not in one.on]
            for seed, hops in product(range(1, chosen.seeds + 1), (True, False)):
                if hops or chosen.starts_alone:
                    best, when = searched(task, chosen.seconds, seed, hops=hops)
                    digits = max((decimals(float(best), value) for value in known), default=0)
                    print(
                        f"{name if hops else '  starts alone':15} {on:22} {seed:4} {float(best):18.13f} "
                        f"{digits:6} {when:6.1f}  " + ", ".join(map(str, known)), flush=True,
                    )  # fmt: skip


if __name__ == "__main__":
    main()
