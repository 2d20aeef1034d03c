"""Units of a task: read from the settings or from the judge, and refused where they say nothing sensible."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.errors import JudgeError, TaskError
from provolve.task import load
from provolve.task.units import Units, product

HEADER = """# /// task
# direction = "minimize"
# answer = "certificate"
# {settings}
# ///
# %% judge
def instances(split, count, rng):
    yield from range(count)
def score(instance, answer):
    return answer
{judge}
# %% program
# EVOLVE-BLOCK-START
def speed(way, time):
    return way / time
# EVOLVE-BLOCK-END
"""


def units(folder: Path, settings: str = "", judge: str = "") -> Units | None:
    file = folder / "task.py"
    file.write_text(HEADER.format(settings=settings, judge=judge), encoding="utf-8")
    return load(file).units()


SETTINGS = 'units = {way = {m = 1}, time = {s = 1}, "return" = {m = 1, s = -1}}'
JUDGE = 'def units():\n    return {"way": {"m": 1}, "time": {"s": 1}, "return": {"m": 1, "s": -1}}'


def test_settings_and_judge_give_the_same_units(tmp_path: Path) -> None:
    found = units(tmp_path, SETTINGS)
    assert found == units(tmp_path, judge=JUDGE)
    assert found == Units("speed", ("m", "s"), {"way": (1, 0), "time": (0, 1)}, (1, -1))
    assert units(tmp_path) is None
    assert units(tmp_path, judge="def units():\n    return {}") is None


def test_they_stand_in_one_place(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="units stand in the settings and in the judge"):
        units(tmp_path, SETTINGS, JUDGE)


def test_an_unknown_argument_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="no argument 'road'"):
        units(tmp_path, "units = {road = {m = 1}}")
    with pytest.raises(JudgeError, match="no argument 'road'"):
        units(tmp_path, judge='def units():\n    return {"road": {"m": 1}}')


@pytest.mark.parametrize("given", ["'m'", "{'way': 'm'}", "{'way': {'m': True}}", "[1]"])
def test_what_is_no_unit_is_told(tmp_path: Path, given: str) -> None:
    with pytest.raises(JudgeError, match="units"):
        units(tmp_path, judge=f"def units():\n    return {given}")


def test_dimensions_multiply_by_adding_exponents() -> None:
    assert product((1.0, 0.0), (2.0, -1.0)) == (3.0, -1.0)
    assert product((1.0, 0.0), (2.0, -1.0), -0.5) == (0.0, 0.5)
