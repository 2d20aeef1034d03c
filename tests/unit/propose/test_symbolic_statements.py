"""Operators on statements, names and whole arrays: what they may touch, and what they leave bound."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from provolve.program import lift, render, render_source
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.statements import editable_lines
from provolve.record import Candidate

LOOPS = """# EVOLVE-BLOCK-START
def rule(values: list, n: int, x: float, y: float):
    total = x * 0.5
    best = y + 1.5
    for i in range(n):
        total = total * 0.9 + i
        total -= best
        if total > 3.0:
            best = total
    return total + best * 2.0
# EVOLVE-BLOCK-END
"""
ARRAYS = """import numpy as np
# EVOLVE-BLOCK-START
def rule(x: np.ndarray, y: np.ndarray, k: float) -> np.ndarray:
    z = np.abs(x) - y * 0.5
    z = z * z
    w = np.max(x)
    return z + k * w
# EVOLVE-BLOCK-END
"""
WHILE = """# EVOLVE-BLOCK-START
def rule(x: float):
    n = x * 2.0
    n = n + 1.0
    while n > 1.0:
        n = n / 2.0
    return n + x
# EVOLVE-BLOCK-END
"""


def children(name, bench, rounds=6, others=(), **context):
    found = []
    for ask_id in range(1, rounds + 1):
        inner = bench.operator_context(ask_id=ask_id, **context)
        operator = OPERATORS[name]()
        if operator.applicable(bench.start, inner):
            for proposal in operator.propose(bench.start, others, 32, inner):
                found.append(Candidate.of(proposal.change.template, proposal.change.literals))
    return found


def run(bench, candidate, *arguments):
    names = {}
    exec(render_source(bench.program, candidate), names)
    with np.errstate(all="ignore"):
        return names["rule"](*arguments)


@pytest.mark.parametrize("name", ["statements", "insert-statement"])
def test_children_of_loops_run_and_lift_to_themselves(name, bench):
    made = bench(LOOPS)
    donor = made.other("total * 0.9 + i", "min(total, 7.25)")
    found = children(name, made, others=(donor,))
    assert len(found) > 40
    for candidate in found:
        assert lift(made.program, render(candidate)).digest == candidate.digest
        try:
            value = run(made, candidate, [1.0], 4, 2.0, 3.0)
        except (ZeroDivisionError, OverflowError):
            continue
        assert isinstance(value, float | int)


@pytest.mark.parametrize("name", ["statements", "reduce"])
def test_children_of_arrays_give_arrays(name, bench):
    made = bench(ARRAYS)
    x = np.linspace(-1.0, 2.0, 5)
    found = children(name, made)
    assert len(found) > 20
    for candidate in found:
        assert lift(made.program, render(candidate)).digest == candidate.digest
        assert np.shape(run(made, candidate, x, x[::-1], 0.5)) in ((), (5,))


def test_statements_are_taken_out_swapped_and_repeated_and_loops_cut(bench):
    texts = {render(candidate)[0] for candidate in children("statements", bench(LOOPS), rounds=12)}
    assert any("best = total" not in text for text in texts)
    assert any(text.count("-= best") == 2 for text in texts)
    assert any(
        text.index("-= best") < text.index("+ i") for text in texts if "-= best" in text and "+ i" in text
    )
    assert any("range(min(n, " in text for text in texts)


def test_what_first_binds_a_name_stays(bench):
    for candidate in children("statements", bench(LOOPS), rounds=12):
        text = render(candidate)[0]
        assert "total = x" in text
        assert "best = y" in text


def test_functions_with_while_are_left_alone(bench):
    made = bench(WHILE)
    assert editable_lines(made.operator_context().parsed(made.start.candidate.template)) == []
    for name in ("statements", "insert-statement"):
        assert children(name, made) == []


def test_inserted_statements_are_guarded_or_not(bench):
    texts = {render(candidate)[0] for candidate in children("insert-statement", bench(LOOPS))}
    assert {text.count("if ") for text in texts} >= {1, 2}


def test_rows_of_assignments_to_arrays_are_left_to_expressions(bench):
    assert children("insert-statement", bench(ARRAYS)) == []


def test_statements_are_borrowed_from_other_programs(bench):
    made = bench(LOOPS)
    donor = made.other("total * 0.9 + i", "min(total, 7.25)")
    texts = [render(candidate)[0] for candidate in children("insert-statement", made, others=(donor,))]
    assert any("min(total, 7.25)" in text for text in texts)


def test_reductions_are_of_arrays_only(bench):
    for candidate in children("reduce", bench(ARRAYS)):
        for node in ast.walk(ast.parse(render(candidate)[0])):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("mean", "std", "median"):
                assert isinstance(node.args[0], ast.Name)
                assert node.args[0].id in ("x", "y", "z")  # w is one number


def test_no_reductions_where_a_table_is_filled_element_by_element(bench):
    made = bench(ARRAYS)
    context = made.operator_context()
    tabular = type(context)(**{**vars(context), "elementwise": True})
    assert OPERATORS["reduce"]().applicable(made.start, context)
    assert not OPERATORS["reduce"]().applicable(made.start, tabular)
    assert OPERATORS["reduce"]().propose(made.start, (), 8, tabular) == []
