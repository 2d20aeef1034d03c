"""Instances from files of the user's, read when a split is first made."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from provolve.errors import TaskError, UsageError
from provolve.task.content import check_plain
from provolve.task.judge_module import JudgeModule

_SUFFIXES = {".json", ".jsonl"}


def find_files(pattern: str, root: Path) -> tuple[Path, ...]:
    """Return the files below ``root`` that ``pattern`` matches (``**`` for any folders), in order."""
    found = sorted(glob.glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return tuple(path for name in found if (path := root / name).is_file())


def chosen_files(data: Path, *, parsed: bool) -> tuple[Path, ...]:
    """Return the files that a user chose: a file, a pattern, or a folder's.

    Of a folder all visible files count where the judge parses them (``parsed``), else those that end in
    .json or .jsonl.

    Raises:
        UsageError: if there is none.
    """
    if data.is_file():
        return (data,)
    if data.is_dir():
        files = tuple(
            path
            for path in sorted(data.iterdir())
            if path.is_file() and not path.name.startswith(".") and (parsed or path.suffix in _SUFFIXES)
        )
    else:
        files = find_files(str(data), Path())
    if not files:
        sorts = "" if parsed else " that end in .json or .jsonl"
        raise UsageError(f"--data {data}: there are no files{sorts}: name a folder, a file or a pattern")
    return files


def files_digest(files: Sequence[Path]) -> str:
    """Return 32 hexadecimal digits of the content of all files, whatever their names and order."""
    each = sorted(blake2b(read_bytes(path), digest_size=16).digest() for path in files)
    return blake2b(b"".join(each), digest_size=16).hexdigest()


def read_instances(files: Sequence[Path], judge: JudgeModule) -> list[object]:
    """Return the instances of all files, in their order. A judge's ``parse`` may pass over a file.

    Raises:
        TaskError: if a file cannot be read, or holds nothing that can be taken for instances.
        JudgeError: if the judge's ``parse`` failed.
    """
    found: list[object] = []
    for path in files:
        text = _text(path)
        instances = judge.parse(path.name, text) if judge.has_parse else list(_plain(path, text))
        if not instances and not judge.has_parse:
            raise TaskError(f"data file {path} holds no instance: fill it or take it away")
        found.extend(instances)
    if not found:
        names = ", ".join(path.name for path in files[:3]) + (", …" if len(files) > 3 else "")
        raise TaskError(
            f"the data files ({names}) hold no instance that the judge's parse takes: choose other files, or "
            "other parameters of the task"
        )
    return found


def _plain(path: Path, text: str) -> Iterator[object]:
    if path.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _json(path, line, number)
        return
    if path.suffix != ".json":
        raise TaskError(
            f"data file {path} ends in neither .json nor .jsonl: write a judge function "
            "parse(name, text) that yields its instances"
        )
    tree = _json(path, text, 1)
    if isinstance(tree, dict) and isinstance(tree.get("instances"), list):
        tree = tree["instances"]
    yield from tree if isinstance(tree, list) else [tree]


def _json(path: Path, text: str, line: int) -> object:
    try:
        tree: object = json.loads(text)
        check_plain(tree)
    except json.JSONDecodeError as error:
        raise TaskError(
            f"data file {path}, line {line + error.lineno - 1}: this is not JSON: {error.msg}. Mend the line"
        ) from error
    except (TypeError, RecursionError) as error:
        raise TaskError(f"data file {path}, line {line}: {error}: make it flatter") from error
    return tree


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TaskError(
            f"data file {path}: byte {error.start} is not UTF-8: save it as UTF-8 text"
        ) from error


def read_bytes(path: Path) -> bytes:
    """Return the content of a data file.

    Raises:
        TaskError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise TaskError(
            f"data file {path} cannot be read: {error.strerror}: mend its place or rights"
        ) from error
