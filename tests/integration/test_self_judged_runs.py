"""A run with an evaluator in place of a judge: whole, marked everywhere, and refused where it must be."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import provolve
from provolve.engine.bundle import export_bundle
from provolve.engine.lint import lint_task
from provolve.engine.verify import verify
from provolve.engine.worker import open_sandbox
from provolve.errors import SandboxUnavailable
from provolve.record import AskTold, Event, Finished, RunStarted
from provolve.sandbox import Sandbox
from provolve.store import RunReader, export_csv, export_jsonl
from provolve.task import load

pytestmark = pytest.mark.usefixtures("confined")
TASK = '''"""Reach a height."""
# /// task
# direction = "maximize"
# answer = "self-judged"
# ///
# %% evaluator
import importlib.util

from openevolve.evaluation_result import EvaluationResult


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("candidate", program_path)
    candidate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(candidate)
    miss = abs(candidate.height(2.0) - 3.25)
    return EvaluationResult({"combined_score": 1 / (1 + miss)}, {"miss": f"missed by {miss:.2f}"})
# %% program
# EVOLVE-BLOCK-START
def height(x):
    return 1.0 * x + 0.5
# EVOLVE-BLOCK-END
# %% baseline half
# EVOLVE-BLOCK-START
def height(x):
    return 0.5 * x
# EVOLVE-BLOCK-END
'''


@pytest.fixture(scope="module")
def task_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("task") / "reach.py"
    path.write_text(TASK)
    return path


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return []


@pytest.fixture(scope="module")
def run(
    task_file: Path, tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> provolve.engine.api.Run:
    runs = tmp_path_factory.mktemp("runs")
    return provolve.run(
        task_file, budget="40candidates", seed=3, workers=2, runs=runs, listener=events.append
    )


def shown(*arguments: object) -> str:
    command = [sys.executable, "-m", "provolve", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_search_works_and_every_event_is_marked(
    run: provolve.engine.api.Run, events: list[Event]
) -> None:
    started = [event for event in events if isinstance(event, RunStarted)]
    told = [verdict for event in events if isinstance(event, AskTold) for verdict in event.verdicts]
    finished = [event for event in events if isinstance(event, Finished)]
    assert [event.self_judged for event in started] == [True]
    assert len(finished) == 1
    assert all(verdict.self_judged for verdict in told if verdict.level)
    assert any(verdict.accepted and "missed by" in verdict.detail for verdict in told)
    claim = finished[0].claim
    assert claim.self_judged
    assert claim.instances == 1
    assert claim.mean > claim.comparisons[0].mean
    assert {other.name for other in claim.comparisons} == {"seed program", "half"}
    assert all(other.low is None and other.method == "" for other in claim.comparisons)


def test_the_record_and_its_exports_are_marked(run: provolve.engine.api.Run) -> None:
    with RunReader(run.path) as reader:
        assert reader.spec.self_judged
        verdicts = [verdict for _, told in reader.verdicts() for verdict in told]
        table, lines = io.StringIO(newline=""), io.StringIO()
        export_csv(reader, table)
        export_jsonl(reader, lines)
    assert {verdict.self_judged for verdict in verdicts if verdict.level} == {True}
    assert not any(verdict.self_judged for verdict in verdicts if not verdict.level)
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert {row["self_judged"] for row in rows if row["level"]} == {"True"}
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert told[0]["self_judged"] is True
    assert all(line["self_judged"] for line in told if line["record"] == "verdict" and line["level"])


def test_the_bundle_is_marked_and_can_be_run_again(run: provolve.engine.api.Run, tmp_path: Path) -> None:
    bundle = tmp_path / "reach.zip"
    export_bundle(run.path, bundle)
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("bundle.json"))
    assert manifest["claim"]["self_judged"] is True
    assert manifest["spec"]["self_judged"] is True
    verification = verify(bundle, runs=tmp_path)
    assert verification.holds, verification.checks
    assert verification.claim.self_judged


def test_people_read_the_mark(run: provolve.engine.api.Run, task_file: Path) -> None:
    runs = run.path.parent
    assert "reach (self-judged)" in shown("runs", "--runs", runs)
    page = " ".join(shown("show", run.name, "--runs", runs).split())
    assert "Self-judged: the evaluator spoke of" in page
    assert "self-judged score" in page
    assert "interval" not in page
    assert "self-judged" in shown("verify", run.name, "--runs", runs)
    assert "self-judged" in shown("show", task_file)
    ending = " ".join(shown("run", task_file, "--budget", "4candidates", "--seed", 1, "--runs", runs).split())
    assert "sandbox full · self-judged" in ending or "sandbox strong · self-judged" in ending
    assert "train (self-judged)" in ending or "scores (self-judged)" in ending
    assert "sealed" not in ending


def test_the_same_seed_is_the_same_run(run: provolve.engine.api.Run, task_file: Path, tmp_path: Path) -> None:
    again = provolve.run(task_file, budget="40candidates", seed=3, workers=1, runs=tmp_path)
    exports = []
    for path in (run.path, again.path):
        with RunReader(path) as reader:
            out = io.StringIO()
            export_jsonl(reader, out)
        exports.append(out.getvalue())
    assert exports[0] == exports[1]


@pytest.mark.parametrize("level", ["partial", "none"])
def test_a_weak_sandbox_is_refused_unless_it_is_allowed(task_file: Path, tmp_path: Path, level: str) -> None:
    task = load(task_file)
    with pytest.raises(SandboxUnavailable, match=f"here it is {level}.*--allow-weak-sandbox"):
        open_sandbox(task, slot=5, level=level)
    with pytest.raises(SandboxUnavailable, match="self-judged"):
        provolve.run(task_file, budget="4candidates", seed=1, workers=1, runs=tmp_path, level=level)
    allowed = provolve.run(
        task_file,
        budget="4candidates",
        seed=1,
        workers=1,
        runs=tmp_path,
        level=level,
        allow_weak_sandbox=True,
        name="allowed",
    )
    assert {verdict.level for _, told in allowed.verdicts() for verdict in told if verdict.level} == {"none"}


def test_the_flag_reaches_every_command_that_runs_candidates(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def seen(task: object, *, slot: int, level: str | None = None, allow_weak: bool = False) -> Sandbox:
        asked.append(allow_weak)
        return open_sandbox(task, slot=slot, level=level, allow_weak=allow_weak)  # type: ignore[arg-type]

    monkeypatch.setattr("provolve.engine.lint.open_sandbox", seen)
    monkeypatch.setattr("provolve.engine.verify.open_sandbox", seen)
    lint_task(load(task_file), allow_weak_sandbox=True)
    run = provolve.run(task_file, budget="4candidates", seed=1, workers=1, runs=tmp_path)
    verify(run.name, runs=tmp_path, allow_weak_sandbox=True)
    assert asked == [True, True]
    for command in ("run", "resume", "lint", "verify"):
        assert "--allow-weak-sandbox" in shown(command, "--help")


def test_nothing_is_left_behind(task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    tmp_path.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    provolve.run(task_file, budget="8candidates", seed=1, workers=2, runs=tmp_path)
    assert list(folder.iterdir()) == []
