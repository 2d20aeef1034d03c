"""What recording a verdict costs, from 1,000 to 200,000 rows: run ``python benchmarks/store_rows.py``.

Prints, for each size of the run, verdict rows a second (adding and committing, processor and wall time)
over the rows since the size before, and bytes a row. Two sorts of rows: vectors of one template (as symbolic
search makes them) and rewrites with a template each (the dearest sort).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from provolve.record import (
    Budget,
    Candidate,
    Proposal,
    Rejection,
    Rewrite,
    Spent,
    Template,
    Vector,
    Verdict,
)
from provolve.store import AskRecord, RunSpec, RunWriter, create_run

SIZES = (1_000, 10_000, 50_000, 100_000, 200_000)
STRETCH = 1_000
CODE = "\ndef priority(item, bins):\n    waste = bins - item\n    return {} * waste ** 2 + {} * waste\n" * 3

Made = tuple[list[Proposal], list[Verdict]]


def spec() -> RunSpec:
    """Return a spec of a run that no task stands behind."""
    return RunSpec(
        task="bench",
        task_name="bench",
        task_digest="00",
        parameters={},
        data="",
        direction="minimize",
        kind="heuristic",
        proposer="symbolic",
        strategy="islands",
        proposer_options={},
        strategy_options={},
        seed=1,
        test_seed=1,
        batch=32,
        window=4,
        budget=Budget(candidates=SIZES[-1]),
        versions={},
        task_source={},
    )


def name_of(rng: random.Random) -> str:
    """Return a random digest."""
    return hashlib.blake2b(rng.randbytes(16), digest_size=16).hexdigest()


def judged(rng: random.Random, candidate: Candidate) -> Verdict:
    """Return a verdict; three of five candidates behave like an earlier one."""
    again = rng.random() < 0.6
    return Verdict(
        candidate,
        rejection=Rejection.DUPLICATE_BEHAVIOUR if again else None,
        detail="does the same as an earlier candidate" if again else "",
        loss=rng.random(),
        scores=tuple(rng.random() for _ in range(5)),
        behaviour=name_of(rng),
        work=0 if again else 5,
        duplicate_of=name_of(rng) if again else "",
        level="full",
        cpu=0.001,
    )


def vectors(rng: random.Random, count: int) -> Made:
    """Return proposals that fill one template with 16 floats."""
    template = Template("0123456789abcdef" * 2, (tuple("piece" * 4 for _ in range(17)),), "f" * 16, 60)
    made = [Candidate.of(template, [rng.gauss(0, 1) for _ in range(16)]) for _ in range(count)]
    proposals = [Proposal("cma", (name_of(rng),), Vector(template, one.literals)) for one in made]
    return proposals, [judged(rng, one) for one in made]


def rewrites(rng: random.Random, count: int) -> Made:
    """Return proposals with new source, each a template of its own."""
    proposals, verdicts = [], []
    for _ in range(count):
        text = CODE.format(*(rng.random() for _ in range(6)))
        template = Template(name_of(rng), (tuple(text.split("waste")),), "f" * 15, 90)
        verdicts.append(judged(rng, Candidate.of(template, [rng.random() for _ in range(15)])))
        proposals.append(Proposal("crossover", (name_of(rng), name_of(rng)), Rewrite((text,))))
    return proposals, verdicts


def stretch(writer: RunWriter, made: Made, group: int, first_ask: int) -> tuple[float, float]:
    """Record what was made in groups of ``group`` and return processor and wall seconds."""
    proposals, verdicts = made
    cpu, wall = time.process_time(), time.perf_counter()
    for number, start in enumerate(range(0, len(proposals), group)):
        part = slice(start, start + group)
        ask = AskRecord(first_ask + number, proposals[start].parents, 0, tuple(proposals[part]), Spent(), 1.0)
        writer.add_ask(ask, verdicts[part])
        writer.commit()
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(make: Callable[[random.Random, int], Made], group: int, largest: int, folder: Path) -> None:
    """Fill a run up to ``largest`` rows and print the rate at each of the sizes."""
    rng = random.Random(1)
    rows = ask = counted = 0
    cpu = wall = 0.0
    with create_run(folder, f"{make.__name__}-{group}", spec()) as writer:
        while rows < largest:
            made = make(rng, STRETCH)
            spent = stretch(writer, made, group, ask)
            cpu, wall = cpu + spent[0], wall + spent[1]
            rows, ask, counted = rows + STRETCH, ask + STRETCH, counted + STRETCH
            if rows in SIZES:
                size = sum(path.stat().st_size for path in folder.glob(f"{writer.name}.db*"))
                rates = f"{counted / cpu:>12,.0f} {counted / wall:>12,.0f}"
                print(f"{make.__name__:>9} {group:>6} {rows:>9,} {rates} {size / rows:>9,.0f}")
                counted, cpu, wall = 0, 0.0, 0.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=SIZES[-1], help="largest run (default: 200000)")
    largest = parser.parse_args().rows
    heads = (
        ("rows of", 9),
        ("group", 6),
        ("up to", 9),
        ("rows/s CPU", 12),
        ("rows/s wall", 12),
        ("bytes/row", 9),
    )
    print(" ".join(f"{head:>{width}}" for head, width in heads))
    with tempfile.TemporaryDirectory() as folder:
        for make in (vectors, rewrites):
            for group in (32, 64):
                measure(make, group, largest, Path(folder))


if __name__ == "__main__":
    main()
