"""Reading Python source: one way to parse it, one kind of error, and the definitions found in it."""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Iterator

import msgspec

RESERVED_NAME = re.compile(r"_literal_(\d+)_")
"""Names that stand for lifted literals when a program is run; no program may use them itself."""

_QUOTED = 120

# warnings.catch_warnings swaps state of the whole process: two threads inside it can leave it swapped.
_WARNINGS = threading.Lock()


class SourceError(Exception):
    """Source that is not a program: ``line`` (from 1) and ``reason`` say where and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class Definition(msgspec.Struct, frozen=True):
    """A function defined at the top level of a module or directly in one of its classes."""

    name: str
    """``function`` or ``Class.method``."""
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def first_line(self) -> int:
        """The line of its first decorator, or of its ``def`` where it has none."""
        return first_line(self.node)

    @property
    def last_line(self) -> int:
        return last_line(self.node)


def parse_source(source: str) -> ast.Module:
    """Return the syntax tree of ``source``; warnings about doubtful code are kept silent.

    Raises:
        SourceError: if it is not valid Python, or nested deeper than the parser can follow.
    """
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise SourceError(error.lineno or 1, error.msg) from None
    except (RecursionError, MemoryError):
        raise SourceError(1, "the code is nested too deeply to be parsed") from None
    except ValueError as error:
        raise SourceError(1, f"the text cannot be source code ({error})") from None


def excerpt(source: str, line: int) -> str:
    """Return one line of a source, from 1, as messages quote it: white space at its ends gone, cut to 120."""
    lines = source.split("\n")
    text = lines[line - 1].strip() if line <= len(lines) else ""
    return shortened(text)


def shortened(text: str) -> str:
    """Return a line cut to 120 characters: models and hostile texts write longer ones."""
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def definitions(tree: ast.Module) -> list[Definition]:
    """Return the functions and methods of a module in the order of their lines.

    Definitions under ``if``, ``try``, ``with`` and loops count; those inside functions do not.
    """
    return list(_definitions(tree.body, ""))


def _definitions(body: list[ast.stmt], prefix: str) -> Iterator[Definition]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Definition(prefix + statement.name, statement)
        elif isinstance(statement, ast.ClassDef):
            yield from _definitions(statement.body, f"{prefix}{statement.name}.")
        else:
            for block in ("body", "handlers", "orelse", "finalbody"):
                yield from _definitions(_statements(getattr(statement, block, ())), prefix)


def _statements(block: object) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for item in block if isinstance(block, list) else ():
        found.extend(item.body if isinstance(item, ast.ExceptHandler) else [item])
    return found


def first_line(node: ast.AST) -> int:
    """Return the first line of a node that has a place, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    line: int = node.lineno  # type: ignore[attr-defined]
    return min(line, decorators[0].lineno) if decorators else line


def last_line(node: ast.AST) -> int:
    """Return the last line of a node that has a place."""
    line: int = node.end_lineno  # type: ignore[attr-defined]
    return line


def reserved_name(tree: ast.AST) -> tuple[int, str] | None:
    """Return the line and the text of the first name of the reserved form in a tree, if there is one."""
    line = 1
    for node in ast.walk(tree):
        line = getattr(node, "lineno", line)
        for field, value in ast.iter_fields(node):
            if isinstance(node, ast.Constant) and field == "value":
                continue
            for name in value if isinstance(value, list) else (value,):
                if isinstance(name, str) and RESERVED_NAME.fullmatch(name):
                    return line, name
    return None
