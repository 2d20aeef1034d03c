"""Replies are read tolerantly, and what they hold is applied strictly."""

import pytest

from provolve.errors import EditRejected
from provolve.program import Program, apply_edit, apply_rewrite
from provolve.propose.model.replies import read_change, without_thinking
from provolve.record import Edit, Rewrite

PROGRAM = Program.parse(
    "import math\n\n# EVOLVE-BLOCK-START\ndef f(x):\n    y = x + 1\n    return y\n# EVOLVE-BLOCK-END\n\n"
    "def g():\n    return 2\n"
)
NEW = "def f(x):\n    return x * 2\n"
TWO = Program.parse(
    "# EVOLVE-BLOCK-START\na = 1\n# EVOLVE-BLOCK-END\nb = 2\n"
    "# EVOLVE-BLOCK-START\nc = 3\n# EVOLVE-BLOCK-END\n"
)


def applied(text: str, program: Program = PROGRAM) -> tuple[str, ...]:
    change = read_change(without_thinking(text), program)
    if isinstance(change, Edit):
        return apply_edit(program, program.texts(), change.text)
    return apply_rewrite(program, program.texts(), change.regions)


@pytest.mark.parametrize(
    "reply",
    [
        NEW,
        f"```python\n{NEW}```",
        f"Here you are:\n\n```py\n{NEW}```\nIt doubles.",
        f"~~~\n{NEW}~~~",
        f"```python\n{NEW}",  # never closed
        f"<think>\nmaybe\n```python\ndef f(x): return 0\n```\n</think>\n```python\n{NEW}```",
        f"so it goes</think>\n```python\n{NEW}```",
        f"```bash\nls\n```\n```python\n{NEW}```",
        f"```python\nimport math\n\n# EVOLVE-BLOCK-START\n{NEW}# EVOLVE-BLOCK-END\n\ndef g():\n    pass\n```",
        f"Sure.\n{NEW}",
        NEW.replace("\n", "\r\n"),
        f"```python\r\n{NEW}```\r\n".replace("\r\n", "\n").replace("\n", "\r\n"),
    ],
)
def test_whole_regions_are_found(reply: str) -> None:
    assert applied(reply) == (NEW,)


def test_a_whole_program_without_marks_is_cut_to_its_region() -> None:
    program = Program.parse(
        "import math\n\ndef f(x):\n    return x\n\ndef g():\n    return 2\n", functions=["f"]
    )
    reply = f"```python\nimport math\n\n{NEW}\ndef g():\n    return 2\n```"
    assert applied(reply, program) == (NEW,)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [6, 7, 9])
def test_edits_are_found_with_marks_of_other_lengths(newline: str, size: int) -> None:
    marks = ("<" * size + " SEARCH", "=" * size, ">" * size + " REPLACE")
    change = [marks[0], "    y = x + 1", marks[1], "    y = x + 3", marks[2]]
    lines = ["Change it:", "```", *change, "```", "Done."]
    assert applied(newline.join(lines)) == ("def f(x):\n    y = x + 3\n    return y\n",)


def test_regions_of_a_program_with_two_come_in_their_order() -> None:
    assert applied("```python\na = 5\n```\nand\n```python\nc = 7\n```", TWO) == ("a = 5\n", "c = 7\n")
    block = "# EVOLVE-BLOCK-START\n{}\n# EVOLVE-BLOCK-END\n"
    whole = block.format("a = 5") + "b = 2\n" + block.format("c = 7")
    assert applied(f"```python\n{whole}```", TWO) == ("a = 5\n", "c = 7\n")


@pytest.mark.parametrize(
    ("reply", "rejection"),
    [
        ("I cannot help with that.", "edit_empty"),
        ("Done", "edit_empty"),
        ("<think>for ever and ever", "edit_empty"),
        ("```javascript\nfunction f(x) { return x; }\n```", "syntax_error"),
        ("<<<<<<< SEARCH\nnowhere\n=======\nx\n>>>>>>> REPLACE", "edit_unmatched"),
        ("<<<<<<< SEARCH\ndef g():\n=======\ndef h():\n>>>>>>> REPLACE", "edit_outside_region"),
        ("<<<<<<< SEARCH\n    y = x + 1\n=======\n", "edit_empty"),
        ("```python\ndef f(x:\n    return x\n```", "syntax_error"),
    ],
)
def test_what_cannot_be_applied_has_a_name(reply: str, rejection: str) -> None:
    with pytest.raises(EditRejected) as caught:
        applied(reply)
    assert caught.value.rejection == rejection


def test_an_edit_in_two_places_is_ambiguous() -> None:
    program = Program.parse("# EVOLVE-BLOCK-START\na = 1\na = 1\n# EVOLVE-BLOCK-END\n")
    with pytest.raises(EditRejected) as caught:
        applied("<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE", program)
    assert caught.value.rejection == "edit_ambiguous"


def test_code_is_never_run_to_read_it() -> None:
    change = read_change("```python\nraise SystemExit\n```", PROGRAM)
    assert change == Rewrite(("raise SystemExit\n",))
