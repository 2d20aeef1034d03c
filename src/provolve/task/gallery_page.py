"""The page of the documentation on the gallery, from the tasks' own files.

``python -m provolve.task.gallery_page docs/reference/gallery.md`` writes it, with the figures beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from provolve.task import bundled
from provolve.task.loading import load
from provolve.task.standing import best_baseline, best_published
from provolve.task.standing import result as shown
from provolve.task.task import Task

_HEAD = """# The gallery

<!-- Written by `python -m provolve.task.gallery_page docs/reference/gallery.md` from the tasks. -->

The tasks that come along. `provolve run NAME` searches, `provolve show NAME` prints what stands here.
"""


FIGURE = "figure.svg"
"""The figure in a task's folder that its README shows."""
FIGURES = "figures"
"""The folder beside the page that figures are copied to."""


def gallery_page() -> str:
    """Return the page, as Markdown: a table of all tasks, then each with its settings and its own page."""
    tasks = [load(name) for name in bundled.names()]
    head = ["| task | | best baseline | published |", "|---|---|---|---|"]
    table = [*head, *map(_row, tasks)]
    return "\n".join([_HEAD, *table, "", *(line for task in tasks for line in _section(task))])


def figures() -> dict[str, bytes]:
    """Return the figures that the page shows, by their names in the folder beside it."""
    found = {name: root / FIGURE for name in bundled.names() if (root := bundled.find(name)) is not None}
    return {f"{name}.svg": path.read_bytes() for name, path in found.items() if path.is_file()}


def write(page: Path) -> None:
    """Write the page and, in a folder beside it, the figures."""
    page.write_text(gallery_page(), encoding="utf-8")
    folder = page.parent / FIGURES
    folder.mkdir(exist_ok=True)
    for name, content in figures().items():
        (folder / name).write_bytes(content)


def _row(task: Task) -> str:
    standing = f"{_cell(best_baseline(task.settings))} | {_cell(best_published(task.settings))}"
    return f"| [{task.name}](#{task.name}) | {_cell(task.description)} | {standing} |"


def _section(task: Task) -> Iterator[str]:
    yield f"## {task.name}"
    yield ""
    settings = task.settings
    unit = f", in {settings.unit}" if settings.unit else ""
    yield f"A {settings.kind}; answer: {settings.answer}. Scores: {settings.direction}{unit}."
    if settings.parameters:
        yield "\n| parameter | default | |\n|---|---|---|"
        for name, parameter in settings.parameters.items():
            yield f"| `{name}` | {parameter.default} | {_cell(parameter.description)} |"
    if settings.published:
        yield "\n| published | value | on | source |\n|---|---|---|---|"
        for name, result in settings.published.items():
            yield f"| {name} | {_cell(shown(result))} | {_cell(result.on)} | {_cell(result.source)} |"
    yield ""
    for line in task.parts.page.strip().split("\n"):
        line = line.replace(f"]({FIGURE})", f"]({FIGURES}/{task.name}.svg)")
        yield f"##{line}" if line.startswith("#") else line
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
