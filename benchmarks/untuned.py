"""What a search with defaults finds on a task that nobody tuned it on, beside the task's baselines.

The task is `benchmarks/tasks/job_shop`, written after the search. Each run has the default proposer, strategy
and budget, and another seed; all are tested on the same sealed instances. Usage: untuned.py [--seeds N]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import provolve

TASK = Path(__file__).parent / "tasks" / "job_shop"
TEST_SEED = 577_215


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", default="60s")
    options = parser.parse_args()
    means = []
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory() as runs:
            run = provolve.run(TASK, budget=options.budget, seed=seed, test_seed=TEST_SEED, runs=runs)
            claim, spent = run.claim, run.spent
        assert claim is not None
        means.append(claim.mean)
        print(
            f"seed {seed}: champion {claim.mean:.3f}, {spent.candidates} candidates in {spent.seconds:.0f} s"
        )
        for other in claim.comparisons:
            span = "" if other.low is None else f", 95 % {other.low:+.3f} to {other.high:+.3f}"
            print(
                f"  {other.name:28} {other.mean:8.3f}  {other.finding}: {other.difference:+.3f}{span}",
                flush=True,
            )
    print(f"\nchampions: median {statistics.median(means):.3f}, {min(means):.3f} to {max(means):.3f}")


if __name__ == "__main__":
    main()
