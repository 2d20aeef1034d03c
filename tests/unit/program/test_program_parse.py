"""Programs: what is a region, what is refused, and that nothing around the regions changes."""

import pytest

from provolve.errors import TaskError
from provolve.program import Program

MARKED = """import math

# EVOLVE-BLOCK-START
def f(x):
    return x + 1
# EVOLVE-BLOCK-END

class A:
    # EVOLVE-BLOCK-START
    size = 3
    # EVOLVE-BLOCK-END
"""

FUNCTIONS = """import functools


def plain(x):
    return x


class Box:
    size = 1

    @functools.cache
    @staticmethod
    def inner(x):
        return x * 2


if True:
    async def late(x): return x  # same line"""


def test_a_region_is_the_lines_between_its_markers() -> None:
    program = Program.parse(MARKED)
    assert program.texts() == ("def f(x):\n    return x + 1\n", "    size = 3\n")
    assert [region.name for region in program.regions] == ["block 1", "block 2"]
    assert program.line_spans(program.texts()) == ((4, 5), (10, 10))


def test_a_region_may_be_a_function_with_its_decorators() -> None:
    program = Program.parse(FUNCTIONS, functions=["late", "Box.inner", "plain"])
    assert program.texts() == (
        "def plain(x):\n    return x\n",
        "    @functools.cache\n    @staticmethod\n    def inner(x):\n        return x * 2\n",
        "    async def late(x): return x  # same line",
    )
    assert [region.name for region in program.regions] == ["plain", "Box.inner", "late"]


def test_own_texts_give_the_source_back() -> None:
    for program in (Program.parse(MARKED), Program.parse(FUNCTIONS, functions=["late", "plain"])):
        assert program.with_texts(program.texts()) == program.source
        assert program.export(program.texts()) == program.source


def test_line_endings_of_the_file_come_back_on_export() -> None:
    original = MARKED.replace("\n", "\r\n")
    program = Program.parse(original)
    assert program.newline == "\r\n"
    assert program.source == MARKED
    assert program.export(program.texts()) == original
    changed = program.export(["def f(x):\r\n    return 2\r\n", "    size = 4\n"])
    assert changed == original.replace("x + 1", "2").replace("size = 3", "size = 4")


def test_a_missing_last_newline_is_completed_but_not_at_the_end_of_the_file() -> None:
    program = Program.parse(MARKED)
    assert program.with_texts(["f = abs", ""]).split("\n")[2:5] == [
        "# EVOLVE-BLOCK-START",
        "f = abs",
        "# EVOLVE-BLOCK-END",
    ]
    last = Program.parse("def f(): return 1", functions=["f"])
    assert last.with_texts(["def f(): return 2"]) == "def f(): return 2"


def test_spans_follow_the_length_of_the_texts() -> None:
    program = Program.parse(MARKED)
    assert program.line_spans(["", "    a = 1\n    b = 2\n"]) == ((4, 3), (8, 9))


def test_a_wrong_number_of_texts_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 regions, 1 texts"):
        Program.parse(MARKED).with_texts(["a = 1\n"])


def test_markers_in_strings_are_text() -> None:
    source = 'a = """\n# EVOLVE-BLOCK-START\n"""\n# EVOLVE-BLOCK-START\nx = """\n# EVOLVE-BLOCK-END\n"""\n'
    program = Program.parse(source + "# EVOLVE-BLOCK-END\n")
    assert program.texts() == ('x = """\n# EVOLVE-BLOCK-END\n"""\n',)


def test_form_feeds_and_separators_end_no_line() -> None:
    program = Program.parse("a = 'x\x0cy\u2028z'\n\x0c\n#EVOLVE-BLOCK-START\nb = 1\n#EVOLVE-BLOCK-END")
    assert program.texts() == ("b = 1\n",)
    assert program.line_spans(program.texts()) == ((4, 4),)


def test_an_empty_region_is_one() -> None:
    assert Program.parse("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n").texts() == ("",)


@pytest.mark.parametrize(
    ("source", "functions", "line", "reason"),
    [
        ("x = = 1\n", [], 1, "invalid syntax"),
        ("x = 1\n", [], 1, "no region that may change"),
        ("x = 1\n# EVOLVE-BLOCK-START\n", [], 2, "never ends"),
        ("# EVOLVE-BLOCK-END\n", [], 1, "never began"),
        ("# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-START\n", [], 3, "inside the one opened in line 1"),
        ("x = 1  # EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n", [], 1, "nearly a marker"),
        ("\n# EVOLVE-BLOCK-START: heuristic\n# EVOLVE-BLOCK-END\n", [], 2, "nearly a marker"),
        ("\n# evolve-block-start\n", [], 2, "nearly a marker"),
        (MARKED, ["f"], 3, "functions"),
        ("def f(): pass\n", ["g"], 1, "functions here: f"),
        ("def f(): pass\ndef f(): pass\n", ["f"], 2, "defined more than once, in lines 1 and 2"),
        ("a = 1\r\nb = 2\n", [], 2, "end all lines alike"),
        ("a = 1\rb = 2\r", [], 1, "end all lines alike"),
        ("\n_literal_3_ = 1\n", [], 2, "_literal_3_ is reserved"),
        ("def f():\n    global _\uff4citeral_3_\n", ["f"], 2, "_literal_3_ is reserved"),
        ("x = 1\0", [], 1, "null bytes"),
        ("-" * 100_000 + "1", [], 1, "too deeply"),
    ],
)
def test_what_is_no_program_is_refused(source: str, functions: list[str], line: int, reason: str) -> None:
    with pytest.raises(TaskError, match=reason) as caught:
        Program.parse(source, name="rule.py", functions=functions)
    assert str(caught.value).startswith(f"rule.py, line {line}: ")


def test_a_function_region_inside_another_cannot_be() -> None:
    source = "class A:\n    def f(self): pass\n\ndef g():\n    def h(): pass\n"
    with pytest.raises(TaskError, match=r"not defined; functions here: A\.f, g"):
        Program.parse(source, functions=["g.h"])
    assert len(Program.parse(source, functions=["g", "A.f", "g"]).regions) == 2


def test_doubtful_escapes_warn_nobody() -> None:
    Program.parse("# EVOLVE-BLOCK-START\nx = '\\d' if 1or 0 else 2\n# EVOLVE-BLOCK-END\n")
