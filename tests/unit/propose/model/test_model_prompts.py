"""Prompts: what they tell, in which order they are cut, and a user's own templates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.program import Program, entry_point, lift
from provolve.propose.model import ModelProposer
from provolve.propose.model.memory import Lesson, Rejected, View
from provolve.propose.model.operators import OPERATORS
from provolve.propose.model.scene import Scene, quoted
from provolve.propose.model.templates import CUT_ORDER, bundled, fill, templates
from provolve.propose.proposer import Context, Statement
from provolve.record import Ask, Elite, Rejection

PROGRAM = Program.parse("# EVOLVE-BLOCK-START\ndef f(x):\n    return x + 1\n# EVOLVE-BLOCK-END\n")
MARKS = {
    "inspirations": "for ideas",
    "history": "Helped: loss",
    "printed": "| PRINTED",
    "notes": "NOTED",
    "rejections": "raised: IndexError",
    "direction": "GO THERE",
    "scores": "its worst are",
}


def elite(text: str, loss: float, scores: tuple[float, ...]) -> Elite:
    return Elite(lift(PROGRAM, (f"def f(x):\n    return {text}\n",)), loss, scores, "")


@pytest.fixture
def scene() -> Scene:
    seed = elite("x + 1", 2.0, (1.0, 2.0, 3.0))
    parent, other = elite("x * 2", 1.5, (1.0, 4.0, 1.0)), elite("x * 7", 1.7, (1.0, 1.0, 1.0))
    context = Context(
        PROGRAM,
        entry_point(PROGRAM),
        (seed,),
        np.random.default_rng(1),
        Statement(name="task", description="Find f.", direction="minimize", unit="bins", bound=0.5),
    )
    view = View(
        (Rejected("improve", Rejection.RAISED, "IndexError", "text", parent.candidate.digest),),
        (Lesson("improve", "+a\n-b\n", 2.0, 1.5),),
        "NOTED",
        "GO THERE",
        "PRINTED",
    )
    return Scene(Ask(1, (parent, other), 4), context, view, bundled(), False, 8000)


def test_a_prompt_tells_all_that_is_known(scene: Scene) -> None:
    prompt = scene.prompt("improve")
    for text in (*MARKS.values(), "Find f.", "in bins", "better than 0.5", "return x * 2", "SEARCH"):
        assert text in prompt
    assert "instance 1: score 4 (seed program 2)" in prompt
    assert prompt.index("instance 1:") < prompt.index("instance 0:") < prompt.index("instance 2:")


def test_maximizing_the_least_scores_are_worst(scene: Scene) -> None:
    told = replace(scene.context.statement, direction="maximize")
    turned = replace(scene, context=replace(scene.context, statement=told))
    assert turned.worst_instances() == scene.worst_instances()[::-1]


def test_sections_are_cut_in_the_stated_order_and_the_task_never(scene: Scene) -> None:
    gone: list[str] = []
    for tokens in range(500, 199, -1):
        prompt = replace(scene, prompt_tokens=tokens).prompt("improve")
        missing = [name for name in CUT_ORDER if MARKS[name] not in prompt]
        assert missing == list(CUT_ORDER[: len(missing)])
        assert set(gone) <= set(missing)
        gone = missing
        assert "Find f." in prompt
        assert "return x * 2" in prompt
        assert "SEARCH" in prompt
    assert len(gone) >= 4


def test_without_feedback_only_the_archive_is_shown(scene: Scene) -> None:
    prompt = replace(scene, feedback=False).prompt("improve")
    assert [name for name, mark in MARKS.items() if mark in prompt] == ["inspirations"]


def test_what_a_candidate_wrote_is_marked_line_by_line() -> None:
    assert quoted("one\n```\n\ntwo") == "| one\n| ```\n| \n| two"
    assert quoted("") == ""


def test_what_a_step_is_about_is_never_cut(scene: Scene) -> None:
    prompt = replace(scene, prompt_tokens=200).prompt("repair", trouble="TROUBLE", trace="TRACE" * 300)
    assert "TROUBLE" in prompt
    assert "TRACE" * 300 in prompt
    assert "PRINTED" not in prompt


def test_what_is_put_in_a_prompt_is_not_filled_again() -> None:
    assert fill("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x\n"


def test_own_templates_take_the_place_of_those_that_come_along(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "improve.md").write_text("Mine: {{task}} {{form}}")
    own = templates(str(tmp_path))
    assert replace(scene, templates=own).prompt("improve").startswith("Mine: Task: task")
    assert own["cross"] == bundled()["cross"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("improv.md", "x", "no prompt 'improv'"),
        ("improve.md", "{{taks}}", "nothing called {{taks}}"),
        ("improve.md", "{{plan}}", "nothing called {{plan}}"),
        ("improve.txt", "x", "holds no .md"),
    ],
)
def test_own_templates_that_cannot_be_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        templates(str(tmp_path))


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_name_their_source(name: str) -> None:
    assert "(" in (OPERATORS[name].__doc__ or "")
    assert OPERATORS[name]().name == name


@pytest.mark.parametrize(
    "options",
    [
        {"operators": ["imporve"]},
        {"operators": ["symbolic", "polish"]},
        {"form": "whole"},
        {"max_tokens": 0},
        {"prompt_tokens": 5},
        {"deadline": 0},
        {"pause": -1},
        {"tries": 0},
        {"in_flight": 0},
        {"base_url": "http://me:secret@host/v1"},
        {"prompts": "/nowhere"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict) -> None:
    with pytest.raises(UsageError):
        ModelProposer(**options)
