"""Loads a task from the gallery, a file or a folder, and checks all that shows without running it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec

from provolve.errors import TaskError, UsageError
from provolve.program import Function, Program, entry_point
from provolve.task import bundled
from provolve.task.cells import Cell, Parts, read_parts
from provolve.task.data_files import chosen_files, find_files, read_bytes
from provolve.task.harness import default_harness, own_harness
from provolve.task.holes import Hole, carried, read_holes
from provolve.task.judge_module import JudgeModule
from provolve.task.openevolve import PREFIX, Project, parts_of
from provolve.task.parameters import resolve
from provolve.task.reading import read_settings
from provolve.task.schema import nearest
from provolve.task.self_judged import check_parts, harness_of, nominal_entry
from provolve.task.settings import Settings
from provolve.task.task import Task
from provolve.task.units import Units


def load(
    reference: str | Path,
    parameters: Mapping[str, object] | None = None,
    data: str | Path | None = None,
) -> Task:
    """Return the task that ``reference`` names.

    Args:
        reference: the name of a gallery task, or the path of a ``.py`` file or a folder. A name that could
            be either means the gallery's; write ``./name`` for the folder. Or the reference of a project of
            OpenEvolve's.
        parameters: values of its parameters by name, as text or of the parameter's own type.
        data: a file, a folder or a pattern of files with instances, in place of the task's own.

    Raises:
        UsageError: if there is no such task, parameter or data.
        TaskError: if a part of the task is missing or wrong.
    """
    path, name, shown, parts = _found(reference)
    settings = read_settings(parts.settings.padded, parts.settings.file)
    check_parts(parts, settings)
    values = resolve(settings.parameters, parameters or {}, name)
    program, entry = _program(parts.program, settings)
    _check_axes(parts.settings.file, settings, entry)
    _check_units(parts.settings.file, settings, entry)
    _check_state(parts, settings, entry)
    from_files = bool(settings.data.files) or data is not None
    judge = JudgeModule(parts.judge, settings, values, entry.arguments, from_files=from_files)
    baselines = {
        title: _baseline(cell, settings, entry.name) for title, cell in sorted(parts.baselines.items())
    }
    _check_names(parts, judge.baselines)
    _check_best(parts, settings, judge.baselines)
    data_files = _data_files(path, shown, settings, judge, data)
    own_data = {} if data is not None else _contents(data_files, path)
    holes, readable = _holes(path, parts, settings, data_files)
    return Task(
        name=name,
        reference=_again(reference, path),
        origin=path,
        digest=_digest(settings, parts, entry, values, own_data, readable),
        settings=settings,
        parameters=values,
        program=program,
        entry=entry,
        baselines=baselines,
        harness=_harness(parts, settings, entry),
        judge=judge,
        description=settings.description or _first_line(parts.page),
        parts=parts,
        files={**readable, **own_data, **parts.files},
        data=None if data is None else Path(data).absolute(),
        data_files=data_files,
        holes=holes,
    )


def is_own(reference: str) -> bool:
    """Whether a task's reference is of files of the user's own, not of the gallery."""
    return reference.startswith(PREFIX) or Path(reference).is_absolute()


def shown_reference(reference: str) -> str:
    """Return a task's reference as people read it."""
    if not reference.startswith(PREFIX):
        return reference
    project = Project.of(reference)
    return f"{project.program} with {project.evaluator}"


def read_again(reference: str) -> Parts:
    """Return the parts of the task of a reference as they are now.

    Raises:
        UsageError: if they cannot be read.
        TaskError: if a part is missing or out of place.
    """
    return _found(reference if reference.startswith(PREFIX) else Path(reference))[3]


def _found(reference: str | Path) -> tuple[Path, str, str, Parts]:
    """Return the absolute path of a task, its name, the name that messages call it by, and its parts."""
    if isinstance(reference, str) and reference.startswith(PREFIX):
        project = Project.of(reference)
        return Path(project.evaluator), project.name, project.evaluator, parts_of(project)
    path, name = _locate(reference)
    shown = name if bundled.name_of(path) else str(reference)
    return path, name, shown, read_parts(path, shown)


def _again(reference: str | Path, path: Path) -> str:
    if isinstance(reference, str) and reference.startswith(PREFIX):
        return reference
    return bundled.name_of(path) or str(path)


def _locate(reference: str | Path) -> tuple[Path, str]:
    """Return the absolute path of a task and its name."""
    shown = str(reference)
    if isinstance(reference, str) and (found := bundled.find(reference)) is not None:
        return found, reference
    path = Path(os.path.abspath(reference))  # noqa: PTH100 - Path.resolve would follow links
    if path.exists():
        return path, bundled.name_of(path) or (path.name if path.is_dir() else path.stem)
    if path.suffix == ".py" or "/" in shown or isinstance(reference, Path):
        raise UsageError(f"{shown}: there is no such file or folder; 'provolve new FILE' writes a task")
    raise UsageError(
        f'there is no task "{shown}"{nearest(shown, bundled.names()) or ";"} '
        "'provolve tasks' lists those of the gallery; "
        "a task of your own is named by its file or folder"
    )


def _program(
    cell: Cell, settings: Settings, *, functions: Iterable[str] | None = None, entry: str = ""
) -> tuple[Program, Function]:
    """Read a program; ``functions`` and ``entry`` stand in place of those of the settings."""
    named = tuple(settings.functions if functions is None else functions)
    wanted = None if settings.answer == "self-judged" else entry or settings.entry
    try:
        return _read_program(cell.on_disk, cell, named, wanted)
    except TaskError:
        # Once more with the lines counted as in the file, for the message.
        _read_program(cell.padded, cell, named, wanted)
        raise


def _read_program(
    text: str, cell: Cell, functions: tuple[str, ...], wanted: str | None
) -> tuple[Program, Function]:
    """``wanted`` is the entry point, empty where it can be told, None where nothing calls it by name."""
    program = Program.parse(text, name=cell.file, functions=functions)
    return program, nominal_entry(program) if wanted is None else entry_point(program, wanted or None)


def _baseline(cell: Cell, settings: Settings, entry: str) -> Program:
    """Read a baseline; one without marks has its entry point for a region."""
    marked = "EVOLVE-BLOCK" in cell.text
    functions = () if marked else settings.functions or (entry,)
    return _program(cell, settings, functions=functions, entry=entry)[0]


def _check_axes(file: str, settings: Settings, entry: Function) -> None:
    if settings.grid and set(settings.grid) != set(entry.arguments):
        raise TaskError(
            f"{file}: the grid is over {', '.join(settings.grid)}, but the entry point {entry.name} takes "
            f"{', '.join(entry.arguments) or 'nothing'}: write one table [grid.NAME] for each argument"
        )


def _check_units(file: str, settings: Settings, entry: Function) -> None:
    try:
        Units.of(entry.name, entry.arguments, settings.units)
    except ValueError as error:
        raise TaskError(f"{file}: units: {error}") from error


def _check_state(parts: Parts, settings: Settings, entry: Function) -> None:
    for name in settings.state if parts.harness is None else ():
        if name not in entry.arguments:
            raise TaskError(
                f"{parts.settings.file}: the state {name} is no argument of the entry point {entry.name}, "
                f"which takes {', '.join(entry.arguments) or 'nothing'}: add it there, or write a harness"
            )


def _check_best(parts: Parts, settings: Settings, computed: Iterable[str]) -> None:
    best = settings.best_baseline
    known = [*parts.baselines, *computed]
    if best is not None and best.name not in known:
        raise TaskError(
            f"{parts.settings.file}: best_baseline names {best.name}, which is no baseline: there are "
            f"{', '.join(known) or 'none'}"
        )


def _check_names(parts: Parts, computed: Iterable[str]) -> None:
    for name in computed:
        if name in parts.baselines:
            raise TaskError(
                f"{parts.judge.file}: the judge computes a baseline {name}, and there is a program of that "
                f"name too ({parts.baselines[name].file}): rename one"
            )


def _harness(parts: Parts, settings: Settings, entry: Function) -> str:
    if parts.evaluator is not None:
        return harness_of(parts.evaluator, settings)
    if parts.harness is None:
        return default_harness(settings.answer, entry.name)
    return own_harness(parts.harness, settings.answer)


def _data_files(
    path: Path, shown: str, settings: Settings, judge: JudgeModule, data: str | Path | None
) -> tuple[Path, ...]:
    if data is not None:
        return chosen_files(Path(os.path.abspath(data)), parsed=judge.has_parse)  # noqa: PTH100
    if not settings.data.files:
        return ()
    files = find_files(settings.data.files, path if path.is_dir() else path.parent)
    if not files and "instances" not in judge.functions:
        raise TaskError(
            f'{shown}: data.files = "{settings.data.files}" matches no file, and the judge has no function '
            "instances: put files there, or give some with --data"
        )
    return files


def _holes(
    path: Path, parts: Parts, settings: Settings, data_files: Iterable[Path]
) -> tuple[tuple[Hole, ...], dict[str, bytes]]:
    """Return the holes of the task, and the files of its own that they open."""
    folder = path if path.is_dir() else path.parent
    # An evaluator stands beside the candidate anyway: of a self-judged task nothing has to be hidden.
    own = () if parts.evaluator is not None else (folder / name for name in parts.files)
    holes = read_holes(settings.sandbox.allow, folder, parts.settings.file, [*own, *data_files])
    files = carried(holes, folder)
    return holes, {name: content for name, content in files.items() if name not in parts.files}


def _contents(files: Iterable[Path], path: Path) -> dict[str, bytes]:
    folder = path if path.is_dir() else path.parent
    return {file.relative_to(folder).as_posix(): read_bytes(file) for file in files}


def _digest(
    settings: Settings,
    parts: Parts,
    entry: Function,
    parameters: Mapping[str, object],
    data: Mapping[str, bytes],
    readable: Mapping[str, bytes],
) -> str:
    harness = parts.harness.text if parts.harness else _harness(parts, settings, entry)
    named = {
        "settings": msgspec.json.encode(settings, order="sorted").decode(),
        "parameters": msgspec.json.encode(dict(parameters), order="sorted").decode(),
        "judge": parts.judge.text,
        "harness": harness,
        "program": parts.program.text,
        **{f"baseline {name}": cell.text for name, cell in parts.baselines.items()},
        **{f"data {number}": digest for number, digest in enumerate(sorted(map(_digest_of, data.values())))},
        **{f"readable {name}": _digest_of(content) for name, content in readable.items()},
    }
    return _digest_of(msgspec.json.encode(named, order="sorted"))


def _digest_of(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _first_line(page: str) -> str:
    return next((line.strip("# ") for line in page.split("\n") if line.strip("# ")), "")
