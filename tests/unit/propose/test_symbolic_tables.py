from __future__ import annotations

import numpy as np
import pytest

from provolve.judge.prescreen import is_closed
from provolve.program import Program, lift, render, render_source
from provolve.propose.symbolic import tables
from provolve.propose.symbolic.cma_state import Tuning
from provolve.propose.symbolic.features import drawn_feature, spaced
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.operators.cma_es import CmaEs
from provolve.propose.symbolic.parsed import ParsedCache, ParsedTemplate
from provolve.propose.symbolic.sites import Scope
from provolve.record import Candidate, Elite

RULE = """import numpy as np

# EVOLVE-BLOCK-START
def rule(item, left):
    return {value}
# EVOLVE-BLOCK-END
"""
RANGES = {"item": (1.0, 100.0), "left": (-20.0, 30.0)}
TABLE = "np.interp(left, np.sort([0.0, 10.0, 30.0, 5.0]), [1.0, -2.0, 3.0, 0.5])"


class Setting:
    def __init__(self, value: str) -> None:
        self.program = Program.parse(RULE.format(value=value))
        self.parent = Elite(lift(self.program, self.program.texts()), 1.0, (), "")
        self.cache = ParsedCache(64)

    def context(self, seed: int, max_nodes: int = 200) -> OperatorContext:
        return OperatorContext(
            self.program,
            (self.parent,),
            np.random.default_rng(seed),
            1,
            max_nodes,
            self.cache,
            RANGES,
            elementwise=True,
            start_nodes=self.parent.candidate.template.nodes,
        )

    def children(self, seed: int = 0, count: int = 48, max_nodes: int = 200) -> list[Candidate]:
        operator = OPERATORS["tabulate"]()
        proposals = operator.propose(self.parent, (), count, self.context(seed, max_nodes))
        return [Candidate.of(p.change.template, p.change.literals) for p in proposals]

    def parsed(self, candidate: Candidate) -> ParsedTemplate:
        return self.cache.get(self.program, candidate.template)


def values(setting: Setting, candidate: Candidate, item: np.ndarray, left: np.ndarray) -> np.ndarray:
    names: dict[str, object] = {}
    exec(render_source(setting.program, candidate), names)
    return np.asarray(names["rule"](item, left))  # type: ignore[operator]


@pytest.mark.parametrize("value", ["-left", "item * 0.5 - left", TABLE])
def test_children_are_closed_and_elementwise(value: str) -> None:
    setting = Setting(value)
    rng = np.random.default_rng(5)
    item, left = rng.uniform(1, 100, 50), rng.uniform(-20, 30, 50)
    order = rng.permutation(50)
    found = setting.children()
    assert len(found) == 48
    for candidate in found:
        source = render_source(setting.program, candidate)
        assert is_closed(source)
        assert "np.interp(" in source
        whole = values(setting, candidate, item, left)
        assert np.array_equal(whole[order], values(setting, candidate, item[order], left[order]))
        assert lift(setting.program, render(candidate)).digest == candidate.digest


def test_the_same_seed_makes_the_same_tables() -> None:
    first, again, other = (Setting("-left").children(seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_tables_grow_and_are_pruned() -> None:
    setting = Setting(TABLE)
    sizes = {
        len(table.knots) for child in setting.children(count=96) for table in setting.parsed(child).tables[:1]
    }
    assert min(sizes) == 3
    assert 7 in sizes


def test_numbers_in_tables_have_a_limit_of_their_own() -> None:
    setting = Setting(TABLE)
    nodes = setting.parent.candidate.template.nodes
    found = setting.children(count=96, max_nodes=nodes)
    assert max(child.template.nodes for child in found) > nodes
    assert all(tables.size(child.template) <= nodes for child in found)
    assert all(tables.listed_numbers(child.template) <= tables.MOST_NUMBERS for child in found)


def test_knots_stay_where_cma_es_tunes_the_values() -> None:
    setting = Setting(TABLE)
    proposals = CmaEs().propose(setting.parent, (), 24, setting.context(1))
    assert proposals
    for proposal in proposals:
        assert proposal.change.literals[:4] == (0.0, 10.0, 30.0, 5.0)
        assert proposal.change.literals[4:] != (1.0, -2.0, 3.0, 0.5)


def test_values_of_one_table_are_tuned_on_one_scale() -> None:
    template = Setting(TABLE).parent.candidate.template
    literals = (0.0, 10.0, 30.0, 5.0, 1.0, -2.0, 1000.0, 0.5)
    tuning = Tuning(template, "", literals, 1.0, 40, fixed=range(4), alike=[range(4, 8)])
    asked = np.array(tuning.ask(1, np.random.default_rng(0)))
    assert np.all(asked[:, :4] == literals[:4])
    assert np.all(asked[:, 4:].std(axis=0) > 100)


def test_without_a_known_range_there_are_no_tables(arrays) -> None:
    assert not OPERATORS["tabulate"]().applicable(arrays.start, arrays.operator_context())
    assert OPERATORS["tabulate"]().propose(arrays.start, (), 8, arrays.operator_context()) == []


def test_without_numpy_there_are_no_tables(scalars) -> None:
    assert not OPERATORS["tabulate"]().applicable(scalars.start, scalars.operator_context())


def test_a_feature_lies_in_the_range_that_is_said() -> None:
    scope = Scope(("item", "left"), (), frozenset({"item", "left"}), True)
    rng = np.random.default_rng(2)
    item, left = rng.uniform(*RANGES["item"], 400), rng.uniform(*RANGES["left"], 400)
    texts = set()
    for _ in range(60):
        feature = drawn_feature(scope, RANGES, "np", rng)
        assert feature is not None
        found = eval(feature.text, {"np": np, "item": item, "left": left})
        assert feature.low <= found.min()
        assert found.max() <= feature.high
        knots = spaced(feature, 6, rng)
        assert knots == sorted(set(knots))
        texts.add(feature.text)
    assert len(texts) == 8


@pytest.mark.parametrize(
    "value",
    [
        "np.interp(left, [0.0, 1.0], [0.0, 1.0])",
        "np.interp(left, np.sort([0.0, 1.0]), [left, item])",
        "np.interp(left, np.sort(left), [0.0, 1.0])",
        "np.interp(left, np.sort([0.0, item]), [0.0, 1.0])",
        "np.interp(left, np.sort([0.0, 1.0]), [0.0, 1.0], 5.0)",
        "np.interp(left, np.sort([0.0, 1.0]), [0.0, 1.0], left=5.0)",
        "np.interp(open('x'), np.sort([0.0, 1.0]), [0.0, 1.0])",
        "np.sort([0.0, 1.0])",
    ],
)
def test_other_uses_of_interp_are_not_closed(value: str) -> None:
    assert is_closed(RULE.format(value=TABLE))
    assert not is_closed(RULE.format(value=value))
