"""The search finds formulas of constants and laws of physics, from nothing, with fixed seeds and budgets."""

from __future__ import annotations

from pathlib import Path

import pytest

import provolve


def test_listed_formulas_are_found_from_the_golden_ratio(tmp_path: Path) -> None:
    """What the run says of its champion names them."""
    run = provolve.run("continued-fractions", budget="7000candidates", seed=1, workers=1, runs=tmp_path)
    assert run.claim is not None
    listed = [line for line in run.claim.explained if not line.endswith("not listed")]
    assert len(listed) >= 6, run.claim.explained
    assert any("C = e; Euler" in line for line in listed), listed


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
