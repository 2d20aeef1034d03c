"""The text of a task cut into its parts, from one file or from a folder, before any of it is run.

One file holds TOML in a comment header and its parts in cells::

    # /// task
    # direction = "minimize"
    # answer = "certificate"
    # ///
    # %% judge
    # %% harness
    # %% program
    # %% baseline NAME

A cell ``evaluator`` stands in place of a judge where the answer is self-judged.

What follows the word that names a cell (for a baseline: its name) on the same line is for readers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from provolve.errors import TaskError, UsageError
from provolve.task.schema import nearest

_OPEN = re.compile(r"#\s*///\s*task\s*")
_CLOSE = re.compile(r"#\s*///\s*")
_MARK = re.compile(r"#\s*%%\s*(\S*)\s*(\S*).*")
_SORTS = ["judge", "evaluator", "harness", "program", "baseline"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Cell:
    """A part of a task: its text, the file it stands in, and the lines of that file before it."""

    text: str
    """Lines end in ``\\n`` here, whatever they end in on disk."""
    file: str
    """The file as messages name it."""
    path: Path
    """The same, absolute."""
    newline: str
    """What lines end in on disk."""
    before: int = 0

    @property
    def padded(self) -> str:
        """The text after as many empty lines as stand before it, so that its lines count as in the file."""
        return "\n" * self.before + self.text

    @property
    def on_disk(self) -> str:
        """The text with the line ends that it has on disk."""
        return self.text.replace("\n", self.newline)


@dataclass(frozen=True)
class Parts:
    """All parts of a task, and the files it was read from by their names relative to it."""

    settings: Cell
    judge: Cell
    """Of a self-judged task, that of all such tasks."""
    program: Cell
    harness: Cell | None
    baselines: Mapping[str, Cell]
    page: str
    """A description at length: README.md of a folder, the docstring of a file."""
    files: Mapping[str, bytes]
    evaluator: Cell | None = None
    """What stands in place of a judge in a self-judged task."""


def read_parts(path: Path, shown: str) -> Parts:
    """Return the parts of the task at ``path``, a ``.py`` file or a folder; ``shown`` names it in messages.

    Raises:
        UsageError: if nothing readable is there.
        TaskError: if a part is missing, doubled or out of place.
    """
    if path.is_dir():
        return _read_folder(path, shown)
    if path.suffix != ".py":
        raise UsageError(f"{shown} is no task: name a folder, or a file that ends in .py")
    return cut(read_file(path, shown), path, shown)


def cut(data: bytes, path: Path, shown: str) -> Parts:
    """Cut the content of a one-file task into its parts. See the module for its form.

    Args:
        data: the content.
        path: the file, absolute; it is not read.
        shown: the file as messages name it.

    Raises:
        TaskError: if a part is missing, doubled or out of place; with the line.
    """
    text = decoded(data, shown)
    whole = Cell(text.replace("\r\n", "\n"), shown, path, _newline(text))
    lines = whole.text.split("\n")
    marks = [number for number, line in enumerate(lines) if _MARK.fullmatch(line)]
    head = lines[: marks[0]] if marks else lines
    settings = _header(head, whole)
    page = _prologue(head, shown)
    cells = dict(_cells(lines, marks, whole))
    _check_one_judge({"judge", "evaluator"} & cells.keys(), shown)
    for sort in ("judge", "program"):
        if sort not in cells and not (sort == "judge" and "evaluator" in cells):
            raise TaskError(f"{shown}: there is no {sort}: add a line '# %% {sort}' and below it the {sort}")
    baselines = {key.partition(" ")[2]: cell for key, cell in cells.items() if key.startswith("baseline ")}
    return Parts(
        settings=settings,
        judge=cells.get("judge") or self_judged_judge(),
        program=cells["program"],
        harness=cells.get("harness"),
        baselines=baselines,
        page=page,
        files={path.name: data},
        evaluator=cells.get("evaluator"),
    )


def self_judged_judge() -> Cell:
    """Return the judge of all self-judged tasks."""
    file = Path(str(resources.files("provolve.task") / "self_judged_judge.py"))
    return Cell(file.read_text(encoding="utf-8"), "the judge of self-judged tasks", file, "\n")


def _check_one_judge(found: Set[str], shown: str) -> None:
    if len(found) > 1:
        raise TaskError(
            f"{shown}: it holds a judge and an evaluator: a judge scores answers, an evaluator scores by "
            "itself. Keep one"
        )


def _header(head: list[str], whole: Cell) -> Cell:
    """Return the TOML of the header."""
    shown = whole.file
    start = next((number for number, line in enumerate(head) if _OPEN.fullmatch(line)), None)
    if start is None:
        raise TaskError(
            f"{shown}: this file is no task: it has no header '# /// task' before its first cell. "
            "'provolve new FILE' writes a task to start from"
        )
    toml: list[str] = []
    for number, line in enumerate(head[start + 1 :], start=start + 2):
        if _CLOSE.fullmatch(line):
            return replace(whole, text="\n".join(toml), before=start + 1)
        if not line.startswith("#"):
            raise TaskError(
                f"{shown}, line {number}: the header that line {start + 1} opens is not closed: "
                "begin each of its lines with '# ' and close it with a line '# ///'"
            )
        toml.append(line[2:] if line.startswith("# ") else line[1:])
    raise TaskError(f"{shown}, line {start + 1}: the header is not closed: end it with a line '# ///'")


def _prologue(head: list[str], shown: str) -> str:
    """Return the docstring that may stand before the first cell; nothing else may but comments."""
    try:
        body = ast.parse("\n".join(head)).body
    except SyntaxError as error:
        raise _outside(shown, error.lineno or 1) from error
    if not body:
        return ""
    first = body[0]
    text = (
        first.value.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
    )
    if not isinstance(text, str):
        raise _outside(shown, first.lineno)
    if len(body) > 1:
        raise _outside(shown, body[1].lineno)
    return text.strip()


def _outside(shown: str, line: int) -> TaskError:
    return TaskError(
        f"{shown}, line {line}: this stands before the first cell and would never be run: "
        "move it below '# %% judge', '# %% harness' or '# %% program'"
    )


def _cells(lines: list[str], marks: list[int], whole: Cell) -> Iterator[tuple[str, Cell]]:
    shown = whole.file
    seen: dict[str, int] = {}
    for start, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        key = _cell_key(lines[start], start + 1, shown)
        if key in seen:
            raise TaskError(
                f"{shown}, line {start + 1}: a second cell '{key}' after that on line {seen[key]}: join them"
            )
        seen[key] = start + 1
        text = "\n".join(lines[start + 1 : end]).rstrip("\n") + "\n"
        yield key, replace(whole, text=text, before=start + 1)


def _cell_key(mark: str, line: int, shown: str) -> str:
    match = _MARK.fullmatch(mark)
    assert match is not None
    sort, name = match[1], match[2]
    if sort not in _SORTS:
        raise TaskError(
            f'{shown}, line {line}: unknown cell "{sort}"{nearest(sort, _SORTS)}; '
            "cells are judge (or evaluator), harness, program and baseline NAME"
        )
    if sort != "baseline":
        return sort
    if not _NAME.fullmatch(name):
        raise TaskError(f"{shown}, line {line}: a baseline needs a name: '# %% baseline best-fit'")
    return f"baseline {name}"


def _read_folder(path: Path, shown: str) -> Parts:
    files = {name: read_file(path / name, f"{shown}/{name}") for name in _folder_names(path)}
    texts = {name: decoded(data, f"{shown}/{name}") for name, data in files.items()}
    _check_one_judge({"judge.py", "evaluator.py"} & texts.keys(), shown)
    for name, use in (("task.toml", "settings"), ("judge.py", "judge"), ("program.py", "program to improve")):
        if name not in texts and not (name == "judge.py" and "evaluator.py" in texts):
            raise TaskError(
                f"{shown}: there is no {name}: a task's folder holds task.toml, judge.py and program.py, "
                f"and {name} is its {use}"
            )
    cells = {
        name: Cell(text.replace("\r\n", "\n"), f"{shown}/{name}", path / name, _newline(text))
        for name, text in texts.items()
    }
    return Parts(
        settings=cells["task.toml"],
        judge=cells.get("judge.py") or self_judged_judge(),
        program=cells["program.py"],
        harness=cells.get("harness.py"),
        baselines={
            Path(name).stem.replace("_", "-"): cell
            for name, cell in cells.items()
            if name.startswith("baselines/")
        },
        page=texts.get("README.md", "").strip(),
        files=files,
        evaluator=cells.get("evaluator.py"),
    )


def _folder_names(path: Path) -> list[str]:
    own = ["task.toml", "judge.py", "evaluator.py", "harness.py", "program.py", "README.md"]
    names = [name for name in own if (path / name).is_file()]
    return names + [f"baselines/{file.name}" for file in sorted((path / "baselines").glob("*.py"))]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def read_file(path: Path, shown: str) -> bytes:
    """Return the content of a file of a task.

    Raises:
        UsageError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{shown}: there is no such file") from error
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}") from error


def decoded(data: bytes, shown: str) -> str:
    """Return the text of a file of a task.

    Raises:
        TaskError: if it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TaskError(f"{shown}: byte {error.start} is not UTF-8: save the file as UTF-8 text") from error
