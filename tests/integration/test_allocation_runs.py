"""Allocation in runs: less is spent than by fixed policies for the same result, and it repeats."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import provolve
from guess_task import BLOCK, guess_task, write_task
from provolve.errors import UsageError
from provolve.record import AskTold
from provolve.store import RunReader
from provolve.testing import ScriptedModel
from provolve.testing.script import Reply

TASK = guess_task("2.0 * instance")
WRONG = "<<<<<<< SEARCH\n    return nothing\n=======\n    return x\n>>>>>>> REPLACE"
Answer = Callable[[str], Reply]


def never_mended() -> Answer:
    """Every second draft cannot be applied, and never is what comes of sending it back."""
    drafts = itertools.count(1)

    def answer(prompt: str) -> Reply:
        number = 0 if "could not be applied" in prompt else next(drafts)
        # Each good draft is nearer to 2 than the one before it.
        text = BLOCK.format(2.0 - 1.0 / (number + 1)) if number % 2 else WRONG
        return Reply(text, 300, 40)

    return answer


def mended_the_second_time() -> Answer:
    """No draft can be applied before it went back twice."""
    state = {"back": 0, "made": 0}

    def answer(prompt: str) -> Reply:
        state["back"] = state["back"] + 1 if "could not be applied" in prompt else 0
        if state["back"] < 2:
            return Reply(WRONG, 300, 40)
        state["made"] += 1
        return Reply(BLOCK.format(2.0 - 1.0 / (state["made"] + 1)), 300, 40)

    return answer


def run(folder: Path, answer: Answer, **how: object) -> provolve.Run:
    path = write_task(folder, TASK)
    given: dict[str, object] = {
        "budget": "20candidates",
        "seed": 1,
        "workers": 1,
        "window": 1,
        "runs": folder / "runs",
    }
    options = {"operators": ["improve"], "form": "edit"}
    options |= how.pop("options", {})  # type: ignore[arg-type]
    with ScriptedModel(answer) as script:
        options["base_url"] = script.url
        return provolve.run(path, proposer="model", proposer_options=options, **{**given, **how})  # type: ignore[arg-type]


def test_it_spends_less_than_a_fixed_depth_where_mending_never_helps(tmp_path: Path) -> None:
    adaptive = run(tmp_path / "a", never_mended())
    fixed = run(tmp_path / "f", never_mended(), options={"allocation": "fixed", "repairs": 3})
    once = run(tmp_path / "o", never_mended(), options={"allocation": "fixed"})
    assert adaptive.champion == fixed.champion == once.champion
    assert adaptive.spent.candidates == fixed.spent.candidates == 20
    assert adaptive.spent.tokens < 0.8 * once.spent.tokens < 0.6 * fixed.spent.tokens


def test_it_goes_deeper_where_only_that_helps(tmp_path: Path) -> None:
    budget = "40000tokens"
    adaptive = run(tmp_path / "a", mended_the_second_time(), budget=budget, options={"max_tokens": 50})
    once = {"allocation": "fixed", "max_tokens": 50}
    fixed = run(tmp_path / "f", mended_the_second_time(), budget=budget, options=once)
    assert fixed.spent.candidates == 0
    assert adaptive.spent.candidates >= 10
    assert "return 1.0 * x" in fixed.champion
    assert "return 1.0 * x" not in adaptive.champion


def test_fixed_samples_are_drafts_of_one_prompt_in_one_ask(tmp_path: Path) -> None:
    numbers = itertools.count(1)
    drafts = {"allocation": "fixed", "samples": 3}
    done = run(tmp_path, lambda prompt: Reply(BLOCK.format(next(numbers)), 300, 40), options=drafts)
    asks = [record for record, _ in done.verdicts() if record.ask]
    for record in asks:
        assert [call.purpose for call in record.calls] == ["improve", "improve:sample-2", "improve:sample-3"]
        assert len({call.messages for call in record.calls}) == 1
    assert {len(record.proposals) for record in asks} == {3}


def told(done: provolve.Run) -> list[object]:
    return [(r.ask, r.choice, r.proposals, [c.purpose for c in r.calls]) for r, _ in done.verdicts()]


def test_a_resumed_run_plans_as_the_unbroken_one(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", never_mended())
    stop = threading.Event()

    def listen(event: object) -> None:
        if isinstance(event, AskTold) and event.spent.candidates >= 7:
            stop.set()

    answer = never_mended()
    folder = tmp_path / "parts"
    path = write_task(folder, TASK)
    with ScriptedModel(answer) as script:
        options = {"base_url": script.url, "operators": ["improve"], "form": "edit"}
        part = provolve.run(
            path, proposer="model", budget="20candidates", seed=1, workers=1, window=1,
            runs=folder / "runs", proposer_options=options, listener=listen, stop=stop,
        )  # fmt: skip
        assert not part.finished
        assert part.resume(workers=1).reason == "budget"
    assert told(part) == told(whole)
    again = provolve.run(path, proposer=f"replay:{part.name}", runs=folder / "runs", workers=1, name="again")
    assert again.champion == whole.champion
    with RunReader(again.path) as reader:
        assert [r.proposals for r, _ in reader.verdicts()] == [r.proposals for r, _ in whole.verdicts()]


def test_a_policy_that_is_none_is_refused_before_there_is_a_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="adaptive, fixed"):
        run(tmp_path, never_mended(), options={"allocation": "greedy"})
    assert not (tmp_path / "runs").exists()
