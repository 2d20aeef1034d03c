"""The demonstration of the kind speed: its programs agree, and part of the gain is within reach."""

import numpy as np
import pytest

from provolve.task import load, make_split

TASK = load("speed-demo")


def counted(source: str, instances) -> list[int]:
    namespace: dict = {}
    exec(source, namespace)
    return [namespace["count_pairs"](**instance) for instance in instances]


def naive(numbers: list[int], difference: int) -> int:
    return int((np.subtract.outer(numbers, numbers) == difference).sum())


@pytest.mark.parametrize("source", [TASK.program.source, TASK.baselines["hashing"].source])
def test_programs_count_right(source: str) -> None:
    instances = make_split(TASK, "validation", 1)
    assert counted(source, instances) == [naive(**instance) for instance in instances]


def test_a_window_that_is_just_wide_enough_is_right_and_a_narrower_one_is_not() -> None:
    instances = make_split(TASK, "train", 1)
    right = counted(TASK.program.source, instances)
    assert counted(TASK.program.source.replace("200", "31"), instances) == right
    assert counted(TASK.program.source.replace("200", "25"), instances) != right


def test_the_search_does_not_start_from_the_known_better_form() -> None:
    assert TASK.starts() == ()


def test_lists_have_the_size_that_is_asked_for() -> None:
    for instance in make_split(load("speed-demo", {"size": "300"}), "test", 2):
        assert 200 <= len(instance["numbers"]) <= 400
        assert instance["numbers"] == sorted(set(instance["numbers"]))
