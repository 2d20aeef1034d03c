from __future__ import annotations

import ast
import dataclasses

import numpy as np
import pytest

from provolve.program import lift, render
from provolve.propose.symbolic.children import graft
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import Modules
from provolve.propose.symbolic.simplification import simplified, simplified_here
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
    ("before", "after"),
    [
        ("(x + _literal_0_) + _literal_0_", "x + _literal_0_"),
        ("(x + _literal_0_) * y", "(x + _literal_0_) * y"),
        ("-(-(x + _literal_0_))", "x + _literal_0_"),
        ("np.abs(np.abs(x * _literal_1_))", "np.abs(x * _literal_1_)"),
        (
            "np.where(x < y, y * _literal_1_, y * _literal_1_)",
            "np.where(x < y, y * _literal_1_, y * _literal_1_)",
        ),
        ("np.where(x > 0, x * _literal_1_, x * _literal_1_)", "x * _literal_1_"),
        ("x[y + _literal_0_]", "x[y + _literal_0_]"),
    ],
)
def test_simplified_here_leaves_what_is_below_alone_and_unchanged(before, after):
    tree = ast.parse(before, mode="eval").body
    dumped = ast.dump(tree)
    draft = Draft(VALUES, KINDS, np.random.default_rng(0))
    found = simplified_here(tree, draft, Modules("np", "math"))
    assert ast.unparse(found) == after
    assert ast.dump(tree) == dumped
    assert (found is tree) == (before == after)


@pytest.mark.parametrize(
    ("before", "place", "text", "expected"),
    [
        ("x * 2.5 + 0.0 + y", "x * _literal_0_", "_literal_1_", {"0.0 + 0.0 + y", "y"}),
        ("-x + 1.5", "x", "_literal_0_", {"-1.5 + 1.5", "0.0"}),
        ("-(x - y) * 1.5", "x - y", "-y", {"--y * 1.5", "y * 1.5"}),
        ("x - (x - x + y)", "y", "y * x", {"x - (x - x + y * x)", "x - y * x"}),
    ],
)
def test_an_edit_is_simplified_with_what_it_stands_in(bench, before, place, text, expected):
    """Or not at all: what is written is one or the other, and both lift to themselves."""
    made = bench(
        f"import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x, y):\n    return {before}\n# EVOLVE-BLOCK-END\n"
    )
    context = made.operator_context()
    start = made.start.candidate
    parsed = context.parsed(start.template)
    site = next(site for site in parsed.sites if parsed.text(site.node) == place)
    found = set()
    for _ in range(40):
        child = graft(
            parsed, site, text, Draft(start.literals, start.template.kinds, context.rng, 99), context, ()
        )
        if child is not None:
            candidate = Candidate.of(child.template, child.literals)
            rendered = render(candidate)
            assert lift(context.program, rendered).digest == candidate.digest
            found.add(rendered[0].split("return ")[1].strip())
    assert found == expected


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


def test_what_is_nested_too_deeply_to_be_parsed_is_no_child(bench):
    deep = "float(" * 150 + "x + 1.5" + ")" * 150
    made = bench(
        f"import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x, y):\n    return {deep}\n# EVOLVE-BLOCK-END\n"
    )
    context = made.operator_context()
    start = made.start.candidate
    parsed = context.parsed(start.template)
    site = next(site for site in parsed.sites if parsed.text(site.node) == "x")
    for levels, fits in ((1, True), (100, False)):
        text = "float(" * levels + "x - _literal_0_" + ")" * levels
        draft = Draft(start.literals, start.template.kinds, context.rng, 9_999)
        roomy = dataclasses.replace(context, max_nodes=9_999)
        assert (graft(parsed, site, text, draft, roomy, ()) is not None) == fits
