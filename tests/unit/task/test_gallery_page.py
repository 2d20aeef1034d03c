"""The page on the gallery is made from the tasks and up to date, and each task tells enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.task import load
from provolve.task.bundled import names
from provolve.task.gallery_page import gallery_page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "gallery.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == gallery_page(), (
        "run: python -m provolve.task.gallery_page docs/reference/gallery.md"
    )


@pytest.mark.parametrize("name", names())
def test_a_task_tells_what_a_user_wants_to_know(name: str) -> None:
    task = load(name)
    headings = [line.lstrip("# ") for line in task.parts.page.split("\n") if line.startswith("#")]
    assert {"Why it matters", "How an answer is judged"} <= set(headings)
    assert task.description
    assert task.baselines or task.judge.baselines
