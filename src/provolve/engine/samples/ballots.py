"""What there is to choose by: passes, outputs, answers, rewards; read from CSV, NPZ or JSON lines."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from provolve.engine.samples.lines import Line, read_bytes, read_lines
from provolve.errors import UsageError
from provolve.judge.selection import number_outputs, read_matrix

_CELLS = {"0": False, "1": True, "false": False, "true": True}
_NAMES = ("name", "solution", "solution_id", "id", "")
_COLUMNS = ("answer", "reward", "weight")
_LARGE = 2**63
_ARRAYS = ("passes", "outputs", "answers", "rewards", "weights", "names")


@dataclass(frozen=True, eq=False)
class Ballot:
    """The solutions of one problem, and what is known of each; at least one of the other fields is there.

    Args:
        names: (n,) what solutions are called.
        task: the problem; empty where the file has only one.
        passes: (n, m) which solution passes which test.
        outputs: (n, m) numbered outputs on shared inputs, negative where a solution failed.
        answers: (n,) one final answer each, as comparable text; None for none.
        rewards: (n,) one each.
        weights: (n,) one each, for votes.
    """

    names: tuple[str, ...]
    task: str = ""
    passes: npt.NDArray[np.bool_] | None = None
    outputs: npt.NDArray[np.int64] | None = None
    answers: tuple[str | None, ...] | None = None
    rewards: tuple[float, ...] | None = None
    weights: tuple[float, ...] | None = None


def read_ballots(path: Path) -> list[Ballot]:
    """Read a file by its ending: ``.csv``, ``.npz``, ``.jsonl``; CSV and JSON lines may be packed with gzip.

    Raises:
        UsageError: with file and line, at anything that cannot be meant.
    """
    data = read_bytes(path)
    ending = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    match ending.lower():
        case ".csv":
            return [_from_csv(data, path.name)]
        case ".npz":
            return [_from_npz(data, path.name)]
        case ".jsonl":
            return _from_lines(list(read_lines(data, path.name)))
    raise UsageError(f"{path}: the ending tells nothing: give a .csv, .npz or .jsonl file")


def _from_csv(data: bytes, file: str) -> Ballot:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 text ({error}): save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise UsageError(f"{file}, line {reader.line_num}: not CSV ({error}): mend the line") from error
    if not rows:
        raise UsageError(f"{file} is empty: write one row for each solution")
    header = rows[0][1]
    if any(name.lower() in _COLUMNS for name in header):
        return _answers_of_csv(rows, file)
    return _matrix_of_csv(rows, file)


def _matrix_of_csv(rows: list[tuple[int, list[str]]], file: str) -> Ballot:
    first = rows[0][1]
    has_header = len(first) > 1 and (
        first[0].lower() in _NAMES or not any(cell.lower() in _CELLS for cell in first[1:])
    )
    body = rows[1:] if has_header else rows
    if not body:
        raise UsageError(
            f"{file}, line {rows[0][0]}: a header and no row below it: add one for each solution"
        )
    named = any(cells[0].lower() not in _CELLS for _, cells in body) or (
        has_header and first[0].lower() in _NAMES
    )
    names: list[str] = []
    matrix: list[list[bool]] = []
    for number, cells in body:
        if len(cells) != len(first):
            raise UsageError(
                f"{file}, line {number}: {len(cells)} cells where line {rows[0][0]} has {len(first)}: "
                "give every solution a cell for each test"
            )
        names.append(cells[0] if named else str(len(names)))
        matrix.append([_cell(cell, number, file) for cell in cells[named:]])
    if not matrix[0]:
        raise UsageError(f"{file}, line {body[0][0]}: names and no tests: add a column for each test")
    return Ballot(tuple(names), passes=np.asarray(matrix, dtype=np.bool_))


def _cell(cell: str, line: int, file: str) -> bool:
    try:
        return _CELLS[cell.lower()]
    except KeyError:
        raise UsageError(
            f"{file}, line {line}: the cell {cell!r} is neither 0 nor 1: write 1 where the solution passes "
            "the test, else 0"
        ) from None


def _answers_of_csv(rows: list[tuple[int, list[str]]], file: str) -> Ballot:
    header = [name.lower() for name in rows[0][1]]
    lines = []
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise UsageError(
                f"{file}, line {number}: {len(cells)} cells for {len(header)} columns: give one for each"
            )
        fields: dict[str, Any] = dict(zip(header, cells, strict=True))
        for name in ("reward", "weight"):
            if fields.get(name):
                fields[name] = _number(fields[name], number, file)
        lines.append(
            Line({name: None if value == "" else value for name, value in fields.items()}, file, number)
        )
    if not lines:
        raise UsageError(f"{file}: a header and no row below it: add one for each solution")
    ballots = _from_lines(lines)
    if len(ballots) > 1:
        raise UsageError(f"{file}: several tasks: write them as JSON lines (.jsonl)")
    return ballots[0]


def _number(cell: str, line: int, file: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise UsageError(f"{file}, line {line}: {cell!r} is no number: write one") from None


def _from_npz(data: bytes, file: str) -> Ballot:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, TypeError) as error:
        raise UsageError(
            f"{file}: no NPZ file of plain arrays ({type(error).__name__}): write it with "
            "numpy.savez(file, passes=matrix)"
        ) from error
    if len(arrays) == 1 and not arrays.keys() & set(_ARRAYS):
        arrays = {"passes": next(iter(arrays.values()))}
    unknown = sorted(arrays.keys() - set(_ARRAYS))
    if unknown or not arrays.keys() - {"names"}:
        raise UsageError(
            f"{file}: the arrays are {', '.join(sorted(arrays)) or 'none'}: give some of {', '.join(_ARRAYS)}"
        )
    count = max(array.shape[0] if array.ndim else 0 for name, array in arrays.items() if name != "names")
    for name, array in arrays.items():
        wanted = 2 if name in ("passes", "outputs") else 1
        if array.ndim != wanted or len(array) != count or not count:
            raise UsageError(
                f"{file}: {name} has the shape {array.shape}: give {wanted} dimension"
                f"{'s' if wanted > 1 else ''} with a row for each of the same solutions"
            )
    return _checked_npz(arrays, count, file)


def _checked_npz(arrays: dict[str, npt.NDArray[Any]], count: int, file: str) -> Ballot:
    names = [str(name) for name in arrays["names"]] if "names" in arrays else [str(n) for n in range(count)]
    try:
        passes = read_matrix(arrays["passes"]) if "passes" in arrays else None
    except UsageError as error:
        raise UsageError(f"{file}: passes: {error}") from error
    outputs = arrays.get("outputs")
    if outputs is not None and outputs.dtype.kind not in "iu":
        raise UsageError(
            f"{file}: outputs are {outputs.dtype}: number equal outputs of an input alike, from 0, with -1 "
            "for a failure"
        )
    answers = arrays.get("answers")
    return Ballot(
        tuple(names),
        passes=passes,
        outputs=None if outputs is None else outputs.astype(np.int64),
        answers=None if answers is None else tuple(str(answer) for answer in answers),
        rewards=_numbers(arrays, "rewards", file),
        weights=_numbers(arrays, "weights", file),
    )


def _numbers(arrays: dict[str, npt.NDArray[Any]], name: str, file: str) -> tuple[float, ...] | None:
    array = arrays.get(name)
    if array is None:
        return None
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise UsageError(f"{file}: {name} holds something but finite numbers: give one for each solution")
    return tuple(float(value) for value in array)


def _from_lines(lines: Sequence[Line]) -> list[Ballot]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.text("task_id", ""), []).append(line)
    return [_group(task, group) for task, group in groups.items()]


def _group(task: str, lines: list[Line]) -> Ballot:
    names = tuple(_name(line, place) for place, line in enumerate(lines))
    passes, outputs = _rows(lines, "passes"), _rows(lines, "outputs")
    has_answers = any("answer" in line for line in lines)
    rewards, weights = _given(lines, "reward"), _given(lines, "weight")
    if passes is None and outputs is None and not has_answers and rewards is None:
        lines[0].refuse('nothing to choose by: give "passes", "outputs", "answer" or "reward"')
    return Ballot(
        names,
        task,
        passes=None
        if passes is None
        else np.asarray([_flags(*pair) for pair in zip(lines, passes, strict=True)]),
        outputs=None
        if outputs is None
        else number_outputs([[comparable(value) for value in row] for row in outputs]),
        answers=tuple(comparable(line.fields.get("answer")) for line in lines) if has_answers else None,
        rewards=rewards,
        weights=weights,
    )


def _name(line: Line, place: int) -> str:
    for field in _NAMES[:-1]:
        if field in line:
            return str(line.fields[field])
    return str(place)


def _rows(lines: list[Line], field: str) -> list[list[Any]] | None:
    if not any(field in line for line in lines):
        return None
    rows = [line.list_of(field) for line in lines]
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(rows[0]) or not row:
            line.refuse(
                f'"{field}" has {len(row)} items where line {lines[0].number} has {len(rows[0])}: '
                "give every solution of a task one for each of the same tests, at least one"
            )
    return rows


def _flags(line: Line, row: list[Any]) -> list[bool]:
    for cell in row:
        if isinstance(cell, bool) or (isinstance(cell, int) and cell in (0, 1)):
            continue
        line.refuse(f'"passes" has {cell!r}: write 1 or true where the solution passes the test, else 0')
    return [bool(cell) for cell in row]


def _given(lines: list[Line], field: str) -> tuple[float, ...] | None:
    if not any(field in line for line in lines):
        return None
    values = []
    for line in lines:
        value = line.number_of(field)
        if value is None:
            line.refuse(f'"{field}" is missing and other lines have one: give every solution one')
        values.append(value)
    return tuple(values)


def comparable(value: object) -> str | None:
    """Return plain data as text that is equal exactly where the data are; None stays None."""
    return None if value is None else json.dumps(_writable(value), sort_keys=True)


def _writable(value: object) -> object:
    """Return what JSON can hold in the place of plain data, whatever a candidate made it of."""
    match value:
        case bool() | None | str() | float():
            return value
        case int():
            # Decimal digits of very large numbers are refused by Python, for the time they take.
            return value if abs(value) < _LARGE else {"int": hex(value)}
        case Fraction():
            return {"fraction": [hex(value.numerator), hex(value.denominator)]}
        case np.ndarray():
            return _writable(value.tolist())
        case list() | tuple():
            return [_writable(item) for item in value]
        case dict():
            return {key: _writable(item) for key, item in value.items()}
    return repr(value)
