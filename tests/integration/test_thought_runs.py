"""Searching among thoughts: a failed one is written anew, and such runs resume, replay and need no model."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import provolve
from guess_task import guess_task, write_task
from provolve.record import AskTold
from provolve.store import RunReader
from provolve.testing import ScriptedModel

TASK = guess_task("2.0 * instance")
RIGHT = "```python\ndef guess(x):\n    return 2.0 * x\n```"
WRONG = "```python\ndef guess(x):\n    return [][{}]\n```"


def rethinker() -> Callable[[str], str]:
    """A model whose first thoughts are wrong, and which mends a thought only when told how it failed."""
    numbers = itertools.count(1)

    def answer(prompt: str) -> str:
        if "State one thought" in prompt:
            return f"Look it up, way {next(numbers)}."
        if "It failed:" in prompt:
            return "Do not look it up but double it." if "IndexError" in prompt else "Look elsewhere."
        assert "Carry out this thought" in prompt
        return RIGHT if "double it" in prompt else WRONG.format(next(numbers))

    return answer


def run(folder: Path, answer: Callable[[str], str], **how: object) -> provolve.Run:
    path = write_task(folder, TASK)
    options = {"operators": ["think"], "form": "region"}
    given: dict[str, object] = {"budget": "8candidates", "seed": 1, "workers": 1, "window": 1}
    with ScriptedModel(answer) as script:
        return provolve.run(
            path, proposer="model", strategy="tree", runs=folder / "runs",
            proposer_options={**options, "base_url": script.url}, **{**given, **how},
        )  # type: ignore[arg-type]  # fmt: skip


def purposes(done: provolve.Run) -> list[list[str]]:
    return [[call.purpose for call in record.calls] for record, _ in done.verdicts() if record.ask]


def test_a_failed_thought_is_written_anew_and_then_carried_out(tmp_path: Path) -> None:
    done = run(tmp_path / "a", rethinker())
    assert "return 2.0 * x" in done.champion
    assert purposes(done)[0] == ["think:thought", "think:write"]
    assert purposes(done)[1] == ["think:rethought", "think:write"]
    thoughts = [record.thought for record, _ in done.verdicts() if record.ask]
    assert thoughts[:2] == ["Look it up, way 1.", "Do not look it up but double it."]
    never = run(tmp_path / "b", rethinker(), strategy_options={"rethink": 0})
    assert "return 2.0 * x" not in never.champion
    assert ["think:rethought", "think:write"] not in purposes(never)


def told(done: provolve.Run) -> list[object]:
    return [(r.ask, r.parents, r.thought) for r, _ in done.verdicts()]


def test_such_a_run_resumes_and_its_replay_and_the_replay_of_that_end_the_same(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", rethinker(), budget="30candidates")
    stop = threading.Event()

    def listen(event: object) -> None:
        if isinstance(event, AskTold) and event.spent.candidates >= 3:
            stop.set()

    folder = tmp_path / "parts"
    path = write_task(folder, TASK)
    with ScriptedModel(rethinker()) as script:
        options = {"operators": ["think"], "form": "region", "base_url": script.url}
        part = provolve.run(
            path, proposer="model", strategy="tree", runs=folder / "runs", name="first",
            proposer_options=options, budget="30candidates", seed=1, workers=1, window=1,
            listener=listen, stop=stop,
        )  # fmt: skip
        assert not part.finished
        part.resume(workers=1)
    assert told(part) == told(whole)
    for source, name in (("first", "second"), ("second", "third")):
        again = provolve.run(path, proposer=f"replay:{source}", runs=folder / "runs", workers=1, name=name)
        assert again.champion == whole.champion
        assert told(again)[: len(told(whole))] == told(whole)
    with RunReader(again.path) as reader:
        assert list(reader.all_calls()) == []


def test_several_under_way_at_once_are_told_as_they_come_and_replay(tmp_path: Path) -> None:
    options = {"operators": ["think", "improve", "symbolic"], "form": "region"}

    def answer(prompt: str) -> str:
        return rethinkers(prompt) if "thought" in prompt.lower() else WRONG.format(next(numbers))

    numbers, rethinkers = itertools.count(1), rethinker()
    path = write_task(tmp_path, TASK)
    with ScriptedModel(answer) as script:
        done = provolve.run(
            path, proposer="model", strategy="tree", runs=tmp_path / "runs", name="first", seed=2, workers=2,
            window=4, budget="60candidates", proposer_options={**options, "base_url": script.url},
        )  # fmt: skip
    again = provolve.run(path, proposer="replay:first", runs=tmp_path / "runs", workers=1, name="again")
    assert again.champion == done.champion
    assert [one[2] for one in told(again)][: len(told(done))] == [one[2] for one in told(done)]


def test_without_a_model_the_tree_is_one_of_programs(tmp_path: Path) -> None:
    path = write_task(tmp_path, TASK)
    done = provolve.run(
        path, strategy="tree", budget="200candidates", seed=1, workers=1, runs=tmp_path, name="plain"
    )
    assert done.finished
    assert {record.thought for record, _ in done.verdicts()} == {""}
