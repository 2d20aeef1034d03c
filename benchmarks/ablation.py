"""What each part of the search is worth: each symbolic operator, hashing by behaviour, and growth of train.

For each task and seed, one search with everything and one without each operator that the first made proposals
with, one in which no candidate counts as a duplicate by its behaviour, and one whose train does not grow,
paired by seed, all with the same budget in candidates. Printed is what is lost without the operator: the
difference of the losses on validation, in parts of the median gain of all operators over the seed program;
the median and its range over the seeds, and in how many pairs the search without it ended worse and better.
Last come all tasks together, sorted by the median.

Two searches that differ in nothing but chance differ too. The row ``again`` says by how much: all operators
once more, in another order. What is within that range is not shown to be worth anything.

``--sets only`` turns the question round, since an operator may be useless beside others that do the same:
what the tuning of literals gains with one operator beside it, and without any, in parts of what all gain.

A result is appended to the file of results as it comes, and what stands there is not run again: interrupt it
and go on later, with other tasks, seeds or parts. Asserts nothing.
Usage: ablation.py [--tasks TASK ...] [--seeds N ...] [--sets again without only] [--parts NAME ...]
                   [--share S] [--results FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import provolve
from kept_results import append, read, seed_loss
from provolve.engine.behaviours import Behaviours
from provolve.propose.symbolic.operators import OPERATORS
from provolve.store import RunReader
from trials import Trial

LITERALS = ("gaussian", "cma-es")
SETS = ("again", "without", "only")
HASHING, GROWTH = "hashing", "growth"
PARTS = (*OPERATORS, HASHING, GROWTH)
WORSE = 1e-9
"""Part of the gain by which a search must differ from its pair to count as worse or better."""


_TASKS = Path(__file__).parent / "tasks"
_LAWS = ("I.12.2", "I.15.10", "I.16.6", "I.24.6", "I.29.16", "I.34.8", "I.43.31", "II.6.15b", "II.11.3")
TRIALS = {
    "bin-packing": Trial("bin-packing", 2_000, {"items": "1000"}),
    "paging": Trial("paging", 1_000, {"requests": "400"}),
    "tsp-construction": Trial("tsp-construction", 250, {"cities": "30"}),
    "job-shop": Trial(_TASKS / "job_shop", 250),
    "optimizer": Trial("optimizer", 200, {"steps": "25"}),
    "laws": Trial("symbolic-regression", 1_500, series=("formula", _LAWS)),
    "recurrence": Trial(_TASKS / "recurrence.py", 1_500),
    "roots": Trial(_TASKS / "roots.py", 1_500),
    "stock": Trial(_TASKS / "stock.py", 1_000),
}
"""Rules that fill a table, rules over arrays, a rule with state, formulas, and programs of single numbers
with loops and choices: small instances, and budgets of a few seconds each."""

Results = dict[str, dict[str, Any]]


def main() -> None:
    options = arguments()
    trials = {name: TRIALS[name].cut(options.share) for name in options.tasks}
    results = read(options.results)
    for name, trial in trials.items():
        for seed in options.seeds:
            for chosen in wanted(name, trial, seed, options, results):
                key = key_of(name, trial, chosen, seed)
                if key not in results:
                    results[key] = searched(trial, chosen, seed)
                    append(options.results, key, results[key])
    if "without" in options.sets:
        print("\nWhat is lost without a part, in percent of what all gain over the seed program")
        table(results, trials, options.seeds, ["again", *(f"without {name}" for name in PARTS)])
    if "only" in options.sets:
        print("\nWhat is lost with tuning of literals and one operator alone")
        table(results, trials, options.seeds, ["only literals", *(f"only {name}" for name in OPERATORS)])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=TRIALS, default=list(TRIALS), metavar="TASK")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["again", "without"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME")
    parser.add_argument("--share", type=float, default=1.0, help="of the candidates of each search")
    parser.add_argument("--results", type=Path, default=Path("ablation.jsonl"))
    return parser.parse_args()


def key_of(name: str, trial: Trial, chosen: str, seed: int) -> str:
    """Return the name of a search in the file of results."""
    return f"{name}/{trial.candidates}/{trial.told(seed)}/{chosen}/{seed}"


def wanted(
    name: str, trial: Trial, seed: int, options: argparse.Namespace, results: Results
) -> Iterator[str]:
    """Yield the sets of parts to search with; that of all comes first, and says which others matter."""
    yield "all"
    used = results[key_of(name, trial, "all", seed)]["operators"]
    if "again" in options.sets:
        yield "again"
    for part in options.parts:
        if "without" in options.sets and (part in used or part not in OPERATORS):
            yield f"without {part}"
        if "only" in options.sets and part in used and part not in LITERALS:
            yield f"only {part}"
    if "only" in options.sets:
        yield "only literals"


def hashing_of(chosen: str) -> AbstractContextManager[object]:
    """Return a context in which a set of parts marks duplicates by behaviour, or none."""
    if chosen != f"without {HASHING}":
        return nullcontext()
    return mock.patch.object(Behaviours, "marked", lambda _, verdict: verdict)


def operators_of(chosen: str) -> list[str]:
    """Return the operators of a set by its name."""
    way, _, operator = chosen.partition(" ")
    if way == "without":
        return [name for name in OPERATORS if name != operator]
    if way == "only":
        return [name for name in OPERATORS if name in LITERALS or name == operator]
    # In another order, the same choices of the bandit's mean other operators.
    return list(OPERATORS) if way == "all" else list(reversed(OPERATORS))


def searched(trial: Trial, chosen: str, seed: int) -> dict[str, Any]:
    """Search with a set of parts; return losses on validation, and which operators made proposals."""
    with tempfile.TemporaryDirectory() as folder, hashing_of(chosen):
        run = provolve.run(
            trial.task,
            budget=f"{trial.candidates}candidates",
            seed=seed,
            workers=1,
            parameters=trial.given(seed),
            proposer_options={"operators": operators_of(chosen)},
            growth=chosen != f"without {GROWTH}",
            runs=folder,
        )
        claim = run.claim
        assert claim is not None
        with RunReader(run.path) as reader:
            counts = reader.operators()
        return {
            "start": seed_loss(run.path),
            "end": claim.validation,
            "operators": {name: list(count) for name, count in counts.items() if name in OPERATORS},
        }


@dataclass(frozen=True)
class Row:
    """What is lost or gained with a set of parts, in shares of what all gain; a number a pair."""

    name: str
    shares: list[float]

    @property
    def median(self) -> float:
        """The median over the pairs."""
        return statistics.median(self.shares)

    def __str__(self) -> str:
        worse, better = sum(s > WORSE for s in self.shares), sum(s < -WORSE for s in self.shares)
        span = f"{100 * min(self.shares):6.0f} to {100 * max(self.shares):4.0f}"
        counted = f"{worse:3} {better:3} of {len(self.shares):3}"
        return f"  {self.name:18} {100 * self.median:6.0f} % {span}   {counted}"


def shares_of(results: Results, name: str, trial: Trial, chosen: str, seeds: Sequence[int]) -> list[float]:
    """Return by how much searches with a set of parts ended worse than those with all, paired by seed."""
    whole = {seed: results.get(key_of(name, trial, "all", seed)) for seed in seeds}
    other = {seed: results.get(key_of(name, trial, chosen, seed)) for seed in seeds}
    gained = statistics.median([one["start"] - one["end"] for one in whole.values() if one] or [0.0])
    if gained <= 0:
        return []
    pairs = [(one, less) for seed in seeds if (one := whole[seed]) and (less := other[seed])]
    return [(less["end"] - one["end"]) / gained for one, less in pairs]


def table(results: Results, trials: Mapping[str, Trial], seeds: Sequence[int], sets: Sequence[str]) -> None:
    """Print a row a set of parts for each task, and then for all together."""
    pooled: dict[str, list[float]] = {chosen: [] for chosen in sets}
    for name, trial in trials.items():
        shares = {chosen: shares_of(results, name, trial, chosen, seeds) for chosen in sets}
        for chosen, found in shares.items():
            pooled[chosen] += found
        print_rows(f"{name}, {trial.candidates} candidates", shares)
    if len(trials) > 1:
        print_rows("all of these tasks", pooled)


def print_rows(title: str, shares: Mapping[str, list[float]]) -> None:
    """Print a row a set of parts that has pairs, the greatest loss first."""
    rows = [Row(chosen, found) for chosen, found in shares.items() if found]
    print(f"\n{title}\n  {'':18} {'lost':>8} {'range':>14}   {'worse, better':>14}")
    for row in sorted(rows, key=lambda row: -row.median):
        print(row, flush=True)


if __name__ == "__main__":
    main()
