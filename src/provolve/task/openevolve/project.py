"""A task made of the two files of a project of OpenEvolve's, which stay as they are."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from provolve.errors import TaskError, UsageError
from provolve.program import Program
from provolve.task.cells import Cell, Parts, decoded, read_file, self_judged_judge
from provolve.task.openevolve.checkpoint import MOST, read_checkpoint
from provolve.task.openevolve.config import Config

PREFIX = "openevolve:"
"""What a reference to such a task begins with."""
_STAGES = ("evaluate_stage1", "evaluate_stage2", "evaluate_stage3")
_THERE_ANYWAY = frozenset(("numpy", "openevolve", "__future__"))
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MARK = "EVOLVE-BLOCK-START"


class Project(msgspec.Struct, frozen=True):
    """Where its files are, and the settings that were made for it."""

    program: str
    """Absolute path."""
    evaluator: str
    """Absolute path."""
    settings: str
    """As ``task.toml`` would hold them."""
    checkpoint: str = ""
    """Absolute path; empty where there is none."""

    @classmethod
    def of(cls, reference: str) -> Project:
        """Return the project that a reference names.

        Raises:
            UsageError: if it is none.
        """
        try:
            return msgspec.json.decode(reference.removeprefix(PREFIX), type=cls)
        except msgspec.MsgspecError as error:
            raise UsageError(f"this names no project of OpenEvolve's ({error}): {reference[:200]}") from error

    @property
    def reference(self) -> str:
        """What to load to have the task again."""
        return PREFIX + msgspec.json.encode(self).decode()

    @property
    def name(self) -> str:
        """The name of the evaluator's folder, where it is a plain one."""
        name = Path(self.evaluator).parent.name
        plain = _PLAIN_NAME.fullmatch(name) and name not in ("program", "evaluator")
        return name if plain else "openevolve-project"


def recognised(program: Path, evaluator: Path, *, marked: bool = True) -> str:
    """Return what is missing for the two files to be such a project; empty where nothing is.

    ``marked``: whether the program must have marks around what may change.

    Raises:
        UsageError: if one of them cannot be read.
    """
    text, judging = (decoded(read_file(path, str(path)), str(path)) for path in (program, evaluator))
    if "evaluate" not in _functions(judging):
        swapped = "; the two files seem to be the other way round" if "evaluate" in _functions(text) else ""
        return f"{evaluator} defines no function evaluate(program_path){swapped}"
    return f"{program} has no line '# {_MARK}'" if marked and _MARK not in text else ""


def make_project(
    program: Path,
    evaluator: Path,
    config: Config,
    *,
    allow: Sequence[str] = (),
    checkpoint: Path | None = None,
) -> tuple[Project, list[str]]:
    """Return the project of two files, and sentences on what was found in them.

    ``allow``: holes in the sandbox. Where the program has no marks, all its functions may change.

    Raises:
        UsageError: if a file cannot be read, or the checkpoint is none.
        TaskError: if the program has neither marks nor functions.
    """
    texts = [decoded(read_file(path, str(path)), str(path)) for path in (program, evaluator)]
    functions = () if _MARK in texts[0] else _functions(texts[0])
    if _MARK not in texts[0] and not functions:
        raise TaskError(f"{program}: there is nothing to change: no line '# {_MARK}' and no function")
    imports, missing = _imports(texts, evaluator.absolute().parent)
    stages = sum(name in _functions(texts[1]) for name in _STAGES) if config.cascade != () else 0
    project = Project(
        str(program.absolute()),
        str(evaluator.absolute()),
        _settings(config, max(1, stages), functions, imports, allow),
        "" if checkpoint is None else str(checkpoint.absolute()),
    )
    told = [f"configuration: {line}" for line in config.use.lines()]
    if missing:
        told.append(f"imported and not installed, so not in the sandbox: {', '.join(missing)}")
    if checkpoint is not None:
        told.append(_told_of_starts(project, texts[0], functions, checkpoint))
    return project, told


def _settings(
    config: Config, stages: int, functions: Sequence[str], imports: Sequence[str], allow: Sequence[str]
) -> str:
    chosen: dict[str, object] = {"direction": "maximize", "answer": "self-judged"}
    if functions:
        chosen["functions"] = list(functions)
    if config.measures:
        chosen["measures"] = list(config.measures)
    if config.cascade is not None:
        chosen["cascade"] = list(config.cascade)
    if config.timeout is not None:
        # One limit holds for all stages of an evaluation together.
        seconds = float(config.timeout * stages)
        chosen |= {"limits.cpu_seconds": seconds, "limits.wall_seconds": seconds}
    if config.memory_mb is not None:
        chosen["limits.memory_mb"] = config.memory_mb
    if imports:
        chosen["sandbox.imports"] = list(imports)
    if allow:
        chosen["sandbox.allow"] = list(allow)
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in chosen.items())


def _functions(source: str) -> tuple[str, ...]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _imports(texts: Sequence[str], folder: Path) -> tuple[list[str], list[str]]:
    """Return the modules that are imported and neither the library's nor beside the evaluator.

    First those that are installed, then those that are not.
    """
    names = {name for text in texts for name in _imported(text)} - {*sys.stdlib_module_names} - _THERE_ANYWAY
    names = {name for name in names if not (folder / f"{name}.py").exists() and not (folder / name).is_dir()}
    installed = {name for name in names if importlib.util.find_spec(name) is not None}
    return sorted(installed), sorted(names - installed)


def _imported(source: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parted = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in plain | parted if name}


def _told_of_starts(project: Project, seed: str, functions: Sequence[str], checkpoint: Path) -> str:
    found = len(read_checkpoint(checkpoint))
    starts = len(_starts(project, seed, functions))
    return (
        f"checkpoint {checkpoint}: of its {found} programs the search also starts from {starts}, judged "
        f"anew: the best {MOST} at most, that differ from the program, and only where it may change"
    )


def _starts(project: Project, seed: str, functions: Sequence[str]) -> list[str]:
    """Return the sources of the checkpoint that can be built upon, best first."""
    if not project.checkpoint:
        return []
    seed = seed.replace("\r\n", "\n")
    fixed = _fixed(seed, functions)
    found = (saved.code.replace("\r\n", "\n") for saved in read_checkpoint(Path(project.checkpoint)))
    fitting = (code for code in found if code != seed and _fixed(code, functions) == fixed)
    return list(itertools.islice(fitting, MOST))


def _fixed(source: str, functions: Sequence[str]) -> str | None:
    """Return the source with its regions emptied; None where it has none."""
    try:
        program = Program.parse(source, functions=tuple(functions))
    except TaskError:
        return None
    pieces, place = [], 0
    for region in program.regions:
        pieces.append(program.source[place : region.start])
        place = region.end
    return "\0".join([*pieces, program.source[place:]])


def parts_of(project: Project) -> Parts:
    """Return the parts of the task, as a folder of provolve's would hold them.

    Raises:
        UsageError: if a file cannot be read any more.
        TaskError: if one is not UTF-8.
    """
    program, evaluator = (_cell(Path(path)) for path in (project.program, project.evaluator))
    settings = Cell(project.settings, "the settings made for this project", Path(project.evaluator), "\n")
    functions = _functions_of(project.settings)
    starts = _starts(project, program.text, functions)
    names = [f"checkpoint-{number:02}" for number in range(1, len(starts) + 1)]
    return Parts(
        settings=settings,
        judge=self_judged_judge(),
        program=program,
        harness=None,
        baselines={
            name: Cell(code, name, Path(project.checkpoint), "\n")
            for name, code in zip(names, starts, strict=True)
        },
        page="",
        files=_files(project, dict(zip(names, starts, strict=True))),
        evaluator=evaluator,
    )


def _functions_of(settings: str) -> tuple[str, ...]:
    line = next((line for line in settings.split("\n") if line.startswith("functions = ")), "functions = []")
    return tuple(json.loads(line.partition(" = ")[2]))


def _files(project: Project, starts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a folder that loads as the same task."""
    return {
        "task.toml": project.settings.encode(),
        "program.py": read_file(Path(project.program), project.program),
        "evaluator.py": read_file(Path(project.evaluator), project.evaluator),
        **{f"baselines/{name}.py": code.encode() for name, code in starts.items()},
    }


def _cell(path: Path) -> Cell:
    text = decoded(read_file(path, str(path)), str(path))
    return Cell(text.replace("\r\n", "\n"), str(path), path, "\r\n" if "\r\n" in text else "\n")
