"""Which names of a function hold arrays: what annotations say, and what is computed from those."""

from __future__ import annotations

import ast

from provolve.program import walk
from provolve.propose.symbolic.kinds import ELEMENTWISE, FunctionNode, Modules

_ANNOTATIONS = ("ndarray", "NDArray", "ArrayLike")
_ROUNDS = 4
"""Longer chains of assignments than this are rare, and only cost an edit."""


def array_names(function: FunctionNode, modules: Modules) -> frozenset[str]:
    """Return the names that hold arrays wherever they are assigned."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    names = {a.arg for a in arguments if a.annotation is not None and _says_array(a.annotation)}
    if not names:
        return frozenset()
    assigned: dict[str, list[ast.expr]] = {}
    for node in walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for _ in range(_ROUNDS):
        names |= {name for name, values in assigned.items() if all(_has(v, names, modules) for v in values)}
    lost = {name for name, values in assigned.items() if not all(_has(v, names, modules) for v in values)}
    return frozenset(names - lost)


def _says_array(annotation: ast.expr) -> bool:
    text = ast.unparse(annotation)
    return any(word in text for word in _ANNOTATIONS)


def _has(node: ast.expr, names: set[str], modules: Modules) -> bool:
    """Whether the value of an expression has an element for each of an array's."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp):
        return _has(node.left, names, modules) or _has(node.right, names, modules)
    if isinstance(node, ast.UnaryOp):
        return _has(node.operand, names, modules)
    if isinstance(node, ast.Call):
        module, name = modules.call(node)
        return module == "numpy" and name in ELEMENTWISE and any(_has(a, names, modules) for a in node.args)
    return False
