"""Identities that make an expression smaller and leave its value as it is.

All hold for floats to the last bit, with these stated exceptions:

- ``x - x`` becomes 0 also where x is infinite or not a number;
- ``x + 0`` becomes x also where x is -0.0, whose sum with 0 is 0.0;
- ``x * 1.0`` becomes x also where x is an integer, which stays one;
- a branch or operand that falls away is not evaluated any more, so an error that it raised is gone.

Nothing is reassociated. Where dropping an operand could change the shape of an array, it stays.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from provolve.program import SLOT, walk
from provolve.propose.symbolic.grammar import Draft
from provolve.propose.symbolic.kinds import (
    BOOLEAN,
    ELEMENTWISE,
    Modules,
    infer,
    is_slot,
)
from provolve.propose.symbolic.literals import LARGEST_INT, Number

_FOLDS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Attribute})
_PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.BoolOp: ("values",),
    ast.Compare: ("left", "comparators"),
    ast.Call: ("func", "args", "keywords"),
    ast.IfExp: ("test", "body", "orelse"),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
}
"""Where the expressions stand that a node consists of; the library looks at every field of every node."""
_IDEMPOTENT = frozenset({"minimum", "maximum", "fmin", "fmax", "min", "max"})
_REPEATABLE = frozenset({"abs", "absolute", "floor", "ceil", "rint", "sign", "trunc", "fabs"})


def simplified(tree: ast.expr, draft: Draft, modules: Modules) -> ast.expr:
    """Return the expression simplified, in place; values of slots are looked up in ``draft``.

    Folded constants become new literals of the draft.
    """
    rules = _Rules(draft, modules)
    result = rules.visit(tree)
    assert isinstance(result, ast.expr)
    return result


def simplified_here(tree: ast.expr, draft: Draft, modules: Modules) -> ast.expr:
    """Return the expression simplified in its uppermost operation alone; itself where nothing can be done.

    Nothing is changed in place, so that it may share its parts with others.
    """
    if not isinstance(tree, ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Call):
        return tree
    result = _Rules(draft, modules, below=False).visit(tree)
    assert isinstance(result, ast.expr)
    return result


class _Rules(ast.NodeTransformer):
    def __init__(self, draft: Draft, modules: Modules, *, below: bool = True) -> None:
        self._draft = draft
        self._modules = modules
        self._below = below

    def visit(self, node: ast.AST) -> Any:
        # Most nodes are names and operators: they have nothing below that could be simplified.
        return node if type(node) in _LEAVES else super().visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not self._below:
            return node
        parts = _PARTS.get(type(node))
        if parts is None:
            return super().generic_visit(node)
        for name in parts:
            value = getattr(node, name)
            if isinstance(value, list):
                value[:] = [self.visit(item) for item in value]
            else:
                setattr(node, name, self.visit(value))
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        # Literals of an index are not lifted: folding there would make a literal that cannot be tuned.
        node.value = self.visit(node.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        left, right = self._value(node.left), self._value(node.right)
        if left is not None and right is not None:
            return self._folded(node, left, right)
        kept = self._neutral(node, left, right)
        if kept is not None:
            return kept
        return self._difference_of_same(node)

    def _neutral(self, node: ast.BinOp, left: Number | None, right: Number | None) -> ast.expr | None:
        """Return the operand that alone is left of x+0, x-0, 0+x, x*1, 1*x, x/1 and x**1."""
        number = {True: self._is_number(node.left), False: self._is_number(node.right)}
        if isinstance(node.op, ast.Add | ast.Sub) and right == 0 and number[True]:
            return node.left
        if isinstance(node.op, ast.Add) and left == 0 and number[False]:
            return node.right
        if isinstance(node.op, ast.Mult | ast.Pow) and right == 1 and number[True]:
            return node.left
        if isinstance(node.op, ast.Div) and right == 1 and number[True]:
            return node.left
        if isinstance(node.op, ast.Mult) and left == 1 and number[False]:
            return node.right
        return None

    def _difference_of_same(self, node: ast.BinOp) -> ast.expr:
        """(x - x) + y becomes y where y names all that x does, so that it has its shape."""
        if not isinstance(node.op, ast.Add):
            return node
        for gone, kept in ((node.left, node.right), (node.right, node.left)):
            if (
                isinstance(gone, ast.BinOp)
                and isinstance(gone.op, ast.Sub)
                and _same(gone.left, gone.right)
                and all_names(gone) <= self._elementwise_names(kept)
            ):
                return kept
        return node

    def _folded(self, node: ast.BinOp, left: Number, right: Number) -> ast.expr:
        fold = _FOLDS.get(type(node.op))
        if fold is None:
            return node
        try:
            value = fold(left, right)
        except (ZeroDivisionError, OverflowError):
            return node
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) > LARGEST_INT):
            return node
        return self._literal(value)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        inner = node.operand
        value = self._value(inner)
        if isinstance(node.op, ast.USub) and value is not None:
            return self._literal(-value)
        if isinstance(inner, ast.UnaryOp) and type(inner.op) is type(node.op):
            kind = infer(inner.operand, {}, self._modules)
            if isinstance(node.op, ast.USub) or (not isinstance(node.op, ast.UAdd) and kind is BOOLEAN):
                return inner.operand
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return node.body if _same(node.body, node.orelse) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = self._modules.call(node)[1]
        if node.keywords:
            return node
        if (
            name in _IDEMPOTENT
            and len(node.args) == 2
            and _same(*node.args)
            and self._is_number(node.args[0])
        ):
            return node.args[0]
        if name in _REPEATABLE and len(node.args) == 1 and _applies_again(node.func, node.args[0]):
            return node.args[0]
        if name == "where" and len(node.args) == 3 and _same(node.args[1], node.args[2]):
            test, kept = node.args[0], node.args[1]
            return kept if all_names(test) <= self._elementwise_names(kept) else node
        return node

    def _value(self, node: ast.expr) -> Number | None:
        if isinstance(node, ast.Name) and (match := SLOT.fullmatch(node.id)):
            return self._draft.values[int(match[1])]
        return None

    def _literal(self, value: Number) -> ast.Name:
        kind = "i" if isinstance(value, int) else "f"
        # What follows from inherited literals alone is as good as they were: it is not to be redrawn freely.
        return ast.Name(self._draft.literal(value, kind), ast.Load())

    def _is_number(self, node: ast.expr) -> bool:
        # A name may be a text or a list, whose sum with 0 is an error and not to be hidden; but it stood in
        # arithmetic with a literal here, so nothing but a number passes, save a truth value.
        return infer(node, {}, self._modules) is not BOOLEAN

    def _elementwise_names(self, node: ast.expr) -> frozenset[str]:
        """Return the names whose shapes the value of an expression has at least."""
        if isinstance(node, ast.Name):
            return frozenset() if is_slot(node) else frozenset({node.id})
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            parts = [node.left, node.right]
        elif isinstance(node, ast.UnaryOp):
            parts = [node.operand]
        elif isinstance(node, ast.Call):
            module, name = self._modules.call(node)
            parts = node.args if module == "numpy" and name in ELEMENTWISE else []
        return frozenset().union(*(self._elementwise_names(part) for part in parts))


def all_names(node: ast.AST) -> frozenset[str]:
    """Return all names in an expression but slots and modules that functions are taken from."""
    modules = {id(n.value) for n in walk(node) if isinstance(n, ast.Attribute)}
    return frozenset(
        n.id for n in walk(node) if isinstance(n, ast.Name) and not is_slot(n) and id(n) not in modules
    )


def _same(first: object, second: object) -> bool:
    """Whether two trees are equal; most differ near the top, so that little is compared."""
    if type(first) is not type(second):
        return False
    if isinstance(first, ast.AST):
        return all(_same(getattr(first, name, None), getattr(second, name, None)) for name in first._fields)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    return first == second or (first != first and second != second)


def _applies_again(function: ast.expr, argument: ast.expr) -> bool:
    """Whether the argument of a call is a call of the same function."""
    return isinstance(argument, ast.Call) and len(argument.args) == 1 and _same(function, argument.func)
