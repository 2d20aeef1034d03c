"""Assignments whose value nothing reads."""

from __future__ import annotations

import ast

from provolve.program import walk
from provolve.propose.symbolic.kinds import ELEMENTWISE, FunctionNode, Modules
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.splices import Splice
from provolve.propose.symbolic.statements import blocks, stands_alone

_PLAIN = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call,
    ast.Attribute, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)  # fmt: skip


def dead_assignments(parsed: ParsedTemplate) -> list[Splice]:
    """Return splices that take out assignments of arithmetic to local names that are never read.

    Only a statement alone on its lines goes, and never the last one of its block.
    """
    found = []
    for function in walk(parsed.tree):
        if isinstance(function, FunctionNode) and not _is_open(function):
            read = {n.id for n in walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for block in blocks(walk(function)):
                for place, statement in enumerate(block):
                    if len(block) > 1 and _is_dead(statement, read, parsed) and stands_alone(place, block):
                        found.append(parsed.lines_splice(statement))
                        break  # one a block at a time: the block must not become empty
    return [splice for splice in found if splice is not None]


def _is_open(function: ast.AST) -> bool:
    """Whether names of the function can be reached in other ways than by reading them in it."""
    return any(
        isinstance(node, ast.Global | ast.Nonlocal)
        or (isinstance(node, ast.Name) and node.id in ("locals", "vars", "eval", "exec"))
        for node in walk(function)
    )


def _is_dead(statement: ast.stmt, read: set[str], parsed: ParsedTemplate) -> bool:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target = statement.targets[0]
    return (
        isinstance(target, ast.Name) and target.id not in read and _is_pure(statement.value, parsed.modules)
    )


def _is_pure(value: ast.expr, modules: Modules) -> bool:
    for node in walk(value):
        if not isinstance(node, _PLAIN):
            return False
        if isinstance(node, ast.Call):
            module, name = modules.call(node)
            if not (
                module == "math"
                or (module == "numpy" and name in ELEMENTWISE)
                or name in ("abs", "min", "max")
            ):
                return False
    return True
