from __future__ import annotations

import ast

import numpy as np
import pytest

from provolve.program import lift, render, render_source
from provolve.propose.symbolic.operators import OPERATORS
from provolve.record import Candidate

SOME_PROGRAMS_ONLY = [
    "cma-es",
    "tabulate",
    "reduce",
    "statements",
    "insert-statement",
]
STRUCTURAL = ["mutate", "crossover"]


def candidates(proposals):
    return [Candidate.of(p.change.template, p.change.literals) for p in proposals]


def made(name, bench, *, count=32, others=(), rounds=4, parent=None, **context):
    operator = OPERATORS[name]()
    found = []
    for ask_id in range(1, rounds + 1):
        inner = bench.operator_context(ask_id=ask_id, **context)
        chosen = parent or bench.start
        if operator.applicable(chosen, inner):
            proposals = operator.propose(chosen, others, count, inner)
            assert len(proposals) <= count
            found += proposals
    return found


def donor(bench):
    """Another structure for every sort of program of the fixtures."""
    for old, new in (
        ("-slack * 0.5", "np.exp(-slack) - 7.25"),
        ("math.exp(-y)", "math.tanh(y - 7.25)"),
        ("job[1] * 2.0", "job[1] / (7.25 + job[0])"),
    ):
        if any(old in text for text in bench.program.texts()):
            return bench.other(old, new)
    raise AssertionError


@pytest.mark.parametrize("name", OPERATORS)
def test_proposals_are_programs_named_by_their_parents(name, any_bench):
    proposals = made(name, any_bench, others=(donor(any_bench),))
    assert proposals or name in (
        "cma-es",
        "tabulate",
        "reduce",
        "statements",
        "insert-statement",
        "vary-lists",
        "snap",
    )
    for proposal, candidate in zip(proposals, candidates(proposals), strict=True):
        assert proposal.operator == name
        assert proposal.parents[0] == any_bench.start.candidate.digest or name == "cma-es"
        assert lift(any_bench.program, render(candidate)).digest == candidate.digest


@pytest.mark.parametrize("name", STRUCTURAL)
def test_structural_children_use_only_names_that_are_bound(name, scalars):
    for candidate in candidates(made(name, scalars, others=(donor(scalars),))):
        names = {}
        exec(render_source(scalars.program, candidate), names)
        for x, y in ((1.0, 2.0), (4.0, 0.5), (4.0, -1.0)):
            try:
                names["rule"](x, y)
            except (ZeroDivisionError, OverflowError, ValueError):
                continue


def test_names_of_lambdas_and_comprehensions_stay_inside(bench):
    made_bench = bench(
        "# EVOLVE-BLOCK-START\ndef f(pairs, x):\n"
        "    y = len(sorted(pairs, key=lambda pair: pair[0] - 2.0)) * x\n"
        "    return y - sum([other[1] * 2.0 for other in pairs])\n# EVOLVE-BLOCK-END\n"
    )
    for name in STRUCTURAL:
        other = made_bench.other("y - sum", "y * 3.0 - sum")
        for candidate in candidates(made(name, made_bench, others=(other,), rounds=12)):
            names = {}
            exec(render_source(made_bench.program, candidate), names)
            try:
                names["f"]([(1.0, 2.0), (3.0, 4.0)], 1.5)
            except (ZeroDivisionError, OverflowError):
                continue


def test_edited_expressions_are_simplified_now_and_then(bench):
    made_bench = bench("# EVOLVE-BLOCK-START\ndef f(x, y):\n    return y + x * 1.0\n# EVOLVE-BLOCK-END\n")
    proposals = made("mutate", made_bench)
    kept = ["* 1.0" in render(candidate)[0] for candidate in candidates(proposals)]
    assert 0.2 < np.mean(kept) < 0.8


@pytest.mark.parametrize("name", STRUCTURAL)
def test_array_children_take_arrays(name, arrays):
    x = np.linspace(0.1, 1.0, 7)
    for candidate in candidates(made(name, arrays, others=(donor(arrays),))):
        names = {}
        exec(render_source(arrays.program, candidate), names)
        with np.errstate(all="ignore"):
            answer = names["rule"](x, x[::-1])
        assert np.shape(answer) in ((), (7,))


@pytest.mark.parametrize("name", STRUCTURAL)
def test_children_stay_under_the_limit_of_nodes(name, arrays):
    limit = arrays.start.candidate.template.nodes + 14
    found = candidates(made(name, arrays, others=(donor(arrays),), max_nodes=limit))
    assert found
    assert max(candidate.template.nodes for candidate in found) <= limit


@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_structure_comes_with_several_draws_of_its_literals(name, arrays):
    found = candidates(made(name, arrays, others=(donor(arrays),), rounds=1))
    templates = {candidate.template.digest for candidate in found}
    assert len(found) == 32
    assert 6 <= len(templates) <= 20
    assert len({candidate.digest for candidate in found}) == 32


def test_structural_children_inherit_the_literals(arrays):
    first_of = {}
    for candidate in candidates(made("mutate", arrays)):
        first_of.setdefault(candidate.template.digest, candidate)
    kept = [sum(value in one.literals for value in (0.05, 2.0, 0.5)) for one in first_of.values()]
    assert np.mean(kept) > 2


def test_comments_and_layout_outside_the_edit_stay(arrays):
    rendered = [render(candidate)[0] for candidate in candidates(made("mutate", arrays))]
    assert all('"""What this bin is worth."""' in text for text in rendered)
    assert any("# what stays free" in text for text in rendered)


def test_without_numpy_nothing_of_numpy_is_used(scalars, structured):
    for bench in (scalars, structured):
        for name in STRUCTURAL:
            for candidate in candidates(made(name, bench, others=(donor(bench),))):
                assert "np." not in render_source(bench.program, candidate)


def test_structured_programs_keep_their_form(structured):
    for candidate in candidates(made("mutate", structured, rounds=8)):
        text = render(candidate)[0]
        assert "sorted(jobs" in text
        assert "order.append(job)" in text
        assert '{"order": order' in text or "{'order': order" in text


def test_mutation_reaches_keys_of_sorts(structured):
    before = "job[1] * 2.0 + job[0]"
    texts = {render(candidate)[0] for candidate in candidates(made("mutate", structured, rounds=8))}
    assert any(before not in text for text in texts)


def test_guards_choose_by_where_or_by_if(arrays, scalars):
    for bench, word in ((arrays, "np.where("), (scalars, " if ")):
        base = render(bench.start.candidate)[0].count(word)
        for name in STRUCTURAL:
            found = candidates(made(name, bench, others=(donor(bench),), rounds=12))
            assert any(render(candidate)[0].count(word) > base for candidate in found)


def test_crossover_brings_in_the_donor(arrays):
    other = donor(arrays)
    proposals = made("crossover", arrays, others=(other,), rounds=6)
    assert {proposal.parents[1] for proposal in proposals} == {other.candidate.digest}
    assert any("np.exp(-slack)" in render(candidate)[0] for candidate in candidates(proposals))


def test_crossover_without_another_structure_makes_nothing(arrays):
    assert made("crossover", arrays) == []


def test_gaussian_keeps_the_template_and_the_kinds(scalars):
    proposals = made("gaussian", scalars)
    start = scalars.start.candidate
    for proposal in proposals:
        assert proposal.change.template == start.template
        assert proposal.change.literals != start.literals
        for value, kind in zip(proposal.change.literals, start.template.kinds, strict=True):
            assert isinstance(value, int if kind == "i" else float)
            assert np.isfinite(value)
    assert any(proposal.change.literals[1] != 2 for proposal in proposals)


def test_gaussian_has_nothing_to_do_without_literals(bench):
    made_bench = bench("# EVOLVE-BLOCK-START\ndef f(x):\n    return -x\n# EVOLVE-BLOCK-END\n")
    assert made("gaussian", made_bench) == []


def test_children_parse_and_hold_no_slot(any_bench):
    for name in STRUCTURAL:
        for candidate in candidates(made(name, any_bench, others=(donor(any_bench),), rounds=2)):
            source = render_source(any_bench.program, candidate)
            ast.parse(source)
            assert "_literal_" not in source
