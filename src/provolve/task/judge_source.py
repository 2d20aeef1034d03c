"""The source of a judge: run when first called, with failures that name file, line and function."""

from __future__ import annotations

import ast
import functools
import symtable
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from provolve.errors import JudgeError, Refused, TaskError
from provolve.task.cells import Cell


class JudgeSource:
    """A judge's functions by name. One that takes a keyword ``parameters`` is given the task's."""

    def __init__(self, cell: Cell, parameters: Mapping[str, object]) -> None:
        """Parse the source without running it.

        Raises:
            TaskError: if it is not Python.
        """
        self.file = cell.file
        self._path = str(cell.path)
        self._cell = cell
        self._parameters = parameters
        self._ready: dict[str, Callable[..., Any]] = {}
        tree = _parsed(cell)
        symbols = symtable.symtable(cell.text, cell.file, "exec").get_symbols()
        self.functions = frozenset(
            symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()
        )
        """The names that the source defines at its top level."""
        functions = list(_functions(tree.body))
        self.parameter_functions = frozenset(each.name for each in functions if _takes(each, "parameters"))
        """Those of them that are given the task's parameters."""
        self.epoch_functions = frozenset(each.name for each in functions if _takes(each, "epoch"))
        """Those of them that are given the number of an epoch."""

    def call(self, name: str, *arguments: object, **keywords: object) -> Any:
        """Return what the function ``name`` returns.

        Raises:
            Refused: as the function did.
            JudgeError: if the function raised anything else, or the source cannot be run.
        """
        function = self._ready.get(name) or self._prepare(name)
        try:
            return function(*arguments, **keywords)
        except Refused:
            raise
        except Exception as error:
            raise self.raised(name, error) from error

    def raised(self, function: str, error: Exception) -> JudgeError:
        """Return the error that says that ``function`` raised ``error``, and on which line of the judge."""
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == self._path]
        return self._failure(function, f"{type(error).__name__}: {error}", lines[-1] if lines else None)

    def failure(self, function: str, text: str) -> JudgeError:
        """Return the error that says ``text`` of ``function``, with the line on which it is defined."""
        code = getattr(getattr(self._module, function, None), "__code__", None)
        return self._failure(function, text, None if code is None else code.co_firstlineno)

    def _failure(self, function: str, text: str, line: int | None) -> JudgeError:
        place = self.file if line is None else f"{self.file}, line {line}"
        what = f"judge function {function}" if function else "the judge cannot be loaded"
        return JudgeError(f"{place}: {what}: {text}")

    def _prepare(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(self._module, name)
        if not callable(function):
            raise self.failure(name, f"it must be a function, not a {type(function).__name__}")
        if name in self.parameter_functions:
            function = functools.partial(function, parameters=self._parameters)
        self._ready[name] = function
        return function

    @functools.cached_property
    def _module(self) -> types.ModuleType:
        """The judge's namespace, registered: dataclasses and compiled functions look their module up."""
        name = "_provolve_judge_" + blake2b(self._cell.padded.encode(), digest_size=8).hexdigest()
        module = types.ModuleType(name)
        # The path must be that of a file that exists: numba keeps what it compiled beside it.
        module.__file__ = self._path
        code = compile(self._cell.padded, self._path, "exec", dont_inherit=True)
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
        except Exception as error:
            raise self.raised("", error) from error
        return module


def _parsed(cell: Cell) -> ast.Module:
    try:
        compile(cell.padded, cell.file, "exec", dont_inherit=True)
        return ast.parse(cell.padded)
    except SyntaxError as error:
        raise TaskError(
            f"{cell.file}, line {error.lineno}: the judge is not Python: {error.msg}. Mend the line"
        ) from error


def _functions(statements: Iterable[ast.AST]) -> Iterator[ast.FunctionDef]:
    """Yield the functions that the top level defines, those under an ``if`` or ``try`` among them."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef):
            yield statement
        elif not isinstance(statement, (ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            yield from _functions(ast.iter_child_nodes(statement))


def _takes(function: ast.FunctionDef, keyword: str) -> bool:
    arguments = function.args
    return any(argument.arg == keyword for argument in (*arguments.args, *arguments.kwonlyargs))
