"""Where a task is not installed, its judge comes with the bundle and works in the sandbox as at home."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import provolve
from provolve.engine.bundle import export_bundle
from provolve.engine.verify import verify
from provolve.judge.confined import ConfinedJudge
from provolve.task import gallery, load
from provolve.task.content import content_digest

GALLERY = Path(provolve.__file__).parent / "gallery"


def test_a_construction_is_checked_where_its_task_is_unknown(tmp_path: Path) -> None:
    home = tmp_path / "mine"
    shutil.copytree(GALLERY / "circle_packing", home)
    run = provolve.run(
        home, budget="20candidates", seed=1, workers=1, parameters={"n": "3"}, runs=tmp_path / "runs"
    )
    export_bundle(run.path, tmp_path / "mine.zip")
    shutil.rmtree(home)
    verification = verify(tmp_path / "mine.zip", runs=tmp_path / "elsewhere")
    assert verification.holds, verification
    assert not verification.installed


@pytest.mark.parametrize("name", [name for name, *_ in gallery()])
def test_the_judge_of_each_task_draws_the_same_instances_confined(name: str) -> None:
    task = load(name)
    if not task.judge.has_instances:
        pytest.skip("one instance, which the task holds itself")

    def drawn(judge: object) -> str:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(7, spawn_key=(1, 2))))
        return content_digest(judge.instances("validation", 2, rng))  # type: ignore[attr-defined]

    with ConfinedJudge(task) as confined:
        assert drawn(confined) == drawn(task.judge)
