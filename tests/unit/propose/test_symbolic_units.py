"""Units: dimensions are found, clashes are seen, and no operator proposes one."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from provolve.program import Program, lift, render
from provolve.propose.symbolic.dimensions import Dimensions, dimensions
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.laws import Laws, powers
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.record import Candidate, Elite
from provolve.task.units import Units

UNITS = Units.of(
    "law",
    ["m", "v", "c", "n"],
    {"m": {"kg": 1}, "v": {"m": 1, "s": -1}, "c": {"m": 1, "s": -1}, "n": {}, "return": {"kg": 1}},
)
VOCABULARY = "VOCABULARY = (np.sin, np.exp, np.sqrt, np.square)"
SOURCE = """import numpy as np

{vocabulary}

# EVOLVE-BLOCK-START
def law(m: np.ndarray, v: np.ndarray, c: np.ndarray, n: np.ndarray) -> np.ndarray:
{body}
# EVOLVE-BLOCK-END
"""
SOUND = (
    "return m / np.sqrt(1.0 - v * v / (c * c))",
    "return m * n + 2.0 * m",
    "return np.where(v > c, m, m * np.sin(v / c))",
    "r = v / c\n    return m * np.exp(-r)",
    "r = v\n    if v > c:\n        r = c\n    return m * (r / c)",
    "return m * (n ** 2.0)",
    "r = m\n    for k in range(3):\n        r = r * v / c\n    return r",
    "return np.maximum(m, np.abs(m))",
    "return np.sqrt(np.square(m) + m * m)",
)
CLASHING = (
    "return v",
    "return m + v",
    "return m * np.exp(v)",
    "return m * np.where(v > m, n, n)",
    "return m + 1.0",
    "return m * n ** v",
    "r = m * v\n    return r + m",
    "return np.sqrt(m)",
    "return np.maximum(m, v)",
    "if v > m:\n        return m\n    return m",
)


def told(body: str, vocabulary: str = VOCABULARY) -> Dimensions:
    tree = ast.parse(SOURCE.format(vocabulary=vocabulary, body=f"    {body}"))
    return dimensions(tree, UNITS, Modules.of(tree))


@pytest.mark.parametrize("body", SOUND)
def test_what_fits_is_sound(body: str) -> None:
    assert told(body).sound


@pytest.mark.parametrize("body", CLASHING)
def test_what_clashes_is_seen(body: str) -> None:
    assert not told(body).sound


def test_a_threshold_takes_on_a_unit_where_there_is_no_vocabulary() -> None:
    for body in ("return np.where(v > 3.0, m, m)", "return m + 1.0", "return np.maximum(m, -1.0)"):
        assert told(body, "OTHER = 1").sound
        assert not told(body).sound
    assert not told("return m + 1.0 * n", "OTHER = 1").sound


def test_without_the_entry_point_nothing_is_known() -> None:
    tree = ast.parse("def other(m):\n    return m")
    assert dimensions(tree, UNITS, Modules.of(tree)) == Dimensions(True, {}, {}, {})


def test_products_of_powers_have_the_dimension_wanted_shortest_first() -> None:
    known = tuple(UNITS.arguments[name] for name in ("m", "v", "c"))
    found = powers(known, UNITS.arguments["m"])
    assert found[0] == (1, 0, 0)
    assert (1, 2, -2) in found
    assert all(row[0] == 1 and row[1] == -row[2] for row in found)
    assert (0, 0, 0) not in powers(known, UNITS.pure)
    assert powers((), UNITS.pure) == ()


def test_formulas_have_the_dimension_wanted() -> None:
    tree = ast.parse(SOURCE.format(vocabulary=VOCABULARY, body="    return m"))
    names = list(UNITS.arguments.items())
    for wanted in (UNITS.arguments["m"], UNITS.arguments["v"], UNITS.pure):
        units = Units("law", UNITS.bases, UNITS.arguments, wanted)
        found = set()
        for seed in range(150):
            laws = Laws(Draft((), "", np.random.default_rng(seed)), names, Modules.of(tree), units)
            for text in (laws.mutated(None, wanted), laws.formula(wanted, 2), laws.grown("m", wanted)):
                if text is not None and (wanted == UNITS.arguments["m"] or "m" not in text):
                    found.add(text)
                    child = ast.parse(SOURCE.format(vocabulary=VOCABULARY, body=f"    return {text}"))
                    assert dimensions(child, units, Modules.of(child)).sound, text
        assert len(found) > 100


@pytest.mark.parametrize("vocabulary", [VOCABULARY, "OTHER = 1"])
@pytest.mark.parametrize("body", ["return m * n * (v / c + 0.5)", "return m * v"])
@pytest.mark.parametrize("name", ["mutate", "crossover", "reduce", "tabulate"])
def test_no_operator_proposes_a_clash(name: str, body: str, vocabulary: str) -> None:
    """The second parent clashes itself: what is made of it may not."""
    program = Program.parse(SOURCE.format(vocabulary=vocabulary, body=f"    {body}"))
    parent = Elite(lift(program, program.texts()), 1.0, (), "")
    other = program.texts()[0].replace(body, "return np.exp(n) * m + m * v / c")
    donor = Elite(lift(program, (other,)), 1.0, (), "")
    cache, count = ParsedCache(64), 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        context = OperatorContext(program, (parent,), rng, 1, 90, cache, units=UNITS)
        operator = OPERATORS[name]()
        if operator.applicable(parent, context):
            for proposal in operator.propose(parent, (donor,), 8, context):
                candidate = Candidate.of(proposal.change.template, proposal.change.literals)
                tree = ast.parse(f"import numpy as np\n{vocabulary}\n{render(candidate)[0]}")
                assert dimensions(tree, UNITS, Modules.of(tree)).sound, render(candidate)[0]
                count += 1
    assert count or name not in ("mutate", "crossover")
