"""Every command on a small task of one file: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provolve.cli.group import group
from provolve.task import gallery

TASK = '''\
# /// task
# description = "Straight lines: which rule is nearest to three times x plus one?"
# direction = "minimize"
# answer = "table"
# aggregate = "mean"
# [splits]
# train = 3
# validation = 3
# test = 30
# [grid.x]
# from = 0.0
# to = 10.0
# [parameters.slope]
# default = 3.0
# ///
# %% judge
import numpy as np
def instances(split, count, rng):
    return [float(value) for value in rng.normal(1.0, 0.1, count)]
def score(instance, answer, parameters):
    wanted = parameters["slope"] * np.arange(11) + instance
    return float(np.mean(np.abs(np.asarray(answer) - wanted)))
# %% program
# EVOLVE-BLOCK-START
def rule(x):
    """Say what stands at x."""
    return 2.0 * x + 0.5
# EVOLVE-BLOCK-END
# %% baseline zero
def rule(x):
    return 0.0 * x
'''
RUN = ["run", "line.py", "--budget", "200candidates", "--seed", "3", "--workers", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVOLVE_RUNS", raising=False)
    (tmp_path / "line.py").write_text(TASK)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the task and a finished run of it called ``done``."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "line.py").write_text(TASK)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = provolve(*RUN, "--name", "done")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def done(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(finished)
    monkeypatch.delenv("PROVOLVE_RUNS", raising=False)
    (finished / "line.py").write_text(TASK)
    return finished


def provolve(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(group, list(arguments), input=given)


def refused(result: Result, code: int = 2) -> str:
    """Check that one clear line was said, and return it."""
    assert result.exit_code == code, result.output
    lines = [line for line in result.stderr.splitlines() if "(the newest" not in line]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("provolve: ")
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["run", "nothing"], 'there is no task "nothing"'),
        (["run", "bin-pakcing"], "bin-packing"),
        (["run", "missing.py"], "missing.py"),
        (["run", "line.py", "--budget", "5x"], "budget '5x' is not understood"),
        (["run", "line.py", "--budget", "5s", "--budget", "6s"], "already limits seconds"),
        (["run", "line.py", "--set", "slope"], "write NAME=VALUE"),
        (["run", "line.py", "--set", "slop=1"], 'no parameter "slop"'),
        (["run", "line.py", "--set", "slope=steep"], "slope"),
        (["run", "line.py", "--strategy", "annealing"], "hill-climb, islands, map-elites"),
        (
            ["run", "line.py", "--proposer", "oracle"],
            "choose one of command, model, numeric, replay, symbolic",
        ),
        (["run", "line.py", "--workers", "0"], "--workers"),
        (["run", "line.py", "--seed", "-1"], "--seed"),
        (["run", "line.py", "--data", "nowhere"], "nowhere"),
        (["run"], "TASK"),
        (["run", "line.py", "--frobnicate"], "--frobnicate"),
        (["resume", "nothing"], "no run nothing"),
        (["resume"], "waits to be resumed"),
        (["resume", "nothing", "--budget", "-3s"], "budget"),
        (["show", "nothing"], "there is no run 'nothing'"),
        (["show"], "there is no run in"),
        (["apply", "nothing"], "no run nothing"),
        (["verify", "nothing"], "no run nothing"),
        (["verify", "nothing.zip"], "nothing.zip"),
        (["export", "nothing", "--format", "py"], "no run nothing"),
        (["export", "nothing"], "--format"),
        (["export", "nothing", "--format", "xml"], "xml"),
        (["new", "line.py"], "already there"),
        (["new", "line.txt"], "ends in .py"),
        (["new", "nowhere/line.py"], "nowhere"),
        (["lint", "nothing"], 'there is no task "nothing"'),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(folder: Path, arguments: list[str], part: str) -> None:
    assert part in refused(provolve(*arguments))
    assert not (folder / ".provolve").exists()


def test_a_name_that_is_no_file_name(folder: Path) -> None:
    assert "cannot name a run" in refused(provolve(*RUN, "--name", "a/b"))


def test_a_runs_folder_that_cannot_be_made(folder: Path) -> None:
    (folder / "file").write_text("")
    assert "runs folder" in refused(provolve(*RUN, "--runs", "file/runs"), 1)


def test_run_ends_with_the_claim_and_the_next_commands(folder: Path) -> None:
    result = provolve(*RUN, "--name", "first")
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert result.stdout.startswith("run first starts: task line, budget 200candidates\n")
    assert "The champion is better than the seed program" in text
    assert "95 % interval" in text
    assert "zero" in text
    assert "200 candidates in" in text
    for command in ("show", "verify", "apply"):
        assert f"provolve {command} first" in text
    assert "\x1b" not in result.output
    assert "--to FILE" not in text
    taken = provolve(*RUN, "--name", "first")
    assert "already in" in refused(taken)


def test_options_reach_the_run(folder: Path) -> None:
    from provolve.record import Budget
    from provolve.store import RunReader

    options = (
        "--seed 11 --test-seed 12 --set slope=2.5 --batch 3 --window 2 --strategy random --budget 9candidates"
    )
    more = ["--budget", "1h", "--runs", "elsewhere", "--name", "x"]
    assert provolve("run", "line.py", *options.split(), *more).exit_code == 0
    with RunReader(folder / "elsewhere" / "x.db") as reader:
        spec = reader.spec
    assert (spec.seed, spec.test_seed, spec.batch, spec.window) == (11, 12, 3, 2)
    assert (spec.strategy, spec.parameters) == ("random", {"slope": "2.5"})
    assert spec.budget == Budget(3600.0, 9)


def test_json_is_one_event_a_line_and_nothing_else(folder: Path) -> None:
    result = provolve(*RUN, "--json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0]["event"] == "started"
    assert [event["event"] for event in events[-2:]] == ["champion", "finished"]
    assert events[-1]["champion"] == events[-2]["source"]
    assert sum(len(event["verdicts"]) for event in events if event["event"] == "told") >= 200
    assert result.stderr == ""


def test_runs_lists_what_there_is(done: Path, folder: Path) -> None:
    assert "no run in" in provolve("runs").stdout
    result = provolve("runs", "--runs", str(done / ".provolve" / "runs"))
    assert result.stdout.splitlines()[2].split()[:3] == ["done", "line", "finished"]


def test_the_runs_folder_comes_from_the_environment(done: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PROVOLVE_RUNS", str(done / ".provolve" / "runs"))
    monkeypatch.chdir(tmp_path)
    assert "done" in provolve("runs").stdout


def test_show_a_run(done: Path) -> None:
    result = provolve("show")
    assert result.exit_code == 0, result.output
    assert "run done (the newest)" in result.stderr
    for part in (
        "done · line · finished",
        "-    return 2.0 * x + 0.5",
        "Lineage",
        "seed program",
        "duplicate",
        "Operators",
        "95 % interval",
    ):
        assert part in result.stdout, part


def test_show_a_run_whose_task_is_gone(done: Path) -> None:
    (done / "line.py").unlink()
    result = provolve("show", "done")
    assert result.exit_code == 0, result.output
    assert "-    return 2.0 * x + 0.5" in result.stdout


def test_show_a_task(folder: Path) -> None:
    result = provolve("show", "line.py")
    assert result.exit_code == 0
    assert "Straight lines" in result.stdout
    assert "slope  3.0" in result.stdout
    assert "zero" in result.stdout


def test_tasks_lists_the_gallery() -> None:
    result = provolve("tasks")
    assert result.exit_code == 0
    names = [line.split("  ")[0] for line in result.stdout.split("\n\n")[0].split("\n")]
    assert [name for name in names if name] == [name for name, _ in gallery()]
    assert "Online bin packing" in result.stdout


def test_new_writes_a_task_that_lints_and_runs(folder: Path) -> None:
    result = provolve("new", "mine.py")
    assert result.exit_code == 0
    assert "provolve run mine.py" in result.stdout
    assert provolve("lint", "mine.py").exit_code == 0
    assert provolve("run", "mine.py", "--budget", "20candidates", "--seed", "1").exit_code == 0


def test_lint_fails_where_a_run_would(folder: Path) -> None:
    (folder / "line.py").write_text(TASK.replace("return 2.0 * x + 0.5", "return 1 / 0"))
    result = provolve("lint", "line.py")
    assert result.exit_code == 1
    assert "ZeroDivisionError" in result.stdout
    assert "1 error to mend" in result.stdout


def test_a_seed_program_that_fails_is_told_in_one_line(folder: Path) -> None:
    (folder / "line.py").write_text(TASK.replace("return 2.0 * x + 0.5", "return 1 / 0"))
    assert "ZeroDivisionError" in refused(provolve(*RUN))


def test_a_judge_that_fails_is_told_in_one_line(folder: Path) -> None:
    (folder / "line.py").write_text(TASK.replace("    wanted =", "    raise KeyError('k')\n    wanted ="))
    assert "KeyError" in refused(provolve(*RUN), 1)


def test_doctor_speaks_of_the_sandbox(folder: Path) -> None:
    result = provolve("doctor")
    assert result.exit_code == 0
    for part in ("Python", "numpy", "numba", "processors", ".provolve/runs can be written", "sandbox"):
        assert part in result.stdout
    assert not (folder / ".provolve").exists()


def test_a_finished_run_is_not_resumed(done: Path) -> None:
    assert "is finished" in refused(provolve("resume", "done"))


def test_verify_a_run_and_its_bundle_elsewhere(done: Path, tmp_path: Path, monkeypatch) -> None:
    result = provolve("verify", "done")
    assert result.exit_code == 0, result.output
    bundle = tmp_path / "line.zip"
    written = provolve("export", "done", "--format", "bundle", "--out", str(bundle))
    assert written.exit_code == 0, written.output
    monkeypatch.chdir(tmp_path)
    again = provolve("verify", str(bundle))
    assert again.exit_code == 0, again.output
    assert "The claim holds" in again.stdout
    assert "is already there" in refused(
        provolve(
            "export",
            "done",
            "--format",
            "bundle",
            "--out",
            str(bundle),
            "--runs",
            str(done / ".provolve" / "runs"),
        )
    )


def test_a_broken_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no zip")
    assert "x.zip" in refused(provolve("verify", str(tmp_path / "x.zip")), 1)


def test_export_the_champion_and_the_tables(done: Path, tmp_path: Path) -> None:
    champion = provolve("export", "done", "--format", "py")
    assert champion.exit_code == 0
    namespace: dict[str, object] = {}
    exec(champion.stdout, namespace)
    assert "rule" in namespace
    table = provolve("export", "done", "--format", "csv").stdout.splitlines()
    assert table[0].startswith("ask,position")
    assert len(table) > 200
    out = tmp_path / "run.jsonl"
    assert provolve("export", "done", "--format", "jsonl", "--out", str(out)).exit_code == 0
    first = json.loads(out.read_text().splitlines()[0])
    assert first["name"] == "done"
    canonical = provolve("export", "done", "--format", "jsonl", "--canonical").stdout
    assert "name" not in json.loads(canonical.splitlines()[0])


def test_apply_shows_asks_and_writes_the_region_only(done: Path) -> None:
    path = done / "line.py"
    path.write_bytes(TASK.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    declined = provolve("apply", "done", given="n\n")
    assert declined.exit_code == 1
    assert "nothing is written" in declined.stdout
    assert path.read_bytes() == TASK.replace("\n", "\r\n").encode()
    result = provolve("apply", "done", given="y\n")
    assert result.exit_code == 0, result.output
    assert "-    return 2.0 * x + 0.5" in result.stdout
    champion = provolve("export", "done", "--format", "py").stdout
    region = champion[champion.index("def rule") : champion.index("# EVOLVE-BLOCK-END")]
    old = TASK[TASK.index("def rule") : TASK.index("# EVOLVE-BLOCK-END")]
    assert path.read_bytes() == TASK.replace(old, region).replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "nothing to do" in provolve("apply", "done").stdout


def test_apply_without_an_answer_writes_nothing(done: Path) -> None:
    result = provolve("apply", "done", given="")
    assert result.exit_code == 2
    assert "give --yes" in result.stderr
    assert (done / "line.py").read_text() == TASK


def test_apply_refuses_a_program_that_was_changed(done: Path) -> None:
    changed = TASK.replace("return 2.0 * x + 0.5", "return 2.5 * x")
    (done / "line.py").write_text(changed)
    assert "was changed since run done began" in refused(provolve("apply", "done", "--yes"))
    assert (done / "line.py").read_text() == changed


def test_apply_refuses_a_source_that_is_gone(done: Path, tmp_path: Path) -> None:
    (done / "line.py").unlink()
    assert "--to FILE" in refused(provolve("apply", "done", "--yes"))
    out = tmp_path / "champion.py"
    assert provolve("apply", "done", "--yes", "--to", str(out)).exit_code == 0
    assert out.read_text() == provolve("export", "done", "--format", "py").stdout


def test_a_task_of_a_folder_with_data_files(folder: Path) -> None:
    """Its data is not in the record, and what needs the task finds it where it was."""
    header, rest = TASK.split("# %% judge\n")
    judge, rest = rest.split("# %% program\n")
    program = rest.split("# %% baseline zero\n")[0]
    settings = "\n".join(line.removeprefix("# ") for line in header.splitlines()[1:-1])
    place = folder / "lines"
    place.mkdir()
    judge = judge[: judge.index("def instances")] + judge[judge.index("def score") :]
    (place / "task.toml").write_text(
        f'{settings}\n[data]\nfiles = "*.json"\n'.replace(
            "[splits]\ntrain = 3\nvalidation = 3\ntest = 30\n", ""
        )
    )
    (place / "judge.py").write_text(judge)
    (place / "program.py").write_text(program)
    (place / "numbers.json").write_text(json.dumps([1 + number / 1000 for number in range(100)]))
    ran = provolve("run", "lines", "--budget", "100candidates", "--seed", "1")
    assert ran.exit_code == 0, ran.output
    assert "Difference to the seed program" in provolve("show").stdout
    applied = provolve("apply", "--yes")
    assert applied.exit_code == 0, applied.output
    assert (place / "program.py").read_text() == provolve("export", "--format", "py").stdout


def test_apply_leaves_the_gallery_alone(folder: Path) -> None:
    ran = provolve("run", "bin-packing", "--budget", "5candidates", "--seed", "1", "--set", "items=50")
    assert ran.exit_code == 0, ran.output
    assert "apply bin-packing-1 --to FILE" in " ".join(ran.stdout.split())
    assert "not written to" in refused(provolve("apply", "--yes"))
