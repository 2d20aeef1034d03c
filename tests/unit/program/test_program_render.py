"""Rendering and slots: literals written in so that the code stays the code."""

import pytest

from provolve.program import Program, lift, render, render_source, slot_name, slot_source
from provolve.record import Candidate

PROGRAM = Program.parse("a = 1.0\n# EVOLVE-BLOCK-START\nx = 0\n# EVOLVE-BLOCK-END\nlast = a\n")


def rendered(text: str, *literals: int | float) -> str:
    template = lift(PROGRAM, [text]).template
    (result,) = render(Candidate.of(template, literals))
    assert lift(PROGRAM, [result]).template.digest == template.digest
    assert lift(PROGRAM, [result]).literals == literals
    return result


@pytest.mark.parametrize(
    ("text", "literals", "expected"),
    [
        ("x = 1\n", (-2,), "x = -2\n"),
        ("x = 1.0  # kept\n", (2.0,), "x = 2.0  # kept\n"),
        ("x = f(1, 2)\n", (-1, -2), "x = f(-1, -2)\n"),
        ("x = y-1\n", (-2,), "x = y-(-2)\n"),
        ("x = y * 1.5 / 2.5\n", (-1.0, -1e-300), "x = y * (-1.0) / (-1e-300)\n"),
        ("x = 2 ** y\n", (-3,), "x = (-3) ** y\n"),
        ("x = 2 # two\nz = 1\n", (-3, -1), "x = -3 # two\nz = -1\n"),
        ("x = (2 # two\n  ** y)\n", (-3,), "x = ((-3) # two\n  ** y)\n"),
        ("x = -2 ** y\n", (-3,), "x = -(-3) ** y\n"),
        ("x = (-2) ** y\n", (-3,), "x = (-3) ** y\n"),
        ("x = 1 .real\n", (-3,), "x = (-3) .real\n"),
        ("x = 0x10.real\n", (4,), "x = (4).real\n"),
        ("x = 5..real\n", (4.0,), "x = (4.0).real\n"),
        ("x = 1or y\n", (0,), "x = (0)or y\n"),
        ("x = y if y else.5\n", (1.5,), "x = y if y else(1.5)\n"),
        ("x = not-1\n", (1,), "x = not(1)\n"),
        ("x = - -1\n", (-1,), "x = -1\n"),
        ("x = -(1)\n", (7,), "x = 7\n"),
        ("x = 1e3, 1e16\n", (1e22, -0.0), "x = 1e+22, -0.0\n"),
        ("x = y[0] + f(1, axis=2)\n", (5,), "x = y[0] + f(5, axis=2)\n"),
        ("def f(a=1):\n    return 2\n", (-1, -2), "def f(a=-1):\n    return -2\n"),
    ],
)
def test_literals_are_written_so_that_the_code_stays_the_same(
    text: str, literals: tuple[int | float, ...], expected: str
) -> None:
    assert rendered(text, *literals) == expected


@pytest.mark.parametrize("below", ["** 2", "# a comment\n  .real", "[0]"])
def test_what_binds_the_last_literal_may_stand_below_the_region(below: str) -> None:
    source = f"x = (y +\n# EVOLVE-BLOCK-START\n2 # two\n# EVOLVE-BLOCK-END\n{below})\n"
    program = Program.parse(source)
    template = lift(program, program.texts()).template
    texts = render(Candidate.of(template, [-3]))
    assert texts == ("(-3) # two\n",)
    assert lift(program, texts).template == template


def test_rendering_what_was_rendered_changes_nothing() -> None:
    once = rendered("x = y ** -1 - 2 * 3 - (4) + f(5)\n", -1, -2, -3, -4, -5)
    assert render(lift(PROGRAM, [once])) == (once,)


def test_literals_are_dealt_out_over_the_regions() -> None:
    program = Program.parse(
        "# EVOLVE-BLOCK-START\na = 1\nb = 2\n# EVOLVE-BLOCK-END\n"
        "# EVOLVE-BLOCK-START\nc = 3.0\n# EVOLVE-BLOCK-END\n"
    )
    candidate = Candidate.of(lift(program, program.texts()).template, [4, 5, 6.0])
    assert render(candidate) == ("a = 4\nb = 5\n", "c = 6.0\n")
    assert slot_source(program, candidate.template) == (
        "# EVOLVE-BLOCK-START\na = _literal_0_\nb = _literal_1_\n# EVOLVE-BLOCK-END\n"
        "# EVOLVE-BLOCK-START\nc = _literal_2_\n# EVOLVE-BLOCK-END\n"
    )


def test_the_whole_program_is_rendered_around_the_regions() -> None:
    candidate = lift(PROGRAM, ["x = a + 2.5"])
    assert render_source(PROGRAM, candidate) == PROGRAM.source.replace("x = 0", "x = a + 2.5")


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_numbers_that_no_literal_can_be_are_refused(value: float) -> None:
    template = lift(PROGRAM, ["x = 1.0\n"]).template
    with pytest.raises(ValueError, match=r"cannot be written|not finite"):
        render(Candidate.of(template, [value]))
    integer = lift(PROGRAM, ["x = 1\n"]).template
    with pytest.raises(ValueError, match=r"cannot be written|not finite"):
        render(Candidate.of(integer, [2**53 + 1]))


def test_slots_of_one_template_are_one_object() -> None:
    template = lift(PROGRAM, ["x = a + 2.5"]).template
    assert slot_source(PROGRAM, template) is slot_source(PROGRAM, lift(PROGRAM, ["x = a + 3.5"]).template)


def test_the_slots_stand_for_the_literals() -> None:
    template = lift(PROGRAM, ["x = 1if a else 2\n"]).template
    source = slot_source(PROGRAM, template)
    assert slot_name(0) in source
    assert source.splitlines()[2] == "x = (_literal_0_)if a else _literal_1_"
    namespace: dict[str, object] = {slot_name(0): -7, slot_name(1): 8}
    exec(source, namespace)
    assert namespace["x"] == -7
