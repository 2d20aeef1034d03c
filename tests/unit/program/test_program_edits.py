"""Strict edits: applied exactly as written, or rejected by name with a detail that helps."""

import pytest

from provolve.errors import EditRejected
from provolve.program import Program, apply_edit, apply_rewrite

PROGRAM = Program.parse(
    "import math\n"
    "# EVOLVE-BLOCK-START\n"
    "def f(x):\n"
    "    y = x + 1\n"
    "    return y\n"
    "# EVOLVE-BLOCK-END\n"
    "def outside(x):\n"
    "    return f(x)\n"
    "# EVOLVE-BLOCK-START\n"
    "def g(x):\n"
    "    y = x + 2\n"
    "    return y\n"
    "# EVOLVE-BLOCK-END\n"
)
TEXTS = PROGRAM.texts()


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def rejection(edit: str, program: Program = PROGRAM) -> tuple[str, str]:
    with pytest.raises(EditRejected) as caught:
        apply_edit(program, program.texts(), edit)
    return caught.value.rejection, caught.value.detail


def test_a_block_replaces_its_lines() -> None:
    new = apply_edit(PROGRAM, TEXTS, block("    y = x + 1\n", "    y = x\n    y += 1\n"))
    assert new == ("def f(x):\n    y = x\n    y += 1\n    return y\n", TEXTS[1])


def test_a_block_may_remove_and_later_blocks_see_what_earlier_ones_left() -> None:
    edit = block("    y = x + 1\n    return y\n", "    return x\n") + block(
        "    return y\n", "    return -y\n"
    )
    new = apply_edit(PROGRAM, TEXTS, edit)
    assert new == ("def f(x):\n    return x\n", "def g(x):\n    y = x + 2\n    return -y\n")
    assert apply_edit(PROGRAM, new, block("    y = x + 2\n", "")) == (
        "def f(x):\n    return x\n",
        "def g(x):\n    return -y\n",
    )


def test_a_region_may_be_emptied() -> None:
    assert apply_edit(PROGRAM, TEXTS, block(TEXTS[0], "")) == ("", TEXTS[1])


def test_prose_fences_and_windows_line_endings_around_blocks_are_ignored() -> None:
    edit = "Setext\n=======\nFirst:\n```python\n" + block("    y = x + 1\n", "    y = x\n") + "```\nDone."
    expected = ("def f(x):\n    y = x\n    return y\n", TEXTS[1])
    assert apply_edit(PROGRAM, TEXTS, edit) == expected
    assert apply_edit(PROGRAM, TEXTS, edit.replace("\n", "\r\n")) == expected
    windows = Program.parse(PROGRAM.export(TEXTS).replace("\n", "\r\n"))
    assert apply_edit(windows, [text.replace("\n", "\r\n") for text in TEXTS], edit) == expected


def test_a_last_line_without_a_newline_stays_without() -> None:
    program = Program.parse("def f(x):\n    return x", functions=["f"])
    new = apply_edit(program, program.texts(), block("    return x\n", "    return 2 * x\n"))
    assert program.with_texts(new) == "def f(x):\n    return 2 * x"


def test_unmatched_quotes_the_nearest_place() -> None:
    name, detail = rejection(block("    y = x + 3\n    return y * 2\n", "    return 0\n"))
    assert name == "edit_unmatched"
    assert "block 1 stand nowhere" in detail
    assert "line 2 of region 'block 1'" in detail or "line 2 of region 'block 2'" in detail
    assert "   2 |     y = x + " in detail
    assert "   3 |     return y" in detail


def test_white_space_counts_and_is_shown() -> None:
    name, detail = rejection(block("    y = x + 1  \n    return y\n", "    return 0\n"))
    assert name == "edit_unmatched"
    assert "only white space differs from line 2 of region 'block 1'" in detail
    assert "   2 | '    y = x + 1'\n   3 | '    return y'" in detail


def test_a_place_over_two_regions_is_none() -> None:
    assert rejection(block("    return y\ndef g(x):\n", "    return 0\n"))[0] == "edit_unmatched"


def test_unmatched_in_empty_regions_says_so() -> None:
    empty = Program.parse("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n")
    name, detail = rejection(block("x = 1\n", "x = 2\n"), empty)
    assert name == "edit_unmatched"
    assert "empty" in detail
    assert rejection(block("\n", "x = 2\n"), empty)[0] == "edit_unmatched"


def test_long_unmatched_searches_are_answered_in_short() -> None:
    long = "\n".join(f"x{k} = {k}" for k in range(600)) + "\n"
    program = Program.parse(f"# EVOLVE-BLOCK-START\n{long}# EVOLVE-BLOCK-END\n")
    name, detail = rejection(block(long.split("x300")[1], "x = 0\n"), program)
    assert name == "edit_unmatched"
    assert "more lines" in detail
    assert len(detail) < 1000


def test_long_lines_are_quoted_in_short() -> None:
    program = Program.parse(f"# EVOLVE-BLOCK-START\nx = '{'a' * 5000}'\n# EVOLVE-BLOCK-END\n")
    assert len(rejection(block("x = 'a'\n", "x = 1\n"), program)[1]) < 400
    with pytest.raises(EditRejected) as caught:
        apply_rewrite(program, program.texts(), [f"x = = '{'a' * 5000}'\n"])
    assert len(caught.value.detail) < 400


def test_ambiguous_lists_all_places() -> None:
    name, detail = rejection(block("    return y\n", "    return 0\n"))
    assert name == "edit_ambiguous"
    assert "2 places: line 3 of region 'block 1'; line 3 of region 'block 2'" in detail


def test_places_that_overlap_are_ambiguous() -> None:
    program = Program.parse("# EVOLVE-BLOCK-START\nx = 1\nx = 1\nx = 1\n# EVOLVE-BLOCK-END\n")
    name, detail = rejection(block("x = 1\nx = 1\n", "x = 2\n"), program)
    assert name == "edit_ambiguous"
    assert "line 1 of region 'block 1'; line 2 of region 'block 1'" in detail


@pytest.mark.parametrize(
    ("search", "line"),
    [
        ("import math\n", "1"),
        ("    return f(x)\n", "8"),
        ("    return y\n# EVOLVE-BLOCK-END\ndef outside(x):\n", "5"),
        ("# EVOLVE-BLOCK-START\n", "2, 9"),
    ],
)
def test_outside_names_the_line_of_the_program(search: str, line: str) -> None:
    name, detail = rejection(block(search, "x = 1\n"))
    assert name == "edit_outside_region"
    assert f"stand in line {line} of the program" in detail


def test_lines_both_inside_and_outside_change_inside_only() -> None:
    program = Program.parse("x = 1\n# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n")
    new = apply_edit(program, program.texts(), block("x = 1\n", "x = 2\n"))
    assert program.with_texts(new) == "x = 1\n# EVOLVE-BLOCK-START\nx = 2\n# EVOLVE-BLOCK-END\n"


@pytest.mark.parametrize(
    "marker", ["# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\n", "    y = 2  # EVOLVE-BLOCK-END\n"]
)
def test_markers_cannot_be_put_in(marker: str) -> None:
    name, detail = rejection(block("    y = x + 1\n", "    y = 1\n" + marker))
    assert name == "edit_outside_region"
    assert "marker" in detail


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ("", "holds no edit"),
        ("def f(x): return 1\n", "holds no edit"),
        (block("", "x = 1\n"), "no lines to search"),
        (block("    y = x + 1\n", "    y = x + 1\n"), "by the same lines"),
        (block("    y = x + 1\n", "    y = 0\n") + block("    y = 0\n", "    y = x + 1\n"), "change nothing"),
        ("<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n", "line 1 of the edit has no line '======='"),
        ("a\n<<<<<<< SEARCH\nx\n=======\ny\n", "line 2 of the edit has no line '>>>>>>> REPLACE'"),
        ("<<<<<<< SEARCH\nx\n" + block("x\n", "y\n"), "line 1 of the edit has no line '>>>>>>> REPLACE'"),
        (block("    y = x + 1\n", "    y = 0\n") + ">>>>>>> REPLACE\n", "line 6 of the edit closes a block"),
    ],
)
def test_edits_that_hold_nothing_to_apply_are_empty(edit: str, reason: str) -> None:
    name, detail = rejection(edit)
    assert name == "edit_empty"
    assert reason in detail


def test_two_separators_in_a_block_are_ambiguous() -> None:
    name, detail = rejection(block("    y = x + 1\n", "    y = '''\n=======\n'''\n"))
    assert name == "edit_ambiguous"
    assert "2 lines '======='" in detail


def test_code_that_does_not_parse_is_a_syntax_error() -> None:
    name, detail = rejection(block("    y = x + 1\n", "    y = = x\n"))
    assert name == "syntax_error"
    assert "line 2 of region 'block 1'" in detail
    assert "'y = = x'" in detail


def test_a_rewrite_gives_every_region_its_text() -> None:
    new = apply_rewrite(PROGRAM, TEXTS, ["f = abs", "g = f\r\n"])
    assert new == ("f = abs\n", "g = f\n")


@pytest.mark.parametrize(
    ("regions", "name", "reason"),
    [
        (["f = abs\n"], "edit_unmatched", "2 regions and the rewrite 1"),
        (list(TEXTS), "edit_empty", "stands already"),
        ([TEXTS[0].rstrip("\n"), TEXTS[1].replace("\n", "\r\n")], "edit_empty", "stands already"),
        ([TEXTS[0], "def g(:\n"], "syntax_error", "line 1 of region 'block 2'"),
        ([TEXTS[0], "# EVOLVE-BLOCK-START\nx = 1\n"], "edit_outside_region", "marker"),
    ],
)
def test_rewrites_are_checked_as_edits_are(regions: list[str], name: str, reason: str) -> None:
    with pytest.raises(EditRejected, match=reason) as caught:
        apply_rewrite(PROGRAM, TEXTS, regions)
    assert caught.value.rejection == name


def test_a_rewrite_may_not_lose_a_function_that_must_stay() -> None:
    program = Program.parse("def f(x):\n    return x\n", functions=["f"])
    with pytest.raises(EditRejected, match="'f' is gone") as caught:
        apply_rewrite(program, program.texts(), ["def g(x):\n    return x\n"])
    assert caught.value.rejection == "edit_outside_region"


def test_wrong_numbers_of_standing_texts_are_the_callers_error() -> None:
    with pytest.raises(ValueError, match="2 regions"):
        apply_edit(PROGRAM, ["x = 1\n"], block("x = 1\n", "x = 2\n"))
