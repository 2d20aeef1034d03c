"""What sort of value an expression has, guessed from the source alone.

The guess decides where an edit may go: numbers (scalars and arrays alike) and truth values may be replaced by
others of their sort, everything else is left alone. A name is a number when an annotation says so, when it is
used as only numbers are (divided, subtracted, negated, compared with a number, given to ``exp``) or when it
is assigned a number. An argument that nothing uses counts as a number too when those in use are numbers.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from provolve.program import SLOT, walk


class Kind(enum.Enum):
    """The sort of an expression's value."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    OTHER = "other"
    UNKNOWN = "unknown"


NUMBER, BOOLEAN, OTHER, UNKNOWN = Kind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTWISE = _words(
    """
    abs absolute exp expm1 log log1p log2 log10 sqrt cbrt square sign tanh sinh cosh sin cos tan
    arctan arctan2 floor ceil rint minimum maximum fmin fmax power clip negative reciprocal hypot
    where nan_to_num float_power mod fmod add subtract multiply divide true_divide floor_divide fabs
    trunc arcsin arccos
    """
)
"""Functions of numpy that act on each element and give numbers for numbers."""

UNARY = ELEMENTWISE - _words(
    """
    arctan2 minimum maximum fmin fmax power clip hypot where float_power mod fmod add subtract multiply
    divide true_divide floor_divide
    """
)
"""Those of one argument."""

_ELEMENTWISE_BOOLEAN = _words(
    """
    less less_equal greater greater_equal equal not_equal isfinite isnan logical_and logical_or
    logical_not
    """
)
_REDUCTIONS = _words(
    """
    sum mean min max prod median std var cumsum cumprod dot sort array asarray zeros ones full
    zeros_like ones_like full_like empty_like arange linspace argmin argmax argsort diff amin amax
    ravel concatenate outer count_nonzero norm interp
    """
)
_NUMBER_BUILTINS = frozenset({"abs", "float", "int", "len", "round", "pow"})
_ARRAY_ATTRIBUTES = frozenset(
    {"shape", "size", "T", "sum", "mean", "min", "max", "astype", "dtype", "ndim", "std", "copy"}
)
_NUMBER_ANNOTATIONS = frozenset({"float", "int", "ndarray", "NDArray", "ArrayLike", "floating", "float64"})
_STRONG = (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)
_WEAK = (ast.Add, ast.Mult, ast.Mod)
ARITHMETIC = (*_STRONG, *_WEAK)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)

_TELLING = (ast.expr, ast.stmt, ast.comprehension, ast.arg)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Names = dict[str, Kind]


@dataclass(frozen=True)
class Modules:
    """The names under which the program imported numpy and math; empty where it did not."""

    numpy: str
    math: str
    vocabulary: tuple[str, ...] = ()
    """Elementwise functions of numpy in the program's ``VOCABULARY``; none where it has no such tuple.

    With one, new expressions are made of these and arithmetic alone, so that they stay formulas.
    """

    @classmethod
    def of(cls, tree: ast.Module) -> Modules:
        """Look through the imports at the top level of a module."""
        found = {"numpy": "", "math": ""}
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in found:
                        found[alias.name] = alias.asname or alias.name
        return cls(found["numpy"], found["math"], _vocabulary(tree, found["numpy"]))

    def call(self, node: ast.expr) -> tuple[str, str]:
        """Return module (``numpy``, ``math`` or empty) and function that a call names, or two empty texts."""
        if not isinstance(node, ast.Call):
            return "", ""
        function = node.func
        if isinstance(function, ast.Name):
            return "", function.id
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            owner = function.value.id
            if owner and owner == self.numpy:
                return "numpy", function.attr
            if owner and owner == self.math:
                return "math", function.attr
        return "", ""

    def takes_numbers(self, node: ast.expr) -> bool:
        """Whether the arguments of a call are numbers, whatever else is known of them."""
        module, name = self.call(node)
        if module == "numpy":
            return name in ELEMENTWISE and name != "where"
        return module == "math" or (module == "" and name == "abs")


def _vocabulary(tree: ast.Module, numpy: str) -> tuple[str, ...]:
    """Return the functions that ``VOCABULARY = (np.sin, np.exp)`` names at the top level of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            named = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if named == ["VOCABULARY"]:
                return tuple(
                    part.attr
                    for part in node.value.elts
                    if isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == numpy
                    and part.attr in UNARY
                )
    return ()


def is_slot(node: ast.AST) -> bool:
    """Whether a node stands for a lifted literal."""
    return isinstance(node, ast.Name) and SLOT.fullmatch(node.id) is not None


def infer(node: ast.expr, names: Names, modules: Modules) -> Kind:
    """Return the sort of an expression, given the sorts of names."""
    if isinstance(node, ast.Name):
        return NUMBER if is_slot(node) else names.get(node.id, UNKNOWN)
    if isinstance(node, ast.Constant):
        return _of_constant(node.value)
    if isinstance(node, ast.BinOp):
        return _of_binary(node, names, modules)
    if isinstance(node, ast.UnaryOp):
        return _of_unary(node, names, modules)
    if isinstance(node, ast.Compare):
        return BOOLEAN
    if isinstance(node, ast.BoolOp):
        return _joint(node.values, names, modules)
    if isinstance(node, ast.IfExp):
        return _joint([node.body, node.orelse], names, modules)
    if isinstance(node, ast.Call):
        return _of_call(node, names, modules)
    if isinstance(node, ast.Subscript):
        return NUMBER if infer(node.value, names, modules) is NUMBER else UNKNOWN
    if isinstance(node, ast.Attribute):
        return NUMBER if node.attr in ("T", "size", "ndim") else UNKNOWN
    return OTHER


def _of_constant(value: object) -> Kind:
    if isinstance(value, bool):
        return BOOLEAN
    return NUMBER if isinstance(value, int | float) else OTHER


def _of_binary(node: ast.BinOp, names: Names, modules: Modules) -> Kind:
    left, right = infer(node.left, names, modules), infer(node.right, names, modules)
    if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
        return BOOLEAN if BOOLEAN in (left, right) else UNKNOWN
    if OTHER in (left, right) or not isinstance(node.op, ARITHMETIC):
        return OTHER
    if NUMBER in (left, right) or isinstance(node.op, _STRONG):
        return NUMBER
    return UNKNOWN


def _of_unary(node: ast.UnaryOp, names: Names, modules: Modules) -> Kind:
    if isinstance(node.op, ast.Not):
        return BOOLEAN
    if isinstance(node.op, ast.Invert):
        return BOOLEAN if infer(node.operand, names, modules) is BOOLEAN else UNKNOWN
    return NUMBER


def _joint(nodes: list[ast.expr], names: Names, modules: Modules) -> Kind:
    kinds = {infer(node, names, modules) for node in nodes}
    return kinds.pop() if len(kinds) == 1 else UNKNOWN


def _of_call(node: ast.Call, names: Names, modules: Modules) -> Kind:
    module, name = modules.call(node)
    if module == "numpy":
        if name in _ELEMENTWISE_BOOLEAN:
            return BOOLEAN
        if name == "where" and len(node.args) != 3:
            return UNKNOWN
        return NUMBER if name in ELEMENTWISE or name in _REDUCTIONS else UNKNOWN
    if module == "math":
        return BOOLEAN if name.startswith("is") and name != "isqrt" else NUMBER
    if name in _NUMBER_BUILTINS:
        return NUMBER
    if name in ("min", "max") and len(node.args) > 1 and not node.keywords:
        kinds = [infer(argument, names, modules) for argument in node.args]
        return NUMBER if NUMBER in kinds and OTHER not in kinds else UNKNOWN
    if name == "bool":
        return BOOLEAN
    return UNKNOWN


def kinds_of_names(function: FunctionNode, modules: Modules, outer: Names) -> Names:
    """Return the sorts of the names of a function; ``outer`` are the names around it."""
    # Slots and operators are most of a program with tables, and say nothing.
    nodes = [node for node in walk(function) if isinstance(node, _TELLING) and not is_slot(node)]
    names = {name: kind for name, kind in outer.items() if name not in _bound_names(nodes)}
    names |= _annotated(function)
    _grow(names, nodes, modules, _strong_evidence)
    for name in _used_otherwise(nodes):
        names.setdefault(name, OTHER)
    _grow(names, nodes, modules, _weak_evidence)
    _admit_unused(names, function, nodes)
    return names


def _bound_names(nodes: Sequence[ast.AST]) -> set[str]:
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return bound | {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _annotated(function: FunctionNode) -> Names:
    names = {}
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.annotation is not None:
            names[argument.arg] = _of_annotation(ast.unparse(argument.annotation))
    return names


def _of_annotation(text: str) -> Kind:
    head = text.strip("'\"").split("[")[0].split(".")[-1]
    if head in _NUMBER_ANNOTATIONS:
        return NUMBER
    return BOOLEAN if head == "bool" else OTHER


Finding = tuple[ast.AST, Kind]
Evidence = Callable[[ast.AST, Names, Modules], Iterator[Finding]]


def _grow(names: Names, nodes: Sequence[ast.AST], modules: Modules, evidence: Evidence) -> None:
    known = names.keys() | {modules.numpy, modules.math}
    if all(node.id in known for node in nodes if isinstance(node, ast.Name)):
        return  # most programs of arrays say in their annotations what there is to know
    nodes = [node for node in nodes if not isinstance(node, ast.Name | ast.Constant)]
    for _ in range(4):  # chains of assignments longer than this are rare, and only cost an edit
        before = len(names)
        for node in nodes:
            for target, kind in evidence(node, names, modules):
                if isinstance(target, ast.Name) and kind is not UNKNOWN and not is_slot(target):
                    names.setdefault(target.id, kind)
        if len(names) == before:
            return


def _strong_evidence(node: ast.AST, names: Names, modules: Modules) -> Iterator[Finding]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, _STRONG):
        if OTHER not in (infer(node.left, names, modules), infer(node.right, names, modules)):
            yield node.left, NUMBER
            yield node.right, NUMBER
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        yield node.operand, NUMBER
    elif isinstance(node, ast.Compare):
        yield from _compared(node, names, modules)
    elif isinstance(node, ast.Call) and modules.takes_numbers(node):
        yield from ((argument, NUMBER) for argument in node.args)
    elif isinstance(node, ast.Call) and modules.call(node) == ("numpy", "interp"):
        yield from ((argument, NUMBER) for argument in node.args[:1])
    else:
        yield from _assigned(node, names, modules)


def _compared(node: ast.Compare, names: Names, modules: Modules) -> Iterator[Finding]:
    sides = [node.left, *node.comparators]
    if all(isinstance(operator, (*ORDER, ast.Eq, ast.NotEq)) for operator in node.ops) and any(
        infer(side, names, modules) is NUMBER for side in sides
    ):
        yield from ((side, NUMBER) for side in sides)


def _assigned(node: ast.AST, names: Names, modules: Modules) -> Iterator[Finding]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield target, infer(node.value, names, modules)
    elif isinstance(node, ast.AnnAssign):
        yield node.target, _of_annotation(ast.unparse(node.annotation))
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, _STRONG):
        yield node.target, NUMBER
    elif isinstance(node, ast.For | ast.comprehension):
        name = modules.call(node.iter)[1]
        if name == "range":
            yield node.target, NUMBER
        elif name == "enumerate" and isinstance(node.target, ast.Tuple):
            yield node.target.elts[0], NUMBER


def _weak_evidence(node: ast.AST, names: Names, modules: Modules) -> Iterator[Finding]:
    """Adding and multiplying say number only where nothing said list or text before."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _WEAK):
        if OTHER not in (infer(node.left, names, modules), infer(node.right, names, modules)):
            yield node.left, NUMBER
            yield node.right, NUMBER
    elif isinstance(node, ast.AugAssign) and infer(node.value, names, modules) is NUMBER:
        yield node.target, NUMBER
    else:
        yield from _strong_evidence(node, names, modules)


def _used_otherwise(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield names that are indexed, iterated, searched, called or have methods: lists, dicts, objects."""
    for node in nodes:
        used: list[ast.AST | None] = []
        if isinstance(node, ast.Subscript | ast.Attribute):
            if getattr(node, "attr", "") not in _ARRAY_ATTRIBUTES:
                used = [node.value]
        elif isinstance(node, ast.For | ast.comprehension):
            used = [node.iter, *(node.iter.args if isinstance(node.iter, ast.Call) else [])]
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            used = list(node.comparators)
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            used = [
                node.func,
                *(node.args if name in ("sorted", "sum", "list", "set", "zip", "iter") else []),
            ]
        yield from (part.id for part in used if isinstance(part, ast.Name) and not _from_range(part, node))


def _from_range(name: ast.Name, node: ast.AST) -> bool:
    """Whether ``name`` occurs as in ``for i in range(name)``."""
    if not isinstance(node, ast.For | ast.comprehension) or not isinstance(node.iter, ast.Call):
        return False
    function = node.iter.func
    return isinstance(function, ast.Name) and (function is name or function.id == "range")


def _admit_unused(names: Names, function: FunctionNode, nodes: Sequence[ast.AST]) -> None:
    arguments = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    if all(names.get(name) in (NUMBER, BOOLEAN) for name in arguments if name in used):
        for name in arguments:
            if name not in used and name not in ("self", "cls"):
                names.setdefault(name, NUMBER)
