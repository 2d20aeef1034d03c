"""Lists of whole numbers: found in the source, varied with their forms kept, and pruned of what is idle."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest

from provolve.program import Program, lift, render_source
from provolve.propose.symbolic import whole_lists
from provolve.propose.symbolic.list_trials import pool_of, trial
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.operators.vary_lists import VaryLists
from provolve.propose.symbolic.parsed import ParsedCache, ParsedTemplate
from provolve.record import Candidate, Elite, Rejection, Verdict

SOURCE = """# EVOLVE-BLOCK-START
def answer(n):
    return {value}
# EVOLVE-BLOCK-END
"""
ITEMS = "[[[1, -2], [3]], [[0], [5, 6, 7]], [[4], [4]]]"


class Setting:
    def __init__(self, value: str = ITEMS) -> None:
        self.program = Program.parse(SOURCE.format(value=value))
        self.parent = Elite(lift(self.program, self.program.texts()), 1.0, (), "")
        self.cache = ParsedCache(64)

    def context(self, seed: int, ask_id: int = 1) -> OperatorContext:
        rng = np.random.default_rng(seed)
        return OperatorContext(self.program, (self.parent,), rng, ask_id, 60, self.cache)

    def parsed(self) -> ParsedTemplate:
        return ParsedTemplate(self.program, self.parent.candidate.template)

    def value(self, candidate: Candidate) -> Any:
        names: dict[str, Any] = {}
        exec(render_source(self.program, candidate), names)
        return names["answer"](1)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (ITEMS, 1),
        ("[[1, 2], [3]]", 1),
        ("[1, 2, 3]", 0),
        ("[[1.0, 2], [3]]", 0),
        ("[[n, 2], [3]]", 0),
        ("[]", 0),
        ("([[1], [2]], [[3], [4]])", 2),
        ("[[[1], [2]], 3]", 1),
    ],
)
def test_nested_lists_of_whole_literals_are_found(value: str, count: int) -> None:
    assert len(Setting(value).parsed().lists) == count


def test_other_operators_leave_such_lists_alone() -> None:
    setting = Setting()
    for name in ("gaussian", "cma-es", "mutate", "crossover", "tabulate", "snap"):
        assert not OPERATORS[name]().applicable(setting.parent, setting.context(1)), name
    assert not OPERATORS["vary-lists"]().applicable(Setting("n + 1.5").parent, Setting("n + 1.5").context(1))


def test_proposals_are_lists_as_deep_of_whole_numbers() -> None:
    setting = Setting()
    for seed in range(40):
        for proposal in VaryLists().propose(setting.parent, (), 16, setting.context(seed)):
            value = setting.value(Candidate.of(proposal.change.template, proposal.change.literals))
            assert value
            for item in value:
                assert isinstance(item, list)
                for part in item:
                    assert isinstance(part, list)
                    assert all(type(number) is int for number in part)


def test_items_found_stay_where_trials_are_added() -> None:
    setting = Setting("[[[1, -2], [3]]]")
    for seed in range(20):
        for proposal in VaryLists().propose(setting.parent, (), 8, setting.context(seed)):
            value = setting.value(Candidate.of(proposal.change.template, proposal.change.literals))
            if len(value) > 1:
                assert value[0] == [[1, -2], [3]]


def proposed(proposals: Any) -> list[Candidate]:
    return [Candidate.of(p.change.template, p.change.literals) for p in proposals]


def judged(setting: Setting, proposals: Any, worth: Any) -> list[Verdict]:
    candidates = [Candidate.of(p.change.template, p.change.literals) for p in proposals]
    return [Verdict(c, loss=worth(setting.value(c)), behaviour="b", work=1) for c in candidates]


def test_idle_items_are_left_out_all_at_once() -> None:
    """Only the second item is worth anything: two asks later it stands alone."""
    setting, operator = Setting(), VaryLists()

    def loss(value: Any) -> float:
        return 1.0 if [[0], [5, 6, 7]] in value else 2.0

    probes = operator.propose(setting.parent, (), 16, setting.context(3, 1))
    assert len(probes) == 3
    operator.observe(1, judged(setting, probes, loss))
    restored = VaryLists()
    restored.restore(operator.snapshot())
    for one in (operator, restored):
        proposals = one.propose(setting.parent, (), 16, setting.context(4, 2))
        assert setting.value(proposed(proposals)[0]) == [[[0], [5, 6, 7]]]


def test_large_lists_are_sifted_until_each_item_is_worth_something() -> None:
    """Every fifth item of sixty counts, once each however often it is there; at the end only those stand."""
    items = [[[k % 30], [k % 30]] for k in range(60)]
    setting, operator = Setting(str(items)), VaryLists()

    def loss(value: Any) -> float:
        return -float(
            len({part[0][0] for part in value if part and part[0] and part[0][0] in range(0, 30, 5)})
        )

    parent, kept = setting.parent, []
    operator.observe(0, [])
    best = Elite(parent.candidate, loss(items), (), "")
    for ask_id in range(1, 80):
        proposals = operator.propose(best, (), 8, setting.context(ask_id, ask_id))
        verdicts = judged(setting, proposals, lambda value: max(loss(value), -6.0))
        operator.observe(ask_id, verdicts)
        kept += [len(setting.value(v.candidate)) for v in verdicts if v.candidate and v.loss == -6.0]
    assert min(kept) == 6


def test_rejected_probes_are_not_idle() -> None:
    setting, operator = Setting(), VaryLists()
    probes = operator.propose(setting.parent, (), 16, setting.context(3, 1))
    operator.observe(1, [Verdict(None, Rejection.SYNTAX_ERROR, "no") for _ in probes])
    for ask_id in range(2, 8):
        for proposal in operator.propose(setting.parent, (), 8, setting.context(ask_id, ask_id)):
            value = setting.value(Candidate.of(proposal.change.template, proposal.change.literals))
            assert value[:3] == ast.literal_eval(ITEMS)


def test_the_same_seed_gives_the_same_proposals() -> None:
    setting = Setting("[[[1, -2], [3]], [[0], [5]]]")
    made = [VaryLists().propose(setting.parent, (), 16, setting.context(9)) for _ in range(2)]
    assert made[0] == made[1]


def test_draws_keep_the_shape_and_rebuilding_keeps_the_depth() -> None:
    rng = np.random.default_rng(2)
    item = [[1, 0, -3], [4], []]
    before = [list(part) for part in item]
    for _ in range(200):
        for varied in (whole_lists.stepped(item, rng), whole_lists.redrawn(item, rng, every=True)):
            assert whole_lists.shape(varied) == whole_lists.shape(item)
        for varied in (
            whole_lists.rebuilt(item, rng),
            whole_lists.reshaped(item, rng),
            whole_lists.crossed(item, [[7], [8]], rng),
        ):
            assert all(isinstance(part, list) for part in varied)
            assert all(math.isfinite(number) for number in whole_lists.flat(varied))
    assert item == before


def test_trials_are_records_where_all_items_are() -> None:
    items = [[[[1]], [[0, 1]]], [[[1, 2]], [[0, 0, 1], [3]]]]
    rng = np.random.default_rng(3)
    shapes = set()
    for _ in range(400):
        made = trial(items, rng)
        assert len(made) == 2
        assert whole_lists.is_even(made)
        assert all(isinstance(part, list) and isinstance(part[0], list) for part in made)
        shapes.add(whole_lists.shape(made))
    assert len(shapes) > 40


def test_trials_hold_their_numbers_as_deep_as_all_items_do() -> None:
    """A list of numbers crossed into the place of a list of lists is no record any more."""
    items = [[[[1]], [[0, 1]]], [[[1, 2]], [[0, 0, 1], [3]]], [[[4], [5]], [[6]]]]
    rng = np.random.default_rng(7)
    for _ in range(2000):
        assert whole_lists.depths(trial(items, rng)) == {3}


def test_merged_records_hold_the_lists_of_both_side_by_side() -> None:
    one, two = [[[1, 2]], [[0, 0, 1]]], [[[1, 3, 3]], [[0, 0, 0, 0, -2]]]
    assert whole_lists.merged(one, two) == [[[1, 2], [1, 3, 3]], [[0, 0, 1], [0, 0, 0, 0, -2]]]
    assert whole_lists.merged(one, [[[1]]]) == one
    assert whole_lists.merged([1, 2], [3, 4]) == [1, 2]
    assert one == [[[1, 2]], [[0, 0, 1]]]


def test_resized_numbers_keep_zeros_and_equal_neighbours() -> None:
    rng = np.random.default_rng(5)
    item = [[[1, 2], [1, 1, 1, 7]], [[0, 0, -1]]]
    middles, ends = set(), set()
    for _ in range(2000):
        (first, second), (third,) = whole_lists.resized(item, rng)
        assert second[0] == second[1] == second[2] != 0
        assert third[:2] == [0, 0]
        assert 0 not in first
        middles.add(second[0])
        ends.add(third[2])
    assert {1, 3, 17} <= middles
    assert {-1, -16} <= ends
    assert item == [[[1, 2], [1, 1, 1, 7]], [[0, 0, -1]]]


def test_lists_are_borrowed_from_other_items_of_the_same_length_only() -> None:
    rng = np.random.default_rng(6)
    pool = pool_of([[[50, 51, 52]], [[60, 61]], [[50, 51, 52]]])
    assert {length: len(lists) for length, lists in pool.items()} == {3: 1, 2: 1}
    drawn = [whole_lists.redrawn([[1, 2, 3], [4]], rng, pool=pool) for _ in range(300)]
    assert any(item[0] == [50, 51, 52] for item in drawn)
    assert all(len(item[0]) == 3 and len(item[1]) == 1 for item in drawn)


def test_equal_neighbours_are_stepped_together_now_and_then() -> None:
    rng = np.random.default_rng(8)
    made = [whole_lists.stepped([[1, 1, 1], [1]], rng) for _ in range(500)]
    assert any(a == 1 and b == c != 1 and d == [1] for (a, b, c), d in made)


def test_a_combination_keeps_what_both_lists_obey() -> None:
    """Polynomials that change sign from n to -1 - n: so do all their combinations."""
    rng = np.random.default_rng(4)
    made = {tuple(whole_lists.combined([[1, 3, 3, 2]], [[1, 2]], rng)[0]) for _ in range(200)}
    assert (1, 5, 3, 2) not in made
    assert len(made) > 20
    for sums in made:
        for n in range(5):
            values = [sum(c * x**k for k, c in enumerate(sums)) for x in (n, -1 - n)]
            assert values[0] == -values[1]


def test_a_rejected_trial_set_is_not_drawn_again() -> None:
    setting, operator = Setting("[[[1, -2], [3]]]"), VaryLists()
    texts = set()
    for ask_id in range(1, 9):
        proposals = operator.propose(setting.parent, (), 4, setting.context(ask_id, ask_id))
        texts.add(proposals[0].change.template.digest if proposals else "")
        operator.observe(ask_id, [Verdict(None, Rejection.ANSWER_MALFORMED, "no") for _ in proposals])
    assert len(texts) > 5


@pytest.mark.parametrize(("count", "asks"), [(4, 4), (8, 2), (16, 1), (32, 1)])
def test_one_set_of_trials_serves_sixteen_candidates(count: int, asks: int) -> None:
    """However they are asked for: then another set is tried."""
    setting, operator = Setting("[[[1, -2], [3]]]"), VaryLists()
    templates = []
    for ask_id in range(1, 2 * asks + 1):
        proposals = operator.propose(setting.parent, (), count, setting.context(ask_id, ask_id))
        operator.observe(ask_id, judged(setting, proposals, lambda _: 2.0))
        templates.append({proposal.change.template.digest for proposal in proposals})
    first, second = templates[:asks], templates[asks:]
    assert first == first[:1] * asks
    assert second == second[:1] * asks
    assert first[0] != second[0]
    assert len(first[0]) == 1
