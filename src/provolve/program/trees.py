"""Walks over syntax trees, several times faster than those of the library.

Operators and contexts, which are most of a tree and the same objects everywhere, are left out.
"""

from __future__ import annotations

import ast
import functools

_LEFT_OUT = frozenset({"ctx", "op", "ops"})
_LEAVES = frozenset({ast.Name, ast.Constant})


def walk(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes of a tree in the order of ``ast.walk``, operators and contexts left out."""
    found = [tree]
    for node in found:  # which grows meanwhile
        _add_below(node, found)
    return found


def nodes_below(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node, operators and contexts left out."""
    found: list[ast.AST] = []
    _add_below(node, found)
    return found


def _add_below(node: ast.AST, found: list[ast.AST]) -> None:
    for name in _inner(type(node)):  # type: ignore[arg-type]  # a class can be hashed, mypy doubts it
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)


@functools.cache
def _inner(kind: type[ast.AST]) -> tuple[str, ...]:
    return () if kind in _LEAVES else tuple(name for name in kind._fields if name not in _LEFT_OUT)
