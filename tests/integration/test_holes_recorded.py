"""A task with a hole, from its settings to the record, its bundle and the check of that bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import provolve
from provolve.engine.bundle import export_bundle
from provolve.engine.verify import verify
from provolve.errors import BundleError, TaskError
from provolve.sandbox import landlock
from provolve.store import RunReader

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.version(), reason="holes are in walls of Linux"
)
TASK = """\
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 2
# validation = 2
# test = 30
# [sandbox]
# allow = {allow}
# ///
# %% judge
def instances(split, count, rng):
    return [float(value) for value in rng.normal(1.0, 0.1, count)]
def score(instance, answer):
    return abs(float(answer) - 7.0 - instance)
# %% program
{before}
# EVOLVE-BLOCK-START
def guess(value):
    return GIVEN + 1.5
# EVOLVE-BLOCK-END
"""
READS = 'with open("given/number.txt") as file:\n    GIVEN = float(file.read())'


def write(folder: Path, allow: str, before: str) -> Path:
    (folder / "given").mkdir(parents=True)
    (folder / "given" / "number.txt").write_text("7.0")
    task = folder / "near.py"
    task.write_text(TASK.format(allow=allow, before=before))
    return task


def test_a_hole_stands_in_record_and_bundle_and_is_opened_to_verify(tmp_path: Path) -> None:
    task = write(tmp_path, '["read:given"]', READS)
    runs = tmp_path / "runs"
    run = provolve.run(task, budget="20candidates", seed=1, workers=1, name="holed", runs=runs)
    with RunReader(runs / "holed.db") as reader:
        ran = {verdict.level for _, verdicts in reader.verdicts() for verdict in verdicts if verdict.level}
    assert {level.partition("+")[1:] for level in ran} == {("+", "read:given")}
    assert run is not None
    bundle = tmp_path / "holed.zip"
    export_bundle(runs / "holed.db", bundle)
    task.unlink()
    (tmp_path / "given" / "number.txt").unlink()
    found = verify(bundle, runs=runs)
    assert (found.holds, found.installed) == (True, False), found.checks
    assert found.level.endswith("+read:given")


def test_a_strangers_bundle_opens_no_hole_on_this_machine(tmp_path: Path) -> None:
    task = write(tmp_path, '["processes"]', "GIVEN = 7.0")
    runs = tmp_path / "runs"
    provolve.run(task, budget="5candidates", seed=1, workers=1, name="starts", runs=runs)
    bundle = tmp_path / "starts.zip"
    export_bundle(runs / "starts.db", bundle)
    with pytest.raises(BundleError, match="processes on this machine"):
        verify(bundle, runs=runs)
    assert verify(bundle, runs=runs, task=str(task)).holds


def test_without_the_hole_the_seed_program_is_told_which_would_help(tmp_path: Path) -> None:
    before = READS.replace("given/", f"{tmp_path}/given/")
    task = write(tmp_path, "[]", before)
    with pytest.raises(TaskError, match=r'allow = \["read:.*number.txt"\] would permit reading it'):
        provolve.run(task, budget="5candidates", seed=1, workers=1, runs=tmp_path / "runs")
