"""Pieces of source that an edit puts in place of others, and the names that an expression needs."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from provolve.program import walk
from provolve.propose.symbolic.kinds import is_slot

BUILTINS = frozenset({"abs", "min", "max", "len", "float", "int", "sum", "round", "True", "False"})


@dataclass(frozen=True)
class Splice:
    """Bytes ``start`` to ``end`` of the source are replaced by ``text``."""

    start: int
    end: int
    text: str


def free_names(node: ast.AST) -> frozenset[str]:
    """Return the names that an expression needs from around it; slots and the most common builtins aside."""
    loaded: set[str] = set()
    bound: set[str] = set()
    for part in walk(node):
        if isinstance(part, ast.Name) and not is_slot(part):
            (loaded if isinstance(part.ctx, ast.Load) else bound).add(part.id)
        elif isinstance(part, ast.arg):
            bound.add(part.arg)
    return frozenset(loaded - bound) - BUILTINS
