"""The packing judge against packings done by hand, bin by bin."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provolve.errors import Refused, TaskError
from provolve.task import load, make_split

WEIBULL = load("bin-packing", {"items": "400"})
UNIFORM = load("bin-packing", {"items": "400", "family": "uniform"})


def pack(items, capacity, choose):
    """Pack naively, return the bins after each item: ``choose`` names an open bin by its place, or None."""
    rooms, bins = [], []
    for item in items:
        fitting = [place for place, room in enumerate(rooms) if room >= item]
        place = choose(rooms, fitting)
        if place is None:
            rooms.append(capacity)
            place = len(rooms) - 1
        rooms[place] -= item
        bins.append(len(rooms))
    return bins


def excess(instance, bins):
    """The excess of ``bins`` over the bound, both summed over the beginnings that are counted."""
    used = sum(bins[end - 1] for end in instance["counted"])
    sums = [int(instance["items"][:end].sum()) for end in instance["counted"]]
    lower = sum(-(-total // instance["capacity"]) for total in sums)
    return 100 * (used - lower) / lower


NAIVE = {
    "first-fit": lambda rooms, fitting: fitting[0] if fitting else None,
    "worst-fit": lambda rooms, fitting: max(fitting, key=lambda place: rooms[place], default=None),
}


@pytest.mark.parametrize("task", [WEIBULL, UNIFORM])
@pytest.mark.parametrize("name", NAIVE)
def test_baselines_of_the_judge_are_what_they_are_called(task, name) -> None:
    for instance in make_split(task, "validation", 1):
        bins = pack(instance["items"].tolist(), instance["capacity"], NAIVE[name])
        assert task.judge.baselines[name](instance) == excess(instance, bins)


@pytest.mark.parametrize("task", [WEIBULL, UNIFORM])
def test_best_fit_is_the_table_of_minus_left(task) -> None:
    def tightest(rooms, fitting):
        return min(fitting, key=lambda place: rooms[place], default=None)

    table = table_of(task, lambda item, left: -left)
    for instance in make_split(task, "train", 2):
        bins = pack(instance["items"].tolist(), instance["capacity"], tightest)
        assert task.judge.plain_score(instance, table) == excess(instance, bins)
        assert task.judge.score(instance, task.judge.canonical(table)) == excess(instance, bins)


def test_two_thresholds_as_a_rule() -> None:
    """The judge's own simulation of the rule and the rule as a table pack alike."""

    def rule(item, left):
        return np.where(left <= 2, -left, np.where(left >= 35, -left - 1e3, -left - 1e6))

    table = table_of(WEIBULL, rule)
    for instance in make_split(WEIBULL, "validation", 3):
        assert WEIBULL.judge.baselines["two-thresholds"](instance) == WEIBULL.judge.plain_score(
            instance, table
        )


def table_of(task, rule):
    item, left = np.meshgrid(*task.judge.grid().values(), indexing="ij")
    return rule(item, left).astype(float)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32), levels=st.integers(1, 40), odd=st.sampled_from([0.0, -np.inf, np.inf, -0.0])
)
def test_fast_and_plain_judge_agree_on_tables_full_of_ties(seed: int, levels: int, odd: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, levels, (100, 101)).astype(float)
    table[rng.random(table.shape) < 0.05] = odd
    instance = WEIBULL.judge.instances("test", 1, rng)[0]
    order = WEIBULL.judge.canonical(table)
    assert WEIBULL.judge.score(instance, order) == WEIBULL.judge.plain_score(instance, table)


def test_canonical_is_equal_for_equal_decisions_only() -> None:
    table = table_of(WEIBULL, lambda item, left: np.sin(item * left))
    order = WEIBULL.judge.canonical(table)
    assert np.array_equal(order, WEIBULL.judge.canonical(np.exp(table) * 3))
    assert not np.array_equal(order, WEIBULL.judge.canonical(-table))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), task=st.sampled_from([WEIBULL, UNIFORM]))
def test_what_comes_after_the_empty_bin_does_not_count(seed: int, task) -> None:
    """The empty bin is always there: what is liked less may change, what is liked more may not."""
    rng = np.random.default_rng(seed)
    capacity = len(task.judge.grid()["left"]) - 1
    smallest = int(task.judge.grid()["item"][0])
    table = rng.random((101 - smallest, capacity + 1))
    rows = np.arange(len(table))
    empty = table[rows, capacity - smallest - rows][:, None]
    order = task.judge.canonical(table)
    below = np.where(table < empty, table - rng.random(table.shape), table)
    assert np.array_equal(order, task.judge.canonical(below))
    instance = task.judge.instances("test", 1, rng)[0]
    assert task.judge.plain_score(instance, below) == task.judge.score(instance, order)
    above = np.where(table > empty, 2.0 - table + empty, table)
    assert not np.array_equal(order, task.judge.canonical(above))


def test_priorities_that_are_not_numbers_are_refused_where_they_count() -> None:
    table = table_of(WEIBULL, lambda item, left: -left)
    table[99, 100] = np.nan  # an item of 100 cannot leave 100
    WEIBULL.judge.canonical(table)
    table[99, 0] = np.nan
    with pytest.raises(Refused, match="item of 100"):
        WEIBULL.judge.canonical(table)


def test_instances_are_of_their_family_and_counted_on_the_way_to_twice_the_items() -> None:
    for task, low, capacity in ((WEIBULL, 1, 100), (UNIFORM, 20, 150)):
        for split in ("train", "validation", "test"):
            for instance in make_split(task, split, 5):
                assert instance["capacity"] == capacity
                assert low <= instance["items"].min() <= instance["items"].max() <= 100
                assert instance["counted"][-1] == len(instance["items"])
        for split in ("train", "validation"):
            (counted,) = {tuple(instance["counted"]) for instance in make_split(task, split, 5)}
            assert min(counted) < 400 == max(counted) / 2
            assert 400 in counted
        assert {tuple(instance["counted"]) for instance in make_split(task, "test", 5)} == {(400,)}


@given(size=st.integers(10, 60), family=st.sampled_from(["weibull", "uniform"]))
@settings(max_examples=20, deadline=None)
def test_every_count_is_of_more_items_than_the_one_before(size: int, family: str) -> None:
    task = load("bin-packing", {"items": str(size), "family": family})
    counted = make_split(task, "train", 1)[0]["counted"]
    assert (np.diff(counted, prepend=0) > 0).all()


def led(steps, rule):
    """What ``steps`` returns where ``rule`` decides."""
    observation = next(steps)
    while True:
        try:
            observation = steps.send(rule(observation["left"]))
        except StopIteration as finished:
            return finished.value


@pytest.mark.parametrize("task", [WEIBULL, UNIFORM])
def test_a_rule_led_item_by_item_packs_as_its_table_does(task) -> None:
    """What steps() returns is counted after the same items as what the simulators do."""
    instance = make_split(task, "validation", 4)[0]
    packed = led(task.judge.steps(instance), lambda left: -np.abs(left - 9.0))
    table = table_of(task, lambda item, left: -np.abs(left - 9.0))
    expected = task.judge.plain_score(instance, table)
    assert task.judge.score(instance, packed) == expected
    assert task.judge.score(instance, task.judge.canonical(table)) == expected


def test_weibull_sizes_have_the_mean_of_their_law() -> None:
    items = np.concatenate([instance["items"] for instance in make_split(WEIBULL, "test", 1)])
    assert abs(items.mean() - 40.18) < 0.5  # 45 Γ(1 + 1/3)


OR_TEXT = "1\n t1\n 150 3 2\n100\n60\n50\n"


def test_both_forms_of_files_are_read() -> None:
    text = json.dumps({"set": "x", "instances": [{"name": "a", "capacity": 150, "items": [100, 60, 50]}]})
    for content in (text, OR_TEXT):
        (instance,) = UNIFORM.judge.parse("file", content)
        assert instance["items"].tolist() == [100, 60, 50]
        assert UNIFORM.judge.baselines["first-fit"](instance) == 0.0


def test_files_of_the_other_family_and_of_no_form_are_passed_over() -> None:
    assert WEIBULL.judge.parse("file", OR_TEXT) == []
    assert UNIFORM.judge.parse("README.md", "# about\n1 2 3") == []


@pytest.mark.parametrize("content", [OR_TEXT[:-4], OR_TEXT.replace("60", "x"), OR_TEXT.replace("100", "101")])
def test_damaged_files_are_named(content: str) -> None:
    with pytest.raises(TaskError, match="file"):
        UNIFORM.judge.parse("file", content)
