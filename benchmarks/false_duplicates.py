"""How often two programs that answer alike on train do otherwise elsewhere, so that one was wrongly dropped.

Candidates whose answers on train hash the same count as one, and the later ones are not judged. For answers
that are tables the hash holds every decision that can be met, so nothing is lost. For other answers it holds
those on train alone: here each pair that a search took for the same is run again on fresh instances, and the
share of pairs that differ there is printed, with the share of those in which the dropped one did better. Both
for the train of the first epoch and of the last. Asserts nothing.

Usage: false_duplicates.py [--tasks TASK ...] [--candidates N] [--pairs N] [--fresh N] [--seeds N]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import provolve
from provolve.engine.worker import profile
from provolve.errors import ProvolveError
from provolve.judge import Judge
from provolve.program import render_source
from provolve.record import Candidate, Rejection
from provolve.sandbox import Sandbox
from provolve.store import RunReader
from provolve.task import Task, gallery, load, make_split

FRESH_SEED = 1_618_033
Pair = tuple[Candidate, Candidate]


def main() -> None:
    options = arguments()
    print("pairs: taken for the same; rate: of pairs that differ on fresh instances, with its 95 % interval;")
    print("better: share of those in which the dropped one does better there\n")
    heads = "".join(f" {head:>7}" for head in ("train", "pairs", "rate", "low", "high", "better"))
    print(f"{'task':20} {'answer':12}{heads}")
    for name in options.tasks:
        task = load(name)
        sizes = task.train_sizes
        for epoch in sorted({0, len(sizes) - 1}):
            try:
                print(row(task, epoch, options), flush=True)
            except ProvolveError as error:
                print(f"{name:22} {error}", flush=True)


def arguments() -> argparse.Namespace:
    names = [name for name, *_ in gallery() if hashed(load(name))]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=names, default=names, metavar="TASK")
    parser.add_argument("--candidates", type=int, default=2_000, help="of each search")
    parser.add_argument("--pairs", type=int, default=200, help="looked at, at most, of each search")
    parser.add_argument("--fresh", type=int, default=60, help="instances on which pairs are run again")
    parser.add_argument("--seeds", type=int, default=2)
    return parser.parse_args()


def hashed(task: Task) -> bool:
    """Whether candidates are taken for the same by what they answer, and could do otherwise elsewhere."""
    return task.kind == "heuristic" and not task.settings.stochastic and not task.settings.exhaustive


def row(task: Task, epoch: int, options: argparse.Namespace) -> str:
    """Return the line of one task and epoch, over all seeds."""
    pairs = [
        pair
        for seed in range(1, options.seeds + 1)
        for pair in taken_for_the_same(task, epoch, seed, options)
    ]
    different, better = run_again(task, pairs, options.fresh)
    low, high = wilson(different, len(pairs))
    rate = different / len(pairs) if pairs else float("nan")
    gain = f"{better / different:7.2f}" if different else f"{'-':>7}"
    counted = f"{task.train_sizes[epoch]:7} {len(pairs):7} {rate:7.4f} {low:7.4f} {high:7.4f} {gain}"
    return f"{task.name:20} {task.settings.answer:12} {counted}"


def taken_for_the_same(task: Task, epoch: int, seed: int, options: argparse.Namespace) -> Iterator[Pair]:
    """Yield the first candidates that a search dropped as duplicates, each with its original."""
    with tempfile.TemporaryDirectory() as folder:
        run = provolve.run(
            at_epoch(task, epoch, Path(folder)),
            budget=f"{options.candidates}candidates",
            seed=seed,
            workers=1,
            growth=False,
            runs=Path(folder) / "runs",
        )
        with RunReader(Path(run.path)) as reader:
            found = 0
            for _, verdicts in reader.verdicts():
                for verdict in verdicts:
                    if verdict.rejection is not Rejection.DUPLICATE_BEHAVIOUR or verdict.candidate is None:
                        continue
                    original = reader.candidate(verdict.duplicate_of)
                    if original is not None and found < options.pairs:
                        found += 1
                        yield verdict.candidate, original


def at_epoch(task: Task, epoch: int, folder: Path) -> Task:
    """Return the task with a train of the size that a later epoch has."""
    if not epoch:
        return task
    copied = folder / task.name.replace("-", "_")
    for name, content in task.files.items():
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).write_bytes(content)
    settings = copied / "task.toml"
    text = settings.read_text(encoding="utf-8")
    before, size = task.train_sizes[0], task.train_sizes[epoch]
    if f"train = {before}\n" in text:
        text = text.replace(f"train = {before}\n", f"train = {size}\n", 1)
    elif "[splits]\n" in text:
        text = text.replace("[splits]\n", f"[splits]\ntrain = {size}\n", 1)
    else:
        text += f"\n[splits]\ntrain = {size}\n"
    settings.write_text(text, encoding="utf-8")
    return load(copied)


def run_again(task: Task, pairs: list[Pair], fresh: int) -> tuple[int, int]:
    """Return how many pairs differ on fresh instances, and in how many of these the dropped one is better."""
    different = better = 0
    sign = 1.0 if task.settings.direction == "minimize" else -1.0
    with Sandbox(profile(task)) as sandbox:
        judge = Judge(task, sandbox, seed=FRESH_SEED, test_seed=FRESH_SEED)
        judge.scoring.set_instances("validation", make_split(task, "validation", FRESH_SEED, fresh))
        known: dict[str, tuple[str, float]] = {}

        def behaviour(candidate: Candidate) -> tuple[str, float]:
            if candidate.digest not in known:
                result = judge.plain.judge("validation", render_source(task.program, candidate))
                loss = sign * float(np.mean(result.scores)) if result.scores else float("inf")
                known[candidate.digest] = (result.behaviour or f"{result.rejection}", loss)
            return known[candidate.digest]

        for dropped, original in pairs:
            (one, loss), (other, reference) = behaviour(dropped), behaviour(original)
            different += one != other
            better += one != other and loss < reference
    return different, better


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate by Wilson (1927), "Probable inference, the law of succession"."""
    if not trials:
        return 0.0, 1.0
    z, rate = 1.959964, hits / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * (rate * (1 - rate) / trials + z * z / (4 * trials * trials)) ** 0.5 / (1 + z * z / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


if __name__ == "__main__":
    main()
