"""What each operator of the symbolic proposer is worth: the search without it, on several tasks, a few seeds.

One row a search: all operators, then each left out. Printed are the loss on train and the champion's score
on sealed instances, means over the seeds, the range on test, and by how much leaving the operator out made
the test score worse, in parts of what all operators gained over the seed program. An operator earns its place
where that is positive on some task; few seeds tell large effects only.

Usage: ablation.py [--tasks NAME ...] [--seeds N] [--share S] [--only OPERATOR ...]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import provolve
from provolve.propose.symbolic.operators import OPERATORS
from provolve.store import RunReader

TASKS: dict[str, tuple[int, dict[str, str]]] = {
    "bin-packing": (4_000, {"items": "1500"}),
    "paging": (2_000, {"requests": "500"}),
    "tsp-construction": (400, {"cities": "40"}),
    "recurrence": (1_000, {}),
}
"""Candidates a search, and parameters that keep its instances small."""


LOCAL = {"recurrence": Path(__file__).parent / "tasks" / "recurrence.py"}
"""Tasks that are not of the gallery: a loop over single numbers, for the operators on statements."""


def main() -> None:
    parser = argparse.ArgumentParser(description="The search with each operator left out.")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0, help="of the candidates of each search")
    parser.add_argument("--only", nargs="+", choices=OPERATORS, default=list(OPERATORS))
    options = parser.parse_args()
    for task in options.tasks:
        candidates, parameters = TASKS[task]
        rows(task, round(options.share * candidates), parameters, options.seeds, options.only)


def rows(task: str, candidates: int, parameters: dict[str, str], seeds: int, left_out: Sequence[str]) -> None:
    """Print the table of one task."""
    told = ", ".join(f"{name} = {value}" for name, value in parameters.items())
    print(f"\n{task} ({told}), {candidates} candidates, {seeds} seeds")
    print(f"{'without':18} {'train':>8} {'test':>8}  {'range on test':18} {'lost':>6}")
    gained, whole = 0.0, 0.0
    for name in ("", *left_out):
        used = [other for other in OPERATORS if other != name]
        results = [searched(task, candidates, parameters, seed, used) for seed in range(1, seeds + 1)]
        train, test, start = (mean(values) for values in zip(*results, strict=True))
        if not name:
            gained, whole = start - test, test
        lost = f"{100 * (test - whole) / gained:5.0f} %" if name and gained > 0 else ""
        tests = [result[1] for result in results]
        span = f"{min(tests):.3f} to {max(tests):.3f}"
        print(f"{name or '-':18} {train:8.3f} {test:8.3f}  {span:18} {lost:>6}", flush=True)


def searched(
    task: str, candidates: int, parameters: dict[str, str], seed: int, operators: list[str]
) -> tuple[float, float, float]:
    """Return the least loss on train, the champion's mean on test, and the seed program's."""
    with tempfile.TemporaryDirectory() as folder:
        run = provolve.run(
            LOCAL.get(task, task),
            budget=f"{candidates}candidates",
            seed=seed,
            workers=1,
            parameters=parameters,
            proposer_options={"operators": operators},
            runs=folder,
        )
        assert run.claim is not None
        with RunReader(run.path) as reader:
            best = reader.best()
        assert best is not None
        assert best.verdict.loss is not None
        start = next(one for one in run.claim.comparisons if one.name == "seed program")
        return best.verdict.loss, run.claim.mean, start.mean


if __name__ == "__main__":
    main()
