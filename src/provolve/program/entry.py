"""The function of a program that a harness calls."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from provolve.errors import TaskError
from provolve.program.program import Program
from provolve.program.syntax import definitions, parse_source


class Function(msgspec.Struct, frozen=True):
    """A function at the top level of a program."""

    name: str
    arguments: tuple[str, ...]
    """Names of the arguments that may be given by position, in order, those with defaults included."""
    region: int | None
    """Index of the region that the whole function lies in; None where it lies in none."""


def describe(program: Program) -> tuple[Function, ...]:
    """Return the functions at the top level of a program, in the order of their lines.

    Of a name defined twice the last definition counts; coroutines and methods do not.
    """
    spans = program.line_spans(program.texts())
    found: dict[str, Function] = {}
    for definition in definitions(parse_source(program.source)):
        node = definition.node
        if "." in definition.name or not isinstance(node, ast.FunctionDef):
            continue
        arguments = tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
        region = _region(spans, definition.first_line, definition.last_line)
        found.pop(definition.name, None)
        found[definition.name] = Function(definition.name, arguments, region)
    return tuple(found.values())


def entry_point(program: Program, wanted: str | None = None) -> Function:
    """Return the function that the harness calls.

    It is the one that ``wanted`` names; else the only one defined inside a region; else the only one at
    the top level of the program.

    Raises:
        TaskError: if ``wanted`` is not defined at the top level, or nothing is wanted and several or no
            functions could be meant.
    """
    functions = describe(program)
    names = ", ".join(function.name for function in functions) or "none"
    if wanted is not None:
        for function in functions:
            if function.name == wanted:
                return function
        raise TaskError(
            f"{program.name}: the setting `entry` names {wanted!r}, which is no function at the top level; "
            f"functions there: {names}"
        )
    for candidates in ([f for f in functions if f.region is not None], functions):
        if len(candidates) == 1:
            return candidates[0]
    raise TaskError(
        f"{program.name}: which function to call cannot be told; name it in the setting `entry` "
        f"(functions at the top level: {names})"
    )


def _region(spans: Sequence[tuple[int, int]], first: int, last: int) -> int | None:
    for index, (start, end) in enumerate(spans):
        if start <= first and last <= end:
            return index
    return None
