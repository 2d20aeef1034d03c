"""From verdicts and times to the numbers and the words that people see."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from provolve.engine.samples.files import Samples, parse_samples
from provolve.engine.samples.judging import SampleVerdict
from provolve.engine.samples.results import Header, Results
from provolve.engine.samples.scoring import Judged, Opened, Timed
from provolve.engine.samples.summary import summarize, usable_ks
from provolve.engine.samples.timing import SampleTimes
from provolve.report.scores import ScoreBar, ScoreLines, news_to_json, scores_report, summary_to_json

REFERENCE = "def f(x):\n    return x\n"
PASSED = SampleVerdict(0, "a", "", "passed")


def samples(tasks: int, each: int, *, timed: bool = False) -> Samples:
    levels = {"levels": [[[1]], [[2]]], "reference": REFERENCE}
    plain = {"input": [[1]], "expected": [1]}
    tests = [{"task_id": str(t), "entry_point": "f", **(levels if timed else plain)} for t in range(tasks)]
    rows = [{"task_id": str(t), "solution": "x"} for t in range(tasks) for _ in range(each)]
    one, two = ("".join(json.dumps(line) + "\n" for line in part).encode() for part in (rows, tests))
    return parse_samples(one, two, "s", "t")


def results(folder: Path, outcomes: list[str], efficiencies: list[float] = []) -> Results:  # noqa: B006
    with Results(folder / "r", Header("s", "t", 1.0, 1, 1, "full")) as found:
        for index, outcome in enumerate(outcomes):
            found.add(SampleVerdict(index, "", "", outcome))
        for index, worth in enumerate(efficiencies):
            found.add(SampleTimes(index, (0.0, 1.0), worth))
    return found


def test_pass_at_k_is_the_mean_over_tasks(tmp_path: Path) -> None:
    outcomes = ["passed", "raised", "passed", "passed", "raised", "deadline"]
    (summary,) = summarize(samples(3, 2), results(tmp_path, outcomes), [1, 2])
    assert summary.pass_at[1].value == pytest.approx(0.5)
    assert summary.pass_at[2].value == pytest.approx(2 / 3)
    assert 0.0 <= summary.pass_at[1].low < 0.5 < summary.pass_at[1].high <= 1.0
    assert summary.failures == {"raised": 2, "deadline": 1}
    assert summary.eff_at == {}


def test_equal_tasks_still_get_an_interval(tmp_path: Path) -> None:
    (summary,) = summarize(samples(20, 1), results(tmp_path, ["passed"] * 20), [1])
    assert summary.pass_at[1].high == 1.0
    assert summary.pass_at[1].low == pytest.approx(0.025 ** (1 / 20), abs=1e-9)


def test_one_task_has_the_exact_interval_over_its_samples(tmp_path: Path) -> None:
    (summary,) = summarize(samples(1, 4), results(tmp_path, ["passed", "raised", "passed", "passed"]), [1])
    assert summary.pass_at[1].value == 0.75
    assert summary.pass_at[1].low == pytest.approx(0.1941, abs=1e-4)


def test_eff_at_k_takes_wrong_samples_as_zero(tmp_path: Path) -> None:
    found = results(tmp_path, ["passed", "raised", "passed", "passed"], [1.0, 9.0, 0.5, 0.25])
    (summary,) = summarize(samples(2, 2, timed=True), found, [1, 2])
    assert summary.eff_at[1].value == pytest.approx((0.5 + 0.375) / 2)
    assert summary.eff_at[2].value == pytest.approx((1.0 + 0.5) / 2)


def test_only_ks_with_enough_samples_are_taken_unasked() -> None:
    assert usable_ks(samples(2, 3), (1, 10)) == (1,)
    assert usable_ks(samples(1, 10), (1, 10)) == (1, 10)


def test_an_endless_interval_is_null_in_json_and_left_out_for_people(tmp_path: Path) -> None:
    found = results(tmp_path, ["passed"], [0.5])
    summaries = summarize(samples(1, 1, timed=True), found, [1])
    fields = json.loads(summary_to_json(summaries[0]))
    assert fields["eff_at"]["1"]["low"] is None
    console = Console(file=io.StringIO(), width=100)
    console.print(scores_report(summaries))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "0.500\n" in text
    assert "∞" not in text


def judged(done: int, outcome: str = "passed") -> Judged:
    return Judged(msgspec.structs.replace(PASSED, outcome=outcome), done, 9)


def test_lines_come_at_most_every_two_seconds_and_at_the_end() -> None:
    now, told = [0.0], []
    lines = ScoreLines(lambda: now[0], told.append)
    lines.see(Opened(9, 2, 0, "full", 1))
    for done in range(3, 9):
        now[0] += 0.5
        lines.see(judged(done, "raised"))
    lines.see(judged(9))
    lines.see(Timed(SampleTimes(0, (1.0,), 1.0), "a", "", 1, 1))
    assert told == [
        "9 samples, 2 of them judged before; 1 worker, sandbox full",
        "judged 6 of 9, 4 failed",
        "judged 9 of 9, 6 failed",
        "timed 1 of 1",
    ]


def test_a_bar_shows_both_phases_and_goes_away() -> None:
    file = io.StringIO()
    with ScoreBar(Console(file=file, force_terminal=True, width=80, highlight=False)) as bar:
        for news in (
            Opened(9, 0, 0, "full", 2),
            judged(4, "raised"),
            Timed(SampleTimes(0, (), 0.0), "a", "", 1, 3),
        ):
            bar.see(news)
    assert "9 samples; 2 workers" in file.getvalue()
    assert "judging (1 failed)" in file.getvalue()
    assert "timing" in file.getvalue()


def test_every_news_is_one_line_of_json() -> None:
    news = (Opened(9, 0, 0, "full", 2), judged(4), Timed(SampleTimes(0, (None,), 0.0), "a", "", 1, 3))
    found = [json.loads(news_to_json(one)) for one in news]
    assert [one["event"] for one in found] == ["opened", "judged", "timed"]
    assert found[1]["verdict"]["outcome"] == "passed"
    assert found[2]["times"]["seconds"] == [None]
