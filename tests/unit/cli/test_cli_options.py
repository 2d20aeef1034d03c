"""What is typed into options, and which run is meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provolve.cli.options import RUNS, named_run, pairs, values
from provolve.engine.planning import RUNS as ENGINE_RUNS
from provolve.errors import UsageError
from provolve.record import Budget
from provolve.store import RunSpec, create_run


def spec(**changes: object) -> RunSpec:
    fields: dict[str, object] = {
        "task": "packing",
        "task_name": "packing",
        "task_digest": "0" * 32,
        "parameters": {},
        "data": "",
        "direction": "minimize",
        "kind": "heuristic",
        "proposer": "symbolic",
        "strategy": "islands",
        "proposer_options": {},
        "strategy_options": {},
        "seed": 1,
        "test_seed": 1,
        "batch": 1,
        "window": 1,
        "budget": Budget(candidates=1),
        "versions": {},
        "task_source": {},
    }
    return RunSpec(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_command_line_and_python_keep_runs_in_one_place() -> None:
    assert RUNS == ENGINE_RUNS


def test_pairs_are_parted_at_the_first_equals_sign() -> None:
    assert pairs(("a=1", " b = x=y "), "--set") == {"a": "1", "b": "x=y"}


@pytest.mark.parametrize("texts", [("a",), ("=1",), ("a=1", "a=2")])
def test_other_forms_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--set"):
        pairs(texts, "--set")


def test_values_are_json_where_they_are() -> None:
    given = ("n=3", "x=0.5", "b=true", "s=word", "q=[1, 2]", 't="3"')
    assert values(given, "--strategy-option") == {
        "n": 3,
        "x": 0.5,
        "b": True,
        "s": "word",
        "q": [1, 2],
        "t": "3",
    }


def test_the_newest_run_is_meant_where_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for age, name in enumerate(("new", "old")):
        create_run(tmp_path, name, spec()).close()
        os.utime(tmp_path / f"{name}.db", (1e9 - age, 1e9 - age))
    assert named_run(tmp_path, None).stem == "new"
    assert "run new (the newest)" in capsys.readouterr().err
    assert named_run(tmp_path, "old").stem == "old"


def test_only_what_can_go_on_is_resumed(tmp_path: Path) -> None:
    with create_run(tmp_path, "done", spec()) as writer:
        writer.add_stage("finished", b"")
    with pytest.raises(UsageError, match="waits to be resumed"):
        named_run(tmp_path, None, resumable=True)
    create_run(tmp_path, "half", spec()).close()
    os.utime(tmp_path / "half.db", (1.0, 1.0))
    assert named_run(tmp_path, None, resumable=True).stem == "half"


def test_without_a_run_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="provolve run TASK"):
        named_run(tmp_path / "nowhere", None)
