"""Runs a construction task for a stated time and says whether a published value is bettered, exactly.

The champion's value is a fraction, and a published value is taken for the decimal that is printed. As
that may have been rounded, a line says "bettered" only if the champion's is better by more than one unit of
its last digit, and "within its last digit" if it is better by less. The run is an ordinary one, resumable
and verifiable, and its name is printed. Asserts nothing.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from fractions import Fraction

import provolve
from provolve.task import Task, load

TASKS = {
    "erdos-overlap": {"steps": "384"},
    "autocorrelation": {"steps": "3200"},
    "autocorrelation-first": {"steps": "1280"},
    "circle-packing": {"n": "32"},
    "distance-ratio": {"points": "16", "dimension": "2"},
    "heilbronn": {"points": "11"},
}


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("task", nargs="?", choices=list(TASKS), default="erdos-overlap")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="parameters of the task")
    parser.add_argument("--budget", default="3600s", help="as of provolve run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def verdict(found: Fraction, published: float, *, minimize: bool) -> str:
    """Return what ``found`` is beside ``published``, by the digits that are printed of it."""
    printed = Decimal(repr(published))
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)
    gain = Fraction(printed) - found if minimize else found - Fraction(printed)
    if gain > Fraction(10) ** exponent:
        return "bettered"
    return "within its last digit" if gain > 0 else "not reached"


def report(task: Task, exact: Fraction) -> None:
    """Print ``exact`` beside each value that was published for the task or this size of it."""
    minimize = task.settings.direction == "minimize"
    sizes = {", ".join(f"{name} = {value}" for name, value in task.parameters.items())}
    for name, one in task.settings.published.items():
        if one.value is None or ("=" in one.on and one.on not in sizes):
            continue
        print(
            f"{name:18} {one.value!r:>16}  {verdict(exact, float(one.value), minimize=minimize):22} {one.on}"
        )


def main() -> None:
    """Run, then print the comparison."""
    chosen = options()
    parameters = {**TASKS[chosen.task], **dict(pair.split("=", 1) for pair in chosen.set)}
    run = provolve.run(
        chosen.task,
        budget=chosen.budget,
        seed=chosen.seed,
        workers=chosen.workers,
        parameters=parameters,
    )
    claim = run.claim
    if claim is None or not claim.exact:
        print(f"run {run.name} came to no exact value: see provolve show {run.name}")
        return
    exact = Fraction(claim.exact)
    print(
        f"{chosen.task} {parameters}, {chosen.budget}, seed {chosen.seed}: {float(exact)!r} (run {run.name})"
    )
    report(load(chosen.task, parameters), exact)


if __name__ == "__main__":
    main()
