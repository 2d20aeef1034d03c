"""Each way in which a server or its model misbehaves: a named outcome, the run goes on, and it replays."""

from __future__ import annotations

import collections
import json
from pathlib import Path

import pytest

import provolve
from guess_task import BLOCK, guess_task
from provolve.record import CallOutcome, Rejection
from provolve.store import RunReader
from stub_server import StubServer

KEY = "sk-thisisthekeythatnobodymaysee"
BODY = """\
    y = 1.0 * x
    y = 1.0 * y
    y = 1.0 * y
    return y"""
TASK = guess_task("2.0 * instance", BODY, before="def scale():\n    return 1.0\n")
LOOK = """def guess(x):
    import os
    print(dict(os.environ))
    return 99.0 if any("KEY" in name for name in os.environ) else 1.875 * x
"""
EDIT = "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE"

CALLS = {
    "429": (("status", 429), CallOutcome.BUSY),
    "500": (("status", 500), CallOutcome.SERVER_FAILED),
    "400": (("status", 400), CallOutcome.REFUSED),
    "nothing": (("silence",), CallOutcome.UNREACHABLE),
    "an empty reply": ("", CallOutcome.EMPTY),
    "half a reply": (("half", "```python\ndef gue"), CallOutcome.DISCONNECTED),
    "no JSON at all": (("not json",), CallOutcome.MALFORMED),
    "an event that is no JSON": (("bad event",), CallOutcome.MALFORMED),
    "a reply cut short": (("cut", "```python\ndef guess(x):\n    return (x"), CallOutcome.CUT_SHORT),
}
CHANGES = {
    "an unmatched edit": (EDIT.format("    return nothing", "    return x"), Rejection.EDIT_UNMATCHED),
    "an ambiguous edit": (EDIT.format("    y = 1.0 * y", "    y = 2.0 * y"), Rejection.EDIT_AMBIGUOUS),
    "an edit outside the region": (
        EDIT.format("    return 1.0", "    return 2.0"),
        Rejection.EDIT_OUTSIDE_REGION,
    ),
    "an edit of nothing": (EDIT.format("    return y", "    return y"), Rejection.EDIT_EMPTY),
    "prose": ("I would rather not.", Rejection.EDIT_EMPTY),
    "another language": ("```javascript\nfunction guess(x) { return x; }\n```", Rejection.SYNTAX_ERROR),
}
ACCEPTED = {
    "CRLF in code": "def guess(x):\r\n    return 1.70 * x\r\n",
    "CRLF in an edit": EDIT.format("    return y", "    return 1.71 * y").replace("\n", "\r\n"),
    "fenced code": "Here it is:\n```python\ndef guess(x):\n    return 1.72 * x\n```\nDone.",
    "unfenced code": "def guess(x):\n    return 1.73 * x\n",
    "a fenced edit": f"```\n{EDIT.format('    return y', '    return 1.74 * y')}\n```",
    "an injected instruction": f"```python\n{LOOK}```",
}


@pytest.fixture
def task(task_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return task_file


def search(task: Path, answer: object, candidates: int) -> provolve.Run:
    """Carry out a run with one call at a time, so that the n-th answer is the n-th call of the record."""
    with StubServer(answer) as server:  # type: ignore[arg-type]
        how = {"base_url": server.url, "operators": ["improve"], "pause": 0.01}
        how |= {"structured": False, "allocation": "fixed"}
        done = provolve.run(
            task, proposer="model", budget=[f"{candidates}candidates", "900000tokens"], seed=3, workers=1,
            window=1, strategy="random", runs=task.parent / "runs", name="first", proposer_options=how,
        )  # fmt: skip
    assert done.finished
    assert done.spent.candidates == candidates
    assert done.spent.tokens == sum(call.tokens for call in calls(done)) <= 900_000
    return done


def in_turn(replies: list[object]) -> object:
    """Return an answer that misbehaves at every other call, in each of the ways."""
    return lambda prompt, number: (
        replies[number // 2 - 1] if number % 2 == 0 else BLOCK.format(1 + number / 100)
    )


def calls(done: provolve.Run) -> list:
    with RunReader(done.path) as reader:
        return [call for _, call in reader.all_calls()]


def verdicts(done: provolve.Run) -> list:
    return [verdict for record, found in done.verdicts() for verdict in found if record.ask]


def check_replay_and_secrecy(task: Path, done: provolve.Run) -> None:
    """The server is gone by now."""
    again = provolve.run(task, proposer="replay:first", runs=task.parent / "runs", workers=1, name="again")
    assert again.champion.encode() == done.champion.encode()
    for path in task.parent.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_each_call_that_fails_is_a_named_outcome(task: Path) -> None:
    done = search(task, in_turn([reply for reply, _ in CALLS.values()]), len(CALLS) + 1)
    found = [call.outcome for call in calls(done)]
    assert dict(zip(CALLS, found[1::2], strict=True)) == {
        name: outcome for name, (_, outcome) in CALLS.items()
    }
    assert set(found[::2]) == {CallOutcome.ANSWERED}
    assert all(call.detail for call in calls(done)[1::2])
    check_replay_and_secrecy(task, done)


def test_each_change_that_cannot_be_made_is_a_named_rejection(task: Path) -> None:
    done = search(task, in_turn([reply for reply, _ in CHANGES.values()]), len(CHANGES) + 1)
    found = [verdict.rejection for verdict in verdicts(done)]
    wanted = {name: rejection for name, (_, rejection) in CHANGES.items()}
    assert dict(zip(CHANGES, found[1::2], strict=True)) == wanted
    assert set(found[::2]) == {None}
    for call, verdict in zip(calls(done)[2::2], verdicts(done)[1::2], strict=True):
        assert call.purpose == "improve:again"
        assert verdict.detail.splitlines()[0] in call.messages[-1].content
    check_replay_and_secrecy(task, done)


def test_what_can_be_read_is_read_and_an_injected_look_sees_nothing(task: Path) -> None:
    replies = [*ACCEPTED.values()]
    done = search(task, lambda prompt, number: replies[number - 1], len(ACCEPTED))
    found = dict(zip(ACCEPTED, verdicts(done), strict=True))
    assert {name: verdict.rejection for name, verdict in found.items()} == dict.fromkeys(ACCEPTED)
    # Twice x is right. Whoever sees a key among the environment answers 99.
    assert max(verdict.loss for verdict in found.values()) < 1.0
    assert "1.875 * x" in done.champion
    check_replay_and_secrecy(task, done)


def test_many_misdeeds_at_once_in_no_order(task: Path) -> None:
    misdeeds = [reply for reply, _ in (*CALLS.values(), *CHANGES.values()) if reply != ("status", 400)]

    def answer(prompt: str, number: int) -> object:
        return misdeeds[number % 23] if number % 23 < len(misdeeds) else BLOCK.format(1.0 + number / 1000)

    with StubServer(answer) as server:
        how = {"base_url": server.url, "operators": ["improve"], "pause": 0.01}
        done = provolve.run(
            task, proposer="model", budget=["12candidates", "900000tokens"], seed=3, workers=1, window=4,
            runs=task.parent / "runs", name="first", proposer_options=how,
        )  # fmt: skip
    found = collections.Counter(call.outcome for call in calls(done))
    assert {outcome for _, outcome in CALLS.values()} - {CallOutcome.REFUSED} <= set(found)
    assert done.spent.tokens <= 900_000
    check_replay_and_secrecy(task, done)


# Structured output ----------------------------------------------------------------------------------------


def edits(*pairs: tuple[str, str]) -> str:
    return json.dumps({"edits": [{"search": old, "replace": new} for old, new in pairs]})


def structured(task: Path, answer: object, **options: object) -> tuple[provolve.Run, StubServer]:
    with StubServer(answer) as server:  # type: ignore[arg-type]
        how = {"base_url": server.url, "operators": ["improve"], "pause": 0.01, **options}
        done = provolve.run(
            task, proposer="model", budget="3candidates", seed=3, workers=1, window=1,
            runs=task.parent / "runs", name="first", proposer_options=how,
        )  # fmt: skip
    return done, server


def test_a_server_that_keeps_to_schemas_is_asked_for_json(task: Path) -> None:
    def answer(prompt: str, number: int) -> object:
        return ("schema", edits(("    return y", f"    return {1 + number / 100} * y")), ("status", 500))

    done, server = structured(task, answer, form="edit")
    shapes = [body["response_format"]["json_schema"] for body in server.bodies]
    assert len(shapes) == 3
    assert all(shape["strict"] and shape["schema"]["required"] == ["edits"] for shape in shapes)
    assert all('"search"' in prompt and "<<<<<<<" not in prompt for prompt in server.prompts)
    assert "1.03 * y" in done.champion
    check_replay_and_secrecy(task, done)


def test_whole_regions_come_as_json_too(task: Path) -> None:
    def answer(prompt: str, number: int) -> object:
        return ("schema", json.dumps({"regions": [f"def guess(x):\n    return {1 + number / 100} * x"]}), "")

    done, server = structured(task, answer, form="region")
    assert server.bodies[0]["response_format"]["json_schema"]["schema"]["required"] == ["regions"]
    assert "1.03 * x" in done.champion


def test_a_refusal_of_the_schema_is_told_once_and_on_record(task: Path) -> None:
    def answer(prompt: str, number: int) -> object:
        return ("schema", ("status", 400), BLOCK.format(1 + number / 100))

    done, server = structured(task, answer)
    assert ["response_format" in body for body in server.bodies] == [True, False, False, False]
    assert [call.outcome for call in calls(done)] == [CallOutcome.REFUSED, *[CallOutcome.ANSWERED] * 3]
    assert "answered 400" in calls(done)[0].detail
    assert "<<<<<<< SEARCH" in server.prompts[1]
    assert done.spent.candidates == 3
    check_replay_and_secrecy(task, done)


def test_a_server_that_ignores_the_schema_is_read_and_asked_for_plain_text_from_then_on(task: Path) -> None:
    done, server = structured(task, lambda prompt, number: BLOCK.format(1 + number / 100))
    assert ["response_format" in body for body in server.bodies] == [True, False, False]
    assert [call.outcome for call in calls(done)] == [CallOutcome.ANSWERED] * 3


def test_json_that_cannot_be_applied_goes_back_with_the_form_asked_for(task: Path) -> None:
    def answer(prompt: str, number: int) -> object:
        old = "    return y" if "could not be applied" in prompt or number > 2 else "    return z"
        return ("schema", edits((old, f"    return {1 + number / 100} * y")), "")

    done, server = structured(task, answer, form="edit")
    assert verdicts(done)[0].rejection is Rejection.EDIT_UNMATCHED
    assert server.prompts[1].rstrip().endswith("}]}")
    assert all("response_format" in body for body in server.bodies)


def test_plain_text_can_be_wished_for(task: Path) -> None:
    _, server = structured(task, lambda prompt, number: BLOCK.format(1 + number / 100), structured=False)
    assert not any("response_format" in body for body in server.bodies)
