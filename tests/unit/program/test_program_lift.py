"""Lifting: which literals are lifted, what the digest counts, and which texts are refused."""

import pytest

from provolve.errors import EditRejected
from provolve.program import LARGEST_INTEGER, Program, lift
from provolve.program.digests import normal_form
from provolve.program.syntax import parse_source
from provolve.record import Candidate

PROGRAM = Program.parse("import math\n# EVOLVE-BLOCK-START\nx = 0\n# EVOLVE-BLOCK-END\nlast = x\n")


def lifted(text: str) -> Candidate:
    return lift(PROGRAM, [text])


def rejected(program: Program, *texts: str) -> EditRejected:
    with pytest.raises(EditRejected) as caught:
        lift(program, texts)
    return caught.value


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("x = 1 + 2.5 - True", (1, 2.5)),
        ("x = -0.5 * 2", (-0.5, 2)),
        ("x = -2 ** y", (2,)),
        ("x = 2 ** -1", (2, -1)),
        ("x = - -3 + -(4.0)", (3, -4.0)),
        ("x = +5", (5,)),
        ("x = -0.0", (-0.0,)),
        ("x = 1_000 + 0x10 + 1e3 + .5 + 5. + 1 .real + 0b11", (1000, 16, 1000.0, 0.5, 5.0, 1, 3)),
        ("x = 1if y else.5", (1, 0.5)),
        ("x = 'é€', 1.5; y = '\U0001f600', 2", (1.5, 2)),
        ("x = [\n  1, # one 9\n\t2,\n]; y = 3", (1, 2, 3)),
        ("x = \\\n 1 + \\\n 2", (1, 2)),
        ("x = 2j + 1", (1,)),
        ("x = f'{1 + 2:.3f}' + '4'", ()),
        ("x = y[0] + y[..., -1] + y[1:2, f(3)] + z[0].w * 4", (4,)),
        ("x: 1 = 2", (2,)),
        ("x = 0x1" + "0" * 5000 + " + 3", (3,)),
        ("def f(a: 1 = 2, *, b=3) -> 4: return 5", (2, 3, 5)),
        ("@g(1)\ndef f(a=2): return 3", (1, 2, 3)),
        ("x = f(1, axis=0, ndim=2, dtype=3, decimals=4, keepdims=5, scale=6)", (1, 6)),
        ("match 1:\n  case 2 | -3.0 if 4: x = 5\n", (1, 4, 5)),
        (f"x = {2**53} + {2**53 + 1} - {2**53 + 1}", (2**53,)),
        ("x = 1e999 + 2", (2,)),
        ("x = {1: 2, 3: 4}", (1, 2, 3, 4)),
        ("x = 5 if 6 else 7", (5, 6, 7)),
        ("x = f(k=1, *[2])", (1, 2)),
        ("\x0cx = 1\n\x0c\ny = 2", (1, 2)),
        ("", ()),
    ],
)
def test_literals_are_lifted_in_the_order_of_the_source(text: str, literals: tuple[int | float, ...]) -> None:
    candidate = lifted(text)
    assert [repr(value) for value in candidate.literals] == [repr(value) for value in literals]
    assert candidate.template.kinds == "".join("f" if isinstance(v, float) else "i" for v in literals)
    assert len(candidate.template.regions[0]) == len(literals) + 1


def test_pieces_keep_what_the_author_wrote() -> None:
    assert lifted("x = 1  # one\n\ny = - 2.5 *z\n").template.regions == (
        ("x = ", "  # one\n\ny = ", " *z\n"),
    )


def test_columns_count_characters_and_not_bytes() -> None:
    text = "x = 'é€', 1.5; y = '\U0001f600', 2 # é\n"
    assert lifted(text).template.regions == (("x = 'é€', ", "; y = '\U0001f600', ", " # é\n"),)


@pytest.mark.parametrize(
    "text",
    [
        "x=f( 1.0,'s' )",
        "# comment\nx = f(7.5, 's')\n\n",
        'x = (f((1e3), "s"))',
        "x = f(\n    1.0,  # one\n    's',\n)",
        "x = f(-2.5, 's')",
        "x = f(-(- 2.5), 's')",
        "x = f(1.0, 's'\n      '')",
    ],
)
def test_comments_layout_and_values_leave_the_digest(text: str) -> None:
    same, other = lifted("x = f(1.0, 's')").template, lifted(text).template
    assert (other.digest, other.kinds, other.nodes) == (same.digest, same.kinds, same.nodes)


@pytest.mark.parametrize(
    "text",
    [
        "x = f(1, 's')",
        "x = f(1.0, 't')",
        "x = f(1.0, b's')",
        "x = f(1.0, *'s')",
        "x = f(1.0, s='s')",
        "x = g(1.0, 's')",
        "y = f(1.0, 's')",
        "x += f(1.0, 's')",
        "x = f(1.0, 's')\nx = x",
        "if y: x = f(1.0, 's')",
        "x = f(1.0, 's')[0]",
        "x = +f(1.0, 's')",
        "x = f(+1.0, 's')",
    ],
)
def test_every_change_of_code_changes_the_digest(text: str) -> None:
    assert lifted(text).template.digest != lifted("x = f(1.0, 's')").template.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = y[0]", "x = y[1]"),
        ("x = y[-1]", "x = y[1]"),
        ("x = f'{1}'", "x = f'{2}'"),
        ("x = f(axis=0)", "x = f(axis=1)"),
        (f"x = {2**53 + 1}", f"x = {2**53 + 2}"),
        ("x = 1j", "x = 2j"),
        ("x = True", "x = 1"),
        ("x = None", "x = ..."),
        ("def f(a, b): pass", "def f(a, /, b): pass"),
        ("def f(*, a, b=1): pass", "def f(*, a=1, b): pass"),
        ("if y:\n  x = a\nz = b", "if y:\n  x = a\n  z = b"),
        ("if y:\n  x = a\nelse:\n  z = b", "if y:\n  x = a\n  z = b"),
        ("x = f(k=1, *[2])", "x = f(*[1], k=2)"),
        ("global x", "global y"),
        ("from . import y", "from .. import y"),
        ("x = a < b", "x = a <= b"),
    ],
)
def test_what_is_not_lifted_counts(one: str, other: str) -> None:
    assert lifted(one).template.digest != lifted(other).template.digest


def test_docstrings_do_not_count() -> None:
    with_docstring = lifted('def f(x):\n    """Say 1."""\n    return x\nclass A:\n    "a"\n    y = 2')
    without = lifted("def f(x):\n    return x\nclass A:\n    y = 2")
    assert with_docstring.template.digest == without.template.digest
    assert with_docstring.template.nodes == without.template.nodes
    assert lifted("def f():\n  x = 1\n  's'").template.digest != lifted("def f():\n  x = 1").template.digest


def test_nodes_measure_the_code_of_the_regions_only() -> None:
    assert lifted("x = y\n").template.nodes == 3
    assert lifted("x = y + -1.5\n").template.nodes == 6
    assert lifted("").template.nodes == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("  + 2\n", "  - 2\n"),
        ("  + 2\n", "  + y\n"),
        ("  .real\n", "  .imag\n"),
        ("  if y else 2\n", "  or 2\n"),
        ("  < 2\n", "  < 2 < y\n"),
    ],
)
def test_a_region_inside_an_expression_counts_wholly(one: str, other: str) -> None:
    program = Program.parse(f"x = (1\n# EVOLVE-BLOCK-START\n{one}# EVOLVE-BLOCK-END\n  )\n")
    assert lift(program, [one]).template.digest != lift(program, [other]).template.digest
    assert lift(program, [one]).literals in ((2,), ())


def test_else_in_a_region_counts() -> None:
    program = Program.parse(
        "def f(x):\n  if x:\n    # EVOLVE-BLOCK-START\n    y = 1\n    # EVOLVE-BLOCK-END\n  return x\n"
    )
    apart = lift(program, ["    y = 1\n  else:\n    y = 2\n"])
    together = lift(program, ["    y = 1\n    y = 2\n"])
    assert apart.template.digest != together.template.digest
    assert apart.literals == together.literals


def test_regions_count_one_by_one() -> None:
    program = Program.parse(
        "# EVOLVE-BLOCK-START\na = 1\n# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\nb = 2\n# EVOLVE-BLOCK-END\n"
    )
    first = lift(program, ["a = 1\nb = 2\n", ""])
    second = lift(program, ["a = 1\n", "b = 2\n"])
    assert first.literals == second.literals == (1, 2)
    assert first.template.digest != second.template.digest
    assert second.template.regions == (("a = ", "\n"), ("b = ", "\n"))


def test_a_changed_length_of_one_region_does_not_move_the_literals_of_the_next() -> None:
    program = Program.parse(
        "# EVOLVE-BLOCK-START\na = 1\n# EVOLVE-BLOCK-END\nz = 9\n"
        "class A:\n    # EVOLVE-BLOCK-START\n    b = 2\n    # EVOLVE-BLOCK-END\n"
    )
    candidate = lift(program, ["a = 1\nc = 3\nd = 4\n", "    b = 5\n"])
    assert candidate.literals == (1, 3, 4, 5)
    assert candidate.template.regions[1] == ("    b = ", "\n")


def test_syntax_errors_say_where_in_the_region() -> None:
    error = rejected(PROGRAM, "x = 1\nif x:\ny = 2\n")
    assert error.rejection == "syntax_error"
    assert error.detail == (
        "line 3 of region 'block 1': expected an indented block after 'if' statement "
        "on line 2 of region 'block 1'; the line reads 'y = 2'"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = (1\n", "never closed"),
        ("x = 1\0\n", "null bytes"),
        ("x = '\ud800'\n", "cannot be source code"),
        ("x = " + "(" * 100 + "1" + ")" * 100 + "\n" + "x = " + "1+" * 400 + "1\n", "300 levels"),
        ("x = " + "-" * 100_000 + "1\n", "too deeply"),
        ("x = 1\ny = _literal_0_\n", "line 2 of region 'block 1': the name _literal_0_ is reserved"),
        ("def _literal_7_(): pass\n", "reserved"),
        ("global _literal_7_\n", "reserved"),
    ],
)
def test_what_does_not_parse_is_a_syntax_error(text: str, reason: str) -> None:
    error = rejected(PROGRAM, text)
    assert error.rejection == "syntax_error"
    assert reason in error.detail


def test_reserved_names_in_strings_are_text() -> None:
    assert lifted("x = '_literal_0_'  # _literal_1_\n").literals == ()


IN_FUNCTION = Program.parse(
    "def f(x):\n    # EVOLVE-BLOCK-START\n    y = x\n    # EVOLVE-BLOCK-END\n    return y\n# '''\n"
)


@pytest.mark.parametrize(
    "text",
    [
        "    return x\ndef h():\n    pass\n",
        "    return '''\n",
        "    y = x\n    # EVOLVE-BLOCK-START\n",
        "    y = x\n    # EVOLVE-BLOCK-END\n",
        "    y = x  # EVOLVE-BLOCK-END\n",
    ],
)
def test_texts_that_reach_out_of_their_region_are_rejected(text: str) -> None:
    error = rejected(IN_FUNCTION, text)
    assert error.rejection == "edit_outside_region"
    assert "line" in error.detail


def test_a_docstring_cannot_swallow_what_is_below() -> None:
    program = Program.parse("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\nx = 1  # '''\n")
    assert rejected(program, "'''\n").rejection == "edit_outside_region"


def test_a_decorator_cannot_take_hold_of_a_function_below() -> None:
    program = Program.parse("# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\ndef f(): pass\n")
    error = rejected(program, "def d(f): return abs\n@d\n")
    assert error.rejection == "edit_outside_region"
    assert "line 2 of region 'block 1'" in error.detail


def test_brackets_cannot_be_closed_around_the_region() -> None:
    program = Program.parse("x = [\n# EVOLVE-BLOCK-START\n1,\n# EVOLVE-BLOCK-END\n]\n")
    assert lift(program, ["1, 2,\n"]).literals == (1, 2)
    for text in ("1] + [2,\n", "1]\ny = [2,\n", "1][abs(\n0):\n"):
        assert rejected(program, text).rejection == "edit_outside_region"
    call = Program.parse("x = f(\n# EVOLVE-BLOCK-START\n1,\n# EVOLVE-BLOCK-END\n)\n")
    error = rejected(call, "1)(2,\n")
    assert error.rejection == "edit_outside_region"
    assert "the start of region 'block 1'" in error.detail


def test_code_that_crosses_an_edge_by_the_authors_will_may_go_on() -> None:
    program = Program.parse(
        "# EVOLVE-BLOCK-START\ndef f(x):\n    y = 1\n    # EVOLVE-BLOCK-END\n    return y\n# '''\n"
    )
    assert lift(program, ["def f(z):\n    y = 2\n    z = 3\n"]).literals == (2, 3)
    swallowed = rejected(program, "def f(z):\n    y = '''\n")
    assert swallowed.rejection == "edit_outside_region"
    assert "marker" in swallowed.detail


def test_marked_functions_must_go_on_existing() -> None:
    program = Program.parse(
        "class A:\n    def f(self):\n        return 1\n    def g(self):\n        return self.f()\n",
        functions=["A.f"],
    )
    helper = "    def f(self):\n        return self.h()\n    def h(self):\n        return 2\n"
    assert lift(program, [helper]).literals == (2,)
    for text in ("    def h(self):\n        return 1\n", "", helper + helper):
        error = rejected(program, text)
        assert error.rejection == "edit_outside_region"
        assert "'A.f'" in error.detail


def test_integers_up_to_the_largest_are_literals() -> None:
    assert lifted(f"x = {LARGEST_INTEGER}, {-LARGEST_INTEGER}").literals == (2**53, -(2**53))


def test_the_normal_form_of_nothing_has_no_literals() -> None:
    form = normal_form(parse_source("x = 1\n"), [(2, 2)])
    assert (form.literals, form.nodes, form.crossings) == ((), 0, ())
