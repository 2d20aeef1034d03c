"""The whole expression of a statement, and the same with another expression in one place.

What is put together shares all its other parts with the parsed program: they are neither copied nor written
anew, and must not be changed.
"""

from __future__ import annotations

import ast

from provolve.program import expression_parts, expression_text, walk


class Root:
    """An expression that a statement is made of, with the text of each of its parts."""

    def __init__(self, node: ast.expr) -> None:
        self.node = node
        self._texts = expression_parts(node)
        self._above: dict[ast.AST, tuple[ast.AST, str, int]] = {}
        for outer in walk(node):
            for field in outer._fields:
                value = getattr(outer, field, None)
                for place, inner in enumerate(value if isinstance(value, list) else (value,)):
                    if isinstance(inner, ast.AST):
                        self._above[inner] = outer, field, place

    def above(self, part: ast.AST) -> ast.AST:
        """Return what a part that is not the whole stands in directly."""
        return self._above[part][0]

    def around(self, part: ast.AST, other: ast.AST) -> ast.AST:
        """Return what ``part`` stands in directly, with ``other`` in its place."""
        outer, field, place = self._above[part]
        fields = {name: getattr(outer, name) for name in outer._fields if hasattr(outer, name)}
        value = fields[field]
        fields[field] = [*value[:place], other, *value[place + 1 :]] if isinstance(value, list) else other
        return type(outer)(**fields)

    def rebuilt(self, part: ast.AST, other: ast.expr) -> ast.expr:
        """Return the whole with ``other`` in place of ``part``."""
        whole: ast.AST = other
        while part is not self.node:
            whole = self.around(part, whole)
            part = self.above(part)
        assert isinstance(whole, ast.expr)
        return whole

    def text(self, whole: ast.expr) -> str:
        """Return the text of what was rebuilt."""
        return expression_text(whole, self._texts)
