"""``provolve score`` and ``provolve select`` as commands: the example's table, a kill, a run's candidates."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provolve.cli.group import group

PROVOLVE = [sys.executable, "-c", "from provolve.cli import main; main()"]
PATIENCE = 90.0


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVOLVE_RUNS", raising=False)
    monkeypatch.setenv("COLUMNS", "120")


def provolve(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def events(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_example_gives_the_expected_table() -> None:
    result = provolve("score", "--example", "--cpu-seconds", "0.15", "--repetitions", "2", "--json")
    assert result.exit_code == 0, result.output
    found = {one["model"]: one for one in events(result) if one["event"] == "scores"}
    failures = {model: one["failures"] for model, one in found.items()}
    assert failures == {
        "reference": {},
        "naive": {},
        "wrong": {"wrong_answer": 20},
        "slow": {"deadline": 20},
        "hostile": {
            "answer_malformed": 6,
            "wrong_answer": 6,
            "answer_too_large": 2,
            "killed": 2,
            "memory": 2,
            "raised": 2,
        },
    }
    assert all(one["self_judged"] == 0 for one in found.values())
    assert {model: one["pass_at"]["1"]["value"] for model, one in found.items()} == {
        "reference": 1.0,
        "naive": 1.0,
        "wrong": 0.0,
        "slow": 0.0,
        "hostile": 0.0,
    }
    eff = {model: one["eff_at"]["1"]["value"] for model, one in found.items()}
    assert 0.0 < eff["naive"] < eff["reference"]
    assert eff["reference"] > 0.5
    assert eff["wrong"] == eff["slow"] == eff["hostile"] == 0.0


def write_work(count: int) -> None:
    """Write samples of which each takes a twentieth of a second; every third is wrong, one is hostile."""
    busy = "    for _ in range(1_000_000):\n        pass\n    return x{}\n"
    bodies = [busy.format(" + 1" if n % 3 else "") for n in range(count)]
    bodies[4] = "    import os\n    os._exit(0)\n"
    lines = [{"task_id": "inc", "completion": body} for body in bodies]
    Path("s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    test = {"task_id": "inc", "entry_point": "inc", "prompt": "def inc(x):\n", "input": [[1], [5]]}
    Path("t.jsonl").write_text(json.dumps({**test, "expected": [2, 6]}))


def test_killed_and_resumed_it_gives_the_same() -> None:
    write_work(60)
    ask = ["score", "s.jsonl", "--tests", "t.jsonl", "--k", "1,3", "--workers", "2"]
    whole = provolve(*ask, "--out", "whole.jsonl")
    assert whole.exit_code == 0, whole.output
    process = subprocess.Popen(
        [*PROVOLVE, *ask, "--out", "broken.jsonl"], stdout=subprocess.DEVNULL, env=dict(os.environ)
    )
    broken = Path("broken.jsonl")
    until = time.monotonic() + PATIENCE
    while not broken.exists() or broken.read_bytes().count(b"\n") < 8:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = broken.read_bytes()
    assert kept.count(b"\n") < 61
    broken.write_bytes(kept[:-20])
    resumed = provolve(*ask, "--out", "broken.jsonl")
    assert resumed.exit_code == 0, resumed.output
    assert f"{kept.count(10) - 2} of them judged before" in resumed.output
    assert broken.read_bytes() == Path("whole.jsonl").read_bytes()
    assert table(resumed) == table(whole)
    assert "killed 1" in table(whole)


def test_an_interrupt_ends_with_what_is_under_way_and_says_how_to_go_on() -> None:
    write_work(60)
    ask = [*PROVOLVE, "score", "s.jsonl", "--tests", "t.jsonl", "--workers", "1"]
    process = subprocess.Popen(ask, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    results = Path("s.scores.jsonl")
    until = time.monotonic() + PATIENCE
    while not results.exists() or results.read_bytes().count(b"\n") < 3:
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "the same command goes on from s.scores.jsonl" in told
    assert results.read_bytes().endswith(b"\n")
    assert results.read_bytes().count(b"\n") < 61


def table(result: Result) -> str:
    return result.output[result.output.index("passed   ") : result.output.index("Every verdict")]


def test_results_of_other_samples_are_refused() -> None:
    write_work(6)
    ask = ["score", "s.jsonl", "--tests", "t.jsonl", "--workers", "1"]
    assert provolve(*ask).exit_code == 0
    assert Path("s.scores.jsonl").exists()
    with Path("s.jsonl").open("a") as file:
        file.write('{"task_id": "inc", "completion": ""}\n')
    again = provolve(*ask)
    assert again.exit_code == 2
    assert "s.scores.jsonl holds results of other samples" in again.stderr


def test_self_judged_stands_in_table_and_record() -> None:
    Path("s.jsonl").write_text('{"task_id": "inc", "solution": "def inc(x):\\n    return x + 1\\n"}')
    test = "def check(candidate):\n    assert candidate(1) == 2\n"
    Path("t.jsonl").write_text(json.dumps({"task_id": "inc", "entry_point": "inc", "test": test}))
    result = provolve("score", "s.jsonl", "--tests", "t.jsonl", "--workers", "1")
    assert "1 of 1 self-judged" in result.output
    assert '"self_judged":true' in Path("s.scores.jsonl").read_text()


def test_written_example_is_read_again() -> None:
    assert provolve("score", "--write-example", "ex").exit_code == 0
    tests = [json.loads(line) for line in Path("ex/tests.jsonl").read_text().splitlines()]
    assert len(tests) == 20
    assert all(len(test["levels"]) == 4 for test in tests)
    rows = Path("ex/samples.jsonl").read_text().splitlines()
    Path("one.jsonl").write_text(rows[0] + "\n")
    result = provolve(
        "score", "one.jsonl", "--tests", "ex/tests.jsonl", "--repetitions", "1", "--workers", "1"
    )
    assert result.exit_code == 0, result.output
    assert "1 of 1" in result.output
    assert provolve("score", "--write-example", "ex").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["score"], "say what to score"),
        (["score", "s.jsonl"], "say what to score"),
        (["score", "s.jsonl", "--tests", "none.jsonl"], "there is no file"),
        (["score", "s.jsonl", "--tests", "t.jsonl", "--k", "0"], "--k '0' is not understood"),
        (["score", "s.jsonl", "--tests", "t.jsonl", "--k", "1,9"], "pass@9 needs 9 samples"),
        (["score", "s.jsonl", "--tests", "t.jsonl", "--out", "no/where"], "the folder no is not there"),
        (["score", "s.jsonl", "--tests", "t.jsonl", "--out", "s.jsonl"], "not overwritten"),
        (["score", "s.jsonl", "--tests", "t.jsonl", "--cpu-seconds", "0"], "--cpu-seconds"),
        (["score", "--example", "s.jsonl"], "leave SAMPLES"),
        (["select"], "SOURCE"),
        (["select", "none.csv"], "there is no file"),
        (["select", "s.jsonl"], "s.jsonl, line 1: nothing to choose by"),
        (["select", "s.jsonl", "--method", "dice"], "there is no method 'dice'"),
        (["select", "s.jsonl", "--tests", "s.jsonl"], "s.jsonl, line 1"),
        (["select", "run", "--tests", "t.jsonl"], "no run run"),
    ],
)
def test_what_cannot_be_meant_is_said_on_one_line(arguments: list[str], part: str) -> None:
    write_work(6)
    result = provolve(*arguments)
    assert result.exit_code == 2, result.output
    assert part in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_select_explains_its_choice() -> None:
    Path("m.csv").write_text("name,t1,t2,t3,t4,t5\na,1,1,0,0,1\nb,0,1,1,0,0\nc,1,1,0,0,1\nd,0,0,1,0,0\n")
    result = provolve("select", "m.csv", "--method", "b4", "--top", "2")
    assert result.exit_code == 0, result.output
    for part in (
        "b4 chooses 0 (a) of 4 solutions",
        "0 (a), 2 (c)",
        "3 of 5",
        "and 1 more",
        "nats behind",
        "tied: 0 (a), 2 (c); the first is taken",
    ):
        assert part in result.output
    (event,) = events(provolve("select", "m.csv", "--json"))
    assert (event["method"], event["name"], event["ties"]) == ("bayes", "a", [0, 2])
    assert len(event["scores"]) == 4


def test_select_runs_samples_on_proposed_tests() -> None:
    write_work(6)
    (event,) = events(provolve("select", "s.jsonl", "--tests", "t.jsonl", "--method", "max-pass", "--json"))
    assert event["picks"] == [1]
    assert event["scores"] == [0.0, 2.0, 2.0, 0.0, 0.0, 2.0]


TASK = """\
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 3
# validation = 3
# ///
# %% judge
def instances(split, count, rng):
    return [float(value) for value in rng.normal(1.0, 0.1, count)]
def score(instance, answer):
    return abs(float(answer) - 3.0 * instance - 1.0)
# %% program
# EVOLVE-BLOCK-START
def rule(x):
    return 2.0 * x + 0.5
# EVOLVE-BLOCK-END
"""


def test_select_chooses_among_the_audited_candidates_of_a_run() -> None:
    Path("line.py").write_text(TASK)
    run = ["run", "line.py", "--budget", "150candidates", "--seed", "3", "--workers", "1", "--name", "r"]
    assert provolve(*run).exit_code == 0
    start = {"task_id": "line", "entry_point": "rule", "input": [[0.0], [1.0], [4.0]]}
    # Only the seed program, which the run has left behind, gives these.
    Path("t.jsonl").write_text(json.dumps({**start, "expected": [0.5, 2.5, 8.5]}))
    (event,) = events(provolve("select", "r", "--tests", "t.jsonl", "--method", "max-pass", "--json"))
    assert len(event["scores"]) > 1
    assert event["index"] == 0
    assert event["scores"][0] == 3.0
    Path("other.jsonl").write_text(json.dumps({**start, "entry_point": "line", "expected": [0, 0, 0]}))
    refused = provolve("select", "r", "--tests", "other.jsonl")
    assert refused.exit_code == 2
    assert "that of task line is 'rule'" in refused.stderr
