"""What people see, kept as text."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from provolve.engine.verify import Check, Verification
from provolve.record import (
    AskTold,
    Budget,
    Candidate,
    Claim,
    Comparison,
    Finished,
    Notice,
    Optimism,
    Proposal,
    Rejection,
    RunStarted,
    Spent,
    Template,
    Vector,
    Verdict,
)
from provolve.report.doctor import Diagnosis, doctor_report
from provolve.report.ending import ending, stopped_text
from provolve.report.findings import findings_table, verification_report
from provolve.report.live import LiveView
from provolve.report.progress import Progress
from provolve.report.run_page import RunFacts, run_page
from provolve.report.runs import runs_table
from provolve.report.scale import Scale
from provolve.report.task_page import task_page, tasks_table
from provolve.store import Entry, OperatorCount, RunSpec, RunSummary
from provolve.task import Listed, load
from provolve.task.settings import Published

WIDTHS = pytest.mark.parametrize("width", [80, 120])
SCALE = Scale("minimize", "mean", "% excess over the L1 bound")
STARTED = RunStarted(
    run="bin-packing-1",
    task="bin-packing",
    direction="minimize",
    seed=1,
    budget=Budget(60.0, 60_000),
    proposer="symbolic",
    strategy="islands",
    workers=2,
    level="full",
    level_detail="",
    resumed=False,
    seed_loss=4.2271,
)
CLAIM = Claim(
    champion="ab" * 16,
    kind="heuristic",
    instances=30,
    mean=0.8213,
    exact="",
    scores=(0.8213,) * 30,
    comparisons=(
        Comparison("seed program", 4.2313, 3.41, 3.352, 3.468, "t"),
        Comparison("best-fit", 4.2313, 3.41, 3.352, 3.468, "t"),
        Comparison("first-fit", 4.701, 3.8797, 3.80, 3.95, "t"),
        Comparison("two-thresholds", 0.85, 0.0287, 0.003, 0.054, "t", jointly=False),
        Comparison("tuned", 0.8213, 0.0, -0.03, 0.03, "t", jointly=False),
        Comparison("worst-fit", 13.12, 12.3, 12.1, 12.5, "bca"),
    ),
    train=0.7803,
    validation=0.8101,
    optimism=Optimism(0.8213, 0.0112, -0.0102, 0.0326),
)
SPENT = Spent(31.2, 60_000, 21_000, 30_000)
SOURCE = "# EVOLVE-BLOCK-START\ndef priority(item, left):\n    return -left * 2.5\n# EVOLVE-BLOCK-END\n"
TASK = """\
# /// task
# description = "Sort by price: which offer is first?"
# direction = "maximize"
# answer = "certificate"
# unit = "points"
# bound = 100
# [parameters.size]
# default = 40
# low = 1
# high = 1000
# description = "Offers in an instance."
# [published.somebody]
# value = 97.5
# source = "A. Author, On offers, 2020"
# on = "her ten instances"
# ///
# %% judge
def instances(split, count, rng):
    return [1] * count
def score(instance, answer):
    return 1
def baseline_cheapest_first(instance):
    return 1
# %% program
# EVOLVE-BLOCK-START
def order(offers):
    return offers  # [bold]no markup[/bold]
# EVOLVE-BLOCK-END
# %% baseline backwards
\"\"\"The dearest first.\"\"\"
def order(offers):
    return offers[::-1]
"""


@WIDTHS
def test_ending(compare, width: int) -> None:
    finished = Finished("bin-packing-1", "budget", SPENT, SOURCE, CLAIM)
    compare("ending", ending(finished, STARTED, SCALE, {}, writable=True), width)


def test_ending_on_a_narrow_terminal(compare) -> None:
    finished = Finished("bin-packing-1", "budget", SPENT, SOURCE, CLAIM)
    compare("ending", ending(finished, STARTED, SCALE, {}, writable=False), 48)


@WIDTHS
def test_ending_of_a_construction(compare, width: int) -> None:
    exact = "2635983084917/1000000000000"
    other = Comparison("seed program", 2.5, 0.135983084917, None, None, "")
    claim = Claim("cd" * 16, "construction", 1, 2.635983084917, exact, (2.636,), (other,), -1.054, -1.054)
    published = {
        "alphaevolve": Published(
            value=2.635, source="Novikov et al., AlphaEvolve, 2025", on="26 circles, tolerance unknown"
        ),
        "folklore": Published(text="at least 2.63", source="Friedman, Erich's Packing Center"),
    }
    finished = Finished("circles-1", "exhausted", Spent(31.2, 600, 210, 300), SOURCE, claim)
    compare(
        "construction", ending(finished, STARTED, Scale("maximize", "ratio"), published, writable=True), width
    )


def test_stopped(compare) -> None:
    compare("stopped", stopped_text("bin-packing-1", SPENT), 80)


@WIDTHS
def test_live(compare, width: int) -> None:
    progress = Progress()
    progress.seed_validation = 4.19
    view = LiveView(progress, SCALE, lambda: 0.0)
    view.see(STARTED)
    reasons = (None, None, Rejection.DUPLICATE_BEHAVIOUR, Rejection.DUPLICATE_SOURCE, Rejection.RAISED)
    for ask in range(1, 401):
        best = 0.8 + 3.4 * math.exp(-ask // 25 / 3)
        verdicts = tuple(Verdict(None, reason) for reason in reasons)
        operator = ("gaussian", "mutate", "crossover", "gaussian,tabulate")[ask % 4]
        view.see(
            AskTold(ask, operator, verdicts, Spent(ask / 16, ask * 60, ask * 22, ask), best, "", best * 1.05)
        )
    view.see(Notice("baseline", "baseline two-thresholds is rejected on train: raised: ZeroDivisionError"))
    compare("live", view, width)


@WIDTHS
def test_run_page(compare, width: int, tmp_path: Path) -> None:
    (tmp_path / "offers.py").write_text(TASK)
    task = load(tmp_path / "offers.py")
    template = Template("ef" * 16, (("def order(offers):\n    return offers[::", "]\n"),), "i", 9)
    entries = []
    for ask in range(20, -1, -1):
        candidate = Candidate.of(template, (ask,))
        proposal = Proposal("seed program" if ask == 0 else "gaussian", (), Vector(template, (ask,)))
        validation = -2.0 - ask / 20 if ask % 5 == 0 else None
        entries.append(
            Entry(ask, 0, proposal, Verdict(candidate, loss=-2.0 - ask / 10, validation=validation))
        )
    spec = RunSpec(
        task="/tasks/offers.py",
        task_name="offers",
        task_digest="01" * 16,
        parameters={"size": "40"},
        data="",
        direction="maximize",
        kind="heuristic",
        proposer="symbolic",
        strategy="islands",
        proposer_options={"depth": 4},
        strategy_options={},
        seed=7,
        test_seed=7,
        batch=8,
        window=8,
        budget=Budget(candidates=500),
        versions={"provolve": "0.1.0", "python": "3.11.7"},
        task_source={},
    )
    claim = Claim(
        "ab" * 16,
        "heuristic",
        30,
        4.1,
        "",
        (4.1,) * 30,
        (Comparison("seed program", 2.1, 2.0, 1.5, 2.5, "t"),),
        -4.0,
        -3.0,
    )
    source = task.program.source.replace("return offers", "return offers[::20]")
    facts = RunFacts(
        name="offers-3",
        spec=spec,
        spent=Spent(2.0, 500, 200, 40),
        finished=Finished("offers-3", "budget", Spent(2.0, 500, 200, 40), source, claim),
        best=entries[0],
        seed_loss=-2.0,
        lineage=tuple(entries),
        improvements=((0, -2.0), (100, -3.0), (250, -4.0)),
        counts={"accepted": 200, "duplicate_behaviour": 250, "raised": 50},
        operators={"gaussian": OperatorCount(300, 120, 5), "mutate": OperatorCount(199, 79, 1)},
    )
    compare("run", run_page(facts, task), width)


@WIDTHS
def test_task_page(compare, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "offers.py").write_text(TASK)
    task = load(tmp_path / "offers.py")
    object.__setattr__(task, "origin", Path("/tasks/offers.py"))
    object.__setattr__(task, "digest", "0123456789abcdef")
    compare("task", task_page(task), width)


def test_tasks(compare) -> None:
    tasks = [
        Listed("bin-packing", "Online bin packing.", "two-thresholds 1.06", "funsearch 0.68"),
        Listed("tsp", "Short tours.", "", ""),
        Listed("paging", "What leaves the cache?", "", "Belady's optimum needs the future"),
    ]
    compare("tasks", tasks_table(tasks), 80)


@WIDTHS
def test_runs(compare, width: int) -> None:
    now = 1_700_000_000.0
    summaries = [
        RunSummary("bin-packing-2", "bin-packing", "running", 1200, 0.912, now),
        RunSummary("bin-packing-1", "bin-packing", "finished", 60000, 0.7803, now - 125),
        RunSummary("offers-1", "offers", "stopped", 0, None, now - 7000),
        RunSummary("old", "", "damaged", 0, None, now - 60, "runs/old.db: it is damaged: restore it"),
    ]
    compare("runs", runs_table(summaries, now), width)


@WIDTHS
def test_doctor(compare, width: int) -> None:
    diagnoses = [
        Diagnosis("versions", "good", "provolve 0.1.0, Python 3.11.7"),
        Diagnosis(
            "sandbox",
            "note",
            "strong: candidates run behind Landlock and seccomp: no files but libraries, no network",
            ("namespaces: not permitted; it needs bubblewrap (bwrap) or unprivileged user namespaces",),
        ),
    ]
    compare("doctor", doctor_report(diagnoses), width)
    bad = [*diagnoses, Diagnosis("runs", "bad", "runs cannot be written", ("make it writable",))]
    compare("doctor-bad", doctor_report(bad), width)


def test_lint(compare) -> None:
    found = [("error", "the seed program is rejected: raised: \x1b[1mboom"), ("note", "1.5 ms an instance")]
    compare("lint", findings_table(found), 80)


def test_verification(compare) -> None:
    checks = (Check("task", True), Check("champion, run again", True), Check("claim", True))
    holds = Verification("offers", "01" * 16, True, "full", CLAIM, checks)
    compare("verified", verification_report(holds), 80)
    differs = (*checks[:1], Check("stored answers", False, "instance 3: 1.0 is stated, 2.0 is found"))
    compare("refuted", verification_report(Verification("x", "0", False, "", CLAIM, differs)), 80)
