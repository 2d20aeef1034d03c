"""How far search seeds differ, beside how far instances do. Usage: seeds.py [SEEDS] [CANDIDATES]

The task of ``provolve new`` is searched with several seeds, all with the same sealed test. For each seed its
claim against the seed program is printed, then the variance of the paired differences taken apart: between
search seeds, between instances, and the rest; and beside the error that one run's interval sees, the error of
a claim about the method. Asserts nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec
import numpy as np

import provolve
from provolve.engine.claims import SEED_PROGRAM, TestOutcome
from provolve.judge.statistics import seed_variance
from provolve.store import RunReader
from provolve.task import NEW_TASK

TEST_SEED = 90_210


def differences(run: provolve.Run) -> np.ndarray:
    """Return seed program minus champion by test instance: above zero, the champion is better."""
    with RunReader(run.path) as reader:
        outcome = msgspec.msgpack.decode(reader.stage("claim") or b"", type=TestOutcome)
    return np.array(outcome.others[SEED_PROGRAM]) - np.array(outcome.champion.scores)


def main() -> None:
    """Search, and print what each seed found and how it varies."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    candidates = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.py"
        path.write_text(NEW_TASK)
        for seed in range(1, seeds + 1):
            run = provolve.run(
                path,
                budget=f"{candidates}candidates",
                seed=seed,
                test_seed=TEST_SEED,
                runs=Path(folder) / "runs",
            )
            claim = run.claim
            assert claim is not None
            rows.append(differences(run))
            against = next(other for other in claim.comparisons if other.name == SEED_PROGRAM)
            print(
                f"seed {seed}: better than the seed program by {against.difference:8.1f} "
                f"({against.low:.1f} to {against.high:.1f})",
                flush=True,
            )
    found = seed_variance(rows)
    print(f"\n{found.n_seeds} seeds of {candidates} candidates, {found.n_instances} sealed test instances")
    print(f"standard deviation   between seeds {found.seeds**0.5:10.1f}")
    print(f"                     between instances {found.instances**0.5:6.1f}")
    print(f"                     rest {found.rest**0.5:19.1f}")
    print(f"standard error       of one seed's mean, as its interval sees it {found.error_of_a_seed:8.1f}")
    print(f"                     of the mean over seeds and instances {found.error_of_the_method:15.1f}")


if __name__ == "__main__":
    main()
