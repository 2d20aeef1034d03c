"""Where a task has no grid, the ranges of its arguments are seen on train, and tables are laid over them."""

from __future__ import annotations

from pathlib import Path

import provolve

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# ///
# %% judge
import math
import numpy as np

def instances(split, count, rng):
    for _ in range(count):
        yield {"x": rng.uniform(-5.0, 9.0, 40)}

def score(instance, answer):
    wanted = np.interp(instance["x"], [-5.0, -2.0, 0.0, 1.0, 4.0, 9.0], [3.0, -1.0, 2.0, 2.0, -4.0, 0.0])
    return float(np.abs(answer - wanted).mean())
# %% program
import numpy as np
# EVOLVE-BLOCK-START
def wave(x):
    return 0.1 * x
# EVOLVE-BLOCK-END
"""


def test_a_bumpy_function_is_found_by_a_table_over_the_range_that_was_seen(tmp_path: Path) -> None:
    (tmp_path / "wave.py").write_text(TASK)
    run = provolve.run(
        tmp_path / "wave.py", budget="3000candidates", seed=1, workers=1, runs=tmp_path / "runs"
    )
    assert "np.interp(" in run.champion
    assert run.claim is not None
    seed = run.claim.comparisons[0]
    assert seed.name == "seed program"
    assert run.claim.mean < 0.25 * seed.mean
