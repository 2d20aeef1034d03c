"""The search finds better packing rules than Best Fit, from Best Fit, within a fixed number of candidates."""

from pathlib import Path

import pytest

import provolve


def excess(tmp_path: Path, strategy: str, seed: int, candidates: int = 5000) -> float:
    run = provolve.run(
        "bin-packing",
        budget=f"{candidates}candidates",
        strategy=strategy,
        seed=seed,
        parameters={"items": "1500"},
        runs=tmp_path,
    )
    assert run.claim is not None
    against = {comparison.name: comparison for comparison in run.claim.comparisons}
    assert against["best-fit"].finding == "better"
    assert against["first-fit"].finding == "better"
    return run.claim.mean


@pytest.mark.parametrize("seed", [1, 2])
def test_islands_halve_what_best_fit_wastes(tmp_path: Path, seed: int) -> None:
    """Best Fit is near 4.5 % on these sizes; found with these seeds: 2.1 and 1.9."""
    assert excess(tmp_path, "islands", seed) < 2.3


def test_learning_beats_sampling_with_the_same_budget(tmp_path: Path) -> None:
    """With 5,000 candidates sampling is as good on four of five seeds: either finds a table tuned at once."""
    assert excess(tmp_path, "islands", 1, 8000) < excess(tmp_path, "random", 1, 8000)


def test_tables_alone_beat_best_fit_by_more_than_half(tmp_path: Path) -> None:
    """Tables tuned by CMA-ES, nothing else, 3,000 candidates; Best Fit is near 4.5 % here, found: 1.48."""
    run = provolve.run(
        "bin-packing",
        budget="3000candidates",
        seed=1,
        parameters={"items": "1500"},
        proposer_options={"operators": ["tabulate", "cma-es"]},
        runs=tmp_path,
    )
    assert run.claim is not None
    against = {comparison.name: comparison for comparison in run.claim.comparisons}
    assert against["best-fit"].finding == "better"
    assert run.claim.mean < 2.0
