"""The page of the documentation on the gallery, from the tasks' own files.

``python -m provolve.task.gallery_page docs/reference/gallery.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from provolve.task import bundled
from provolve.task.loading import load
from provolve.task.task import Task

_HEAD = """# The gallery

<!-- Written by `python -m provolve.task.gallery_page docs/reference/gallery.md` from the tasks. -->

The tasks that come along. `provolve run NAME` searches, `provolve show NAME` prints what stands here.
"""


def gallery_page() -> str:
    """Return the page, as Markdown: a table of all tasks, then each with its settings and its own page."""
    tasks = [load(name) for name in bundled.names()]
    table = ["| task | kind | answer | |", "|---|---|---|---|", *map(_row, tasks)]
    return "\n".join([_HEAD, *table, "", *(line for task in tasks for line in _section(task))])


def _row(task: Task) -> str:
    return (
        f"| [{task.name}](#{task.name}) | {task.kind} | {task.settings.answer} | {_cell(task.description)} |"
    )


def _section(task: Task) -> Iterator[str]:
    yield f"## {task.name}"
    yield ""
    settings = task.settings
    unit = f", in {settings.unit}" if settings.unit else ""
    yield f"Scores: {settings.direction}{unit}."
    if settings.parameters:
        yield "\n| parameter | default | |\n|---|---|---|"
        for name, parameter in settings.parameters.items():
            yield f"| `{name}` | {parameter.default} | {_cell(parameter.description)} |"
    if settings.published:
        yield "\n| published | value | on | source |\n|---|---|---|---|"
        for name, result in settings.published.items():
            value = result.text or f"{result.value:.12g}"
            yield f"| {name} | {_cell(value)} | {_cell(result.on)} | {_cell(result.source)} |"
    yield ""
    for line in task.parts.page.strip().split("\n"):
        yield f"##{line}" if line.startswith("#") else line
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(gallery_page(), encoding="utf-8")
