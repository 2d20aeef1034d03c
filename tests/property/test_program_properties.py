"""Programs for any source: slots behave as literals, round trips hold, edits change what they say."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from provolve.errors import EditRejected
from provolve.program import (
    Program,
    apply_edit,
    apply_rewrite,
    lift,
    render,
    render_source,
    slot_name,
    slot_source,
    unified_diff,
)
from provolve.record import Candidate

thorough = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# ---- code ----------------------------------------------------------------------------------------------

INTEGERS = st.one_of(st.integers(-9, 9), st.sampled_from([0, 255, -1000, 2**31, 2**53, -(2**53)]))
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, -0.5, 1.0, -3.0, 1e16, 1e22, 5e-324, -1e-300, 1.7976931348623157e308]),
    st.floats(allow_nan=False, allow_infinity=False),
)
SPELLINGS = st.one_of(
    st.integers(0, 2**53).map(str),
    st.sampled_from(
        ["0x1F", "0b11", "0o17", "1_000", ".5", "5.", "1e3", "1E-3", "1_0.0_1e1_0", "00", "1e999"]
    ),
    st.sampled_from([str(2**53 + 1), str(2**70), "0xFFFFFFFFFFFFFFFFFF"]),
    st.floats(0, allow_nan=False, allow_infinity=False).map(repr),
)
SPACE = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def leaves(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(st.sampled_from(["x", "y", "'é€𝄞'.count('é')", "True", "2j"]))
    signs = draw(st.sampled_from(["", "", "-", "- ", "--", "+", "-+", "-  -"]))
    number = draw(SPELLINGS)
    return signs + (f"({number})" if draw(st.integers(0, 4)) == 0 else number)


@st.composite
def compounds(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    a, b, c, gap = draw(inner), draw(inner), draw(inner), draw(SPACE)
    lit = draw(SPELLINGS)
    forms = [
        f"({a}{gap}{draw(st.sampled_from(['+', '-', '*', '/', '%', '//']))}{gap}{b})",
        f"(\n {a} # comment 3 é\n  {draw(st.sampled_from(['+', '-', '*']))} \\\n {b}\n)",
        f"{lit} ** x",
        f"-{lit}{gap}**{gap}-y",
        f"x{gap}**{gap}-.5",
        f"(-{lit})**y",
        f"({a} < {b} <={gap}{c})",
        f"({lit}if {a} else{gap or ' '}{b})",
        f"({a} if x else.5)",
        f"({a} and not{gap or ' '}{b} or {c})",
        f"(lambda a={a}, *, b={b}: a - b * {lit})({c})",
        f"[{a}, {b}, {c}][1]",
        f"[{a}, {b}, {c}][-1]",
        f"max([{a} - x * {lit} for x in ITEMS if x != {lit}])",
        f"{{{lit}: {a}, 'k': {b}}}['k']",
        f"call({a}, k={b}, axis=1)",
        f"call(k={a}, *[{b}])",
        "f'{1 + 2}{{3}}'.count('3')",
        f"({lit} .real + (x).imag)",
        f"0x10.real{gap}-{gap}{a}",
        f"(z := {a}) + {lit}",
        f"(~int(y) -{lit})",
        f"-({a})",
    ]
    return "(" + draw(st.sampled_from(forms)) + ")"


# Powers are of floats only, and no name in an exponent is ever bound to an integer: 9 ** 2**53 never ends.
EXPRESSIONS = st.recursive(leaves(), compounds, max_leaves=6)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Text of a region that defines ``f(x, y)``."""
    e = [draw(EXPRESSIONS) for _ in range(4)]
    lit = draw(SPELLINGS)
    statements = draw(
        st.lists(
            st.sampled_from(
                [
                    f"z = {e[0]}; z -={e[1]}",
                    f"if {e[0]}:\n        z = {lit}\n    elif y<{lit}:\n        z={e[1]}\n    else:pass",
                    f"for i in {lit}, {e[1]}:\n    \tz = z - i  # tab 4",
                    f"def g(x, a={e[0]}, *, k={lit}) -> 1:\n        '''Doc 2.'''\n        return x + a-k",
                    f"z += g({e[2]})",
                    f"class C:\n        size: 2 = {lit}\n        def get(self): return self.size -{lit}",
                    "z = C().get()",
                    f"match z:\n        case -1 | 2.5 if {lit}: z = {e[1]}\n        case _: z = -{lit}",
                    f"try:\n        z = {e[1]}\n    except ArithmeticError:\n        z = {lit}",
                    f"assert x == x, {lit}",
                    f"\n    # comment 5 €\n\x0c\n    z = [{lit},\n  {e[0]}][0]",
                    f"z = '€' and {lit}; w = {lit}",
                ]
            ),
            max_size=4,
        )
    )
    lines = "".join(f"    {statement}\n" for statement in statements)
    return f"LEVEL = {lit}\ndef f(x, y, d={e[3]}):\n    z = d\n{lines}    return z, {e[2]}"


SHELL = """def call(*values, k=0.0, axis=0):
    return sum(values) - k * 2 + axis
ITEMS = (0.25, 3.0)
x, y, z = 0.75, 2.0, 0
# EVOLVE-BLOCK-START
pass
# EVOLVE-BLOCK-END
"""
PROGRAM = Program.parse(SHELL)


def vectors(kinds: str) -> st.SearchStrategy[tuple[int | float, ...]]:
    return st.tuples(*(FLOATS if kind == "f" else INTEGERS for kind in kinds))


def exact(value: Any) -> object:
    """A value that equals another only where type and bits agree."""
    if isinstance(value, float):
        return struct.pack("<d", value) if value == value else "nan"
    if isinstance(value, complex):
        return ("complex", exact(value.real), exact(value.imag))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, [exact(item) for item in value])
    return (type(value).__name__, value)


def behaviour(source: str, **names: object) -> object:
    """What the program does, errors included, for a few arguments."""
    namespace: dict[str, Any] = dict(names)
    outcome: list[object] = []
    try:
        exec(compile(source, "<program>", "exec", dont_inherit=True), namespace)
        outcome.append(exact(namespace["LEVEL"]))
    except Exception as error:
        return (type(error).__name__, str(error))
    for x, y in ((0.5, 2.0), (-3.0, 1.5)):
        try:
            outcome.append(exact(namespace["f"](x, y)))
        except Exception as error:
            outcome.append((type(error).__name__, str(error)))
    return outcome


def slots(candidate: Candidate) -> dict[str, object]:
    return {slot_name(k): value for k, value in enumerate(candidate.literals)}


@thorough
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@given(bodies(), st.data())
def test_original_rendering_and_slots_behave_alike(body: str, data: st.DataObject) -> None:
    candidate = lift(PROGRAM, [body])
    original = behaviour(PROGRAM.with_texts([body]))
    assert behaviour(render_source(PROGRAM, candidate)) == original
    assert behaviour(slot_source(PROGRAM, candidate.template), **slots(candidate)) == original
    other = Candidate.of(candidate.template, data.draw(vectors(candidate.template.kinds)))
    rendered = behaviour(render_source(PROGRAM, other))
    assert behaviour(slot_source(PROGRAM, other.template), **slots(other)) == rendered


@thorough
@given(bodies(), st.data())
def test_lifting_a_rendering_gives_the_candidate_back(body: str, data: st.DataObject) -> None:
    template = lift(PROGRAM, [body]).template
    candidate = Candidate.of(template, data.draw(vectors(template.kinds)))
    texts = render(candidate)
    again = lift(PROGRAM, texts)
    assert again.digest == candidate.digest
    assert again.template.nodes == template.nodes
    assert render(again) == texts
    assert body.count("#") == texts[0].count("#")


@thorough
@given(bodies(), st.sampled_from(["LEVEL", "return", "x", "z", "ITEMS"]))
def test_another_name_is_other_code(body: str, word: str) -> None:
    changed = body.replace("return z, ", "return z, x, ") if word == "return" else f"{body}\nu = {word}"
    assert lift(PROGRAM, [changed]).template.digest != lift(PROGRAM, [body]).template.digest
    commented = "# 1\n\n" + body.replace("    z = d\n", "\n    # 2\n    z = (d)  # 3\n")
    assert lift(PROGRAM, [commented]).digest == lift(PROGRAM, [body]).digest


# ---- edits ---------------------------------------------------------------------------------------------

LINES = st.sampled_from(
    ["a = 1", "a = 1 ", "b = 'é\u2028\x0b'", "", "  ", "\x0c", "# note", "c = '''x'''", "d = (2)", "e = a"]
)
TEXTS = st.lists(LINES, max_size=6)


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, str, list[list[str]], list[list[str]]]:
    """A program, its file, the lines outside its regions (one list more) and those inside."""
    inside = draw(st.lists(TEXTS, min_size=1, max_size=3))
    outside = [draw(TEXTS) for _ in range(len(inside) + 1)]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    source = assembled(outside, inside, newline)
    if draw(st.booleans()):
        source = source.removesuffix(newline)
    return Program.parse(source), source, outside, inside


def assembled(outside: list[list[str]], inside: list[list[str]], newline: str) -> str:
    lines = list(outside[0])
    for region, after in zip(inside, outside[1:], strict=True):
        lines += ["# EVOLVE-BLOCK-START", *region, "# EVOLVE-BLOCK-END", *after]
    return "".join(line + newline for line in lines)


def text_of(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def block(search: list[str], replace: list[str]) -> str:
    return f"<<<<<<< SEARCH\n{text_of(search)}=======\n{text_of(replace)}>>>>>>> REPLACE\n"


def places(regions: list[list[str]], search: list[str]) -> list[tuple[int, int]]:
    return [
        (index, first)
        for index, lines in enumerate(regions)
        for first in range(len(lines) - len(search) + 1)
        if lines[first : first + len(search)] == search
    ]


@thorough
@given(programs(), st.data())
def test_an_edit_changes_its_lines_and_nothing_else(
    case: tuple[Program, str, list[list[str]], list[list[str]]], data: st.DataObject
) -> None:
    program, source, outside, inside = case
    index = data.draw(st.integers(0, len(inside) - 1))
    assume(inside[index])
    first = data.draw(st.integers(0, len(inside[index]) - 1))
    count = data.draw(st.integers(1, len(inside[index]) - first))
    search = inside[index][first : first + count]
    replace = data.draw(TEXTS)
    assume(search != replace)
    edit = data.draw(st.sampled_from(["", "Prose.\n```\n"])) + block(search, replace)
    edit += data.draw(st.sampled_from(["", "```\nMore prose.\n=======\n"]))
    if data.draw(st.booleans()):
        edit = edit.replace("\n", "\r\n")
    if len(places(inside, search)) > 1:
        with pytest.raises(EditRejected) as caught:
            apply_edit(program, program.texts(), edit)
        assert caught.value.rejection == "edit_ambiguous"
        return
    texts = apply_edit(program, program.texts(), edit)
    expected = [list(lines) for lines in inside]
    expected[index][first : first + count] = replace
    assert texts == tuple(text_of(lines) for lines in expected)
    whole = assembled(outside, expected, program.newline)
    if source != assembled(outside, inside, program.newline):
        whole = whole.removesuffix(program.newline)
    assert program.export(texts) == whole
    assert apply_rewrite(program, program.texts(), texts) == texts


@thorough
@given(programs(), st.lists(LINES, min_size=1, max_size=3), TEXTS)
def test_an_edit_that_matches_nowhere_is_rejected_by_name(
    case: tuple[Program, str, list[list[str]], list[list[str]]], search: list[str], replace: list[str]
) -> None:
    program, source, _, inside = case
    assume(not places(inside, search) and search != replace)
    lines = source.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    with pytest.raises(EditRejected) as caught:
        apply_edit(program, program.texts(), block(search, replace))
    elsewhere = bool(places([lines], search))
    assert caught.value.rejection == ("edit_outside_region" if elsewhere else "edit_unmatched")
    squeezed = [["".join(line.split()) for line in region] for region in inside]
    if not elsewhere and places(squeezed, ["".join(line.split()) for line in search]):
        assert "only white space differs" in caught.value.detail


# fmt: off
TOKENS = st.sampled_from([
    "x", "1", "-2.5", " ", " + ", " = ", ".y", "**", "(", ")", "[", "]", ",", "'''", '"', "#", ";", ":",
    "\\\n", "\n", "\n    ", "\n        ", "\ndef g():", "\nif x:", "\nelse:", "\n@x\n", "\nclass A:",
    "return x", "lambda: ", " if x else ", "é", "\x0c", "\r", "\r\n", "\t", "\u2028",
    "\n# EVOLVE-BLOCK-START\n", "# EVOLVE-BLOCK-END\n",
])
# fmt: on
CODE = st.one_of(st.text(), st.lists(TOKENS, max_size=12).map("".join))
SHELLS = st.sampled_from(
    [
        "{} # '''",
        "{}def f():\n    return x\n",
        "def f():\n    if x:\n        x\n{}    return x\n# '''",
        "x = [\n{}]",
        "x = (1 + f(\n{}) ** 2)",
        "if x:\n    x\n{}else:\n    x\n",
        "{}x = 1\n{}x = ''' '''\n",
    ]
)


@settings(parent=thorough, max_examples=1000)
@given(SHELLS, CODE, CODE, st.booleans())
@example("def f():\n    if x:\n        x\n{}    return x\n# '''", "     \\", "", True)
def test_whatever_is_accepted_stays_in_its_region(shell: str, one: str, two: str, dedent: bool) -> None:
    marked = "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n"
    program = Program.parse(shell.replace("{}", marked))
    indent = "    " if "    return x" in shell and not dedent else ""
    regions = [indent + text for text in (one, two)][: len(program.regions)]
    try:
        texts = apply_rewrite(program, program.texts(), regions)
    except EditRejected as error:
        name = error.rejection
    else:
        name = ""
        whole = program.with_texts(texts)
        again = Program.parse(whole)
        assert again.texts() == texts
        assert shell.split("{}") == whole_without(again).split(marked)
        assert lift(program, render(lift(program, texts))).digest == lift(program, texts).digest
    assert name in {"", "edit_empty", "syntax_error", "edit_outside_region"}


def whole_without(program: Program) -> str:
    return program.with_texts([""] * len(program.regions))


@thorough
@given(CODE)
def test_text_without_blocks_is_no_edit(text: str) -> None:
    with pytest.raises(EditRejected) as caught:
        apply_edit(PROGRAM, PROGRAM.texts(), text)
    assert caught.value.rejection == "edit_empty"


@thorough
@given(st.text("ab\n\x0c", max_size=12), st.text("ab\n\x0c", max_size=12))
def test_a_diff_holds_both_texts(before: str, after: str) -> None:
    """With all context shown, the lines kept and removed are the one text, kept and added the other."""
    lines = unified_diff(before, after, before_name="a", after_name="b").split("\n")[2:-1]
    if before == after:
        assert lines == []
        return
    whole = [line for line in lines if not line.startswith("@@")]
    for signs, text in ((" -", before), (" +", after)):
        rebuilt = ""
        for line, following in zip(whole, [*whole[1:], ""], strict=True):
            if line[0] in signs:
                rebuilt += line[1:] + ("" if following.startswith("\\") else "\n")
        assert rebuilt in text if len(text.split("\n")) > 6 else rebuilt == text
