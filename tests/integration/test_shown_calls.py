"""``provolve show`` of a run that made calls: their sums, each of them, JSON, and never a key."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

import provolve
from guess_task import BLOCK, guess_task, write_task
from provolve.cli.group import group
from provolve.store import RunReader
from provolve.testing import ScriptedModel
from provolve.testing.script import Reply
from stub_server import StubServer

KEY = "sk-thisisthekeythatnobodymaysee"
TASK = guess_task("2.0 * instance")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def show(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        group.main(["show", *arguments, "--runs", str(folder / "runs")])
    assert ended.value.code == 0
    return capsys.readouterr().out


def run(folder: Path, **how: object) -> provolve.Run:
    path = write_task(folder, TASK)
    given = {"budget": "6candidates", "workers": 1, "seed": 1, "runs": folder / "runs", "window": 1, **how}
    return provolve.run(path, **given)


def test_sums_are_those_of_the_calls_by_operator_and_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = itertools.count(1)

    def cheap(prompt: str) -> Reply:
        return Reply(BLOCK.format(next(numbers)), 1000, 100)

    def dear(prompt: str) -> Reply:
        return Reply(BLOCK.format(next(numbers)), 2000, 300)

    with ScriptedModel(models={"cheap": cheap, "dear": dear}) as script:
        options = {"base_url": script.url, "operators": ["improve", "reflect"], "form": "region"}
        options |= {"models": ["cheap", "dear"], "prices": ["cheap=1,2"]}
        done = run(tmp_path, proposer="model", proposer_options=options, budget="12candidates")
    with RunReader(done.path) as reader:
        sums = {(one.operator, one.model): one for one in reader.call_sums()}
        calls = list(reader.all_calls())
    assert {operator for operator, _ in sums} == {"improve", "reflect"}
    assert {model for _, model in sums} == {"cheap", "dear"}
    for (operator, model), one in sums.items():
        own = [c for _, c in calls if (c.purpose.partition(":")[0], c.model) == (operator, model)]
        assert (one.calls, one.tokens_in, one.tokens_out) == (
            len(own), sum(c.tokens_in for c in own), sum(c.tokens_out for c in own)
        )  # fmt: skip
        assert one.usd == pytest.approx(len(own) * 0.0012 if model == "cheap" else 0.0)
        assert one.unpriced == (0 if model == "cheap" else len(own))
    assert sum(one.tokens_in + one.tokens_out for one in sums.values()) == done.spent.tokens

    page = show(capsys, tmp_path)
    assert "Calls" in page
    assert "unknown" in page
    lines = show(capsys, tmp_path, "--calls").splitlines()
    assert sum("reflect:direct" in line for line in lines) == sum(
        c.purpose == "reflect:direct" for _, c in calls
    )
    told = json.loads(show(capsys, tmp_path, "--json"))
    assert told["spent"]["tokens"] == done.spent.tokens
    assert told["calls"][0].keys() >= {"operator", "model", "calls", "tokens_in", "tokens_out", "usd"}
    assert "call_list" not in told
    listed = json.loads(show(capsys, tmp_path, "--json", "--calls"))["call_list"]
    assert [(one["ask"], one["reply"]) for one in listed] == [(ask, call.reply) for ask, call in calls]
    assert "guess" in listed[0]["messages"][0]["content"]


def test_no_key_is_shown_even_where_a_server_sends_it_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def answer(prompt: str, number: int) -> object:
        return ("status", 500) if number == 2 else f"# {KEY}\n{BLOCK.format(number)}"

    with StubServer(answer) as server:
        options = {"base_url": server.url, "operators": ["improve"], "form": "region", "pause": 0.01}
        run(tmp_path, proposer="model", proposer_options=options, budget="3candidates")
    for arguments in ([], ["--calls"], ["--json"], ["--json", "--calls"]):
        text = show(capsys, tmp_path, *arguments)
        assert KEY not in text
        assert "improve" in text
    assert "server failed" in show(capsys, tmp_path, "--calls")


def test_a_run_without_calls_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path)
    assert "made no calls: its proposer is symbolic" in show(capsys, tmp_path, "--calls")
    assert json.loads(show(capsys, tmp_path, "--json"))["calls"] == []
    assert "Calls" not in show(capsys, tmp_path)
    with pytest.raises(SystemExit) as ended:
        group.main(["show", "no-such", "--calls", "--runs", str(tmp_path / "runs")])
    assert ended.value.code == 2
