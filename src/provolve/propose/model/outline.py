"""Outlines of functions with checks, and the code that fills them, as models write them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from provolve.propose.model.replies import read_code

PARTS = 5
"""Functions of one outline at most."""
CHECKS = 8
"""Checks of one function at most."""


@dataclass(frozen=True)
class Part:
    """One function of an outline."""

    name: str
    checks: tuple[str, ...]
    """Statements that hold if it does what it should; each calls nothing of the outline that comes later."""


def read_outline(reply: str) -> list[Part]:
    """Return the functions that a reply outlines, in its order, with the assertions that come with them.

    An assertion belongs to the last of the functions that it mentions. None where nothing can be read.
    """
    body = [statement for code in read_code(reply) for statement in _parsed(code).body]
    names = [one.name for one in body if isinstance(one, ast.FunctionDef)]
    names = list(dict.fromkeys(names))[:PARTS]
    checks: dict[str, list[str]] = {name: [] for name in names}
    for statement in body:
        if isinstance(statement, ast.Assert):
            mentioned = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            owner = next((name for name in reversed(names) if name in mentioned), None)
            if owner is not None:
                checks[owner].append(ast.unparse(statement))
    return [Part(name, tuple(checks[name][:CHECKS])) for name in names]


def implementations(reply: str, name: str) -> list[str]:
    """Return the distinct codes of the function ``name`` in a reply, each with the imports of its block."""
    found = []
    for code in read_code(reply):
        imports: list[str] = []
        for statement in _parsed(code).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                imports.append(_lines(code, statement))
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                found.append("\n".join([*imports, _lines(code, statement)]) + "\n")
    return list(dict.fromkeys(found))


def spliced(text: str, chosen: Mapping[str, str]) -> str:
    """Return the text of a region with functions put in place of those of their names, or at its end.

    All stand together, in their order, where the first of them stood.
    """
    old = [one for one in _parsed(text).body if isinstance(one, ast.FunctionDef) and one.name in chosen]
    lines = text.split("\n")
    gone = {number for one in old for number in range(_first(one), (one.end_lineno or one.lineno) + 1)}
    place = min(gone, default=len(lines) + 1)
    before = [line for number, line in enumerate(lines, 1) if number < place]
    after = [line for number, line in enumerate(lines, 1) if number > place and number not in gone]
    put = "\n\n".join(code.strip("\n") for code in chosen.values()).split("\n")
    while before and not before[-1].strip():
        before.pop()
    return "\n".join([*before, *put, *after]).rstrip("\n") + "\n"


def top_level(text: str) -> bool:
    """Whether the text of a region is statements of a module with a function among them."""
    return any(isinstance(statement, ast.FunctionDef) for statement in _parsed(text).body)


def _parsed(code: str) -> ast.Module:
    """Return the syntax tree of a code; an empty one where it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _first(statement: ast.stmt) -> int:
    decorators = statement.decorator_list if isinstance(statement, ast.FunctionDef) else []
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _lines(code: str, statement: ast.stmt) -> str:
    return "\n".join(code.split("\n")[_first(statement) - 1 : statement.end_lineno])
