"""The list of tasks, and the page of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.report.ending import facts
from provolve.report.source import python
from provolve.report.text import plain
from provolve.report.word import MEANING
from provolve.task import Listed, Settings, Task, generated
from provolve.task.settings import SPLITS

_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^):]+)\)")
"""An image of Markdown that is a file of the task's own."""
_ANSWERS = {
    "table": "a table of the rule's values on a grid; the judge simulates with it",
    "steps": "one decision for each observation",
    "certificate": "an object that the judge checks and scores",
    "time": "an object that must be the seed program's; the CPU time it takes is what counts",
    "self-judged": f"none that is judged: {MEANING}",
}


def tasks_table(tasks: Sequence[Listed]) -> RenderableType:
    """Return names of tasks, each with one line on it and one on its best baseline and published result."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for task in tasks:
        grid.add_row(plain(task.name), plain(task.line))
        told = (("baseline", task.baseline), ("published", task.published))
        standing = "; ".join(f"{what}: {text}" for what, text in told if text)
        if standing:
            grid.add_row("", plain(standing, "dim"))
    return grid


def task_page(task: Task) -> RenderableType:
    """Return all about a task: description, settings, parameters, baselines, published values, README."""
    settings = task.settings
    parts: list[RenderableType] = [plain(task.name, "bold"), plain(task.description), Text(), _settings(task)]
    if settings.parameters:
        parts += [*_heading("Parameters (--set NAME=VALUE)"), _parameters(task)]
    parts += [*_heading("Compared with"), _baselines(task)]
    if settings.published:
        parts += [*_heading("Published"), _published(settings)]
    parts += [*_heading("Program"), python(task.program.source)]
    if task.parts.page and task.parts.page != task.description:
        parts += [*_heading("About"), plain(_IMAGE.sub(partial(_told, task), task.parts.page))]
    return Group(*parts)


def _told(task: Task, image: re.Match[str]) -> str:
    """Return what stands in place of an image, which no terminal shows: its words and where it is."""
    folder = task.origin if task.origin.is_dir() else task.origin.parent
    return f"{image[1]}: {folder / image[2]}"


def _heading(text: str) -> tuple[RenderableType, RenderableType]:
    return Text(), Text(text, "bold cyan")


def _settings(task: Task) -> RenderableType:
    settings, sizes, limits = task.settings, task.settings.splits, task.settings.limits
    splits = f"{sizes.train} train, {sizes.validation} validation, {sizes.test} test"
    if task.data_files:
        splits = f"from {len(task.data_files)} files, by the digest of their content"
        made = [split for split in SPLITS if generated(task, split)]
        splits += f"; {' and '.join(made)} made by the judge" if made else ""
    rows: dict[str, RenderableType | str] = {
        "kind": settings.kind,
        "score": f"{settings.unit or 'a number'}; {settings.direction}, aggregated by {settings.aggregate}",
        "answer": f"{settings.answer}: {_ANSWERS[settings.answer]}",
        "program": f"{task.entry.name}({', '.join(task.entry.arguments)})",
        "instances": "the evaluator's own"
        if task.self_judged
        else f"{splits}{' (exhaustive: one list for all)' if settings.exhaustive else ''}",
        "limits": f"{limits.cpu_seconds:g} CPU s an instance, {limits.wall_seconds:g} s at the clock, "
        f"{limits.memory_mb} MiB",
        "from": str(task.origin),
        "digest": task.digest[:12],
    }
    if settings.state:
        rows["state"] = f"{', '.join(settings.state)}: handed back at the next step, kept by the judge"
    if settings.bound is not None:
        rows["bound"] = f"{settings.bound:g}: no score can beat it"
    if settings.stochastic:
        rows["stochastic"] = "candidates may draw random numbers"
    return facts(rows)


def _parameters(task: Task) -> RenderableType:
    rows: dict[str, RenderableType | str] = {}
    for name, parameter in task.settings.parameters.items():
        span = _range(parameter.choices, parameter.low, parameter.high)
        rows[name] = f"{_shown(task.parameters[name])}{span}  {parameter.description}"
    return facts(rows)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _range(choices: Sequence[object], low: float | None, high: float | None) -> str:
    if choices:
        return f" (of {', '.join(_shown(choice) for choice in choices)})"
    if low is None and high is None:
        return ""
    ends = [f"at least {low:,}" if low is not None else "", f"at most {high:,}" if high is not None else ""]
    return f" ({', '.join(end for end in ends if end)})"


def _baselines(task: Task) -> RenderableType:
    rows: dict[str, str] = {"seed program": "the program that the search starts from"}
    rows |= {
        name: _title(program.source) or "a program of the task" for name, program in task.baselines.items()
    }
    rows |= dict.fromkeys(task.judge.baselines, "computed by the judge")
    return facts(_plain(rows))


def _plain(rows: Mapping[str, str]) -> dict[str, RenderableType | str]:
    return dict(rows)


def _title(source: str) -> str:
    """Return the first line of a program's docstring, empty where it has none."""
    import ast

    return (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]


def _published(settings: Settings) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("name", overflow="fold", ratio=2)
    table.add_column("value", justify="right", overflow="fold")
    table.add_column("on", overflow="fold", ratio=2)
    table.add_column("source", overflow="fold", ratio=3)
    for name, entry in settings.published.items():
        value = f"{entry.value:g}" if entry.value is not None else entry.text
        table.add_row(plain(name), plain(value), plain(entry.on), plain(entry.source))
    note = "A value reached on other instances than those judged here is neither beaten nor missed."
    return Group(table, Text(note, "dim"))
