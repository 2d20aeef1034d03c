"""The search finds formulas of constants and laws of physics, from nothing, with fixed seeds and budgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import provolve
from provolve.task import load


def judge_names(task: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(load(task).parts.judge.text, "judge.py", "exec"), names)
    return names


def test_formulas_of_e_are_found_from_the_golden_ratio(tmp_path: Path) -> None:
    run = provolve.run("continued-fractions", budget="1200candidates", seed=1, workers=1, runs=tmp_path)
    found: dict[str, Any] = {}
    exec(run.champion, found)
    lines = judge_names("continued-fractions")["named"](found["fractions"](64))
    assert any("C = e; Euler" in line for line in lines), lines


@pytest.mark.parametrize(("law", "noise"), [("II.27.16", "0"), ("II.3.24", "0.1")])
def test_a_law_is_recovered_exactly(tmp_path: Path, law: str, noise: str) -> None:
    """The error on sealed, noiseless data is that of rounding, so what was found is the law."""
    run = provolve.run(
        "symbolic-regression",
        budget="1200candidates",
        seed=1,
        workers=1,
        parameters={"formula": law, "noise": noise},
        runs=tmp_path,
    )
    assert run.claim is not None
    assert run.claim.mean == 0
