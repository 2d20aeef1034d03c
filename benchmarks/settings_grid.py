"""Whether the defaults need tuning: a fixed grid of 12 settings on every task of the gallery.

For each task and setting, the gain of the champion over the seed program on validation: seed program's loss
minus champion's, the median over the seeds. The default is the first of the grid; printed is its gain as a
part of the best one's, which ought to be at least 95 %. All searches have the same budget, in candidates,
so that the table is the same on any machine; what takes more CPU for it is not punished here. Where a task
offers a surrogate, numeric search makes the candidates, on which a strategy has no say: only the batch has.

A result is appended to the file of results as it comes, and what stands there is not run again: interrupt it
and go on later. Usage: settings_grid.py [--tasks TASK ...] [--candidates N] [--seeds N] [--results FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import provolve
from kept_results import append, read, seed_loss
from provolve.errors import ProvolveError
from provolve.task import gallery, load

GRID: dict[str, dict[str, Any]] = {
    "default": {},
    "3 islands": {"strategy": "islands", "strategy_options": {"islands": 3}},
    "12 islands": {"strategy": "islands", "strategy_options": {"islands": 12}},
    "best seldom": {"strategy": "islands", "strategy_options": {"best_share": 0.1}},
    "best often": {"strategy": "islands", "strategy_options": {"best_share": 0.7}},
    "little patience": {"strategy": "islands", "strategy_options": {"patience": 20}},
    "much patience": {"strategy": "islands", "strategy_options": {"patience": 180}},
    "hill-climb": {"strategy": "hill-climb"},
    "beam": {"strategy": "beam"},
    "age-layers": {"strategy": "age-layers"},
    "half the batch": {"batch_share": 0.5},
    "no growth": {"growth": False},
}
ENOUGH = 0.95
_BATCH = {"table": 32}


def main() -> None:
    options = arguments()
    known = read(options.results)
    for task in options.tasks:
        print(f"\n{task}, {options.candidates} candidates, {options.seeds} seeds\n", flush=True)
        medians = {}
        for name, setting in GRID.items():
            gains = []
            for seed in range(1, options.seeds + 1):
                key = f"{task}/{name}/{seed}/{options.candidates}"
                if key not in known:
                    known[key] = measured(task, setting, seed, options.candidates)
                    append(options.results, key, known[key])
                gains.append(known[key]["gain"])
            medians[name] = statistics.median(gains)
            span = f"{min(gains):.6g} to {max(gains):.6g}"
            print(f"  {name:16} {medians[name]:12.6g}   {span}", flush=True)
        best = max(medians.values())
        part = medians["default"] / best if best > 0 else 1.0
        told = "" if part >= ENOUGH else f": below {ENOUGH:.0%}"
        print(f"  the default's gain is {part:.1%} of the best{told}", flush=True)


def arguments() -> argparse.Namespace:
    names = [name for name, *_ in gallery()]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=names, default=names, metavar="TASK")
    parser.add_argument("--candidates", type=int, default=6_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("settings_grid.jsonl"))
    return parser.parse_args()


def measured(task: str, setting: dict[str, Any], seed: int, candidates: int) -> dict[str, float]:
    """Search with one setting; return the gain on validation, and the seconds of all processes."""
    how = dict(setting)
    share = how.pop("batch_share", None)
    if share is not None:
        how["batch"] = max(1, int(share * _BATCH.get(load(task).settings.answer, 8)))
    began = time.process_time()
    with tempfile.TemporaryDirectory() as runs:
        try:
            run = provolve.run(task, budget=f"{candidates}candidates", seed=seed, runs=runs, **how)
        except ProvolveError as error:
            raise SystemExit(f"{task}: {error}") from error
        assert run.claim is not None
        gain = seed_loss(Path(run.path)) - run.claim.validation
    return {"gain": gain, "engine_cpu": time.process_time() - began}


if __name__ == "__main__":
    main()
