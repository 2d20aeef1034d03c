"""Programs with a vocabulary: new expressions are made of it, and literals snap to simple values."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest

from provolve.program import Program, lift, render
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.operators.snap import simple_values, snapped
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.record import Candidate, Elite

SOURCE = """import numpy as np

{vocabulary}

# EVOLVE-BLOCK-START
def law(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x * y + 3.1 * np.cos(x)
# EVOLVE-BLOCK-END
"""
ALLOWED = {"sin", "cos", "exp"}


class Setting:
    def __init__(self, vocabulary: str = "VOCABULARY = (np.sin, np.cos, np.exp)") -> None:
        self.program = Program.parse(SOURCE.format(vocabulary=vocabulary))
        self.parent = Elite(lift(self.program, self.program.texts()), 1.0, (), "")
        self.cache = ParsedCache(64)

    def context(self, seed: int) -> OperatorContext:
        rng = np.random.default_rng(seed)
        return OperatorContext(self.program, (self.parent,), rng, 1, 90, self.cache)


def functions_in(setting: Setting, candidate: Candidate) -> set[str]:
    tree = ast.parse(render(candidate)[0])
    return {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["mutate", "crossover"])
def test_new_expressions_are_made_of_the_vocabulary(name: str) -> None:
    setting = Setting()
    for seed in range(60):
        for proposal in OPERATORS[name]().propose(setting.parent, (), 8, setting.context(seed)):
            candidate = Candidate.of(proposal.change.template, proposal.change.literals)
            assert functions_in(setting, candidate) <= ALLOWED
            assert not any(
                isinstance(n, ast.Compare | ast.IfExp) for n in ast.walk(ast.parse(render(candidate)[0]))
            )


def test_without_a_vocabulary_other_functions_come_up() -> None:
    setting, found = Setting("OTHER = 1"), set()
    for seed in range(60):
        for proposal in OPERATORS["mutate"]().propose(setting.parent, (), 8, setting.context(seed)):
            found |= functions_in(setting, Candidate.of(proposal.change.template, proposal.change.literals))
    assert found - ALLOWED
    assert not OPERATORS["snap"]().applicable(setting.parent, setting.context(1))


def test_reductions_do_not_apply_to_formulas() -> None:
    formula, plain = Setting(), Setting("OTHER = 1")
    assert not OPERATORS["reduce"]().applicable(formula.parent, formula.context(1))
    assert OPERATORS["reduce"]().applicable(plain.parent, plain.context(1))


def test_new_literals_of_formulas_are_simple() -> None:
    """A law's own constants are rarely 0.0237, and a constant of any size fits what the form should."""
    setting, found = Setting(), set()
    for seed in range(60):
        for proposal in OPERATORS["mutate"]().propose(setting.parent, (), 8, setting.context(seed)):
            found |= {abs(value) for value in proposal.change.literals}
    assert {0.5, 1.0, 2.0, 3.0} <= found
    assert all(value in (3.1, 6.2) or 2 * value == round(2 * value) for value in found), found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import numpy as np\nVOCABULARY = (np.sin, np.log)", ("sin", "log")),
        ("import numpy as np\nVOCABULARY = (np.sin, np.where, np.sum, print)", ("sin",)),
        ("import numpy as np\nVOCABULARY = [np.sin]", ()),
        ("import numpy as np\nOTHER = (np.sin,)", ()),
        ("VOCABULARY = (np.sin,)", ()),
    ],
)
def test_a_vocabulary_is_a_tuple_of_functions_of_one_argument(text: str, names: tuple[str, ...]) -> None:
    assert Modules.of(ast.parse(text)).vocabulary == names


def test_literals_snap_to_simple_values() -> None:
    assert simple_values(3.1416)[0] == math.pi
    assert simple_values(0.4998)[0] == 0.5
    assert simple_values(-0.334)[0] == pytest.approx(-1 / 3)
    vectors = list(snapped((0.4998, 2, 6.2831)))
    assert (0.5, 2, 2 * math.pi) in vectors
    assert all(vector[1] == 2 for vector in vectors)


def test_snapping_proposes_distinct_vectors_of_the_parents_template() -> None:
    setting = Setting()
    operator = OPERATORS["snap"]()
    assert operator.applicable(setting.parent, setting.context(1))
    proposals = operator.propose(setting.parent, (), 12, setting.context(1))
    assert {proposal.change.template.digest for proposal in proposals} == {
        setting.parent.candidate.template.digest
    }
    literals = [proposal.change.literals for proposal in proposals]
    assert len(set(literals)) == len(literals)
    assert (3.0,) in literals
    assert (math.pi,) in literals
