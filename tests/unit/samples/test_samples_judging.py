"""Verdicts and timings of samples in the real sandbox: what is believed of a sample, and what is not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from provolve.engine.samples.files import Problem, Sample, parse_problems, parse_samples
from provolve.engine.samples.judging import SampleVerdict, expected_answers, judge_sample
from provolve.engine.samples.runner import Limits, open_sandbox
from provolve.engine.samples.scoring import Judged, Plan, require_strong, score
from provolve.engine.samples.timing import Timer
from provolve.engine.selection import run_on_tests, select
from provolve.errors import SandboxUnavailable, UsageError
from provolve.sandbox import Sandbox

LIMITS = Limits(cpu_seconds=0.3, memory_mb=128)
BUSY = "def work(x):\n    for _ in range(x * {}):\n        pass\n    return x\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(LIMITS, slot=40) as opened:
        yield opened


def problem(**fields: object) -> Problem:
    line = {"task_id": "t", "entry_point": "work", **fields}
    return parse_problems(json.dumps(line).encode(), "t.jsonl")["t"]


TWO = {"levels": [[[1]], [[2], [3]]]}


def verdict(sandbox: Sandbox, source: str, **fields: object) -> SampleVerdict:
    asked = problem(**fields)
    expected = () if asked.self_judged else expected_answers(sandbox, asked, LIMITS)
    return judge_sample(sandbox, Sample(0, "t", "", source), asked, expected, LIMITS)


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        ("def work(x):\n    return x", "passed", ""),
        ("def work(x):\n    return -x", "wrong_answer", "level 0, input 1: answered -1 where 1 is right"),
        ("def work(x):\n    return x if x < 3 else 0", "wrong_answer", "level 1, input 2"),
        ("def work(x):\n    return 1 / 0", "raised", "ZeroDivisionError"),
        ("def other(x):\n    return x", "raised", "defines no work"),
        ("def work(x):\n  return", "wrong_answer", "answered None"),
        ("def work(x:\n", "load_failed", "SyntaxError"),
        ("def work(x):\n    while x:\n        pass", "deadline", "more than 0.3 s of CPU"),
        ("import time\ndef work(x):\n    time.sleep(99)", "deadline", "passed twice"),
        ("def work(x):\n    return 10**6000", "wrong_answer", "very many digits"),
    ],
)
def test_outcomes(sandbox: Sandbox, source: str, outcome: str, detail: str) -> None:
    found = verdict(sandbox, source, **TWO, expected=[[1], [2, 3]])
    assert found.outcome == outcome
    assert detail in found.detail


def test_too_slow_at_a_larger_level_passes_with_the_levels_it_reached(sandbox: Sandbox) -> None:
    found = verdict(
        sandbox,
        "def work(x):\n    while x > 1:\n        pass\n    return x",
        **TWO,
        reference="def work(x):\n    return x",
    )
    assert (found.outcome, found.levels) == ("passed", 1)


def test_test_code_is_run_and_marked_as_the_samples_own_word(sandbox: Sandbox) -> None:
    test = "def check(candidate):\n    assert candidate(1) == 1"
    good = verdict(sandbox, "def work(x):\n    return x", test=test)
    bad = verdict(sandbox, "def work(x):\n    return 2", test=test)
    assert good.passed
    assert good.self_judged
    assert bad.outcome == "raised"
    assert "AssertionError" in bad.detail


def test_no_input_is_sent_before_its_turn(sandbox: Sandbox) -> None:
    looks = (
        "import gc\n"
        "def work(x):\n"
        "    mark = 'needle' + '-two'\n"
        "    if x == mark:\n"
        "        return 0\n"
        "    for held in gc.get_objects():\n"
        "        if isinstance(held, list):\n"
        "            for item in held:\n"
        "                if isinstance(item, (bytes, str)) and mark in repr(item):\n"
        "                    return 1\n"
        "    return 0\n"
    )
    found = verdict(sandbox, looks, input=[["one"], ["needle-two"]], expected=[0, 0])
    assert found.outcome == "passed", found


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        (
            {"reference": "def work(x):\n    return 1 / x", "input": [[1], [0]]},
            "reference 1 .*input 2.*raised",
        ),
        (
            {"references": ["work = abs", "def work(x):\n    return x"], "input": [[1], [-2]]},
            r"reference 2 differs from reference 1 on input 2 of level 0 \(2 and -2\)",
        ),
        (
            {"reference": "work = abs", "input": [[1]], "expected": [2]},
            r"reference 1 differs from the expected answers on input 1 of level 0 \(2 and 1\)",
        ),
    ],
)
def test_wrong_references_are_refused(sandbox: Sandbox, fields: dict[str, object], part: str) -> None:
    with pytest.raises(UsageError, match=rf"^t\.jsonl, line 1: task 't': {part}"):
        expected_answers(sandbox, problem(**fields), LIMITS)


def timer(sandbox: Sandbox, reference: str, repetitions: int = 3) -> Timer:
    asked = problem(levels=[[[1]], [[20]], [[40]], [[80]]], reference=reference)
    return Timer(sandbox, asked, expected_answers(sandbox, asked, LIMITS), LIMITS, repetitions)


def test_efficiency_is_one_for_the_reference_and_less_for_the_slower(sandbox: Sandbox) -> None:
    timing = timer(sandbox, BUSY.format(5000))
    references = timing.time_references()
    assert references.seconds[0] == 0.0
    assert 0 < references.seconds[1] < references.seconds[2] < references.seconds[3]
    same = timing.time_sample(0, BUSY.format(5000), references)
    slower = timing.time_sample(1, BUSY.format(7000), references)
    censored = timing.time_sample(2, BUSY.format(15000), references)
    assert same.efficiency == pytest.approx(1.0, abs=0.4)
    assert 0.1 < slower.efficiency < same.efficiency
    assert censored.seconds[3] is None
    assert 0 < censored.efficiency < slower.efficiency


def test_nothing_kept_from_one_repetition_helps_in_the_next(sandbox: Sandbox) -> None:
    keeps = "kept = set()\n" + BUSY.format(5000).replace(
        "    for", "    if x in kept:\n        return x\n    kept.add(x)\n    for"
    )
    timing = timer(sandbox, BUSY.format(5000))
    assert timing.time_sample(0, keeps, timing.time_references()).efficiency < 1.6


def test_work_while_loading_is_not_timed_and_answers_are_checked_while_timed(sandbox: Sandbox) -> None:
    timing = timer(sandbox, BUSY.format(5000))
    references = timing.time_references()
    loads = "for _ in range(2_000_000):\n    pass\n" + BUSY.format(5000)
    assert timing.time_sample(0, loads, references).efficiency == pytest.approx(1.0, abs=0.4)
    cheats = "seen = []\ndef work(x):\n    seen.append(x)\n    return x if 1 in seen else 0\n"
    spoiled = timing.time_sample(1, cheats, references)
    assert spoiled.efficiency == 0.0
    assert "another answer" in spoiled.detail


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    sources = [f"def work(x):\n    return x * {n} // 3\n" for n in range(1, 13)]
    lines = "".join(json.dumps({"task_id": "t", "solution": source}) + "\n" for source in sources)
    tests = json.dumps({"task_id": "t", "entry_point": "work", "input": [[1], [6]], "expected": [1, 6]})
    samples = parse_samples(lines.encode(), tests.encode(), "s", "t")
    files = []
    for workers in (1, 3):
        out = tmp_path / str(workers)
        found = score(samples, out, Plan(LIMITS, workers=workers), lambda _: None, threading.Event())
        assert found is not None
        assert [verdict.passed for verdict in found.verdicts.values()].count(True) == 1
        files.append(out.read_bytes())
    assert files[0] == files[1]


def test_a_stop_ends_early_and_the_next_call_goes_on(tmp_path: Path) -> None:
    line = json.dumps({"task_id": "t", "solution": "def work(x):\n    return x\n"}) + "\n"
    tests = json.dumps({"task_id": "t", "entry_point": "work", "input": [[1]], "expected": [1]})
    samples = parse_samples(line.encode() * 40, tests.encode(), "s", "t")
    stop, seen = threading.Event(), []

    def listen(news: object) -> None:
        if isinstance(news, Judged):
            seen.append(news.verdict.index)
            stop.set()

    assert score(samples, tmp_path / "r", Plan(LIMITS), listen, stop) is None
    assert 0 < len(seen) < 40
    stop = threading.Event()
    before = len(seen)
    found = score(samples, tmp_path / "r", Plan(LIMITS), lambda n: seen.append(n), stop)
    assert found is not None
    assert len(found.verdicts) == 40
    assert before + sum(isinstance(news, Judged) for news in seen) == 40


def test_candidates_on_proposed_tests(sandbox: Sandbox) -> None:
    sources = [
        "def work(x):\n    return x / 1\n",
        "def work(x):\n    return -x\n",
        "import os\ndef work(x):\n    os._exit(0) if x == 2 else None\n    return x\n",
        "def work(x:\n",
    ]
    names = ["a", "b", "c", "d"]
    known = run_on_tests(sandbox, names, sources, problem(input=[[1], [2], [3]], expected=[1, 2, 4]), LIMITS)
    assert known.passes is not None
    assert known.passes.tolist() == [[True, True, False], [False] * 3, [True, False, False], [False] * 3]
    asked = json.dumps({"task_id": "t", "entry_point": "work", "input": [[1], [2], [3]]}).encode()
    proposed = parse_problems(asked, "t", answers=False)["t"]
    agreed = run_on_tests(sandbox, names, sources, proposed, LIMITS)
    assert agreed.outputs is not None
    assert agreed.outputs.tolist() == [[0, 0, 0], [1, 1, 1], [0, -1, 0], [-1, -1, -1]]
    assert select([agreed])[0].choice.index == 0


def test_timing_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    sources = [BUSY.format(1000), BUSY.format(1200), "def work(x):\n    return 0\n", BUSY.format(1100)]
    lines = "".join(json.dumps({"task_id": "t", "solution": source}) + "\n" for source in sources)
    levels = [[[1]], [[20]], [[40]], [[80]]]
    tests = {"task_id": "t", "entry_point": "work", "levels": levels, "reference": BUSY.format(1000)}
    samples = parse_samples(lines.encode(), json.dumps(tests).encode(), "s", "t")
    out, plan = tmp_path / "r", Plan(LIMITS, repetitions=1)
    assert score(samples, out, plan, lambda _: None, threading.Event()) is not None
    whole = out.read_bytes().splitlines(keepends=True)
    assert len(whole) == 1 + 4 + 1 + 3
    for kept in range(1, len(whole)):
        out.write_bytes(b"".join(whole[:kept]))
        found = score(samples, out, plan, lambda _: None, threading.Event())
        assert found is not None
        assert sorted(found.times) == [0, 1, 3]
        again = out.read_bytes().splitlines(keepends=True)
        assert again[:kept] == whole[:kept]
        assert again[:5] == whole[:5], "verdicts do not depend on the cut"
        assert len(again) == len(whole)


def test_a_weak_sandbox_is_refused_unless_allowed() -> None:
    with open_sandbox(LIMITS, slot=41, level="none") as weak:
        with pytest.raises(SandboxUnavailable, match="--allow-weak-sandbox"):
            require_strong(weak, weak=False)
        require_strong(weak, weak=True)
