"""Reading files of JSON lines whose every error names file, line and remedy."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from provolve.errors import UsageError

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
_KINDS |= {dict: "an object", type(None): "null"}


class Line:
    """One JSON object of a file, which knows where it stands."""

    def __init__(self, fields: Mapping[str, Any], file: str, number: int) -> None:
        self.fields = fields
        self.file = file
        self.number = number
        """From 1."""

    def __contains__(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def refuse(self, what: str) -> NoReturn:
        """Raise a UsageError that names the line; ``what`` says what is wrong and what to do."""
        raise UsageError(f"{self.file}, line {self.number}: {what}")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that is a text; ``default`` where it is missing or null.

        Raises:
            UsageError: if it is no text, or missing without a default.
        """
        value = self.fields.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            state = f"is {kind_of(value)}" if name in self.fields else "is missing"
            self.refuse(f'"{name}" {state}: give it as a text')
        return value

    def number_of(self, name: str) -> float | None:
        """Return a field that is a finite number; None where it is missing or null.

        Raises:
            UsageError: if it is something else.
        """
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            self.refuse(f'"{name}" is {value!r}: give a finite number')
        return float(value)

    def list_of(self, name: str) -> list[Any]:
        """Return a field that is a list.

        Raises:
            UsageError: if it is something else or missing.
        """
        value = self.fields.get(name)
        if not isinstance(value, list):
            state = f"is {kind_of(value)}" if name in self.fields else "is missing"
            self.refuse(f'"{name}" {state}: give a list')
        return value


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def read_bytes(path: Path) -> bytes:
    """Return a file's content, unpacked where its name ends in ``.gz``.

    Raises:
        UsageError: if there is no such file, or it is not packed as its name says.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}: check the path") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path} is a folder: name a file in it") from error
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be unpacked ({error}): pack it anew with gzip") from error


def read_lines(data: bytes, file: str) -> Iterator[Line]:
    """Yield the objects of JSON lines; empty lines are skipped.

    Raises:
        UsageError: at a line that is no JSON object, or where there is none at all.
    """
    found = False
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        found = True
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{file}, line {number}: not JSON ({error}): write one JSON object on each line"
            ) from error
        if not isinstance(fields, dict):
            raise UsageError(
                f"{file}, line {number}: {kind_of(fields)} stands where an object must: "
                "write one JSON object on each line"
            )
        yield Line(fields, file, number)
    if not found:
        raise UsageError(f"{file} is empty: write one JSON object on each line")
