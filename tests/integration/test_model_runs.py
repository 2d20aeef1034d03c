"""Runs with models: a server that misbehaves, budgets, feedback, the bandit, polishing, replay."""

import collections
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import provolve
from exported import canonical
from guess_task import guess_task
from provolve.errors import ProvolveError, SandboxUnavailable, UsageError
from provolve.propose.model.operators import OPERATORS
from provolve.record import AskTold, CallOutcome, Notice
from provolve.store import RunReader
from provolve.testing import ScriptedModel
from provolve.testing.script import CallFailed, Reply
from stub_server import StubServer

KEY = "sk-thisisthekeythatnobodymaysee"
TASK = guess_task(
    "(3.5 * instance + instance * instance)",
    "    return 1.0 * x + 0.5",
    train=6,
    validation=4,
    told='# description = "Guess a function of one number."\n',
)
GOOD = "```python\ndef guess(x):\n    return {} * x + x * x\n```"


def search(task: Path, url: str, *, runs: Path, budget="8candidates", listener=None, window=1, **options):
    """Carry out a run with improve alone, unless options say otherwise.

    With a window of one ask the order of arrival is no matter of time, so the run repeats.
    """
    how = {"base_url": url, "operators": ["improve"], "form": "region", "pause": 0.01, **options}
    return provolve.run(
        task,
        proposer="model",
        budget=budget,
        seed=3,
        workers=1,
        window=window,
        runs=runs,
        proposer_options=how,
        listener=listener or (lambda event: None),
    )


def outcomes(run) -> collections.Counter:
    return collections.Counter(call.outcome for record, _ in run.verdicts() for call in record.calls)


def rejections(run) -> collections.Counter:
    return collections.Counter(v.rejection for _, verdicts in run.verdicts() for v in verdicts if v.rejection)


EDIT = "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE"
MISDEEDS = [
    ("status", 429),
    ("status", 500),
    ("silence",),
    ("half", "```python\ndef gue"),
    ("not json",),
    ("no usage", GOOD.format(0.25)),
    ("cut", "```python\ndef guess(x):\n    return (x"),
    EDIT.format("    return nothing", "    return x"),
    EDIT.format("# EVOLVE-BLOCK-START", "# gone"),
    "```javascript\nfunction guess(x) { return x; }\n```",
    "def guess(x):\r\n    return 0.75 * x\r\n",
    "",
    "```python\nimport os\n\ndef guess(x):\n    print(dict(os.environ))\n    return len(os.environ) + x\n```",
]


def test_every_misdeed_of_a_server_is_a_named_outcome(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def answer(prompt: str, number: int):
        return MISDEEDS[number % 14] if number % 14 < 13 else GOOD.format(number / 10)

    with StubServer(answer) as server:
        limits = ["14candidates", "900000tokens"]
        run = search(task_file, server.url, runs=tmp_path / "runs", budget=limits, window=4)
    found = outcomes(run)
    assert {
        CallOutcome.ANSWERED,
        CallOutcome.BUSY,
        CallOutcome.SERVER_FAILED,
        CallOutcome.UNREACHABLE,
        CallOutcome.DISCONNECTED,
        CallOutcome.MALFORMED,
        CallOutcome.CUT_SHORT,
        CallOutcome.EMPTY,
    } <= set(found)
    assert {"edit_unmatched", "edit_outside_region", "syntax_error"} <= set(rejections(run))
    assert run.finished
    assert run.spent.tokens == sum(call.tokens for record, _ in run.verdicts() for call in record.calls)
    assert 0 < run.spent.tokens <= 900_000
    assert server.keys == {f"Bearer {KEY}"}
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert KEY not in canonical(run.path)


def test_an_ambiguous_edit_goes_back_once_and_both_are_recorded(task_file: Path, tmp_path: Path) -> None:
    text = TASK.replace("    return 1.0 * x + 0.5", "    y = x\n    y = x\n    return y")
    task_file.write_text(text)
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        if "could not be applied" in prompt:
            return EDIT.format("    y = x\n    return y", f"    return {len(asked)} * x")
        return EDIT.format("    y = x", "    y = 2 * x")

    with ScriptedModel(answer) as script:
        run = search(task_file, script.url, runs=tmp_path / "runs", form="edit", budget="1candidates")
    first = next((record, verdicts) for record, verdicts in run.verdicts() if record.ask == 1)
    assert [v.rejection for v in first[1]] == ["edit_ambiguous", None]
    assert [call.purpose for call in first[0].calls] == ["improve", "improve:again"]
    assert "stand in 2 places" in next(prompt for prompt in asked if "could not be applied" in prompt)


def test_a_model_that_fails_edits_is_asked_for_whole_regions(task_file: Path, tmp_path: Path) -> None:
    wholes = 0

    def answer(prompt: str) -> str:
        nonlocal wholes
        if "complete new text" in prompt:
            wholes += 1
            return GOOD.format(wholes)
        return EDIT.format("    return none of this", "    return x")

    with ScriptedModel(answer) as script:
        run = search(task_file, script.url, runs=tmp_path / "runs", form="auto", budget="3candidates")
    assert run.spent.candidates == 3
    assert rejections(run)["edit_unmatched"] >= 3


@pytest.mark.parametrize("sort", ["tokens", "usd"])
def test_the_cap_is_never_passed_and_ends_the_run(task_file: Path, tmp_path: Path, sort: str) -> None:
    numbers = iter(range(1, 10**6))

    def answer(prompt: str) -> Reply:
        return Reply(GOOD.format(next(numbers)), 400, 90)

    budget = {"tokens": "30000tokens", "usd": "0.03usd"}[sort]
    with ScriptedModel(answer) as script:
        run = search(
            task_file,
            script.url,
            runs=tmp_path / "runs",
            budget=budget,
            prices=["scripted=1,1"],
            max_tokens=200,
        )
    assert 10_000 < run.spent.tokens <= 30_000
    assert run.spent.usd <= 0.03
    assert CallOutcome.UNAFFORDABLE in outcomes(run)
    assert run.finished


def test_money_without_a_price_is_refused_with_the_way_to_state_it(task_file: Path, tmp_path: Path) -> None:
    with (
        ScriptedModel(lambda prompt: "") as script,
        pytest.raises(UsageError, match="--price scripted=IN,OUT"),
    ):
        search(task_file, script.url, runs=tmp_path / "runs", budget="1usd")


def test_symbolic_has_no_tokens_to_spend(task_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="symbolic makes none"):
        provolve.run(task_file, budget="5tokens", runs=tmp_path / "runs")


# Learning -------------------------------------------------------------------------------------------------


def test_rejections_changes_and_notes_reach_later_prompts(task_file: Path, tmp_path: Path) -> None:
    numbers = iter(range(1, 10**6))

    def answer(prompt: str) -> str:
        if "Write the notebook" in prompt:
            return "NOTE: squares help"
        number = next(numbers)
        return "```python\ndef guess(x):\n    return [][0]\n```" if number == 1 else GOOD.format(number / 7)

    with ScriptedModel(answer) as script:
        search(
            task_file,
            script.url,
            runs=tmp_path / "runs",
            budget="30candidates",
            operators=["improve", "notebook"],
        )
    joined = script.prompts
    assert any("raised: " in prompt and "IndexError" in prompt for prompt in joined)
    assert any("Helped: loss" in prompt and "```diff" in prompt for prompt in joined)
    assert any("NOTE: squares help" in prompt and "Write the notebook" not in prompt for prompt in joined)


def test_the_better_of_two_models_gets_most_of_the_budget(task_file: Path, tmp_path: Path) -> None:
    numbers = iter(range(1, 10**6))

    def clever(prompt: str) -> Reply:
        number = next(numbers)
        return Reply(GOOD.format(3.5 + 3 / number), 500, 50)

    def dull(prompt: str) -> Reply:
        return Reply(f"```python\ndef guess(x):\n    return -{next(numbers)}.0 * x\n```", 500, 50)

    with ScriptedModel(models={"clever": clever, "dull": dull}) as script:
        run = search(
            task_file,
            script.url,
            runs=tmp_path / "runs",
            budget="60000tokens",
            models=["clever", "dull"],
            max_tokens=100,
        )
    used: collections.Counter[str] = collections.Counter()
    for record, _ in run.verdicts():
        for call in record.calls:
            used[call.model] += call.tokens
    assert used["clever"] > 0.7 * used.total()
    assert used["dull"] > 0


@pytest.mark.parametrize("form", ["abs({})", "({}) ** 2"])
def test_the_right_form_with_wrong_constants_is_polished_to_the_optimum(
    task_file: Path, tmp_path: Path, form: str
) -> None:
    error = "answer - (3.5 * instance + instance * instance)"
    task_file.write_text(TASK.replace(f"abs({error})", form.format(error)))
    answer = "```python\ndef guess(x):\n    return 1.3 * x + 0.4 * x * x\n```"
    with ScriptedModel(lambda prompt: answer) as script:
        polished = search(
            task_file,
            script.url,
            runs=tmp_path / "a",
            budget="800candidates",
            operators=["improve", "polish"],
        )
        bare = search(task_file, script.url, runs=tmp_path / "b", budget=["20candidates", "200000tokens"])
    losses = []
    for run in (polished, bare):
        with RunReader(run.path) as reader:
            losses.append(reader.best().verdict.loss)
    assert losses[0] < 1e-6 * losses[1]
    operators = {proposal.operator for record, _ in polished.verdicts() for proposal in record.proposals}
    assert {"improve", "polish"} <= operators


def test_every_operator_makes_proposals_and_symbolic_ones_are_among_them(
    task_file: Path, tmp_path: Path
) -> None:
    numbers = iter(range(1, 10**6))
    with ScriptedModel(lambda prompt: GOOD.format(next(numbers) / 10)) as script:
        run = search(
            task_file,
            script.url,
            runs=tmp_path / "runs",
            budget="600candidates",
            operators=[*OPERATORS, "symbolic"],
        )
    made = {proposal.operator for record, _ in run.verdicts() for proposal in record.proposals}
    assert set(OPERATORS) - {"notebook", "think"} <= made
    assert made & {"mutate", "gaussian", "crossover"}
    assert any(record.choice.startswith("notebook@") for record, _ in run.verdicts())


# The order of arrival, replay, resume ---------------------------------------------------------------------


def test_one_slow_reply_holds_up_nobody_and_the_order_is_recorded(task_file: Path, tmp_path: Path) -> None:
    """The first call waits until ten others were told: its ask is told after them."""
    told = threading.Semaphore(0)
    first = threading.Event()

    def answer(prompt: str, number: int):
        if not first.is_set():
            first.set()
            for _ in range(10):
                told.acquire(timeout=30)
            return GOOD.format(77)
        return GOOD.format(number / 10)

    def listener(event) -> None:
        if isinstance(event, AskTold):
            told.release()

    with StubServer(answer) as server:
        run = search(
            task_file, server.url, runs=tmp_path / "runs", budget="20candidates", listener=listener, window=4
        )
    order = [record.ask for record, _ in run.verdicts() if record.ask]
    slow = next(record.ask for record, _ in run.verdicts() for call in record.calls if "77 * x" in call.reply)
    assert order.index(slow) >= 10
    assert sorted(order) != order


def test_a_replay_ends_with_the_same_champion_and_asks_nobody(task_file: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    lock = threading.Lock()
    delays = iter([0.02, 0.0, 0.03, 0.01] * 1000)

    def answer(prompt: str, number: int):
        with lock:
            delay = next(delays)
        time.sleep(delay)
        if number % 9 == 0:
            return ("status", 500)
        if number % 7 == 0:
            return EDIT.format("    return nowhere", "")
        return GOOD.format(round(3.0 + (number % 12) / 10, 2))

    with StubServer(answer) as server:
        run = search(task_file, server.url, runs=runs, budget="60candidates", operators=None, window=4)
    again = provolve.run(task_file, proposer=f"replay:{run.name}", runs=runs, workers=2, name="again")
    assert again.champion == run.champion
    assert again.spent.candidates == run.spent.candidates
    assert told(again)[: len(told(run))] == told(run)
    assert again.spent.tokens == 0


def told(run) -> list:
    return [(record.ask, record.choice, record.parents) for record, _ in run.verdicts()]


def test_a_symbolic_run_can_be_replayed_too(task_file: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = provolve.run(task_file, budget="100candidates", seed=4, workers=1, runs=runs)
    again = provolve.run(task_file, proposer=f"replay:{run.name}", runs=runs, workers=1)
    assert again.champion == run.champion


def test_a_replay_of_another_task_is_refused(task_file: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = provolve.run(task_file, budget="20candidates", seed=4, workers=1, runs=runs)
    task_file.write_text(TASK.replace("3.5", "3.25"))
    with pytest.raises(UsageError, match="the task that it was of"):
        provolve.run(task_file, proposer=f"replay:{run.name}", runs=runs)
    with pytest.raises(UsageError, match="leave them out"):
        provolve.run(task_file, proposer=f"replay:{run.name}", runs=runs, seed=1)


def test_a_run_that_was_killed_goes_on_from_its_record(task_file: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle: what was told stays, is not asked again, and the run ends in full."""
    enough = threading.Event()

    def answer(prompt: str, number: int):
        if number >= 25:
            enough.set()
            time.sleep(0.05)
        return GOOD.format(number / 10)

    how = ["--proposer", "model", "--in-flight", "3", "--name", "killed"]
    how += ["--proposer-option", 'operators=["improve"]', "--proposer-option", "form=region"]
    with StubServer(answer) as server:
        command = [sys.executable, "-m", "provolve", "run", str(task_file), "--json", "--workers", "1"]
        command += [*how, "--base-url", server.url, "--budget", "60candidates", "--seed", "5"]
        command += ["--runs", str(tmp_path / "runs")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert enough.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        announced = {
            json.loads(line)["ask"] for line in output.splitlines() if line.startswith(b'{"event":"told"')
        }
        with RunReader(tmp_path / "runs" / "killed.db") as reader:
            before = [(record.ask, record.choice, record.calls) for record, _ in reader.verdicts()]
        calls = server.calls
        outcome = provolve.open("killed", runs=tmp_path / "runs").resume(workers=1)
        assert server.calls > calls
    run = provolve.open("killed", runs=tmp_path / "runs")
    after = [(record.ask, record.choice, record.calls) for record, _ in run.verdicts()]
    assert outcome.reason == "budget"
    assert run.spent.candidates == 60
    assert announced <= {ask for ask, _, _ in before}
    assert after[: len(before)] == before
    assert run.spent.tokens == sum(call.tokens for _, _, made in after for call in made)


def test_a_stopped_run_finishes_what_is_in_flight_and_can_go_on(task_file: Path, tmp_path: Path) -> None:
    numbers = iter(range(1, 10**6))
    stop = threading.Event()

    def listener(event) -> None:
        if isinstance(event, AskTold) and event.spent.candidates >= 5:
            stop.set()

    with ScriptedModel(lambda prompt: GOOD.format(next(numbers) / 10)) as script:
        options = {"base_url": script.url, "operators": ["improve"], "form": "region"}
        run = provolve.run(
            task_file,
            proposer="model",
            budget="20candidates",
            workers=1,
            runs=tmp_path,
            seed=1,
            proposer_options=options,
            listener=listener,
            stop=stop,
        )
        assert not run.finished
        asked = sum(len(record.calls) for record, _ in run.verdicts())
        assert asked == len(script.prompts)
        assert run.resume(workers=1).reason == "budget"
    assert run.spent.candidates == 20


def test_time_that_ends_breaks_off_calls_and_books_what_they_may_have_cost(
    task_file: Path, tmp_path: Path
) -> None:
    def answer(prompt: str, number: int):
        time.sleep(0.0 if number < 4 else 20.0)
        return GOOD.format(number)

    with StubServer(answer) as server:
        run = search(task_file, server.url, runs=tmp_path / "runs", budget="3s", window=4)
    assert run.finished
    assert 1 <= outcomes(run)[CallOutcome.ABANDONED] <= 4
    abandoned = [c for r, _ in run.verdicts() for c in r.calls if c.outcome is CallOutcome.ABANDONED]
    assert all(call.estimated and call.tokens > 4096 for call in abandoned)


# Servers that are not there -------------------------------------------------------------------------------


def test_a_server_that_refuses_the_key_ends_the_run_with_advice(task_file: Path, tmp_path: Path) -> None:
    with (
        StubServer(lambda prompt, number: ("status", 401)) as server,
        pytest.raises(ProvolveError, match="OPENAI_API_KEY"),
    ):
        search(task_file, server.url, runs=tmp_path / "runs")


def test_a_server_that_is_not_there_is_a_message(task_file: Path, tmp_path: Path) -> None:
    with StubServer(lambda prompt, number: "") as server:
        url = server.url
    with pytest.raises(UsageError, match=r"cannot be reached.*--base-url"):
        search(task_file, url, runs=tmp_path / "runs")


def test_without_a_key_or_with_a_wrong_option_no_run_is_made(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match=r"OPENAI_API_KEY.*--base-url"):
        search(task_file, "", runs=tmp_path / "runs")
    with pytest.raises(UsageError, match="max_tokens"):
        search(task_file, "http://localhost:1/v1", runs=tmp_path / "runs", max_tokens=0)
    monkeypatch.setenv("OPENAI_API_KEY", "one\ntwo")
    with pytest.raises(UsageError, match=r"OPENAI_API_KEY.*copy it anew"):
        search(task_file, "http://localhost:1/v1", runs=tmp_path / "runs", models=["x"])
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match=r"base URL 'localhost:1/v1'"):
        search(task_file, "localhost:1/v1", runs=tmp_path / "runs", models=["x"])
    assert not list(tmp_path.rglob("*.db"))


def test_several_models_must_be_named(task_file: Path, tmp_path: Path) -> None:
    with (
        StubServer(lambda prompt, number: "", models=("a", "b")) as server,
        pytest.raises(UsageError, match=r"offers 2 models \(a, b\): name one with --model"),
    ):
        search(task_file, server.url, runs=tmp_path / "runs")


def test_without_replies_the_run_stops_and_can_be_resumed(task_file: Path, tmp_path: Path) -> None:
    numbers = iter(range(1, 10**6))

    def failing(prompt: str) -> str:
        if next(numbers) == 1:
            return GOOD.format(2)
        raise CallFailed(CallOutcome.SERVER_FAILED, "down for the day", again=True)

    with (
        ScriptedModel(failing) as script,
        pytest.raises(ProvolveError, match=r"brought no reply \(down for the day\).*resume"),
    ):
        search(task_file, script.url, runs=tmp_path / "runs", tries=2)
    run = provolve.open(next((tmp_path / "runs").glob("*.db")).stem, runs=tmp_path / "runs")
    assert outcomes(run)[CallOutcome.SERVER_FAILED] >= 24


def test_below_strong_candidates_of_models_need_permission(task_file: Path, tmp_path: Path) -> None:
    numbers = iter(range(1, 10**6))
    with ScriptedModel(lambda prompt: GOOD.format(next(numbers))) as script:
        how = {"base_url": script.url, "operators": ["improve"], "form": "region"}
        arguments = {"proposer": "model", "budget": "2candidates", "workers": 1, "level": "none"}
        with pytest.raises(SandboxUnavailable, match="--allow-weak-sandbox"):
            provolve.run(task_file, runs=tmp_path / "a", proposer_options=how, **arguments)
        run = provolve.run(
            task_file, runs=tmp_path / "b", proposer_options=how, allow_weak_sandbox=True, **arguments
        )
    assert run.spent.candidates == 2


def test_calls_that_fail_are_told_of_once_and_summed_up(task_file: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, Notice) and event.topic == "calls":
            told.append(event.text)

    def reply(prompt: str, number: int) -> str:
        return "" if number % 2 else GOOD.format(number)

    with StubServer(reply) as server:
        search(task_file, server.url, runs=tmp_path, listener=listen, budget="3candidates")
    assert len(told) == 2
    assert "failed (empty)" in told[0]
    failed, _, calls = told[1].split(" calls ")[0].split(" ")
    assert 2 <= int(failed) < int(calls)
    assert told[1].endswith(f": {failed} empty")


def test_a_server_that_goes_away_is_told_of_before_the_run_stops(task_file: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, Notice) and event.topic == "calls":
            told.append(event.text)

    with StubServer(lambda prompt, number: "") as server:
        url = server.url
    with pytest.raises(ProvolveError, match="brought no reply"):
        search(task_file, url, runs=tmp_path, listener=listen, models=["gone"])
    assert [text.split(":")[0] for text in told] == ["a call of gone failed (unreachable)"]
