"""One call of a program with the values of its variables around each basic block.

After Zhong, Wang and Shang (2024), "Debug like a human: a large language model debugger via verifying runtime
execution step by step" (LDB). It runs in the child, so it is the program's own word: a hint, never a score.
"""

from __future__ import annotations

import ast
import dis
import reprlib
import sys
import textwrap
import types
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

_ENDS = 7
"""Steps of the run that are shown from its beginning, and from its end."""
_LINES = 200_000
"""Lines after which a run is broken off: it may never end."""
_LONGEST_STEP = 400
_LONGEST_VALUE = 80
_COUNTED = 12
"""Blocks whose visits are counted in the end."""
_CODE = 4
"""Lines of a block that are quoted."""
_LOOPS = ast.For | ast.AsyncFor | ast.While
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Enough(BaseException):
    """The run is broken off; no ``except Exception`` of a program stops it."""


class Block(NamedTuple):
    """A basic block: lines that run one after the other, entered at the first."""

    first: int
    last: int
    names: frozenset[str]
    """Variables that it mentions."""


class _Visit(NamedTuple):
    block: Block
    before: dict[str, str]


def followed(
    enter: Callable[[types.FrameType, str, object], Any], function: Callable[..., Any], *arguments: object
) -> Any:
    """Return what ``function`` returns, or raise what it raises; ``enter`` is told of each call in it."""
    sys.settrace(enter)
    try:
        return function(*arguments)
    finally:
        sys.settrace(None)


class Tracer:
    """Watches one call into the program ``source``, whose code has the file name ``filename``."""

    def __init__(self, source: str, filename: str) -> None:
        self._filename = filename
        self._code = source.split("\n")
        self._blocks = blocks_of(source)
        self._open: dict[int, _Visit] = {}
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=_ENDS)
        self._steps = 0
        self._lines = 0
        self._visits: Counter[tuple[int, int]] = Counter()

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Return what ``function`` returns, or raise what it raises; `Enough` after too many lines."""
        return followed(self._enter, function, *arguments)

    def text(self) -> str:
        """Return the beginning and the end of the run, and how often each block ran."""
        left_out = self._steps - len(self._head) - len(self._tail)
        steps = [*self._head, *([f"({left_out} steps left out)"] if left_out else []), *self._tail]
        if self._lines > _LINES:
            steps.append(f"(broken off after {_LINES} lines)")
        most = ", ".join(f"{_where(*lines)}: {count}" for lines, count in self._visits.most_common(_COUNTED))
        return "\n".join([*steps, *([f"Blocks run, and how often: {most}"] if most else [])])

    def _step(self, text: str) -> None:
        text = text if len(text) <= _LONGEST_STEP else text[: _LONGEST_STEP - 1] + "…"
        self._steps += 1
        if len(self._head) < _ENDS:
            self._head.append(text)
        else:
            self._tail.append(text)

    def _enter(self, frame: types.FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        if code.co_filename != self._filename or code.co_name.startswith("<"):
            return None
        given = [name for name in code.co_varnames[: code.co_argcount] if name in frame.f_locals]
        self._step(f"{code.co_name} is called: {_values(given, frame) or 'without arguments'}")
        return self._watch

    def _watch(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._line(frame)
        elif event == "exception":
            self._step(f"line {frame.f_lineno} of {frame.f_code.co_name}: {argument[0].__name__} is raised")
        elif event == "return":
            self._leave(frame)
            ending = "ends by that" if _is_broken_off(frame, argument) else f"returns {shown(argument)}"
            self._step(f"{frame.f_code.co_name} {ending}")
        return self._watch

    def _line(self, frame: types.FrameType) -> None:
        self._lines += 1
        if self._lines > _LINES:
            raise Enough
        block = self._blocks.get(frame.f_lineno)
        visit = self._open.get(id(frame))
        if block is None or (visit is not None and visit.block is block):
            return
        self._leave(frame)
        self._visits[block.first, block.last] += 1
        self._open[id(frame)] = _Visit(block, _known(block.names, frame))

    def _leave(self, frame: types.FrameType) -> None:
        """Close the block that the frame was in: show it with the values before and after."""
        visit = self._open.pop(id(frame), None)
        if visit is None:
            return
        block, before = visit
        after = _known(block.names, frame)
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        code = textwrap.dedent("\n".join(self._code[block.first - 1 : block.last][:_CODE]))
        lines = [f"{_where(block.first, block.last)} of {frame.f_code.co_name}:"]
        lines.append(textwrap.indent(code, "    "))
        lines.append(f"  before: {_joined(before) or 'nothing'}")
        lines.append(f"  after: {_joined(changed) or 'no change'}")
        self._step("\n".join(lines))


def _is_broken_off(frame: types.FrameType, returned: object) -> bool:
    """Whether a frame is left by an exception: the interpreter says ``return`` of None then, too."""
    if returned is not None:
        return False
    return not dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith(("RETURN", "YIELD"))


def blocks_of(source: str) -> dict[int, Block]:
    """Return by line the basic block that it belongs to; lines of no statement are left out."""
    found: dict[int, Block] = {}
    _split(ast.parse(source).body, found)
    return found


def _split(body: Sequence[ast.stmt], found: dict[int, Block]) -> None:
    """Cut statements into blocks: one ends at a branch, and a loop's head is one of its own."""
    run: list[tuple[int, int, list[ast.AST]]] = []
    for statement in body:
        inner = _bodies(statement)
        if isinstance(statement, _LOOPS):
            _close(run, found)
        run.append(_head(statement, inner))
        if inner:
            _close(run, found)
        for part in inner:
            _split(part, found)
    _close(run, found)


def _bodies(statement: ast.stmt) -> list[list[ast.stmt]]:
    named = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
    handlers = [handler.body for handler in getattr(statement, "handlers", [])]
    cases = [case.body for case in getattr(statement, "cases", [])]
    return [part for part in (*named[:1], *handlers, *cases, *named[1:]) if part]


def _head(statement: ast.stmt, inner: list[list[ast.stmt]]) -> tuple[int, int, list[ast.AST]]:
    """Return first and last line of a statement without the statements in it, and what it evaluates."""
    if not inner:
        return statement.lineno, statement.end_lineno or statement.lineno, [statement]
    last = max(statement.lineno, inner[0][0].lineno - 1)
    own: list[ast.AST] = []
    if not isinstance(statement, _FUNCTIONS | ast.ClassDef):
        own = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.expr | ast.withitem)]
    return statement.lineno, last, own


def _close(run: list[tuple[int, int, list[ast.AST]]], found: dict[int, Block]) -> None:
    if not run:
        return
    names = {
        node.id
        for _, _, nodes in run
        for root in nodes
        for node in ast.walk(root)
        if isinstance(node, ast.Name)
    }
    block = Block(run[0][0], run[-1][1], frozenset(names))
    for first, last, _ in run:
        for line in range(first, last + 1):
            found.setdefault(line, block)
    run.clear()


def _where(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _known(names: Iterable[str], frame: types.FrameType) -> dict[str, str]:
    variables = frame.f_locals
    return {
        name: shown(variables[name])
        for name in sorted(names)
        if name in variables and not isinstance(variables[name], types.ModuleType | types.FunctionType)
    }


def _values(names: Iterable[str], frame: types.FrameType) -> str:
    return _joined(_known(names, frame))


def _joined(values: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother, _short.maxlong = 3, 60, 60, 40


def shown(value: object) -> str:
    """Return a value on one line, cut short; an array by its shape and range."""
    try:
        text = _array(value) if type(value).__module__ == "numpy" else _short.repr(value)
    except Exception:  # noqa: BLE001 - a value's own methods are the program's
        text = f"a {type(value).__name__} that cannot be shown"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _array(value: Any) -> str:
    if getattr(value, "ndim", 0) == 0:
        return str(value)
    if value.size <= 6:
        return f"array {value.tolist()}"
    some = f"array {value.shape} of {value.dtype}"
    return f"{some} from {value.min():.6g} to {value.max():.6g}" if value.dtype.kind in "iufb" else some
