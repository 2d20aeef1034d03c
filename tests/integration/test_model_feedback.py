"""Scripted models that can do no better than what their prompts tell them: which feedback leads where."""

import ast
import re
import threading
from pathlib import Path

import pytest

import provolve
from provolve.propose.model.talk import SANDBOX
from provolve.propose.model.templates import bundled
from provolve.record import CallOutcome, Rejection
from provolve.store import RunReader
from provolve.testing import ScriptedModel

TABLE = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# description = "Say the right number for each key."
# [splits]
# train = 6
# validation = 6
# test = 6
# exhaustive = true
# ///
# %% judge
WANTED = {41: 7.0, 17: 3.0, 90: 12.0, 5: 1.0, 33: 9.0, 62: 5.0}

def instances(split, count, rng):
    yield from list(WANTED)[:count]

def score(instance, answer):
    return abs(answer - WANTED[instance])
# %% program
# EVOLVE-BLOCK-START
def say(key):
    known = KNOWN
    number = known.get(key, 0.0)
    return number
# EVOLVE-BLOCK-END
"""
BY_PLACE = TABLE.replace("yield from list(WANTED)[:count]", "yield from range(count)").replace(
    "WANTED[instance]", "list(WANTED.values())[instance]"
)


def write(path: Path, task: str, known: str = "{}") -> Path:
    path.write_text(task.replace("KNOWN", known))
    return path


def search(task: Path, script: ScriptedModel, runs: Path, budget="12candidates", stop=None, **options):
    """Carry out a run, one ask at a time so that it repeats, until ``stop`` is set."""
    how = {"base_url": script.url, "operators": ["improve"], "form": "region", "pause": 0.01, **options}
    return provolve.run(
        task,
        proposer="model",
        strategy="hill-climb",
        budget=budget,
        seed=3,
        workers=1,
        window=1,
        runs=runs,
        proposer_options=how,
        stop=stop,
    )


def best_loss(run) -> float:
    with RunReader(run.path) as reader:
        return reader.best().verdict.loss


def looks(run) -> list:
    return [call for record, _ in run.verdicts() for call in record.calls if call.model == SANDBOX]


def known_in(prompt: str) -> dict[int, float]:
    return ast.literal_eval(re.search(r"known = (\{.*\})", prompt)[1])


def program_of(known: dict[int, float]) -> str:
    body = f"    known = {known}\n    number = known.get(key, 0.0)\n    return number"
    return f"```python\ndef say(key):\n{body}\n```"


# Worst instances --------------------------------------------------------------------------------------


def mends_the_worst(prompt: str) -> str:
    """Put right what the worst instance's score says is missing; else blindly try the next key."""
    known = known_in(prompt)
    worst = re.search(r"- instance (\d+): score ([\d.e+-]+)", prompt)
    place, missing = (int(worst[1]), float(worst[2])) if worst else (len(known) % 6, 1.0)
    return program_of({**known, place: known.get(place, 0.0) + missing})


def test_a_model_that_mends_the_worst_instance_needs_to_be_told_which(tmp_path: Path) -> None:
    task = write(tmp_path / "places.py", BY_PLACE)
    with ScriptedModel(mends_the_worst) as script:
        told = search(task, script, tmp_path / "told")
        untold = search(task, script, tmp_path / "untold", ["12candidates", "60000tokens"], feedback=False)
    assert best_loss(told) == 0.0
    assert best_loss(untold) > 3.0


# Traces -----------------------------------------------------------------------------------------------


def mends_the_key(prompt: str) -> str:
    """Know the missing number from the score, and its key from nowhere but the trace."""
    known = known_in(prompt)
    key = re.search(r"say is called: key = (\d+)", prompt)
    score = re.search(r"It does worst on instance \d+: score ([\d.e+-]+)", prompt)
    if key is None or score is None:
        return program_of({**known, len(known): 1.0})
    return program_of({**known, int(key[1]): float(score[1])})


def test_a_model_that_needs_the_values_on_the_way_finds_them_in_the_trace(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "repair.md").write_text(bundled()["repair"].replace("{{trace}}", ""))
    with ScriptedModel(mends_the_key) as script:
        traced = search(task, script, tmp_path / "traced", operators=["repair"])
        untraced = search(task, script, tmp_path / "bare", operators=["repair"], prompts=str(prompts))
    assert best_loss(traced) == 0.0
    assert best_loss(untraced) > 6.0
    found = looks(traced)
    assert {call.purpose for call in found} == {"repair:trace"}
    assert all(call.outcome is CallOutcome.ANSWERED and call.tokens == 0 and call.usd == 0 for call in found)
    assert any("say is called: key = 90" in call.reply for call in found)


def test_the_run_that_failed_is_traced_with_what_it_printed(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    broken = program_of({}).replace("return number", "print('key', key)\n    return number / (key - 90)")

    def answer(prompt: str) -> str:
        if "ZeroDivisionError is raised" in prompt and "| key = 90" not in prompt and "print" in prompt:
            assert "| key 90" in prompt, "what it printed before it failed"
            assert "say is called: key = 90" in prompt
            return program_of({90: 12.0})
        return broken

    with ScriptedModel(answer) as script:
        run = search(task, script, tmp_path / "runs", budget="3candidates", operators=["repair"])
    verdicts = [verdict for _, some in run.verdicts() for verdict in some]
    rejected = next(verdict for verdict in verdicts if verdict.rejection is Rejection.RAISED)
    assert rejected.printed.startswith("key 41")
    assert "90: 12.0" in run.champion


# Reflection -------------------------------------------------------------------------------------------


def looks_back(prompt: str) -> str:
    """Lower the first number always, unless a look back at what that did says to raise it."""
    if "in which direction" in prompt:
        lowered = "Did not help" in prompt
        return "Raise the number." if lowered else "Nothing is known yet."
    known = known_in(prompt)
    step = 1.0 if "Raise the number." in prompt else -1.0
    return program_of({0: known.get(0, 0.0) + step})


def test_only_a_look_back_turns_a_model_that_goes_the_wrong_way(tmp_path: Path) -> None:
    task = write(tmp_path / "places.py", BY_PLACE, "{0: 1.0}")
    with ScriptedModel(looks_back) as script:
        budget = ["20candidates", "40000tokens"]
        turned = search(task, script, tmp_path / "a", budget, operators=["improve", "reflect"])
        alone = search(task, script, tmp_path / "b", budget)
    start = (6.0 + 30.0) / 6
    assert best_loss(turned) == pytest.approx(5.0)
    assert best_loss(alone) == pytest.approx(start)


# Printed ----------------------------------------------------------------------------------------------


def listens(prompt: str) -> str:
    """Have the program print its keys, then write down a number for each key that was printed."""
    heard = [int(key) for key in re.findall(r"^\| key=(\d+)$", prompt, re.MULTILINE)]
    if heard:
        return program_of(dict.fromkeys(heard, 6.0))
    loud = "print(f'key={key}')\n    return number + 1.0"
    return program_of({}).replace("return number", loud)


def test_what_the_parent_printed_reaches_the_next_prompt(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    with ScriptedModel(listens) as script:
        run = search(task, script, tmp_path / "a", budget="2candidates")
        deaf = search(task, script, tmp_path / "b", ["2candidates", "9000tokens"], feedback=False)
    assert "90: 6.0" in run.champion
    assert "90: 6.0" not in deaf.champion
    loud = [verdict.printed for _, some in run.verdicts() for verdict in some if verdict.printed]
    assert loud[0] == "key=41\nkey=17\nkey=90\nkey=5\nkey=33\nkey=62"


# Consensus --------------------------------------------------------------------------------------------


def drafts(prompt: str) -> str:
    """Three drafts of four say much the same; the second is alone, and the fourth cannot be applied."""
    number = int(re.search(r"This is draft (\d)", prompt)[1])
    known = {1: {41: 7.0, 17: 3.0}, 2: {41: 1.0, 17: 1.0, 90: 1.0}, 3: {41: 7.0, 17: 3.0, 5: 1.0}}
    return program_of(known[number]) if number in known else "```python\ndef say(:\n```"


def test_the_draft_on_which_the_others_agree_most_is_judged(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    with ScriptedModel(drafts) as script:
        run = search(task, script, tmp_path / "runs", budget="1candidates", operators=["consensus"])
    (record, verdicts) = list(run.verdicts())[1]
    assert [proposal.operator for proposal in record.proposals] == ["consensus"]
    assert "{41: 7.0, 17: 3.0}" in record.proposals[0].change.regions[0]
    assert verdicts[0].accepted
    (look,) = looks(run)
    assert look.purpose == "consensus:consensus"
    assert "solution 0 gives the same output" in look.reply


def test_drafts_of_which_none_can_be_applied_are_a_rejection(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    with ScriptedModel(lambda prompt: "```python\ndef say(:\n```") as script:
        budget = ["2candidates", "9000tokens"]
        run = search(task, script, tmp_path / "runs", budget, operators=["consensus"])
    rejected = [verdict.rejection for _, some in run.verdicts() for verdict in some if verdict.rejection]
    assert set(rejected) == {Rejection.SYNTAX_ERROR}


# Decompose --------------------------------------------------------------------------------------------

OUTLINE = '''Two functions.

```python
def double(x):
    """Twice x."""

def say(key):
    """The number."""

assert double(2) == 4
assert double(0.5) == 1.0
assert double("a") == "aa"
assert say(41) == 7.0
assert say(17) == 3.0
```
'''
DOUBLE = ["def double(x):\n    return x ** 2", "def double(x):\n    return x + x", "def double(x:\n"]
SAY = [
    "def say(key):\n    return double(0.0)",
    "def say(key):\n    return double({41: 3.5, 17: 1.5}.get(key, 2.0))",
    "import math\ndef say(key):\n    return math.exp(key)",
]


def cut_up(prompt: str) -> str:
    if "Do not write their code" in prompt:
        return OUTLINE
    pieces = DOUBLE if "implementations of the function `double`" in prompt else SAY
    return "\n".join(f"```python\n{piece}\n```" for piece in pieces)


def test_the_combination_of_functions_whose_checks_hold_is_found(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    with ScriptedModel(cut_up) as script:
        run = search(task, script, tmp_path / "runs", budget="3candidates", operators=["decompose"])
    (record, _) = list(run.verdicts())[1]
    assert [proposal.operator for proposal in record.proposals] == ["decompose"] * 3
    first = record.proposals[0].change.regions[0]
    assert "return x + x" in first
    assert "3.5" in first
    assert first.count("def say") == 1
    tried = looks(run)
    assert {call.purpose for call in tried} == {"decompose:checks"}
    assert len(tried) == 2 + 6, "two ways to double, then each way to say on top of each"
    assert any("1: AssertionError" in call.reply for call in tried)


@pytest.mark.parametrize(
    "reply",
    ["No code at all.", "```python\nassert say(1) == 2\n```", "```python\ndef say(key):\n    pass\n```"],
)
def test_an_outline_that_cannot_be_built_is_recorded_and_the_run_goes_on(tmp_path: Path, reply: str) -> None:
    task = write(tmp_path / "keys.py", TABLE)

    def answer(prompt: str) -> str:
        return reply if "Do not write their code" in prompt else "nothing"

    with ScriptedModel(answer) as script:
        run = search(task, script, tmp_path / "runs", ["5candidates", "20000tokens"], operators=["decompose"])
    assert run.finished
    calls = [call for record, _ in run.verdicts() for call in record.calls]
    assert {"decompose:outline"} <= {call.purpose for call in calls}
    assert run.spent.candidates == 0


# The record -------------------------------------------------------------------------------------------


def test_a_replay_of_a_run_with_looks_takes_none_and_ends_with_the_same_champion(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    with ScriptedModel(mends_the_key) as script:
        run = search(task, script, tmp_path / "runs", budget="5candidates", operators=["repair"])
    again = provolve.run(
        task, proposer=f"replay:{Path(run.path).stem}", workers=1, runs=tmp_path / "runs", name="again"
    )
    assert again.champion == run.champion
    assert looks(run)
    assert not looks(again)


def told(run) -> list:
    """What was asked, seen and proposed, without the times."""
    return [
        (record.ask, record.choice, record.proposals, [(call.purpose, call.reply) for call in record.calls])
        for record, _ in run.verdicts()
    ]


def test_a_stopped_run_with_looks_ends_as_the_unbroken_one_does(tmp_path: Path) -> None:
    task = write(tmp_path / "keys.py", TABLE)
    answers = {"repair": mends_the_key, "consensus": drafts}

    stop, asked = threading.Event(), []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        if len(asked) == ends_at:
            stop.set()
        return answers["consensus" if "This is draft" in prompt else "repair"](prompt)

    ends_at = 0
    how = {"budget": "7candidates", "operators": ["repair", "consensus"]}
    with ScriptedModel(answer) as script:
        whole = search(task, script, tmp_path / "whole", **how)
        ends_at = len(asked) + len(asked) // 2
        broken = search(task, script, tmp_path / "broken", **how, stop=stop)
        assert not broken.finished
        before = told(broken)
        assert 2 <= len(before) < len(told(whole))
        broken.resume(workers=1)
    assert told(broken)[: len(before)] == before
    assert told(broken) == told(whole)
    assert broken.champion == whole.champion
    assert {call.purpose for call in looks(whole)} == {"repair:trace", "consensus:consensus"}
