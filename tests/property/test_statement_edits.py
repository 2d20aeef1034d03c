"""Edits of statements on any small program: it parses in its region, names stay bound, loops end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provolve.program import Program, lift, render, render_source
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.record import Candidate, Elite

OPERATORS_ON_STATEMENTS = ["statements", "insert-statement"]
VALUES = st.sampled_from(["a", "b", "x * 0.5", "a + 1.5", "(a - b) * 2.0", "abs(x) + b", "min(a, b)", "3.25"])


@st.composite
def blocks(draw, depth=0):
    """Lines of statements over numbers a, b and x, all bound, without indentation."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.integers(0, 5 if depth < 2 else 2))
        name, value = draw(st.sampled_from(["a", "b", "fresh"])), draw(VALUES)
        if way <= 2:
            lines.append(f"{'a' if way == 2 else name} {'-=' if way == 2 else '='} {value}")
            continue
        head = f"if a < {draw(VALUES)}:" if way < 5 else f"for i in range({draw(st.integers(0, 4))}):"
        lines += [head, *(f"    {line}" for line in draw(blocks(depth + 1)))]
    return lines


def build(lines):
    body = "".join(f"    {line}\n" for line in lines)
    return Program.parse(
        f"# EVOLVE-BLOCK-START\ndef f(a: float, b: float, x: float):\n{body}"
        "    return a - b * 0.5\n# EVOLVE-BLOCK-END\n"
    )


@pytest.mark.parametrize("name", OPERATORS_ON_STATEMENTS)
@settings(max_examples=40, deadline=None)
@given(blocks(), blocks(), st.integers(0, 99))
def test_children_stay_whole(name, lines, others, seed):
    program, other = build(lines), build(others)
    elite = Elite(lift(program, program.texts()), 1.0, (), "")
    donor = Elite(lift(other, other.texts()), 1.0, (), "")
    context = OperatorContext(
        program, (elite,), np.random.default_rng(seed), 1, 600, ParsedCache(8), start_nodes=200
    )
    operator = OPERATORS[name]()
    for proposal in operator.propose(elite, (donor,), 12, context):
        child = Candidate.of(proposal.change.template, proposal.change.literals)
        assert lift(program, render(child)).digest == child.digest
        names = {}
        exec(render_source(program, child), names)
        for arguments in ((1.0, 2.0, -0.5), (-3.0, 0.25, 4.0)):
            try:
                found = names["f"](*arguments)
            except (ZeroDivisionError, OverflowError):
                continue
            assert isinstance(found, float | int | complex)  # a power of a negative number is complex
