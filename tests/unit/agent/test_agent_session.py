"""A run driven from outside without a protocol between: its ends, refusals and errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guess_task import guess_task, write_task
from provolve.agent.server import require_mcp
from provolve.agent.session import Session
from provolve.agent.tools import TOOLS, ElitesCall, SubmitCall, read_call
from provolve.engine.conduct import Conduct
from provolve.engine.planning import make_spec
from provolve.engine.run import resume_run, start_run
from provolve.errors import ProvolveError, SandboxUnavailable, UsageError
from provolve.record import Budget
from provolve.task import load

TASK = guess_task("2.5 * instance", train=3, validation=3)


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., Session]:
    task = load(write_task(tmp_path, TASK))
    runs = tmp_path / "runs"

    def begin(*budget: str, resume: str = "", **how: Any) -> Session:
        spec = make_spec(task, budget=Budget.parse(*budget), proposer="agent", seed=1, batch=1, runs=runs)

        def go(conduct: Conduct):
            if resume:
                return resume_run(runs, resume, conduct)
            return start_run(task, spec, conduct, runs=runs, name="guess")

        made = Session(task, go, Conduct(1, **how), runs)
        made.start()
        return made

    return begin


def submission(expression: str) -> SubmitCall:
    return SubmitCall(regions=(f"def guess(x):\n    return {expression}\n",))


def test_several_submitted_at_once_are_all_judged_and_told(session: Callable[..., Session]) -> None:
    run = session("6candidates")
    run.started.result()
    waiting = [run.submit(submission(f"{factor} * x")) for factor in (2.0, 2.1, 2.2, 2.3, 2.4, 2.5)]
    losses = [run.told(future.result())["loss"] for future in waiting]
    assert losses == sorted(losses, reverse=True)
    assert run.finished.result()["reason"] == "budget"
    run.result()


def test_time_that_runs_out_while_nobody_submits_ends_the_run(session: Callable[..., Session]) -> None:
    run = session("0.2s")
    told = run.finished.result()
    assert (told["reason"], told["claim"]["instances"]) == ("budget", 30)
    with pytest.raises(UsageError, match="the search is over"):
        run.submit(submission("2.0 * x"))
    assert run.status()["state"] == "finished"


def test_what_is_stopped_while_nobody_submits_can_go_on(session: Callable[..., Session]) -> None:
    run = session("5candidates")
    run.started.result()
    first = run.submit(submission("2.0 * x")).result()
    run.stop()
    run.result()
    with pytest.raises(ProvolveError, match="provolve mcp --resume guess"):
        run.finished.result()
    again = session("5candidates", resume="guess")
    again.started.result()
    best = again.elites(ElitesCall())["elites"][0]
    assert best["digest"] == first.best_digest
    assert again.status()["best"] == {"digest": first.best_digest, "loss": first.best}
    assert again.submit(submission("2.5 * x")).result().best == 0.0
    again.finish()
    assert again.finished.result()["reason"] == "exhausted"


def test_below_a_strong_sandbox_it_is_refused(session: Callable[..., Session]) -> None:
    weak = session("5candidates", level="partial")
    with pytest.raises(ProvolveError, match="the run failed"):
        weak.started.result()
    with pytest.raises(SandboxUnavailable, match="--allow-weak-sandbox"):
        weak.result()
    assert weak.status()["state"] == "failed"


def test_a_parent_that_nobody_knows_is_refused(session: Callable[..., Session]) -> None:
    run = session("5candidates")
    run.started.result()
    for digest, why in (("0" * 32, "names no one candidate"), ("ab", "too short")):
        with pytest.raises(UsageError, match=why):
            run.submit(SubmitCall(edit="x", parent=digest))
        with pytest.raises(UsageError, match=why):
            run.source(digest)
    run.stop()
    run.result()


def test_tokens_are_no_budget_of_an_agent(session: Callable[..., Session]) -> None:
    with pytest.raises(UsageError, match="proposer agent makes none"):
        session("5candidates", "100tokens")


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("nothing", {}, "there is no tool 'nothing': choose one of task"),
        ("task", {"x": 1}, "unknown field `x`"),
        ("submit", {}, "either `edit` or `regions`"),
        ("submit", {"edit": "a", "regions": ["b"]}, "either `edit` or `regions`"),
        ("submit", {"regions": "b"}, r"Expected `array . null`, got `str`"),
        ("elites", {"limit": 0}, "choose 1 to 100"),
        ("elites", {"limit": "many"}, r"Expected `int`"),
        ("source", {}, "missing required field `digest`"),
    ],
)
def test_a_call_that_cannot_be_meant_is_told_why(name: str, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_call(name, arguments)


def test_schemas_name_the_fields_that_calls_have() -> None:
    for tool in TOOLS.values():
        assert tuple(tool.schema["properties"]) == tool.call.__struct_fields__


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.lowlevel", None)
    with pytest.raises(UsageError, match=r"pip install 'provolve\[agent\]'"):
        require_mcp()
