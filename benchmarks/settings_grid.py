"""Whether the defaults need tuning: a fixed grid of 12 settings on every task of the gallery.

For each task and setting, the gain of the champion over the seed program on validation: seed program's loss
minus champion's, the median over the seeds. The default is the first of the grid; printed is its gain as a
part of the best one's, and in how many pairs of searches, by seed, that one was ahead. The best of twelve
medians is a lucky one, too, even where all settings are alike. How lucky is told by shuffles: the gains of
each seed are dealt to the settings anew, and how often the default's part is then as small is printed as
chance. And what was found best is held to it as a champion is, on what it was not chosen by: it and the
default search once more, each with three times as many other seeds, and of that gain the default ought to
have at least 95 %.

Searches of one task have the same budget, in candidates, so that the table is the same on any machine; what
takes more CPU for it is not punished here. Instances are small, for a search takes seconds. Where a task
offers a surrogate, numeric search makes the candidates, to which no strategy has a say: there the searches of
settings of strategies are the default's, and are not done again.

A result is appended to the file of results as it comes, and what stands there is not run again: interrupt it
and go on later. Usage: settings_grid.py [--tasks TASK ...] [--share S] [--seeds N ...] [--results FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import provolve
from kept_results import append, read, seed_loss
from provolve.engine.planning import make_spec
from provolve.errors import ProvolveError
from provolve.task import gallery, load
from trials import Trial

DEFAULT = "default"
GRID: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "1 island": {"strategy": "islands", "strategy_options": {"islands": 1}},
    "3 islands": {"strategy": "islands", "strategy_options": {"islands": 3}},
    "12 islands": {"strategy": "islands", "strategy_options": {"islands": 12}},
    "best seldom": {"strategy": "islands", "strategy_options": {"best_share": 0.1}},
    "best often": {"strategy": "islands", "strategy_options": {"best_share": 0.7}},
    "little patience": {"strategy": "islands", "strategy_options": {"patience": 20}},
    "much patience": {"strategy": "islands", "strategy_options": {"patience": 180}},
    "hill-climb": {"strategy": "hill-climb"},
    "beam": {"strategy": "beam"},
    "half the batch": {"batch_share": 0.5},
    "no growth": {"growth": False},
}
ENOUGH = 0.95
SHUFFLES = 20_000
OTHERS = 3
"""Other seeds for each seed: the median of five is still off by half of what one search is."""
TRIALS = {
    str(trial.task): trial
    for trial in (
        Trial("autocorrelation", 12, {"steps": "50"}),
        Trial("autocorrelation-first", 12, {"steps": "80"}),
        Trial("bin-packing", 10_000, {"items": "1000"}),
        Trial("bin-packing-ordered", 400, {"items": "500"}),
        Trial("circle-packing", 24),
        Trial("continued-fractions", 4_000),
        Trial("distance-ratio", 24),
        Trial("erdos-overlap", 12, {"steps": "48"}),
        Trial("heilbronn", 24),
        Trial("optimizer", 1_200, {"steps": "25"}),
        Trial("paging", 3_000, {"requests": "400"}),
        Trial("speed-demo", 1_000, {"size": "200"}),
        Trial("step-size-schedule", 4_000),
        Trial("symbolic-regression", 8_000, {"formula": "II.6.15b"}),
        Trial("tsp-construction", 1_000, {"cities": "30"}),
    )
}
"""For every task of the gallery, a search of some seconds."""

Results = dict[str, dict[str, Any]]


def main() -> None:
    options = arguments()
    known = read(options.results)
    rows = {task: compared(task, options, known) for task in options.tasks}
    print("\nThe default's gain as a part of the best setting's\n")
    print(f"  {'':22} {'same seeds':>12} {'chance':>8} {'other seeds':>12}   best setting")
    for task, row in rows.items():
        print(f"  {task:22} {row}")


def compared(task: str, options: argparse.Namespace, known: Results) -> str:
    """Search a task with every setting and print what each gains; return a row on how the default stands."""
    trial, own = TRIALS[task].cut(options.share), heeded(task)
    print(f"\n{task}, {trial.candidates} candidates, {len(options.seeds)} seeds: gain\n", flush=True)

    def gained(name: str, seeds: Sequence[int]) -> list[float]:
        return [gain(trial, name, seed, known, options.results) for seed in seeds]

    gains = {}
    for name in GRID:
        gains[name] = gained(name if name in own else DEFAULT, options.seeds)
        span = f"{min(gains[name]):.6g} to {max(gains[name]):.6g}"
        print(f"  {name:16} {statistics.median(gains[name]):12.6g}   {span}", flush=True)
    best = max(gains, key=lambda name: statistics.median(gains[name]))
    if statistics.median(gains[best]) <= 0:
        return f"{'-':>12} {'-':>8} {'-':>12}   none gains anything: the budget is too small to tell"
    same = f"{part_of(gains, best):12.1%} {chance(gains):8.2f}"
    if best == DEFAULT:
        return f"{same} {'-':>12}   {best}"
    print(
        f"  {best} was ahead of the default in {ahead(gains, best)} of {len(options.seeds)} pairs", flush=True
    )
    first = max(options.seeds) + 1
    others = range(first, first + OTHERS * len(options.seeds))
    again = {name: gained(name, others) for name in (DEFAULT, best)}
    print(f"  with other seeds in {ahead(again, best)} of {len(others)}", flush=True)
    other = part_of(again, best)
    told = "" if other >= ENOUGH else f": the default has less than {ENOUGH:.0%}"
    return f"{same} {other:12.1%}   {best}{told}"


def arguments() -> argparse.Namespace:
    names = [name for name, *_ in gallery()]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=names, default=names, metavar="TASK")
    parser.add_argument("--share", type=float, default=1.0, help="of the candidates of each search")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--results", type=Path, default=Path("settings_grid.jsonl"))
    return parser.parse_args()


def gain(trial: Trial, name: str, seed: int, known: Results, results: Path) -> float:
    """Return the gain of a search, from the file of results if it stands there."""
    key = f"{trial.task}/{trial.told(seed)}/{name}/{seed}/{trial.candidates}"
    if key not in known:
        known[key] = searched(trial, GRID[name], seed)
        append(results, key, known[key])
    return float(known[key]["gain"])


def heeded(task: str) -> list[str]:
    """Return the names of the settings that the searches of a task heed."""
    if load(task, TRIALS[task].parameters).surrogate() is None:
        return list(GRID)
    return [name for name, setting in GRID.items() if "strategy" not in setting]


def searched(trial: Trial, setting: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Search with one setting; return the gain on validation."""
    how = dict(setting)
    share = how.pop("batch_share", None)
    if share is not None:
        how["batch"] = max(1, int(share * make_spec(load(trial.task)).batch))
    with tempfile.TemporaryDirectory() as runs:
        try:
            run = provolve.run(
                trial.task,
                budget=f"{trial.candidates}candidates",
                seed=seed,
                workers=1,
                parameters=trial.given(seed),
                runs=runs,
                **how,
            )
        except ProvolveError as error:
            raise SystemExit(f"{trial.task}: {error}") from error
        assert run.claim is not None
        return {"gain": seed_loss(Path(run.path)) - run.claim.validation}


def part_of(gains: Mapping[str, list[float]], best: str) -> float:
    """Return the default's median gain as a part of that of another setting; 1 where that has none."""
    top, own = statistics.median(gains[best]), statistics.median(gains[DEFAULT])
    return own / top if top > 0 else 1.0


def chance(gains: Mapping[str, list[float]]) -> float:
    """Return how often the default has as small a part of the best where settings have no say.

    Then a seed's gains may as well be dealt to the settings in another order (a permutation test within
    blocks, Fisher, 1935). Settings that do not change a search of the default count once, with it.
    """
    own = gains[DEFAULT]
    table = np.array([own, *(row for name, row in gains.items() if name != DEFAULT and row != own)])
    dealt = np.random.default_rng(0).permuted(np.tile(table, (SHUFFLES, 1, 1)), axis=1)
    medians = np.median(np.concatenate([table[None], dealt]), axis=2)
    best = medians.max(axis=1)
    parts = np.divide(medians[:, 0], best, out=np.ones_like(best), where=best > 0)
    return float(np.mean(parts <= parts[0]))


def ahead(gains: Mapping[str, list[float]], best: str) -> int:
    """Return with how many seeds a setting gained more than the default."""
    return sum(one > other for one, other in zip(gains[best], gains[DEFAULT], strict=True))


if __name__ == "__main__":
    main()
