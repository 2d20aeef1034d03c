"""A task of kind speed from its search to its bundle."""

import hashlib
import json
import re
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import provolve
from provolve.engine.api import Run
from provolve.engine.best import Best
from provolve.engine.bundle import export_bundle
from provolve.engine.lint import lint_task
from provolve.engine.speed_claims import CHAMPION, make_speed_claim
from provolve.engine.verify import verify
from provolve.judge import PlainResult, Timings
from provolve.program import Program, lift
from provolve.record import AskTold, Claim, Event, Finished, Notice, Rejection, RunStarted, event_to_json
from provolve.task import load

TASK = """
# /// task
# kind = "speed"
# timing.rounds = 4
# splits.train = 4
# splits.validation = 4
# splits.test = 6
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield int(rng.integers(20_000, 40_000))
# %% program
# EVOLVE-BLOCK-START
def total(n):
    idle = 5.0 * 7.0 - 3.0
    found = 0
    for i in range(1 * n):
        found += i
    return found
# EVOLVE-BLOCK-END
# %% baseline formula
import math
# EVOLVE-BLOCK-START
def total(n):
    return math.comb(n, 2)
# EVOLVE-BLOCK-END
# %% baseline twice
import math
# EVOLVE-BLOCK-START
def total(n):
    return sum(range(n)) and sum([i for i in range(n)] + [i for i in range(n)]) // 2
# EVOLVE-BLOCK-END
# %% baseline wrong
import math
# EVOLVE-BLOCK-START
def total(n):
    return n
# EVOLVE-BLOCK-END
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Run, list]:
    folder = tmp_path_factory.mktemp("speed")
    path = folder / "sums.py"
    path.write_text(TASK)
    events: list = []
    run = provolve.run(
        path, budget="30candidates", seed=1, workers=2, runs=folder / "runs", listener=events.append
    )
    return run, events


def test_one_worker_judges_and_the_run_says_so(told) -> None:
    _, events = told
    started = next(event for event in events if isinstance(event, RunStarted))
    assert started.workers == 1
    assert started.seed_loss == pytest.approx(1.0)
    notices = {event.topic: event.text for event in events if isinstance(event, Notice)}
    assert notices["workers"].startswith("one worker judges, not 2")
    assert "answer_refused" in notices["baseline"]


def test_no_right_candidate_is_a_duplicate_by_behaviour(told) -> None:
    _, events = told
    verdicts = [verdict for event in events if isinstance(event, AskTold) for verdict in event.verdicts]
    assert sum(verdict.accepted for verdict in verdicts) > 1
    assert all(verdict.rejection is not Rejection.DUPLICATE_BEHAVIOUR for verdict in verdicts)


def test_the_claim_is_a_ratio_with_a_control_and_the_inputs_that_were_right(told) -> None:
    run, events = told
    claim = run.claim
    assert claim is not None
    assert claim.kind == "speed"
    assert claim.speed is not None
    assert (claim.speed.rounds, claim.speed.equal, claim.instances) == (4, 6, 6)
    assert claim.speed.control.low <= claim.speed.control.value <= claim.speed.control.high
    by_name = {other.name: other for other in claim.comparisons}
    assert set(by_name) == {"seed program", "formula", "twice"}
    assert by_name["formula"].mean < 0.2
    assert by_name["formula"].finding == "worse"
    assert by_name["twice"].mean > by_name["formula"].mean
    assert by_name["seed program"].ratio == claim.speed.ratio
    finished = next(event for event in events if isinstance(event, Finished))
    assert json.loads(event_to_json(finished))["claim"]["speed"]["equal"] == 6


def test_the_seed_program_as_the_champion_is_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "sums.py"
    path.write_text(TASK.replace("1 * n", "n").replace("found = 0", "found = n - n"))
    run = provolve.run(path, budget="1candidates", seed=2, runs=tmp_path, batch=1)
    assert run.claim is not None
    assert "range(n)" in run.champion
    assert run.claim.comparisons[0].name == "seed program"
    assert run.claim.comparisons[0].finding == "parity"


def test_a_run_that_was_stopped_goes_on_from_its_record(tmp_path: Path) -> None:
    path, stop = tmp_path / "sums.py", threading.Event()
    path.write_text(TASK)
    told: list[AskTold] = []

    def listen(event: Event) -> None:
        if isinstance(event, AskTold):
            told.append(event)
            stop.set()

    run = provolve.run(
        path, budget="40candidates", seed=1, runs=tmp_path, batch=4, window=2, listener=listen, stop=stop
    )
    assert not run.finished
    before = [verdicts for _, verdicts in run.verdicts()]
    stop.clear()
    run.resume(workers=2)
    assert run.finished
    assert [verdicts for _, verdicts in run.verdicts()][: len(before)] == before
    assert run.spent.candidates >= 40


@pytest.fixture
def bundle(told, tmp_path: Path) -> Callable[..., Path]:
    """Return the run's bundle, its manifest or its answers changed and all digests made to fit."""

    def make(change: Callable[[dict, dict], None] | None = None) -> Path:
        path = tmp_path / "claim.zip"
        export_bundle(told[0].path, path)
        if change is None:
            return path
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(members.pop("bundle.json"))
        members.pop("bundle.sha256")
        change(manifest, members)
        manifest["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
        with zipfile.ZipFile(path, "w") as archive:
            text = json.dumps(manifest)
            archive.writestr("bundle.json", text)
            archive.writestr("bundle.sha256", hashlib.sha256(text.encode()).hexdigest() + "\n")
            for name, data in members.items():
                archive.writestr(name, data)
        return path

    return make


def failed(path: Path, tmp_path: Path) -> set[str]:
    return {check.name for check in verify(path, runs=tmp_path).checks if not check.holds}


def test_a_bundle_holds_when_it_is_timed_again(bundle, tmp_path: Path) -> None:
    found = verify(bundle(), runs=tmp_path)
    assert [check.name for check in found.checks] == [
        "task",
        "champion",
        "stored answers",
        "claim",
        "timed again",
    ]
    assert found.holds, found.checks


def test_an_interval_that_was_edited_is_found(bundle, tmp_path: Path) -> None:
    def narrow(manifest: dict, members: dict) -> None:
        manifest["claim"]["speed"]["ratio"]["high"] += 0.5

    assert failed(bundle(narrow), tmp_path) == {"claim"}


def test_an_answer_that_was_edited_is_found(bundle, tmp_path: Path) -> None:
    def swap(manifest: dict, members: dict) -> None:
        members["answers/0.bin"], members["answers/1.bin"] = (
            members["answers/1.bin"],
            members["answers/0.bin"],
        )

    assert "stored answers" in failed(bundle(swap), tmp_path)


def test_times_that_were_made_up_are_found_when_it_is_timed_again(told, bundle, tmp_path: Path) -> None:
    """Samples of a champion twenty times as fast, and the claim that follows from them."""
    task = load(told[0].spec.task)

    def hurry(manifest: dict, members: dict) -> None:
        programs = manifest["timings"]["programs"]
        programs[CHAMPION] = [[value / 20 for value in row] for row in programs[CHAMPION]]
        timings = msgspec.convert(manifest["timings"], Timings)
        claim = msgspec.convert(manifest["claim"], Claim)
        seconds = timings.seconds(CHAMPION, warm=False)
        scores = tuple(map(float, seconds / timings.seconds("seed program", warm=False).mean()))
        texts = Program.parse(members["champion.py"].decode()).texts()
        candidate = lift(task.program, texts)
        best = Best(claim.train, candidate.digest, candidate, claim.train, claim.validation)
        result = PlainResult(None, "", scores, (), "", (), ())
        made_up = make_speed_claim(task, best, result, timings, manifest["spec"]["test_seed"])
        manifest["claim"] = msgspec.to_builtins(made_up)
        manifest["exact"] = list(map(repr, scores))

    assert failed(bundle(hurry), tmp_path) == {"timed again"}


def findings(tmp_path: Path, task: str) -> list[str]:
    path = tmp_path / "sums.py"
    path.write_text(task)
    return [f"{finding.severity}: {finding.text}" for finding in lint_task(load(path))]


def test_lint_judges_baselines_and_says_what_the_seed_program_takes(tmp_path: Path) -> None:
    found = "\n".join(findings(tmp_path, TASK))
    assert "error: baseline wrong is rejected: answer_refused" in found
    assert "note: the seed program takes" in found
    assert "baseline formula is rejected" not in found
    assert "accepts" not in found


def test_lint_finds_a_judge_that_takes_anything_and_work_too_little_to_time(tmp_path: Path) -> None:
    lax = "def same(instance, answer, reference):\n    return True\n# %% program"
    task = TASK.replace("# %% program", lax).replace("rng.integers(20_000, 40_000)", "rng.integers(400)")
    task = task.replace("range(1 * n)", "range(5)").replace("return found", "return [found] * 9")
    found = "\n".join(findings(tmp_path, task))
    assert 'error: attack "no answer": the judge accepts None as an answer' in found
    assert re.search(r"\d+ of 20 answers of the seed program, altered at random, are accepted", found)
    assert "little to be timed" in found
