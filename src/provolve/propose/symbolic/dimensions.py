"""The dimension of each expression of a program, from the units of the entry point's arguments.

Sums, comparisons and choices are of like dimensions, functions such as ``exp`` of pure numbers. Literals are
pure numbers where the program has a vocabulary, as in laws; elsewhere one that stands alone takes on the unit
of what it is added to or compared with, as a threshold does. Where a dimension cannot be told, nothing is
refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from provolve.propose.symbolic.kinds import FunctionNode, Modules, is_slot
from provolve.task.units import Dimension, Units, product

_OF_PURE = frozenset(
    """
    sin cos tan exp expm1 log log1p log2 log10 tanh sinh cosh arcsin arccos arctan asin acos atan erf
    """.split()
)
_LIKE = frozenset(
    """
    abs absolute fabs negative floor ceil rint minimum maximum fmin fmax min max add subtract hypot clip sum
    mean median amin amax sort cumsum std float round fmod mod arctan2
    """.split()
)
"""Functions whose arguments are alike, and whose value is like them, save that of ``arctan2``."""
_PURE = frozenset({"sign", "argmin", "argmax", "argsort", "len", "count_nonzero", "arctan2"})
_POWERS = {"sqrt": 0.5, "square": 2.0, "cbrt": 1.0 / 3.0, "reciprocal": -1.0}
_PRODUCTS = {"multiply": 1.0, "divide": -1.0, "true_divide": -1.0}

Known = Dimension | None
"""A dimension, or None where it cannot be told."""


class Clash(Exception):
    """Unlike dimensions are added, compared or chosen from, or a function is given what it cannot take."""


@dataclass(frozen=True)
class Dimensions:
    """What is known of the dimensions of one program."""

    sound: bool
    """Whether nothing clashes."""
    of: Mapping[int, Known]
    """Of each expression, by the ``id`` of its node; some are missing where something clashes."""
    scopes: Mapping[int, Mapping[str, Known]]
    """Of the names around each whole expression of a statement, by the ``id`` of its node."""
    wanted: Mapping[int, Known]
    """What each of these must have: what the result has, or what the name has that it is assigned to."""


def dimensions(tree: ast.Module, units: Units, modules: Modules) -> Dimensions:
    """Return the dimensions of a module's entry point; literals are slots in it."""
    for node in tree.body:
        if isinstance(node, FunctionNode) and node.name == units.entry:
            walk = _Walk(Reader(units, modules))
            walk.block(node.body, dict(units.arguments))
            return Dimensions(walk.sound, walk.reader.found, walk.scopes, walk.wanted)
    return Dimensions(True, {}, {}, {})


def fits(tree: ast.expr, scope: Mapping[str, Known], wanted: Known, units: Units, modules: Modules) -> bool:
    """Whether an expression has the dimension wanted, as far as it can be told, and nothing in it clashes."""
    reader = Reader(units, modules)
    try:
        reader.like(reader.dimension(tree, scope), wanted)
    except Clash:
        return False
    return True


@dataclass
class Reader:
    """Finds the dimensions of expressions, and remembers them."""

    units: Units
    modules: Modules
    found: dict[int, Known] = field(default_factory=dict)

    def dimension(self, node: ast.expr, scope: Mapping[str, Known]) -> Known:
        """Return the dimension of an expression.

        Raises:
            Clash: if its parts do not fit.
        """
        known = self.found[id(node)] = self._of(node, scope)
        return known

    def like(self, *known: Known) -> Known:
        """Return the one dimension of all that are known.

        Raises:
            Clash: if they differ.
        """
        told = {one for one in known if one is not None}
        if len(told) > 1:
            raise Clash
        return told.pop() if told else None

    def _of(self, node: ast.expr, scope: Mapping[str, Known]) -> Known:
        if isinstance(node, ast.Name):
            return self.units.pure if is_slot(node) else scope.get(node.id)
        if isinstance(node, ast.Constant):
            return self.units.pure
        if isinstance(node, ast.BinOp):
            return self._binary(node, scope)
        if isinstance(node, ast.UnaryOp):
            return self.dimension(node.operand, scope)
        if isinstance(node, ast.Compare | ast.BoolOp):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else node.values
            self._alike(sides, scope)
            return self.units.pure
        if isinstance(node, ast.IfExp):
            self.dimension(node.test, scope)
            return self._alike([node.body, node.orelse], scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        return self.dimension(node.value, scope) if isinstance(node, ast.Subscript) else None

    def _alike(self, nodes: Sequence[ast.expr], scope: Mapping[str, Known]) -> Known:
        known = [(node, self.dimension(node, scope)) for node in nodes]
        if not self.modules.vocabulary:
            said = [one for node, one in known if not _alone(node)]
            return self.like(*said) if said else self.units.pure
        return self.like(*(one for _, one in known))

    def _binary(self, node: ast.BinOp, scope: Mapping[str, Known]) -> Known:
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mod):
            return self._alike([node.left, node.right], scope)
        left, right = self.dimension(node.left, scope), self.dimension(node.right, scope)
        if isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv):
            return self._product(left, right, 1.0 if isinstance(node.op, ast.Mult) else -1.0)
        if isinstance(node.op, ast.Pow):
            self.like(right, self.units.pure)
            return left if left == self.units.pure else None  # the exponent may be tuned
        return None

    def _product(self, left: Known, right: Known, power: float) -> Known:
        return None if left is None or right is None else product(left, right, power)

    def _call(self, node: ast.Call, scope: Mapping[str, Known]) -> Known:
        module, name = self.modules.call(node)
        if name == "where" and len(node.args) == 3:
            self.dimension(node.args[0], scope)
            return self._alike(node.args[1:], scope)
        if name in _LIKE:
            known = self._alike(node.args, scope)
            return self.units.pure if name in _PURE else known
        taken = [self.dimension(argument, scope) for argument in node.args]
        if module and name in _OF_PURE:
            return self.like(*taken, self.units.pure)
        if name in _POWERS and taken:
            return None if taken[0] is None else product(self.units.pure, taken[0], _POWERS[name])
        if name in _PRODUCTS and len(taken) == 2:
            return self._product(taken[0], taken[1], _PRODUCTS[name])
        return self.units.pure if name in _PURE else None


def _alone(node: ast.expr) -> bool:
    """Whether an expression is one literal, perhaps with a sign."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return is_slot(inner) or isinstance(inner, ast.Constant)


@dataclass
class _Walk:
    """Goes through the statements of a function in order."""

    reader: Reader
    sound: bool = True
    scopes: dict[int, Mapping[str, Known]] = field(default_factory=dict)
    wanted: dict[int, Known] = field(default_factory=dict)

    def block(self, body: Sequence[ast.stmt], scope: dict[str, Known]) -> None:
        """Visit statements; ``scope`` takes up what they assign."""
        for statement in body:
            if isinstance(statement, ast.Return):
                self._value(statement.value, scope, self.reader.units.result)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                known = self._value(statement.value, scope, None)
                scope.update(dict.fromkeys(_stored(statement), None))
                scope[statement.targets[0].id] = known
            else:
                self._compound(statement, scope)

    def _compound(self, statement: ast.stmt, scope: dict[str, Known]) -> None:
        """Visit any other statement: what it assigns is known to nobody before it is assigned again."""
        unsure = {**scope, **dict.fromkeys(_stored(statement), None)}
        if isinstance(statement, ast.If):
            self._value(statement.test, scope, None)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(statement, name, None)
            if isinstance(block, list):
                self.block(block, dict(scope if isinstance(statement, ast.If) else unsure))
        scope.update(unsure)

    def _value(self, node: ast.expr | None, scope: Mapping[str, Known], wanted: Known) -> Known:
        if node is None:
            return None
        self.scopes[id(node)] = dict(scope)
        self.wanted[id(node)] = wanted
        try:
            known = self.reader.dimension(node, scope)
            self.reader.like(known, wanted)
        except Clash:
            self.sound = False
            return None
        if wanted is None:
            self.wanted[id(node)] = known
        return known


def _stored(node: ast.AST) -> Iterator[str]:
    return (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
