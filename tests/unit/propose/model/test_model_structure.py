"""Replies as JSON: read whatever stands around them, and who is sent a schema."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.errors import EditRejected
from provolve.program import Program, apply_edit
from provolve.propose.model.structure import EDITS, Structure, read_structured
from provolve.propose.model.talk import most_tokens
from provolve.record import Edit, Message, Rewrite

PROGRAM = Program.parse("# EVOLVE-BLOCK-START\ndef f(x):\n    y = x\n    return y\n# EVOLVE-BLOCK-END\n")


def test_edits_are_applied_as_strictly_as_in_plain_text() -> None:
    pairs = [{"search": "    y = x", "replace": "    y = 2 * x"}, {"search": "    return y", "replace": ""}]
    change = read_structured(json.dumps({"edits": pairs}))
    assert isinstance(change, Edit)
    assert apply_edit(PROGRAM, PROGRAM.texts(), change.text) == ("def f(x):\n    y = 2 * x\n",)
    wrong = read_structured(json.dumps({"edits": [{"search": "z = x", "replace": "z"}]}))
    assert isinstance(wrong, Edit)
    with pytest.raises(EditRejected, match="stand nowhere"):
        apply_edit(PROGRAM, PROGRAM.texts(), wrong.text)


@pytest.mark.parametrize(
    "around", ["{}", "```json\n{}\n```", "Sure! Here it is:\n{}\nThat will do.", "\n\n{}\r\n"]
)
def test_prose_and_fences_around_the_object_do_no_harm(around: str) -> None:
    text = around.replace("{}", json.dumps({"regions": ["a = 1\r\nb = 2"]}))
    assert read_structured(text) == Rewrite(("a = 1\nb = 2\n",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "}{",
        "def f(x):\n    return {1: 2}",
        '{"edits": 3}',
        '{"regions": []}',
        '{"code": "x"}',
        "[]",
        "\ud800{}",
    ],
)
def test_what_is_not_of_the_form_is_left_to_the_tolerant_reading(text: str) -> None:
    assert read_structured(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    read_structured(text)
    read_structured("{" + text + "}")


def test_a_schema_is_reserved_for_like_a_prompt() -> None:
    messages = (Message("user", "Write."),)
    assert most_tokens(messages, EDITS) >= most_tokens(messages) + len(
        json.dumps(EDITS, separators=(",", ":"))
    )


def test_one_call_finds_out_and_the_others_go_plain_meanwhile() -> None:
    structure = Structure(wanted=True)
    assert [structure.claim() for _ in range(3)] == [True, False, False]
    structure.settle(works=True)
    assert structure.claim()
    structure.settle(works=False)  # a single reply that went wrong
    assert structure.claim()


def test_a_refusal_or_no_wish_ends_it() -> None:
    structure = Structure(wanted=True)
    structure.claim()
    structure.settle(works=False)
    assert not structure.claim()
    assert not Structure(wanted=False).claim()
