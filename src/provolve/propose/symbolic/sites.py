"""The places of a program at which an expression may be replaced by another of its kind.

A site is an expression whose value is a number or a truth value and which lies inside a region. Not among
them: indices, arguments that must be whole sizes (``range``, ``zeros``), tests of ``while`` loops, default
values, annotations, decorators and f-strings.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from provolve.program import nodes_below, walk
from provolve.propose.symbolic.arrays import array_names
from provolve.propose.symbolic.kinds import (
    ARITHMETIC,
    BOOLEAN,
    NUMBER,
    ORDER,
    OTHER,
    UNKNOWN,
    FunctionNode,
    Kind,
    Modules,
    Names,
    infer,
    is_slot,
    kinds_of_names,
)

_SIZES = frozenset(
    """
    range zeros ones empty full eye arange linspace reshape tile repeat roll resize islice randint
    zeros_like ones_like isinstance getattr print
    """.split()
)
_DISCRETE = frozenset({"axis", "ndim", "dtype", "decimals", "keepdims"})
_SORTERS = frozenset({"sorted", "min", "max", "sort", "nsmallest", "nlargest", "groupby"})


@dataclass(frozen=True)
class Scope:
    """What an expression of one function may be made of."""

    numbers: tuple[str, ...]
    """Names bound here that hold numbers."""
    booleans: tuple[str, ...]
    names: frozenset[str]
    """All local names bound here, and those of the module."""
    elementwise: bool
    """Whether values may be arrays, so that choices must be ``np.where`` and not ``if``."""
    arrays: tuple[str, ...] = ()
    """Names of ``numbers`` that hold arrays for sure."""


@dataclass(frozen=True, eq=False)
class Site:
    """An expression that may be replaced."""

    node: ast.expr
    kind: Kind
    root: ast.expr
    """The whole expression of the statement it belongs to; it is written anew when the site changes."""
    whole: bool
    """Whether the site is the value of a return, one of several, of an assignment or a key function."""
    scope: Scope


Keep = Callable[[ast.AST], bool]


def find_sites(tree: ast.Module, modules: Modules, keep: Keep) -> list[Site]:
    """Return the sites of a module in the order of a walk, those for whose root ``keep`` holds."""
    module_names: Names = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    module_names[target.id] = infer(statement.value, module_names, modules)
    known = frozenset(_defined(tree.body))
    walk = _Walk(modules, keep, known)
    # Statements of the module see only what stands above them; functions see all of it.
    walk.block(tree.body, _Frame(module_names, frozenset(), frozenset(), False))
    return walk.sites


def _defined(body: Iterable[ast.stmt]) -> Iterable[str]:
    for statement in body:
        if isinstance(statement, FunctionNode | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)
        else:
            yield from _stored(statement)


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


@dataclass(frozen=True)
class _Frame:
    """Where the walk is: sorts of names, module names, local names bound so far, arrays or not."""

    kinds: Names
    module: frozenset[str]
    bound: frozenset[str]
    elementwise: bool
    arrays: frozenset[str] = frozenset()

    def binding(self, names: Iterable[str]) -> _Frame:
        return replace(self, bound=self.bound | frozenset(names))

    @cached_property
    def scope(self) -> Scope:
        """What expressions here may be made of."""
        usable = self.bound | self.module
        numbers = tuple(sorted(name for name in usable if self.kinds.get(name) is NUMBER))
        booleans = tuple(sorted(name for name in usable if self.kinds.get(name) is BOOLEAN))
        arrays = tuple(name for name in numbers if name in self.arrays)
        return Scope(numbers, booleans, usable, self.elementwise, arrays)


class _Walk:
    def __init__(self, modules: Modules, keep: Keep, known: frozenset[str]) -> None:
        self.modules = modules
        self.keep = keep
        self.known = known
        self.sites: list[Site] = []

    def block(self, body: list[ast.stmt], frame: _Frame) -> None:
        """Visit statements in order: each sees the names that those before it bound."""
        for statement in body:
            self._statement(statement, frame)
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
                frame = frame.binding(_stored(statement))
            elif isinstance(statement, ast.If):
                both = _bound_by(statement.body) & _bound_by(statement.orelse)
                frame = frame.binding(both)
            elif isinstance(statement, FunctionNode | ast.ClassDef | ast.Import | ast.ImportFrom):
                frame = frame.binding(_defined([statement]))

    def _statement(self, node: ast.stmt, frame: _Frame) -> None:
        if isinstance(node, FunctionNode):
            self._function(node, frame)
        elif isinstance(node, ast.ClassDef):
            self.block(node.body, frame)
        elif isinstance(node, ast.Return | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr):
            if node.value is not None and not (isinstance(node, ast.Expr) and _inert(node.value)):
                self._root(node.value, frame, UNKNOWN, whole=not isinstance(node, ast.Expr))
        elif isinstance(node, ast.If):
            self._root(node.test, frame, BOOLEAN, whole=False)
            self.block(node.body, frame)
            self.block(node.orelse, frame)
        elif isinstance(node, ast.For):
            self._root(node.iter, frame, UNKNOWN, whole=False)
            self.block(node.body, frame.binding(_stored(node.target)))
            self.block(node.orelse, frame)
        else:
            self._nested(node, frame)

    def _nested(self, node: ast.stmt, frame: _Frame) -> None:
        inner = frame
        if isinstance(node, ast.With):
            inner = frame.binding(name for item in node.items for name in _stored(item))
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                self.block(block, inner)
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            self.block(part.body, frame)

    def _function(self, node: FunctionNode, frame: _Frame) -> None:
        kinds = kinds_of_names(node, self.modules, frame.kinds)
        arguments = node.args
        bound = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        elementwise = bool(self.modules.numpy) and not _chooses_by_if(node, kinds)
        local = frame.bound | bound
        arrays = array_names(node, self.modules)
        self.block(node.body, _Frame(kinds, self.known - bound, local, elementwise, arrays))

    def _root(self, root: ast.expr, frame: _Frame, expected: Kind, *, whole: bool) -> None:
        if self.keep(root):
            self._expression(root, frame, expected, root, whole)

    def _expression(
        self, node: ast.expr, frame: _Frame, expected: Kind, root: ast.expr, whole: bool = False
    ) -> None:
        kind = infer(node, frame.kinds, self.modules)
        if kind is UNKNOWN and not isinstance(node, ast.Starred):
            kind = expected
        if kind in (NUMBER, BOOLEAN):
            self.sites.append(Site(node, kind, root, whole, frame.scope))
        for part, wanted, inner, is_key in self._parts(node, kind, frame):
            self._expression(part, inner, wanted, root, is_key or (whole and isinstance(node, ast.Tuple)))

    def _parts(
        self, node: ast.expr, kind: Kind, frame: _Frame
    ) -> Iterable[tuple[ast.expr, Kind, _Frame, bool]]:
        """Yield the parts of an expression with the kind expected of each and the names bound there."""
        if isinstance(node, ast.Call):
            yield from self._arguments(node, kind, frame)
        elif isinstance(node, ast.Lambda):
            yield node.body, UNKNOWN, frame.binding(a.arg for a in node.args.args), True
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            yield from self._comprehension(node, frame)
        elif isinstance(node, ast.Subscript | ast.Attribute):
            if not isinstance(node.value, ast.Name):
                yield node.value, UNKNOWN, frame, False
        elif not isinstance(node, ast.JoinedStr | ast.Yield | ast.YieldFrom | ast.Await | ast.NamedExpr):
            wanted = self._expected(node, kind, frame)
            for place, part in enumerate(_children(node)):
                test = place == 0 and isinstance(node, ast.IfExp)
                yield part, BOOLEAN if test else wanted, frame, False

    def _expected(self, node: ast.expr, kind: Kind, frame: _Frame) -> Kind:
        if isinstance(node, ast.BinOp):
            return NUMBER if kind is NUMBER and isinstance(node.op, ARITHMETIC) else kind
        if isinstance(node, ast.UnaryOp | ast.BoolOp | ast.IfExp):
            return kind if kind in (NUMBER, BOOLEAN) else UNKNOWN
        if isinstance(node, ast.Compare) and all(isinstance(operator, ORDER) for operator in node.ops):
            found = {infer(side, frame.kinds, self.modules) for side in (node.left, *node.comparators)}
            return NUMBER if NUMBER in found and OTHER not in found else UNKNOWN
        return UNKNOWN

    def _arguments(
        self, node: ast.Call, kind: Kind, frame: _Frame
    ) -> Iterable[tuple[ast.expr, Kind, _Frame, bool]]:
        module, name = self.modules.call(node)
        called = name or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        if called in _SIZES:
            return
        if (module, name) == ("numpy", "interp"):
            # Knots and values are lists of numbers: expressions in their place would rarely fit.
            yield from ((argument, NUMBER, frame, False) for argument in node.args[:1])
            return
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
            yield node.func.value, UNKNOWN, frame, False
        numbers = self.modules.takes_numbers(node) or (kind is NUMBER and name in ("min", "max", "where"))
        for place, argument in enumerate(node.args):
            test = module == "numpy" and name == "where" and place == 0
            yield argument, BOOLEAN if test else NUMBER if numbers else UNKNOWN, frame, False
        for keyword in node.keywords:
            if keyword.arg == "key" and isinstance(keyword.value, ast.Lambda) and called in _SORTERS:
                yield from _key(keyword.value, frame)
            elif keyword.arg not in _DISCRETE:
                yield keyword.value, UNKNOWN, frame, False

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: _Frame
    ) -> Iterable[tuple[ast.expr, Kind, _Frame, bool]]:
        for generator in node.generators:
            yield generator.iter, UNKNOWN, frame, False
            frame = frame.binding(_stored(generator.target))
            yield from ((test, BOOLEAN, frame, False) for test in generator.ifs)
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        yield from ((value, UNKNOWN, frame, False) for value in values)


def _key(function: ast.Lambda, frame: _Frame) -> Iterable[tuple[ast.expr, Kind, _Frame, bool]]:
    """Yield what a key function sorts by: of a tuple, each part."""
    body = function.body
    inner = frame.binding(argument.arg for argument in function.args.args)
    for part in body.elts if isinstance(body, ast.Tuple) else [body]:
        # A bare name is the thing that is sorted, of which nothing is known.
        yield part, UNKNOWN if isinstance(part, ast.Name) else NUMBER, inner, True


def _bound_by(body: list[ast.stmt]) -> set[str]:
    return {name for statement in body if isinstance(statement, ast.Assign) for name in _stored(statement)}


def _children(node: ast.expr) -> Iterable[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.test, node.body, node.orelse]
    return [child for child in nodes_below(node) if isinstance(child, ast.expr)]


def _inert(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _chooses_by_if(function: FunctionNode, kinds: Names) -> bool:
    """Whether a number is tested as only single numbers can be: then the function is not given arrays."""
    tests: list[ast.expr] = []
    for node in walk(function):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            tests.append(node.test)
        elif isinstance(node, ast.BoolOp):
            tests += node.values
    for test in tests:
        for part in walk(test):
            if isinstance(part, ast.Compare) and any(
                isinstance(side, ast.Name) and not is_slot(side) and kinds.get(side.id) is NUMBER
                for side in (part.left, *part.comparators)
            ):
                return True
    annotations = [ast.unparse(a.annotation) for a in function.args.args if a.annotation is not None]
    arrays = any("ndarray" in text or "NDArray" in text for text in annotations)
    return not arrays and any(text in ("float", "int") for text in annotations)
