"""The source that is improved, and the parts of it that may change."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from provolve.errors import TaskError
from provolve.program.regions import Region, find_regions
from provolve.program.syntax import SourceError, excerpt, parse_source, reserved_name


class Program(msgspec.Struct, frozen=True):
    """A program and its regions.

    The source is held with ``\\n`` at the end of every line, whatever the file had; ``export`` puts the
    file's own line endings back.
    """

    source: str
    newline: str
    r"""Line ending of the file it came from: ``\n`` or ``\r\n``."""
    regions: tuple[Region, ...]
    """In the order of their lines; at least one."""
    name: str
    """What messages call it, such as the name of its file."""

    @classmethod
    def parse(cls, source: str, *, name: str = "program", functions: Sequence[str] = ()) -> Program:
        """Read a program whose regions are marked by comments or are the named functions.

        Markers are ``# EVOLVE-BLOCK-START`` and ``# EVOLVE-BLOCK-END``, each alone on its line at any
        indentation; a region is the lines between. A function is its whole ``def`` with decorators; methods
        are named ``Class.method``.

        Raises:
            TaskError: if the source is not valid Python, mixes line endings, uses a reserved name, or has no
                region, unbalanced or nested markers, unknown functions, or both markers and functions.
        """
        try:
            newline = _newline(source)
            working = unified_newlines(source)
            tree = parse_source(working)
            reserved = reserved_name(tree)
            if reserved is not None:
                raise SourceError(reserved[0], f"the name {reserved[1]} is reserved: choose another")
            return cls(working, newline, find_regions(working, tree, functions), name)
        except SourceError as error:
            raise TaskError(_message(error, source, name)) from None

    def texts(self) -> tuple[str, ...]:
        """Return the text of each region, newlines as in ``source``."""
        return tuple(self.source[region.start : region.end] for region in self.regions)

    def normalised(self, texts: Sequence[str]) -> tuple[str, ...]:
        r"""Return ``texts`` as they can stand in the program: every line, the last included, ends in ``\n``.

        Raises:
            ValueError: if there is not one text a region.
        """
        if len(texts) != len(self.regions):
            raise ValueError(f"the program has {len(self.regions)} regions, {len(texts)} texts were given")
        return tuple(
            unified_newlines(text) + ("\n" if self._needs_newline(text, region) else "")
            for text, region in zip(texts, self.regions, strict=True)
        )

    def _needs_newline(self, text: str, region: Region) -> bool:
        return bool(text) and text[-1] not in "\r\n" and region.end < len(self.source)

    def with_texts(self, texts: Sequence[str]) -> str:
        """Return the whole source with ``texts`` in place of the regions and nothing else changed.

        Raises:
            ValueError: if there is not one text a region.
        """
        pieces = []
        position = 0
        for region, text in zip(self.regions, self.normalised(texts), strict=True):
            pieces += [self.source[position : region.start], text]
            position = region.end
        return "".join([*pieces, self.source[position:]])

    def export(self, texts: Sequence[str]) -> str:
        """Return ``with_texts`` with the line endings of the file the program came from."""
        source = self.with_texts(texts)
        return source if self.newline == "\n" else source.replace("\n", self.newline)

    def line_spans(self, texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
        """Return the first and last line, from 1, that each text takes up in ``with_texts(texts)``.

        Of an empty text the last line is one less than the first.
        """
        spans = []
        shift = 1
        for region, text in zip(self.regions, self.normalised(texts), strict=True):
            first = self.source.count("\n", 0, region.start) + shift
            count = line_count(text)
            spans.append((first, first + count - 1))
            shift += count - line_count(self.source[region.start : region.end])
        return tuple(spans)


def line_count(text: str) -> int:
    """Return the number of lines of a text, a last one without a newline included."""
    return text.count("\n") + (1 if text and not text.endswith("\n") else 0)


def unified_newlines(text: str) -> str:
    r"""Return a text with ``\n`` for every line ending: Python reads ``\r\n`` and ``\r`` as that anyway."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _newline(source: str) -> str:
    endings = [match[0] for match in re.finditer(r"\r\n|\r|\n", source)]
    newline = endings[0] if endings else "\n"
    for line, ending in enumerate(endings, 1):
        if ending != newline or ending == "\r":
            raise SourceError(
                line, f"the line ends in {ending!r}: end all lines alike, in '\\n' or in '\\r\\n'"
            )
    return newline


def _message(error: SourceError, source: str, name: str) -> str:
    quoted = excerpt(unified_newlines(source), error.line)
    return f"{name}, line {error.line}: {error.reason}" + (f" (the line reads {quoted!r})" if quoted else "")
