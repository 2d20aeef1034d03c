"""Every block of code in the pages of the project is run or parsed, and the reference names all there is.

A page is carried out from top to bottom in one folder: Python blocks share a namespace, commands see the
files that earlier blocks wrote. Lines ``<!-- test: MARK -->`` before a block steer it: ``skip REASON``,
``budget=60candidates`` (in place of the tiny budget that every search gets here), ``add=OPTIONS`` (for
``provolve run`` and ``lint``), ``input=TEXT``.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import provolve
from provolve import record
from provolve.cli.group import group
from provolve.engine.api import Run
from provolve.sandbox import levels
from provolve.store.export import CSV_COLUMNS
from provolve.task import load
from provolve.task.reading import read_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "src/provolve/gallery/*/README.md")
    for path in ROOT.glob(pattern)
)
TINY = "60candidates"
SETTINGS = {"direction": '"minimize"', "answer": '"certificate"'}
SHELLS = ("bash", "sh", "shell", "console")
LANGUAGES = (*SHELLS, "python", "toml", "yaml", "json", "text")
MARKS = ("skip", "budget", "add", "input")

_FENCE = re.compile(r"( *)(```+|~~~+) *([\w-]*)(.*)")
_MARK = re.compile(r" *<!-- test: ([a-z]+)[ =]?(.*?) *-->")
_TITLE = re.compile(r'title="([\w.-]+)"')


@dataclass
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    title: str
    marks: dict[str, str]
    lines: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, each with the marks that stand right before it."""
    return list(_parsed(page, (ROOT / page).read_text(encoding="utf-8").split("\n")))


def _parsed(page: str, lines: list[str]) -> Iterator[Block]:
    marks: dict[str, str] = {}
    current: Block | None = None
    indent, fence = 0, ""
    for number, line in enumerate(lines, start=1):
        if current is not None:
            if line.strip() == fence:
                yield current
                current = None
            else:
                current.lines.append(line[indent:] if not line[:indent].strip() else line)
        elif mark := _MARK.fullmatch(line):
            assert mark[1] in MARKS, f"{page}:{number}: the mark {mark[1]} is unknown"
            marks[mark[1]] = mark[2]
        elif opening := _FENCE.fullmatch(line):
            indent, fence = len(opening[1]), opening[2]
            title = _TITLE.search(opening[4])
            current = Block(page, number, opening[3], title[1] if title else "", marks)
            marks = {}
        elif line.strip():
            assert not marks, f"{page}:{number}: a mark stands before no block"
    assert current is None, f"{page}:{current and current.line}: the block is not closed"
    assert not marks, f"{page}: a mark stands before no block"


class Stage:
    """The folder in which one page is carried out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "docs"}
        self._shim = folder / ".bin"
        self._shim.mkdir()
        program = self._shim / "provolve"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m provolve "$@"\n')
        program.chmod(0o755)

    def carry_out(self, block: Block) -> None:
        if "skip" in block.marks:
            assert block.marks["skip"], f"{block.where}: say why it is skipped"
        elif block.language in SHELLS:
            self._shell(block)
        elif block.language == "python":
            self._python(block)
        elif block.language == "toml":
            self._toml(block)
        elif block.language == "yaml":
            assert isinstance(yaml.safe_load(block.text), dict)
            (self.folder / block.title).write_text(block.text)
        elif block.language == "json":
            json.loads(block.text)

    def _python(self, block: Block) -> None:
        if block.title:
            (self.folder / block.title).write_text(block.text)
        if re.search(r"^# /// task", block.text, re.MULTILINE):
            path = self.folder / (block.title or "task.py")
            path.write_text(block.text)
            load(path)
        elif block.title:
            importlib.import_module(Path(block.title).stem)
        else:
            code = re.sub(r'budget="[^"]*"', f'budget="{block.marks.get("budget", TINY)}"', block.text)
            exec(compile("\n" * block.line + code, block.page, "exec"), self.names)

    def _toml(self, block: Block) -> None:
        tree = tomllib.loads(block.text)
        if block.title:
            (self.folder / block.title).write_text(block.text)
        if "project" not in tree:
            missing = [f"{key} = {value}" for key, value in SETTINGS.items() if key not in tree]
            read_settings("\n".join([*missing, block.text]), block.where)

    def _shell(self, block: Block) -> None:
        script = [self._rewritten(line, block) for line in _commands(block) if self._is_run(line, block)]
        if not script:
            return
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(script)],
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if name != "PROVOLVE_RUNS"},
                "PATH": f"{self._shim}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join(
                    filter(None, (str(self.folder), os.environ.get("PYTHONPATH", "")))
                ),
            },
            input=block.marks.get("input", "") + "\n",
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert result.returncode == 0, f"{block.where}: {result.stdout[-2000:]}\n{result.stderr[-2000:]}"

    def _is_run(self, command: str, block: Block) -> bool:
        """Return whether a command is run here; those that are not are checked as far as they can be."""
        words = shlex.split(command, comments=True)
        match words:
            case ["provolve" | "cmp" | "cat" | "mkdir", *_]:
                return True
            case ["make", *targets]:
                makefile = (ROOT / "Makefile").read_text()
                for target in targets:
                    assert "=" in target or re.search(rf"^{target}:", makefile, re.MULTILINE), block.where
            case ["pip", "install", "-e", "."]:
                self._install(block)
            case ["pip", "install", package]:
                self._check_extra(package, block)
            case ["python" | "python3", "-m", module, *_]:
                assert importlib.util.find_spec(module) is not None, block.where
            case ["python" | "python3", path, *_]:
                assert (ROOT / path).is_file(), f"{block.where}: there is no {path}"
            case ["git", "clone", *_] | ["cd", _]:
                pass
            case _:
                pytest.fail(
                    f"{block.where}: {command!r} is not run: add it here, or a mark that skips the block"
                )
        return False

    def _rewritten(self, command: str, block: Block) -> str:
        """Give a search a tiny budget, and the options of the mark ``add``."""
        added = block.marks.get("add", "")
        if re.match(r"provolve run\b", command):
            command = re.sub(r" (--budget|-b)[ =]\S+", "", command)
            added += f" --budget {block.marks.get('budget', TINY)}"
        return re.sub(r"^provolve (run|lint)\b", rf"provolve \1 {added}", command)

    def _install(self, block: Block) -> None:
        """Make the entry points of the page's pyproject.toml known, as pip would."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        place = self.folder / f"{project['name']}-{project['version']}.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
        lines = []
        for name, points in project["entry-points"].items():
            lines += [f"[{name}]", *(f"{point} = {value}" for point, value in points.items())]
        (place / "entry_points.txt").write_text("\n".join(lines) + "\n")

    def _check_extra(self, package: str, block: Block) -> None:
        found = re.fullmatch(r"(?:provolve|\.)(?:\[([\w,]+)\])?", package)
        assert found, f"{block.where}: {package} is not this package"
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        for extra in (found[1] or "").split(","):
            assert not extra or extra in project["optional-dependencies"], f"{block.where}: no extra {extra}"


def _commands(block: Block) -> list[str]:
    """Return the commands of a block, one a line; of a console, what stands after the prompt."""
    text = re.sub(r"\\\n\s*", " ", block.text)
    lines = [line.strip() for line in text.split("\n")]
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
        assert lines, f"{block.where}: no line of the console starts with the prompt $"
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_a_page_work(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVOLVE_RUNS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    stage = Stage(tmp_path)
    try:
        for block in blocks(page):
            assert block.language in LANGUAGES, f"{block.where}: name a language; `text` if it is no code"
            stage.carry_out(block)
    finally:
        for name in set(sys.modules) - known:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]


def test_pages_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/index.md", "docs/tutorial/first-search.md"} <= {*PAGES}
    assert sum(len(blocks(page)) for page in PAGES) > 40


def test_every_page_stands_in_the_navigation() -> None:
    config = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    listed = re.findall(r"[\w/-]+\.md", json.dumps(config["nav"]))
    assert sorted(listed) == sorted(page.removeprefix("docs/") for page in PAGES if page.startswith("docs/"))


# The reference ----------------------------------------------------------------------------------------------


def _sections(page: str, level: str) -> dict[str, str]:
    parts = re.split(rf"^{level} (.+)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _options(command: click.Command) -> set[str]:
    return {name for option in command.params if isinstance(option, click.Option) for name in option.opts}


def test_reference_of_commands_names_every_command_and_option_and_no_others() -> None:
    context = click.Context(group)
    sections = _sections("docs/reference/commands.md", "##")
    assert {name.removeprefix("provolve ") for name in sections} == {*group.list_commands(context)}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        section = sections[f"provolve {name}"]
        assert set(re.findall(r"`(--?[a-z][\w-]*)`", section)) == _options(command), name
        arguments = [one.human_readable_name for one in command.params if isinstance(one, click.Argument)]
        for argument in arguments:
            assert argument.strip("[]") in section, name


def test_reference_of_records_names_every_rejection_event_and_field() -> None:
    page = (ROOT / "docs/reference/record.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \|", _sections("docs/reference/record.md", "##")["Rejections"], re.MULTILINE
    )
    assert rows == [rejection.value for rejection in record.Rejection]
    events = _sections("docs/reference/record.md", "###")
    for event in (record.RunStarted, record.AskTold, record.ChampionChosen, record.Finished, record.Notice):
        assert event.__struct_config__.tag_field == "event"
        section = events[f'`"event": "{event.__struct_config__.tag}"`']
        for name in (event.__name__, *event.__struct_fields__):
            assert f"`{name}`" in section, f"{event.__name__}: {name}"
    for struct in (record.Verdict, record.Spent, record.Claim, record.Comparison):
        for name in struct.__struct_fields__:
            assert f"`{name}`" in page, f"{struct.__name__}: {name}"
    columns = _sections("docs/reference/record.md", "##")["Columns of a CSV export"]
    assert tuple(re.findall(r"`(\w+)`", columns)) == CSV_COLUMNS


def test_reference_of_python_names_the_public_interface() -> None:
    page = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    for name in provolve.__all__:
        assert f"provolve.{name}" in page, name
    sections = _sections("docs/reference/python.md", "##")
    code = provolve.run.__code__
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        assert f"`{name}`" in sections["`provolve.run`"], name
    for name in [name for name in vars(Run) if not name.startswith("_")]:
        assert re.search(rf"`{name}[`(]", sections["`Run`"]), name
    for module in re.findall(r"`(provolve(?:\.\w+)+)`", sections["Below the surface"]):
        assert importlib.util.find_spec(module) is not None, module


def test_page_on_trust_has_a_column_for_every_level() -> None:
    page = (ROOT / "docs/why/trust.md").read_text(encoding="utf-8")
    assert "| | " + " | ".join(f"`{level}`" for level in reversed(levels.LEVELS)) + " |" in page
