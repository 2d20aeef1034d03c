"""The paging task: simulators agree with each other and with known rules, the optimum is the optimum."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from provolve.errors import Refused
from provolve.task import load


@pytest.fixture(scope="module")
def judge() -> Any:
    return load("paging", {"cache": "4", "requests": "120"}).judge


def drawn(judge: Any, count: int, seed: int = 3) -> list[Any]:
    return list(judge.instances("train", count, np.random.default_rng(seed)))


def trace(judge: Any, requests: list[int], cache: int) -> dict[str, Any]:
    pages = np.array(requests)
    least = optimum(requests, cache)
    return {"name": "t", "cache": cache, "requests": pages, "soon": pages * 0, "least": least}


def optimum(requests: list[int], cache: int) -> int:
    """Least misses over all sequences of evictions, by trying each."""
    states = {frozenset(): 0}
    for page in requests:
        following: dict[frozenset[int], int] = {}
        for held, misses in states.items():
            if page in held:
                options = [(held, misses)]
            elif len(held) < cache:
                options = [(held | {page}, misses + 1)]
            else:
                options = [(held - {out} | {page}, misses + 1) for out in held]
            for state, cost in options:
                following[state] = min(cost, following.get(state, cost))
        states = following
    return min(states.values())


def table(rule: Any) -> np.ndarray:
    recency, frequency, soon = np.meshgrid(np.arange(1.0, 257), np.arange(1.0, 33), [0.0, 1.0], indexing="ij")
    return np.asarray(rule(recency, frequency, soon), dtype=float)


RULES = {
    "lru": lambda recency, frequency, soon: recency,
    "lfu": lambda recency, frequency, soon: -frequency,
    "trust": lambda recency, frequency, soon: -soon,
    "mixed": lambda recency, frequency, soon: recency / frequency - 7 * soon,
    "constant": lambda recency, frequency, soon: 0 * recency,
}


@pytest.mark.parametrize("name", RULES)
def test_fast_plain_and_led_simulations_agree(judge: Any, name: str) -> None:
    answer = table(RULES[name])
    for instance in drawn(judge, 6):
        fast = judge.score(instance, judge.canonical(answer))
        assert judge.plain_score(instance, answer) == fast
        led = judge.steps(instance)
        try:
            seen = next(led)
            while True:
                seen = led.send(np.asarray(RULES[name](**seen), dtype=float))
        except StopIteration as end:
            misses = end.value
        assert judge.score(instance, misses) == fast


def test_least_recently_used_is_what_an_ordered_dict_does(judge: Any) -> None:
    for instance in drawn(judge, 6):
        cache: OrderedDict[int, None] = OrderedDict()
        misses = 0
        for page in instance["requests"].tolist():
            if page not in cache:
                misses += 1
                if len(cache) == instance["cache"]:
                    cache.popitem(last=False)
            cache[page] = None
            cache.move_to_end(page)
        least = instance["least"]
        found = judge.score(instance, judge.canonical(table(RULES["lru"])))
        assert found == 100.0 * (misses - least) / least


def test_the_optimum_is_the_least_of_all_evictions() -> None:
    small = load("paging", {"cache": "2", "requests": "14"}).judge
    for instance in drawn(small, 12):
        assert instance["least"] == optimum(instance["requests"].tolist(), 2)


def test_no_rule_beats_the_optimum(judge: Any) -> None:
    rng = np.random.default_rng(0)
    for instance, _ in itertools.product(drawn(judge, 6), range(5)):
        assert judge.score(instance, judge.canonical(rng.random((256, 32, 2)))) >= 0


def test_marker_keeps_what_was_used_in_this_phase(judge: Any) -> None:
    # 1 and 2 are marked when 3 comes, so a new phase begins; then 3 stays whatever is drawn.
    instance = trace(judge, [1, 2, 3, 3, 3], 2)
    assert judge.baselines["marker"](instance) == 0.0


def test_first_in_first_out_ignores_use(judge: Any) -> None:
    # 1 came first and leaves for 3 although it was just used; so 1 misses again: 4 misses against 3.
    instance = trace(judge, [1, 2, 1, 3, 1], 2)
    assert judge.baselines["first-in-first-out"](instance) == pytest.approx(100 / 3)


def test_the_share_of_wrong_predictions_is_the_parameter() -> None:
    for error in ("0.0", "0.3"):
        chosen = load("paging", {"error": error, "requests": "3000"}).judge
        for instance in drawn(chosen, 3):
            requests, horizon = instance["requests"].tolist(), 2 * instance["cache"]
            right = [page in requests[n + 1 : n + 1 + horizon] for n, page in enumerate(requests)]
            wrong = np.mean(instance["soon"] != np.array(right))
            assert wrong == pytest.approx(float(error), abs=0.04)


def test_what_is_no_number_is_refused(judge: Any) -> None:
    answer = table(RULES["lru"])
    answer[0, 0, 0] = np.nan
    with pytest.raises(Refused, match="not a number"):
        judge.canonical(answer)


@pytest.mark.parametrize("decision", [None, np.zeros(3), np.full(4, np.nan), np.array(["a"] * 4)])
def test_decisions_of_another_form_are_refused(judge: Any, decision: object) -> None:
    led = judge.steps(drawn(judge, 1)[0])
    next(led)
    with pytest.raises(Refused):
        led.send(decision)


def test_the_order_of_a_table_is_all_that_decides(judge: Any) -> None:
    answer = table(RULES["mixed"])
    assert np.array_equal(judge.canonical(answer), judge.canonical(4 * answer))
    assert not np.array_equal(judge.canonical(answer), judge.canonical(-answer))
