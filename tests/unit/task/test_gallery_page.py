"""The page on the gallery is made from the tasks and up to date, and each task tells enough."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provolve.task import load
from provolve.task.bundled import names
from provolve.task.gallery_page import FIGURES, figures, gallery_page, write

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "gallery.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == gallery_page(), (
        "run: python -m provolve.task.gallery_page docs/reference/gallery.md"
    )


def test_its_figures_are_those_of_the_tasks() -> None:
    beside = {path.name: path.read_bytes() for path in (PAGE.parent / FIGURES).iterdir()}
    assert beside == figures(), "run: python -m provolve.task.gallery_page docs/reference/gallery.md"


def test_every_figure_is_shown_and_every_one_shown_is_there(tmp_path: Path) -> None:
    write(tmp_path / "gallery.md")
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (tmp_path / "gallery.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(f"{FIGURES}/{name}" for name in figures())
    assert all((tmp_path / name).read_bytes().startswith(b"<svg") for name in shown)


@pytest.mark.parametrize("name", names())
def test_a_task_tells_what_a_user_wants_to_know(name: str) -> None:
    task = load(name)
    headings = [line.lstrip("# ") for line in task.parts.page.split("\n") if line.startswith("#")]
    assert {"Why it matters", "How an answer is judged"} <= set(headings)
    assert task.description
    assert task.baselines or task.judge.baselines
