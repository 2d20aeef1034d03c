"""New region texts in their place in a program, and the check that they keep to it.

An edit cannot write outside its region, yet it can reach there: an open bracket or string swallows the
lines below, a last line ``@decorator`` takes hold of a function below, a renamed function leaves its
callers behind. Each is a rejection of its own.
"""

from __future__ import annotations

import ast
import functools
import re

import msgspec

from provolve.errors import EditRejected
from provolve.program.digests import NormalForm, normal_form
from provolve.program.program import Program
from provolve.program.regions import comments, find_markers
from provolve.program.syntax import SourceError, definitions, excerpt, parse_source, reserved_name

_LINE_NUMBER = re.compile(r"\bline (\d+)\b")


class Change(msgspec.Struct, frozen=True):
    """A program with other region texts in place."""

    program: Program
    texts: tuple[str, ...]
    source: str
    """The whole source with the texts in place."""
    spans: tuple[tuple[int, int], ...]
    """First and last line of each text in ``source``."""

    @classmethod
    def of(cls, program: Program, texts: tuple[str, ...]) -> Change:
        return cls(program, texts, program.with_texts(texts), program.line_spans(texts))

    def normal_form(self) -> NormalForm:
        """Return the normal form of the texts.

        Raises:
            EditRejected: ``syntax_error`` or ``edit_outside_region``, as ``lift`` says.
        """
        try:
            tree = parse_source(self.source)
            if any("\\\n" in text for text in self.texts):
                comments(self.source)
            form = normal_form(tree, self.spans)
            if form.mentions_reserved and (reserved := reserved_name(tree)) is not None:
                raise SourceError(reserved[0], f"the name {reserved[1]} is reserved: choose another")
        except SourceError as error:
            raise EditRejected("syntax_error", self._located(error)) from None
        self._check_edges(form)
        self._check_functions(tree)
        return form

    def _check_edges(self, form: NormalForm) -> None:
        allowed = _own_crossings(self.program)
        for crossing in form.crossings:
            if (crossing.region, crossing.edge) not in allowed:
                name = self.program.regions[crossing.region].name
                raise EditRejected(
                    "edit_outside_region",
                    f"{self._place(crossing.line)}: the code that begins here runs across the "
                    f"{crossing.edge} of region {name!r}; complete every statement, bracket and "
                    f"string inside the region; the line reads {excerpt(self.source, crossing.line)!r}",
                )
        if allowed or any("evolve-block" in text.lower() for text in self.texts):
            self._check_markers()

    def _check_markers(self) -> None:
        expected: set[int] = set()
        for region, (first, last) in zip(self.program.regions, self.spans, strict=True):
            if not region.function:
                expected |= {first - 1, last + 1}
        try:
            odd = {marker.line for marker in find_markers(self.source)} ^ expected
        except SourceError as error:
            raise EditRejected("edit_outside_region", self._located(error)) from None
        if odd:
            raise EditRejected(
                "edit_outside_region",
                f"{self._place(min(odd))}: the change adds or hides a region marker; leave the EVOLVE-BLOCK "
                f"comments as they are; the line reads {excerpt(self.source, min(odd))!r}",
            )

    def _check_functions(self, tree: ast.Module) -> None:
        for region, (first, last) in zip(self.program.regions, self.spans, strict=True):
            if not region.function:
                continue
            found = [d for d in definitions(tree) if d.name == region.name]
            if len(found) != 1 or not first <= found[0].first_line <= found[0].last_line <= last:
                what = f"is defined {len(found)} times" if len(found) > 1 else "is gone from its place"
                raise EditRejected(
                    "edit_outside_region",
                    f"function {region.name!r} {what}, and the rest of the program counts on it: "
                    "keep exactly one function of this name there",
                )

    def _located(self, error: SourceError) -> str:
        reason = _LINE_NUMBER.sub(lambda match: self._place(int(match[1])), error.reason)
        return f"{self._place(error.line)}: {reason}; the line reads {excerpt(self.source, error.line)!r}"

    def _place(self, line: int) -> str:
        for region, (first, last) in zip(self.program.regions, self.spans, strict=True):
            if first <= line <= last:
                return f"line {line - first + 1} of region {region.name!r}"
        return f"line {line} of the program, outside the regions"


@functools.lru_cache(maxsize=64)
def _own_crossings(program: Program) -> frozenset[tuple[int, str]]:
    """Edges that code crosses in the program as it was given, and may therefore go on crossing."""
    form = normal_form(parse_source(program.source), program.line_spans(program.texts()))
    return frozenset((crossing.region, crossing.edge) for crossing in form.crossings)
