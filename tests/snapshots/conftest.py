"""Compares what people see with files beside the tests; PROVOLVE_UPDATE_SNAPSHOTS=1 writes them anew."""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

FOLDER = Path(__file__).parent / "shown"
UPDATE = "PROVOLVE_UPDATE_SNAPSHOTS"


def rendered(renderable: RenderableType, width: int) -> str:
    """Return a renderable as plain text, without the spaces at the ends of lines."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=40, color_system=None, legacy_windows=False)
    console.print(renderable, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


@pytest.fixture
def compare() -> Callable[[str, RenderableType, int], None]:
    def check(name: str, renderable: RenderableType, width: int) -> None:
        path, text = FOLDER / f"{name}-{width}.txt", rendered(renderable, width)
        if os.environ.get(UPDATE):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if not path.exists():
            pytest.fail(f"{path} is not there: look at what is shown, then write it with {UPDATE}=1\n{text}")
        kept = path.read_text(encoding="utf-8")
        diff = "".join(difflib.unified_diff(kept.splitlines(True), text.splitlines(True), "kept", "shown"))
        assert not diff, f"{path.name} is shown otherwise:\n{diff}"

    return check
