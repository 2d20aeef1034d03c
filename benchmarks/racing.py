"""What racing saves and what it gets wrong, on two tasks. Usage: racing.py [CANDIDATES]

A search without racing is carried out on each task, so that every candidate has its scores on all of train.
The races are then run over these scores: each candidate against the parents of its ask, as the judge would.
Printed for each rule: the share of candidates that it stops, the share of judged instances that it saves, and
two kinds of mistakes in percent of all candidates. ``not behind``: stopped, and on all of train no worse
than the worst parent; this is what ``race_error`` bounds. ``best``: stopped, and on all of train better
than every parent. ``old`` stops whoever is behind the worst parent so far. ``best found`` is the loss on
train of the best candidate that the rule leaves, its place in the search aside. Asserts nothing.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

import provolve
from provolve import gallery
from provolve.judge.statistics import stopped_at
from provolve.task import NEW_TASK

TRAIN = 30
STAGES = {"thirds": (10, 20), "early": (5, 10, 20), "halves": (4, 8, 15)}
Stop = Callable[[np.ndarray, Sequence[int]], int | None]


def stopped_by_the_old_rule(differences: np.ndarray, stages: Sequence[int]) -> int | None:
    """Return the first stage after which the candidate is behind at all."""
    return next((stage for stage in stages if differences[:stage].mean() > 0), None)


RULES: dict[str, Stop] = {
    "none": lambda *_: None,
    "old": stopped_by_the_old_rule,
    "0.01": lambda differences, stages: stopped_at(differences, stages, 0.01),
    "0.05": lambda differences, stages: stopped_at(differences, stages, 0.05),
    "0.20": lambda differences, stages: stopped_at(differences, stages, 0.20),
}


def packing(folder: Path) -> Path:
    """Write bin packing with more, smaller instances into ``folder``; return its place."""
    place = folder / "packing"
    shutil.copytree(Path(gallery.__file__).parent / "bin_packing", place)
    settings = (place / "task.toml").read_text()
    settings = settings.replace("train = 5\n", f"train = {TRAIN}\n").replace(
        "default = 5000", "default = 1000"
    )
    (place / "task.toml").write_text(settings)
    return place


def jobs(folder: Path) -> Path:
    """Write the task of ``provolve new`` with more instances into ``folder``; return its place."""
    place = folder / "jobs.py"
    place.write_text(NEW_TASK.replace("# train = 12\n", f"# train = {TRAIN}\n"))
    return place


def races(run: provolve.Run, relative: bool) -> Iterator[tuple[np.ndarray, list[float], float]]:
    """Yield for each judged candidate its differences to the worst parent, all parents' losses, its loss."""
    scores: dict[str, np.ndarray] = {}
    losses: dict[str, float] = {}
    seed: np.ndarray | None = None
    for record, verdicts in run.verdicts():
        for verdict in verdicts:
            if verdict.candidate is None or verdict.loss is None:
                continue
            row = np.array(verdict.scores)
            seed = row if seed is None else seed
            scores.setdefault(verdict.candidate.digest, row)
            losses.setdefault(verdict.candidate.digest, verdict.loss)
            if record.parents and verdict.work:
                worst = max(record.parents, key=losses.__getitem__)
                behind = row - scores[worst]
                yield (
                    behind / seed if relative else behind,
                    [losses[parent] for parent in record.parents],
                    verdict.loss,
                )


def report(name: str, found: list[tuple[np.ndarray, list[float], float]]) -> None:
    """Print the table of one task."""
    total = len(found)
    print(f"{name}: {total} judged candidates, {TRAIN} instances of train")
    print(f"  {'stages':16}{'rule':>6}{'stopped':>10}{'saved':>9}{'not behind':>12}{'best':>9}   best found")
    for stages in STAGES.values():
        for rule, stop in RULES.items():
            ends = [stop(differences, stages) for differences, _, _ in found]
            judged = sum(TRAIN if end is None else end for end in ends)
            pairs = list(zip(found, ends, strict=True))
            stopped = [race for race, end in pairs if end is not None]
            even = sum(loss <= max(parents) for _, parents, loss in stopped)
            best = sum(loss < min(parents) for _, parents, loss in stopped)
            left = min(loss for (_, _, loss), end in pairs if end is None)
            print(
                f"  {', '.join(map(str, stages)):16}{rule:>6}{len(stopped) / total:10.1%}"
                f"{1 - judged / (TRAIN * total):9.1%}{even / total:12.2%}{best / total:9.2%}   {left:.5f}"
            )
    print(flush=True)


def main() -> None:
    """Search on both tasks and print both tables."""
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, make, relative in (("bin packing", packing, False), ("jobs", jobs, True)):
            run = provolve.run(make(folder), budget=f"{candidates}candidates", seed=1, runs=folder / "runs")
            report(name, list(races(run, relative)))


if __name__ == "__main__":
    main()
