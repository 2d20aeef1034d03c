"""Programs that propose: one request in, proposals out, and a name for everything else."""

import json
import sys
from pathlib import Path

import pytest

import provolve
from guess_task import guess_task
from provolve.errors import ProvolveError, UsageError
from provolve.record import CallOutcome

TASK = guess_task("2.5 * instance", train=3, validation=3)

PROGRAM = """
import json, os, sys, time

request = json.load(sys.stdin)
assert request["version"] == 1, request
assert request["parents"][0]["regions"][0].startswith("def guess")
assert "EVOLVE-BLOCK-START" in request["program"]
number = request["ask"]
what = sys.argv[1] if number % 2 else "regions"
region = f"def guess(x):\\n    return {number / 4} * x\\n"
if what == "regions":
    print(json.dumps({"proposals": [{"regions": [region]}]}))
elif what == "edit":
    old = request["parents"][0]["regions"][0].rstrip()
    print(json.dumps({"edit": f"<<<<<<< SEARCH\\n{old}\\n=======\\n{region}>>>>>>> REPLACE"}))
elif what == "thought as a number":
    print(json.dumps({"proposals": [{"regions": [region]}], "thought": 3}))
elif what == "words":
    print("I would double it")
elif what == "shape":
    print(json.dumps({"proposals": [{"edit": "x", "regions": ["y"]}]}))
elif what == "code":
    sys.exit("it broke")
elif what == "nothing":
    pass
elif what == "slow":
    time.sleep(60)
elif what == "outside":
    print(json.dumps({"edit": "<<<<<<< SEARCH\\nnone\\n=======\\nx\\n>>>>>>> REPLACE"}))
elif what == "thought":
    told = request["thought"]
    said = told["text"] + "!" if told["failure"] else told["text"] or f"thought {number}"
    print(json.dumps({"regions": [region], "thought": said}))
elif what == "key":
    text = os.environ["OPENAI_API_KEY"]
    print(json.dumps({"regions": [f"def guess(x):\\n    return len({text!r}) * x\\n"]}))
"""


@pytest.fixture
def task_file(task_file: Path) -> Path:
    (task_file.parent / "proposer.py").write_text(PROGRAM)
    return task_file


def search(task_file: Path, what: str, candidates: int = 4, strategy="islands", window=2, **options):
    command = f"{sys.executable} '{task_file.parent / 'proposer.py'}' '{what}'"
    return provolve.run(
        task_file,
        proposer=f"command:{command}",
        budget=f"{candidates}candidates",
        workers=1,
        seed=1,
        strategy=strategy,
        window=window,
        runs=task_file.parent / "runs",
        proposer_options=options,
    )


@pytest.mark.parametrize(
    ("what", "outcome", "detail"),
    [
        ("edit", CallOutcome.ANSWERED, ""),
        ("outside", CallOutcome.ANSWERED, ""),
        ("thought as a number", CallOutcome.MALFORMED, "Expected `str`, got `int` - at `$.thought`"),
        ("words", CallOutcome.MALFORMED, "no proposal"),
        ("shape", CallOutcome.MALFORMED, "either `edit` or `regions`"),
        ("code", CallOutcome.FAILED, "it broke"),
        ("nothing", CallOutcome.EMPTY, "proposed nothing"),
    ],
)
def test_whatever_a_program_writes_has_a_name_and_the_run_goes_on(
    task_file: Path, what: str, outcome: CallOutcome, detail: str
) -> None:
    run = search(task_file, what)
    calls = {record.ask: record.calls[0] for record, _ in run.verdicts() if record.calls}
    assert run.spent.candidates == 4
    assert {call.outcome for ask, call in calls.items() if ask % 2} == {outcome}
    assert all(detail in call.detail for ask, call in calls.items() if ask % 2)
    assert {call.outcome for ask, call in calls.items() if ask % 2 == 0} == {CallOutcome.ANSWERED}
    request = json.loads(calls[1].messages[0].content)
    assert request["task"]["entry"] == "guess"
    assert request["thought"] is None, "islands have none"
    if what == "outside":
        assert any(v.rejection == "edit_unmatched" for _, verdicts in run.verdicts() for v in verdicts)


def test_a_program_is_told_thoughts_and_says_which_it_carried_out(task_file: Path) -> None:
    """Each second ask is answered with a thought, and heeded none otherwise."""
    run = search(task_file, "thought", candidates=16, strategy="tree", window=1)
    asks = [record for record, _ in run.verdicts() if record.ask]
    told = [json.loads(record.calls[0].messages[0].content)["thought"] for record in asks]
    said = [record.thought for record in asks]
    assert said[0] == "thought 1"
    assert all(bool(text) == bool(record.ask % 2) for text, record in zip(said, asks, strict=True))
    assert {one["text"] for one in told} - {""} <= set(said), "what it is told it has said"
    assert any(one["text"] and not one["failure"] for one in told)
    assert any(one["failure"] for one in told)
    assert any(text.endswith("!") for text in said), "one that failed was written anew"


def test_a_program_that_does_not_end_is_ended(task_file: Path) -> None:
    run = search(task_file, "slow", candidates=1, deadline=1.5)
    outcomes = {call.outcome for record, _ in run.verdicts() for call in record.calls}
    assert CallOutcome.DEADLINE in outcomes or CallOutcome.ABANDONED in outcomes
    assert run.finished


def test_a_key_that_a_program_gives_away_is_not_recorded(
    task_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "not-to-be-seen-0123456789"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    run = search(task_file, "key")
    assert run.finished
    for path in (task_file.parent / "runs").rglob("*"):
        assert key.encode() not in path.read_bytes(), path


def test_a_program_that_always_fails_ends_the_run_with_its_words(task_file: Path) -> None:
    with pytest.raises(ProvolveError, match=r"failed 12 times in a row \(failed: .*No module named nothing"):
        provolve.run(
            task_file,
            proposer=f"command:{sys.executable} -m nothing",
            budget="4candidates",
            workers=1,
            runs=task_file.parent / "runs",
        )


@pytest.mark.parametrize("command", ["", "no-such-program-anywhere", "echo 'half"])
def test_a_command_that_cannot_be_is_refused(task_file: Path, command: str) -> None:
    with pytest.raises(UsageError, match=r"^command"):
        provolve.run(task_file, proposer=f"command:{command}", runs=task_file.parent / "runs")
