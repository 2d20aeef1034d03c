"""Files of samples and tests: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from provolve.engine.samples.files import parse_problems, parse_samples, read_samples, require_samples
from provolve.errors import UsageError

TESTS = {"task_id": "inc", "entry_point": "inc", "prompt": "def inc(x):\n", "input": [[1]], "expected": [2]}


def lines(*objects: object) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in objects).encode()


def problem(**fields: object):
    return parse_problems(lines({**TESTS, **fields}), "t.jsonl")["inc"]


def test_a_completion_follows_the_prompt_of_its_sample_or_of_the_tests() -> None:
    found = parse_samples(
        lines(
            {"task_id": "inc", "completion": "    return x + 1\n"},
            {"task_id": "inc", "completion": "    return 1\n", "prompt": "def inc(y):\n", "model": "m"},
            {"task_id": "inc", "solution": "inc = abs\n"},
        ),
        lines(TESTS),
        "s",
        "t",
    )
    assert [sample.source for sample in found.samples] == [
        "def inc(x):\n    return x + 1\n",
        "def inc(y):\n    return 1\n",
        "inc = abs\n",
    ]
    assert found.models == ("", "m")


def test_inputs_of_evalplus_are_one_level_and_the_canonical_solution_is_a_reference() -> None:
    found = problem(
        input=None,
        expected=None,
        base_input=[[1], [2]],
        plus_input=[[3]],
        canonical_solution="    return x + 1\n",
        test="def check(candidate): pass",
        atol=0.5,
    )
    assert found.levels == (((1,), (2,), (3,)),)
    assert found.expected is None
    assert found.references == ("def inc(x):\n    return x + 1\n",)
    assert not found.self_judged, "inputs come before code that could only judge itself"
    assert found.tolerance == 0.5


def test_levels_have_expected_answers_in_the_same_shape() -> None:
    found = problem(input=None, levels=[[[1]], [[2], [3]]], expected=[[2], [3, 4]])
    assert found.levels == (((1,),), ((2,), (3,)))
    assert found.expected == ((2,), (3, 4))


def test_test_code_alone_is_self_judged() -> None:
    assert problem(input=None, expected=None, test="def check(candidate): pass").self_judged


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"expected": None}, "nothing says what is right"),
        ({"expected": [1, 2]}, "2 answers for 1 inputs"),
        ({"input": [1]}, "lists of arguments"),
        ({"input": None, "expected": None}, "there are no tests"),
        ({"input": None, "levels": [[]], "expected": [[]]}, "a level without inputs"),
        ({"input": None, "levels": [[[1]]], "expected": [1]}, "not one answer for each input"),
        ({"entry_point": "a b"}, "the name of a function"),
        ({"entry_point": None}, '"entry_point" is null'),
        ({"task_id": 3}, '"task_id" is a number'),
        ({"references": [3]}, "whole programs"),
        ({"atol": "much"}, "a finite number"),
    ],
)
def test_a_wrong_line_of_tests_is_refused_by_file_and_line(fields: dict[str, object], part: str) -> None:
    data = lines({**TESTS, "task_id": "other"}, {**TESTS, **fields})
    with pytest.raises(UsageError, match=r"^t\.jsonl, line 2: ") as refused:
        parse_problems(data, "t.jsonl")
    assert part in str(refused.value)


@pytest.mark.parametrize(
    ("sample", "part"),
    [
        (b'{"task_id": "inc"\n', "not JSON"),
        (b"[1]\n", "a list stands where an object must"),
        (lines({"task_id": "dec", "completion": ""}), "task 'dec' has no tests in t.jsonl"),
        (lines({"task_id": "inc"}), "there is no program"),
        (lines({"task_id": "inc", "completion": 3}), '"completion" is a number'),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b"\xff\xfe\n", "not JSON"),
    ],
)
def test_a_wrong_sample_is_refused_by_file_and_line(sample: bytes, part: str) -> None:
    with pytest.raises(UsageError, match=r"^s\.jsonl, line 2: ") as refused:
        parse_samples(b"\n" + sample, lines(TESTS), "s.jsonl", "t.jsonl")
    assert part in str(refused.value)


def test_a_task_twice_an_empty_file_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: task 'inc' stands here twice"):
        parse_problems(lines(TESTS, TESTS), "t")
    with pytest.raises(UsageError, match="t is empty"):
        parse_problems(b"\n\n", "t")
    with pytest.raises(UsageError, match="there is no file"):
        read_samples(tmp_path / "s.jsonl", tmp_path / "t.jsonl")
    (tmp_path / "s.jsonl.gz").write_bytes(b"plain")
    with pytest.raises(UsageError, match="cannot be unpacked"):
        read_samples(tmp_path / "s.jsonl.gz", tmp_path / "t.jsonl")


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl.gz").write_bytes(gzip.compress(lines({"task_id": "inc", "solution": "x"})))
    (tmp_path / "t.jsonl").write_bytes(lines(TESTS))
    assert read_samples(tmp_path / "s.jsonl.gz", tmp_path / "t.jsonl").samples[0].source == "x"


def test_k_needs_so_many_samples_of_each_task_and_model() -> None:
    one, two = ({"task_id": "inc", "solution": "x", "model": model} for model in ("a", "b"))
    samples = parse_samples(lines(one, one, two), lines(TESTS), "s", "t")
    require_samples(samples, [1])
    with pytest.raises(UsageError, match="task 'inc' of model 'b' has 1"):
        require_samples(samples, [1, 2])
