"""Runs whose programs carry state repeat, whatever the number of workers, and their claims can be checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import provolve
from provolve.cli.group import group


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for workers in (1, 2):
        provolve.run(
            "optimizer",
            budget="60candidates",
            seed=5,
            workers=workers,
            parameters={"steps": "8"},
            name=f"by-{workers}",
            runs=folder,
        )
    return folder


def test_one_worker_and_two_find_the_same(runs: Path) -> None:
    one, two = (provolve.open(f"by-{workers}", runs=runs) for workers in (1, 2))
    assert one.champion == two.champion
    assert one.claim == two.claim


def test_the_claim_is_checked_from_scratch(runs: Path) -> None:
    """Answers of steps are stored, and the champion is led through all sealed problems again."""
    checked = CliRunner().invoke(group, ["verify", "by-2", "--runs", str(runs)])
    assert checked.exit_code == 0, checked.output
    assert "The claim holds" in checked.stdout
