"""The statements of a program that may be edited as whole lines.

Such a statement assigns to one local name or returns, stands alone on its lines, and lies in a function
without ``while``: whatever is edited there, every loop runs over something finite.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provolve.program import walk
from provolve.propose.symbolic.kinds import FunctionNode
from provolve.propose.symbolic.sites import Scope
from provolve.propose.symbolic.splices import Splice, free_names

if TYPE_CHECKING:
    from provolve.propose.symbolic.parsed import ParsedTemplate


@dataclass(frozen=True, eq=False)
class Line:
    """A statement that may be edited."""

    statement: ast.stmt
    scope: Scope
    """What may be used in its place."""
    local: frozenset[str]
    """Names of numbers that are bound before it and may be assigned to."""
    reads: frozenset[str]
    """Names that it needs to be bound."""
    lines: Splice
    """Takes its lines out."""
    only: bool
    """Whether its block has no other statement."""
    following: Line | None = None
    """The next statement of its block, if that may be edited too."""

    @property
    def target(self) -> str:
        """The name that it assigns to; empty where it returns."""
        node = self.statement
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        return target.id if isinstance(target, ast.Name) else ""


def editable_lines(parsed: ParsedTemplate) -> list[Line]:
    """Return the statements that may be edited, those of one block from its end to its start."""
    scopes: dict[int, Scope] = {}
    for site in parsed.sites:
        known = scopes.get(id(site.root))
        # Within lambdas and comprehensions more names are bound than at the statement.
        if known is None or len(site.scope.names) < len(known.names):
            scopes[id(site.root)] = site.scope
    found: list[Line] = []
    for function in walk(parsed.tree) if scopes else ():
        if isinstance(function, FunctionNode):
            nodes = list(walk(function))
            if not any(isinstance(node, _CLOSED) for node in nodes):
                local = _assigned_in(function, nodes)
                for block in blocks(nodes):
                    found += _lines_of(block, local, parsed, scopes)
    return found


_CLOSED = (ast.While, ast.Global, ast.Nonlocal, ast.AsyncFor, ast.Yield, ast.YieldFrom)


def _lines_of(
    block: list[ast.stmt], local: frozenset[str], parsed: ParsedTemplate, scopes: dict[int, Scope]
) -> Iterator[Line]:
    following = None
    for place in reversed(range(len(block))):
        statement = block[place]
        scope = scopes.get(id(getattr(statement, "value", None)))
        lines = parsed.lines_splice(statement) if _is_simple(statement) else None
        if scope is None or lines is None or not stands_alone(place, block):
            following = None
            continue
        numbers = local & frozenset(scope.numbers)
        following = Line(statement, scope, numbers, _reads(statement), lines, len(block) == 1, following)
        yield following


def _is_simple(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.target, ast.Name)
    return isinstance(statement, ast.Return)


def _reads(statement: ast.stmt) -> frozenset[str]:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return free_names(statement.value) | {statement.target.id}
    value = getattr(statement, "value", None)
    return free_names(value) if value is not None else frozenset()


def _assigned_in(function: FunctionNode, nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that an assignment may be to: arguments, and what is assigned to already."""
    arguments = function.args
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {n.id for target in targets for n in walk(target) if isinstance(n, ast.Name)}
    return frozenset(names)


def blocks(nodes: Iterable[ast.AST]) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements of the nodes of a walk."""
    for node in nodes:
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    yield block


def stands_alone(place: int, block: list[ast.stmt]) -> bool:
    """Whether a statement of a block shares its lines with no other."""
    statement = block[place]
    before = place == 0 or (block[place - 1].end_lineno or 0) < statement.lineno
    after = place + 1 == len(block) or block[place + 1].lineno > (statement.end_lineno or 0)
    return before and after


def put_before(parsed: ParsedTemplate, lines: Splice, text: str) -> Splice:
    """Return the splice that puts statements before ``lines``, indented as those are."""
    source = parsed.source(lines)
    indent = source[: len(source) - len(source.lstrip())]
    put = "".join(f"{indent}{part}\n" for part in text.split("\n"))
    return Splice(lines.start, lines.start, put)
