"""The page of a task in a terminal."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from rich.console import Console

from provolve.report.task_page import task_page
from provolve.task import load
from provolve.task.bundled import find


def test_an_image_is_told_by_its_words_and_place(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    paging = find("paging")
    assert paging is not None
    shutil.copytree(paging, folder)
    page = "# Mine\n\nIt falls.\n\n![How it falls](figure.svg)\n\nSee [there](https://example.org/x.svg).\n"
    (folder / "README.md").write_text(page, encoding="utf-8")
    console = Console(file=io.StringIO(), width=500)
    console.print(task_page(load(folder)))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"How it falls: {folder / 'figure.svg'}" in shown
    assert "![" not in shown
    assert "[there](https://example.org/x.svg)" in shown
