"""A folder of TSPLIB files: searched is on drawn cities, tested on the files, published gaps stand beside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from provolve.cli.group import group
from provolve.task import load, make_split


@pytest.fixture
def tours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tours"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(5):
        size = 8 + number
        rows = "\n".join(f"{k + 1} {x} {y}.5" for k, (x, y) in enumerate(rng.integers(0, 900, (size, 2))))
        (folder / f"mine{size}.tsp").write_text(
            f"NAME : mine{size}\nTYPE : TSP\nCOMMENT : drawn\nDIMENSION : {size}\nEDGE_WEIGHT_TYPE : EUC_2D\n"
            f"NODE_COORD_SECTION\n{rows}\nEOF\n"
        )
    return folder


def test_files_are_tested_on_and_never_trained_on(tours: Path) -> None:
    task = load("tsp-construction", {"cities": "10"}, tours)
    assert sorted(one["name"] for one in make_split(task, "test", 0)) == [
        f"mine{n}" for n in (10, 11, 12, 8, 9)
    ]  # type: ignore[index]
    for split in ("train", "validation"):
        drawn = make_split(task, split, 0)
        assert len(drawn) == getattr(task.settings.splits, split)
        assert all(one["metric"] == "exact" for one in drawn)  # type: ignore[index]


def test_the_mean_gap_stands_beside_the_published_ones(tours: Path) -> None:
    ran = CliRunner().invoke(
        group,
        "run tsp-construction --data tours --set cities=10 --budget 8candidates --seed 1 --workers 1 "
        "--name tours",
    )
    assert ran.exit_code == 0, ran.output
    assert "on 5 sealed test instances" in " ".join(ran.stdout.split())
    for shown in (ran.stdout, CliRunner().invoke(group, ["show", "tours"]).stdout):
        rows = {
            line.split()[0]: line.split()[1] for line in shown.splitlines() if "published" in line.split()
        }
        assert rows == {"nearest-neighbour-tsplib": "25.4", "ghpp-tsplib": "16.7", "reevo-tsplib": "14.6"}
        assert "Published values hold on these and on no others: mean gap" in " ".join(shown.split())
    verified = CliRunner().invoke(group, ["verify", "tours"])
    assert verified.exit_code == 0, verified.output


def test_on_drawn_cities_no_published_gap_stands_beside(tours: Path) -> None:
    ran = CliRunner().invoke(
        group,
        "run tsp-construction --set cities=6 --budget 2candidates --seed 1 --workers 1",
    )
    assert ran.exit_code == 0, ran.output
    assert "ghpp" not in ran.stdout
