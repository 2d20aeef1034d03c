"""TOML as its author wrote it: the values, and the line on which each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

from provolve.errors import TaskError

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_KEY = re.compile(
    r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


class TomlText:
    """A piece of TOML; ``file`` names it in messages, and lines are counted as in that file."""

    def __init__(self, text: str, file: str) -> None:
        """Read ``text``.

        Raises:
            TaskError: if it is not TOML.
        """
        self._lines = text.split("\n")
        self.file = file
        try:
            self.values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._broken(error) from error

    def _broken(self, error: tomllib.TOMLDecodeError) -> TaskError:
        match = _POSITION.search(str(error))
        line = int(match[1]) if match and match[1] else len(self._lines)
        written = self._lines[line - 1].strip()
        said = _POSITION.sub("", str(error))
        return TaskError(
            f"{self.file}, line {line}: {written!r} is not TOML: {said}. "
            'A setting is written key = value, text in quotes: direction = "minimize"'
        )

    def error(self, path: Sequence[str], text: str) -> TaskError:
        """Return an error at the key ``path`` names, or at the nearest table above it that is written."""
        line = self._line(path)
        return TaskError(f"{self.file}, line {line}: {text}" if line else f"{self.file}: {text}")

    def _line(self, path: Sequence[str]) -> int | None:
        for end in range(len(path), 0, -1):
            line = self._line_of(tuple(path[:end]))
            if line is not None:
                return line
        return None

    def _line_of(self, path: tuple[str, ...]) -> int | None:
        table: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, start=1):
            if found := _TABLE.match(line):
                table = _parts(found[1])
                if table[: len(path)] == path:
                    return number
            elif (found := _KEY.match(line)) and (*table, *_parts(found[1]))[: len(path)] == path:
                return number
        return None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
