"""A run that cannot start is a message and leaves no run behind; one that searched stays and can go on."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

import provolve
from guess_task import BLOCK, guess_task
from provolve.cli.group import group
from provolve.errors import ProvolveError, SandboxUnavailable, TaskError, UsageError
from provolve.propose.model.endpoint import CallFailed
from provolve.record import CallOutcome
from provolve.store import list_runs
from provolve.testing import ScriptedModel
from stub_server import StubServer

TASK = guess_task("2.0 * instance")


def attempt(task_file: Path, **how: object) -> None:
    how = {"budget": "4candidates", "workers": 1, "seed": 1, "runs": task_file.parent / "runs", **how}
    provolve.run(task_file, **how)


def left(task_file: Path) -> list[str]:
    """Return whatever a run would have left, its lock and the logs of its file among it."""
    return [path.name for path in (task_file.parent / "runs").rglob("*")]


def test_a_start_program_that_fails_leaves_no_run(task_file: Path) -> None:
    task_file.write_text(TASK.replace("1.0 * x", "1.0 / 0"))
    with pytest.raises(TaskError, match="ZeroDivisionError"):
        attempt(task_file)
    assert left(task_file) == []


def test_numeric_search_without_a_surrogate_leaves_no_run(task_file: Path) -> None:
    with pytest.raises(UsageError, match="surrogate"):
        attempt(task_file, proposer="numeric")
    assert left(task_file) == []


def test_a_missing_key_leaves_no_run(task_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        attempt(task_file, proposer="model")
    assert left(task_file) == []


def test_a_dead_server_and_a_refused_key_leave_no_run(task_file: Path) -> None:
    with StubServer(lambda prompt, number: ("status", 401)) as server:
        options = {"base_url": server.url, "operators": ["improve"]}
        with pytest.raises(ProvolveError, match="answered 401"):
            attempt(task_file, proposer="model", proposer_options=options, window=1)
        assert left(task_file) == []
    with pytest.raises(UsageError, match="cannot be reached"):
        attempt(task_file, proposer="model", proposer_options={"base_url": server.url})
    assert left(task_file) == []


def test_a_dead_server_whose_model_is_named_leaves_no_run(task_file: Path) -> None:
    with StubServer(lambda prompt, number: "") as server:
        url = server.url
    options = {"base_url": url, "models": ["gone"], "operators": ["improve"], "pause": 0.01, "tries": 1}
    with pytest.raises(ProvolveError, match=r"brought no reply .*see to the server, then start again"):
        attempt(task_file, proposer="model", proposer_options=options)
    assert left(task_file) == []


def test_a_command_that_never_works_leaves_no_run(task_file: Path) -> None:
    with pytest.raises(ProvolveError, match=r"failed 12 times in a row .*mend it, then start again"):
        attempt(task_file, proposer=f"command:{sys.executable} -c exit(3)")
    assert left(task_file) == []


def test_a_refused_sandbox_leaves_no_run(task_file: Path) -> None:
    with ScriptedModel(lambda prompt: "") as script, pytest.raises(SandboxUnavailable):
        attempt(task_file, proposer="model", level="none", proposer_options={"base_url": script.url})
    assert left(task_file) == []


def test_the_name_is_free_again_and_the_command_lists_nothing(
    task_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = ["--runs", str(task_file.parent / "runs")]
    run = ["run", str(task_file), "--budget", "4candidates", "--workers", "1", "--name", "mine", *runs]
    with pytest.raises(SystemExit) as failed:
        group.main([*run, "--proposer", "numeric"])
    assert failed.value.code == 2
    capsys.readouterr()
    with pytest.raises(SystemExit):
        group.main(["runs", *runs])
    assert "mine" not in capsys.readouterr().out
    with pytest.raises(SystemExit) as done:
        group.main(run)
    assert done.value.code == 0


def test_a_run_that_searched_stays_and_goes_on(task_file: Path) -> None:
    numbers = itertools.count(1)

    def answer(prompt: str) -> str:
        number = next(numbers)
        if number == 4:
            raise CallFailed(CallOutcome.REFUSED, "the key has run out", lasting=True)
        return BLOCK.format(number)

    with ScriptedModel(answer) as script:
        how = {"base_url": script.url, "operators": ["improve"], "form": "region"}
        with pytest.raises(ProvolveError, match=r"the key has run out.*resume"):
            attempt(task_file, proposer="model", proposer_options=how, window=1, name="kept")
        assert [(one.name, one.status) for one in list_runs(task_file.parent / "runs")] == [
            ("kept", "stopped")
        ]
        assert provolve.open("kept", runs=task_file.parent / "runs").resume(workers=1).spent.candidates == 4
