"""Simplification keeps values, and whatever structural operators make is a program of the region."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from provolve.program import Program, expression_text, lift, render, render_source
from provolve.propose.symbolic.children import assemble, parse_expression, written_expression
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.propose.symbolic.simplification import simplified
from provolve.record import Candidate, Elite

NUMBERS = st.sampled_from(["0", "1", "2", "0.0", "1.0", "-1.0", "0.5", "3.25", "-2.0", "7"])
LEAVES = st.one_of(NUMBERS, st.sampled_from(["x", "y", "x", "y", "z"]))


def _extend(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: f"({p[0]} + {p[1]})"),
        pair.map(lambda p: f"({p[0]} - {p[1]})"),
        pair.map(lambda p: f"({p[0]} * {p[1]})"),
        inner.map(lambda e: f"(-({e}))"),
        inner.map(lambda e: f"np.abs({e})"),
        inner.map(lambda e: f"np.tanh({e})"),
        inner.map(lambda e: f"({e} / 1.0)"),
        inner.map(lambda e: f"({e} + (x - x))"),
        pair.map(lambda p: f"np.minimum({p[0]}, {p[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"np.where({t[0]} < {t[1]}, {t[2]}, {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"np.where({t[0]} < {t[1]}, {t[1]}, {t[2]})"),
    )


EXPRESSIONS = st.recursive(LEAVES, _extend, max_leaves=12)


def build(first, second):
    first = first.replace("z", "y")  # z is not bound yet
    return Program.parse(
        "import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x, y):\n"
        f"    z = {first} + 0.5 * x * 1.0\n    return {second}\n# EVOLVE-BLOCK-END\n"
    )


def value(program, candidate):
    names = {}
    exec(render_source(program, candidate), names)
    x = np.array([0.5, -1.5, 2.0, 3.75, -0.25])
    with np.errstate(all="ignore"):
        return np.asarray(names["f"](x, x[::-1] * 1.5), dtype=float)


def value_or_none(program, candidate):
    """None where arithmetic on literals fails: a judge rejects that, and it is no fault."""
    try:
        return value(program, candidate)
    except ZeroDivisionError:
        return None
    except ValueError as error:
        if "negative integer powers" in str(error):
            return None
        raise


def context(program, elite, seed):
    rng = np.random.default_rng(seed)
    return OperatorContext(program, (elite,), rng, 1, 500, ParsedCache(8))


def simplified_child(program, elite):
    """The program with every expression simplified."""
    made = context(program, elite, 0)
    parsed = made.parsed(elite.candidate.template)
    draft = Draft(elite.candidate.literals, elite.candidate.template.kinds, made.rng, parsed.template.nodes)
    splices = []
    for root in parsed.roots:
        tree = parse_expression(expression_text(root))
        text = written_expression(simplified(tree, draft, parsed.modules), draft)[1]
        splices.append(parsed.splice_for(root, text))
    child = assemble(parsed, splices, draft, made, (elite.candidate.digest,))
    return Candidate.of(child.template, child.literals)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_simplified_programs_have_the_same_values_and_shapes(first, second):
    program = build(first, second)
    elite = Elite(lift(program, program.texts()), 1.0, (), "")
    child = simplified_child(program, elite)
    assert child.template.nodes < elite.candidate.template.nodes  # of `* 1.0` if of nothing else
    before, after = value(program, elite.candidate), value(program, child)
    assert before.shape == after.shape
    assert np.array_equal(before, after, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(["mutate", "crossover"]), st.integers(0, 99))
def test_structural_children_run_and_lift_to_themselves(first, second, name, seed):
    program = build(first, second)
    elite = Elite(lift(program, program.texts()), 1.0, (), "")
    other = build(second, first)
    donor = Elite(lift(other, other.texts()), 1.0, (), "")
    for proposal in OPERATORS[name]().propose(elite, (donor,), 8, context(program, elite, seed)):
        child = Candidate.of(proposal.change.template, proposal.change.literals)
        assert lift(program, render(child)).digest == child.digest
        if (found := value_or_none(program, child)) is not None:
            assert found.shape in ((), (5,))
