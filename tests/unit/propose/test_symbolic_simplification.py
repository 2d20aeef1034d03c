from __future__ import annotations

import ast

import numpy as np
import pytest

from provolve.program import render
from provolve.propose.symbolic.children import graft
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.simplification import simplified
from provolve.record import Candidate

VALUES = (0.0, 1.0, 2.0, -3.5, 4, 1)
KINDS = "ffffii"


def simple(text: str) -> str:
    """Simplify a text in which #k stands for literal k; new literals are written as values."""
    draft = Draft(VALUES, KINDS, np.random.default_rng(0))
    tree = ast.parse(text.replace("#", "_literal_").replace(";", "_"), mode="eval").body
    found = ast.unparse(simplified(tree, draft, Modules("np", "math")))
    for k, value in enumerate(draft.values):
        found = found.replace(f"_literal_{k}_", repr(value))
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x + #0;", "x"),
        ("#0; + x", "x"),
        ("x - #0;", "x"),
        ("#0; - x", "0.0 - x"),
        ("x * #1;", "x"),
        ("#1; * x", "x"),
        ("x / #1;", "x"),
        ("#1; / x", "1.0 / x"),
        ("x ** #1;", "x"),
        ("x * #5;", "x"),
        ("x * #0;", "x * 0.0"),
        ("x / #2;", "x / 2.0"),
        ("x // #1;", "x // 1.0"),
        ("x % #1;", "x % 1.0"),
        ("x * #2;", "x * 2.0"),
        ("x + #1;", "x + 1.0"),
        ("(x < y) * #1;", "(x < y) * 1.0"),
        ("#2; + #3;", "-1.5"),
        ("#4; * #5; - x", "4 - x"),
        ("#2; / #0;", "2.0 / 0.0"),
        ("-#3;", "3.5"),
        ("--x", "x"),
        ("not not (x < y)", "x < y"),
        ("not not x", "not not x"),
        ("x - x", "x - x"),
        ("(x - x) + y", "x - x + y"),
        ("(x - x) + x * y", "x * y"),
        ("np.where(x < y, x, x)", "np.where(x < y, x, x)"),
        ("np.where(x < y, x + y, x + y)", "x + y"),
        ("x if x < y else x", "x"),
        ("np.abs(np.abs(x))", "np.abs(x)"),
        ("np.abs(np.floor(x))", "np.abs(np.floor(x))"),
        ("np.minimum(x, x)", "x"),
        ("np.minimum(x, y)", "np.minimum(x, y)"),
        ("np.exp(np.exp(x))", "np.exp(np.exp(x))"),
        ("xs[#4; - #4;] + #0;", "xs[4 - 4]"),
        ("((x + #0;) * #1;) - #0;", "x"),
    ],
)
def test_identities(before, after):
    assert simple(before) == after


@pytest.mark.parametrize(
    "text",
    ["np.exp(_literal_0_)", "(lambda v: v)(_literal_1_)", "-np.abs(_literal_1_)", "_literal_2_"],
)
def test_literals_are_written_where_calls_need_their_parentheses(bench, text):
    made = bench(
        "import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x):\n"
        "    return x - 2.5 * 3.0 + -7.0\n# EVOLVE-BLOCK-END\n"
    )
    context = made.operator_context()
    parsed = context.parsed(made.start.candidate.template)
    draft = Draft(made.start.candidate.literals, made.start.candidate.template.kinds, context.rng)
    child = graft(parsed, parsed.sites[0], text, draft, context, ())
    assert child is not None
    expected = text
    for k, value in enumerate((2.5, 3.0, -7.0)):
        expected = expected.replace(f"_literal_{k}_", repr(value))
    assert f"return {expected}\n" in render(Candidate.of(child.template, child.literals))[0]
    assert child.new == frozenset()
