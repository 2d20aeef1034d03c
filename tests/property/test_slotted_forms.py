"""Text of expressions, and templates of slotted code: both as the slow ways have them."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provolve.program import (
    Program,
    SlottedForm,
    SourceError,
    expression_text,
    lift,
    lift_slotted,
    nodes_below,
    render,
    slot_source,
    walk,
)
from provolve.propose.symbolic.roots import Root
from provolve.record import Candidate

LEAVES = st.sampled_from(
    ["x", "y", "2.5", "3", "'text'", "None", "True", "x.size", "x[0]", "y[1:2, ...]", "(x, y)", "[x, 1.5]"]
)


def _extend(inner):
    pair, triple = st.tuples(inner, inner), st.tuples(inner, inner, inner)
    binary = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"])
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        st.tuples(st.sampled_from(["-", "+", "~", "not "]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        triple.map(lambda t: f"({t[0]}) if ({t[1]}) else ({t[2]})"),
        triple.map(lambda t: f"({t[0]}) < ({t[1]}) != ({t[2]})"),
        pair.map(lambda t: f"({t[0]}) in ({t[1]})"),
        triple.map(lambda t: f"({t[0]}) and ({t[1]}) or ({t[2]})"),
        triple.map(lambda t: f"({t[0]}).f({t[1]}, *({t[2]}), k=({t[1]}), **z)"),
        pair.map(lambda t: f"(lambda v, w=({t[0]}): ({t[1]}))"),
        pair.map(lambda t: f"[({t[0]}) for v in x if ({t[1]})]"),
        pair.map(lambda t: f"{{1: ({t[0]}), 'k': ({t[1]})}}"),
        inner.map(lambda t: f"x[({t})]"),
        inner.map(lambda t: f"sum(({t}) for v in x)"),
    )


EXPRESSIONS = st.recursive(LEAVES, _extend, max_leaves=10)


def tree(text):
    return ast.parse(text, mode="eval").body


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_text_has_the_same_tree(text):
    before = tree(text)
    assert ast.dump(tree(expression_text(before))) == ast.dump(before)


def program_of(text):
    return with_both(text, text)


def with_both(assigned, returned):
    return Program.parse(
        f"# EVOLVE-BLOCK-START\ndef f(x, y, z):\n    w = {assigned}\n    return w, {returned}\n"
        "# EVOLVE-BLOCK-END\n"
    )


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_slotted_code_lifts_to_the_template_that_it_came_from(text):
    program = program_of(text)
    candidate = lift(program, program.texts())
    template = candidate.template
    source = slot_source(program, template)
    start = source.index("\n") + 1
    again = lift_slotted(program, [source[start : source.rindex("# EVOLVE")]], template.kinds)
    assert again.template.digest == template.digest
    assert again.template.nodes == template.nodes
    assert again.slots == tuple(range(len(template.kinds)))
    rendered = render(Candidate.of(again.template, candidate.literals))
    assert lift(program, rendered).digest == candidate.digest


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_an_exchanged_expression_has_the_digest_of_the_lifted_program(first, second):
    program, other = program_of(first), program_of(second)
    template, wanted = (lift(p, p.texts()).template for p in (program, other))
    module = ast.parse(slot_source(program, template))
    function = module.body[0]
    # Both statements hold the first expression; the second is put where the assignment has it.
    mixed = with_both(second, first)
    goal = lift(mixed, mixed.texts()).template
    root = function.body[0].value
    form = SlottedForm(module, program.line_spans(program.texts()), template.kinds, [root])
    donated = ast.parse(slot_source(other, wanted)).body[0].body[0].value
    kinds = list(template.kinds)
    for node in ast.walk(donated):
        if isinstance(node, ast.Name) and node.id.startswith("_literal_"):
            kinds.append(wanted.kinds[int(node.id[9:-1])])
            node.id = f"_literal_{len(kinds) - 1}_"
    digest, nodes, slots = form.exchanged(root, root, donated, expression_text(donated), kinds)
    assert (digest, nodes) == (goal.digest, goal.nodes)
    assert "".join(kinds[slot] for slot in slots) == goal.kinds


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS, st.integers(0, 50))
def test_any_part_of_an_expression_may_be_exchanged(first, second, place):
    """The form put together from a part and what is known of the rest is that of the whole program lifted."""
    program, other = program_of(first), program_of(second)
    template, wanted = (lift(p, p.texts()).template for p in (program, other))
    module = ast.parse(slot_source(program, template))
    root = Root(module.body[0].body[1].value.elts[1])
    form = SlottedForm(module, program.line_spans(program.texts()), template.kinds, [root.node])
    sites = [node for node in walk(root.node) if isinstance(node, ast.expr) and exchangeable(root, node)]
    part = sites[place % len(sites)]
    kinds = list(template.kinds)
    donated = ast.parse(slot_source(other, wanted)).body[0].body[0].value
    for node in ast.walk(donated):
        if isinstance(node, ast.Name) and node.id.startswith("_literal_"):
            kinds.append(wanted.kinds[int(node.id[9:-1])])
            node.id = f"_literal_{len(kinds) - 1}_"
    before = ast.dump(module)
    whole = root.rebuilt(part, donated)
    text = root.text(whole)
    assert text == expression_text(whole)
    assert ast.dump(tree(text)) == ast.dump(whole)
    assert ast.dump(module) == before
    try:
        digest, nodes, slots = form.exchanged(root.node, part, donated, text, kinds)
    except SourceError:
        return  # a minus before a slot
    assigned = slot_source(program, template).split("w = ", 1)[1].split("\n", 1)[0]
    region = f"def f(x, y, z):\n    w = {assigned}\n    return w, {text}\n"
    goal = lift_slotted(program, [region], kinds)
    assert (digest, nodes) == (goal.template.digest, goal.template.nodes)
    assert tuple(slots) == goal.slots
    assert form.outside(part).isdisjoint(set(slots) - form.outside(part))


def exchangeable(root, node):
    """Whether an expression may stand for ``node``: not for what is called, sliced or unpacked."""
    while node is not root.node:
        outer = root.above(node)
        inner = isinstance(outer, ast.Subscript | ast.Slice | ast.Starred | ast.comprehension | ast.arguments)
        if inner or isinstance(outer, ast.Attribute) or isinstance(node, ast.Starred | ast.Slice):
            return False
        if isinstance(outer, ast.Call) and outer.func is node:
            return False
        node = outer
    return True


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_walks_meet_what_those_of_the_library_do(text):
    whole = ast.parse(f"@g\ndef f(x: int = {text}):\n    for x in y:\n        w = {text}\n    return w")
    left_out = ast.operator | ast.unaryop | ast.boolop | ast.cmpop | ast.expr_context
    assert walk(whole) == [node for node in ast.walk(whole) if not isinstance(node, left_out)]
    for node in walk(whole):
        below = [each for each in ast.iter_child_nodes(node) if not isinstance(each, left_out)]
        assert nodes_below(node) == below


def test_numbers_that_no_slot_stands_for_are_refused():
    program = program_of("x")
    for text in ("2.5", "-_literal_0_", "_literal_0_ + _literal_0_", "'_literal_7_'"):
        with pytest.raises(SourceError):
            lift_slotted(program, [f"def f(x, y, z):\n    return {text}\n"], "f")


def test_text_that_is_no_program_is_refused():
    with pytest.raises(SourceError):
        lift_slotted(program_of("x"), ["def f(x, y, z):\n    return (x\n"], "")
