"""Puts what `gallery.py` measured into the pages of the tasks: the table in README.md, and figure.svg.

Of the tables of a task the one whose lines were written last is taken. The words around it are not touched:
say there what the figures do not. Then `python -m provolve.task.gallery_page docs/reference/gallery.md`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from gallery_figure import figure
from gallery_lines import Line, group_of, groups, read, table
from provolve.task.bundled import root

HEADING = "## What the search finds"
FIGURE = "![What searches found on sealed instances, against seconds of searching](figure.svg)"
_HEAD = re.compile(r" {4,}median +range")


def with_table(page: str, table: list[str]) -> str:
    """Return a page with ``table`` in its section on what the search finds, in place of the one before.

    Raises:
        SystemExit: if there is no such section.
    """
    lines = page.rstrip("\n").split("\n")
    if HEADING not in lines:
        raise SystemExit(f"the page has no section {HEADING!r}: write it")
    begin = lines.index(HEADING) + 1
    old = next((place for place in range(begin, len(lines)) if _HEAD.match(lines[place])), None)
    shown = [f"    {line}".rstrip() for line in table]
    if old is None:
        lines[begin:begin] = ["", *shown, "", FIGURE]
    else:
        end = next((at for at in range(old, len(lines)) if not lines[at].startswith("    ")), len(lines))
        lines[old:end] = shown
    return "\n".join(lines) + "\n"


def newest(lines: list[Line], task: str) -> list[Line]:
    """Return the lines of the table of a task that was written last."""
    own = [line for line in lines if line.task == task]
    return groups(own)[group_of(own[-1])]


def main() -> None:
    """Write the pages and figures of all tasks in the file of results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, help="the file that gallery.py wrote")
    parser.add_argument("--tasks", nargs="+", metavar="TASK", help="these alone")
    asked = parser.parse_args()
    lines = read(asked.results)
    for task in sorted({line.task for line in lines} & set(asked.tasks or [line.task for line in lines])):
        folder = root() / task.replace("-", "_")
        own = newest(lines, task)
        page = folder / "README.md"
        page.write_text(with_table(page.read_text(encoding="utf-8"), list(table(own))), encoding="utf-8")
        (folder / "figure.svg").write_text(figure(own), encoding="utf-8")
        print(f"{task}: {len(own)} searches")


if __name__ == "__main__":
    main()
