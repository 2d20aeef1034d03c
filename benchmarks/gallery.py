"""What searches of minutes find on the tasks of the gallery, beside their baselines and published values.

For each task: the mean score of the seed program and of each baseline on sealed test instances, the published
values, and the champion's after searches of given times, for several seeds and strategies: median and range.
All searches of a task share one sealed test. Times are wall seconds on all processors; the CPU time that went
into them is printed too, for the machine may have been shared. Asserts nothing.

Run ``python benchmarks/gallery.py --help``; ``make bench-gallery`` runs it as it is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile

import provolve
from provolve.errors import ProvolveError
from provolve.record import Claim
from provolve.task import gallery, load

TEST_SEED = 271_828


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    names = [name for name, *_ in gallery()]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=names, default=names, metavar="TASK")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="parameters of the tasks")
    parser.add_argument("--seconds", nargs="+", type=float, default=[60.0, 180.0, 600.0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--strategies", nargs="+", default=["islands", "hill-climb", "random"])
    return parser.parse_args()


def searched(
    task: str, chosen: dict[str, str], seconds: float, strategy: str, seed: int
) -> tuple[Claim, float]:
    """Search, and return the claim and the CPU seconds of all processes."""
    before = sum(os.times()[:4])
    with tempfile.TemporaryDirectory() as runs:
        run = provolve.run(
            task,
            budget=f"{seconds:g}s",
            strategy=strategy,
            seed=seed,
            test_seed=TEST_SEED,
            parameters=chosen,
            runs=runs,
        )
        claim = run.claim
    assert claim is not None
    return claim, sum(os.times()[:4]) - before


def shown(scores: list[float]) -> str:
    """Return median and range."""
    return f"{statistics.median(scores):14.7g}   {min(scores):.7g} to {max(scores):.7g}"


def table(task: str, asked: argparse.Namespace) -> None:
    """Print what is known of one task and what the searches find."""
    wanted = dict(text.split("=", 1) for text in asked.set)
    known = load(task)
    chosen = {name: value for name, value in wanted.items() if name in known.parameters}
    settings = load(task, chosen).settings
    unit = f", {settings.unit}" if settings.unit else ""
    print(
        f"\n{task} {' '.join(f'{k}={v}' for k, v in chosen.items())} ({settings.direction}{unit})", flush=True
    )
    told = False
    for strategy in asked.strategies:
        for seconds in asked.seconds:
            found, cpu = [], []
            for seed in range(1, asked.seeds + 1):
                claim, spent = searched(task, chosen, seconds, strategy, seed)
                found.append(claim.mean)
                cpu.append(spent)
                if not told:
                    told = True
                    for other in claim.comparisons:
                        print(f"  {other.name:34} {other.mean:14.7g}")
                    for name, published in settings.published.items():
                        value = published.text or f"{published.value:14.10g}"
                        print(f"  {name:34} {value}   published, {published.on or 'as it is'}")
            label = f"{strategy}, {seconds:g} s ({statistics.median(cpu):.0f} CPU s)"
            print(f"  {label:34} {shown(found)}   {len(found)} seeds", flush=True)


def main() -> None:
    """Print the table of each task."""
    asked = options()
    for task in asked.tasks:
        try:
            table(task, asked)
        except ProvolveError as error:
            print(f"  {task}: {error}", flush=True)


if __name__ == "__main__":
    main()
