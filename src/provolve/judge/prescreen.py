"""What a source shows before it runs: whether it is closed, so that many may share one child.

A closed source can do nothing but compute: every node of its syntax tree, its fixed part included, stands
on the list below. There are no attributes but the listed functions of numpy and math, no loops, no
subscripts and no calls of anything else; every listed function works element by element. So a closed
candidate leaves nothing behind for the next one in the same child, and as a rule of a table it is
elementwise and stateless by construction; what returns several values is no rule of a table.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from provolve.program.syntax import RESERVED_NAME

ELEMENTWISE = frozenset(
    "abs absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil clip copysign cos cosh "
    "deg2rad divide equal exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod greater "
    "greater_equal heaviside hypot isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp "
    "logical_and logical_not logical_or logical_xor maximum minimum mod multiply nan_to_num negative "
    "not_equal positive power rad2deg reciprocal remainder rint sign signbit sin sinh sqrt square subtract "
    "tan tanh true_divide trunc where".split()
)
_CONSTANTS = frozenset({"pi", "e", "inf", "nan"})
_ANNOTATIONS = frozenset({"ndarray", "floating", "float64"})
_BUILTINS = frozenset({"abs"})
_OPERATORS = (
    ast.Add
    | ast.Sub
    | ast.Mult
    | ast.Div
    | ast.FloorDiv
    | ast.Mod
    | ast.Pow
    | ast.BitAnd
    | ast.BitOr
    | ast.BitXor
    | ast.unaryop
    | ast.boolop
    | ast.Eq
    | ast.NotEq
    | ast.Lt
    | ast.LtE
    | ast.Gt
    | ast.GtE
    | ast.expr_context
)
_MODULES = frozenset({"numpy", "math"})
VOCABULARY = "VOCABULARY"
"""The tuple by which a program tells the search which functions expressions may be made of."""


@lru_cache(maxsize=4096)
def is_closed(source: str) -> bool:
    """Return whether everything in ``source``, a whole program, stands on the list of harmless syntax."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    modules: set[str] = set()
    return all(_top_level(statement, modules) for statement in tree.body)


def _top_level(node: ast.stmt, modules: set[str]) -> bool:
    if isinstance(node, ast.Import):
        if any(alias.name not in _MODULES for alias in node.names):
            return False
        modules.update(alias.asname or alias.name for alias in node.names)
        return True
    if isinstance(node, ast.FunctionDef):
        return _function(node, modules)
    return _vocabulary(node, modules) or _statement(node, modules)


def _vocabulary(node: ast.stmt, modules: set[str]) -> bool:
    """Whether a statement tells the search what functions there are; nothing closed can name the tuple."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=parts)) if name == VOCABULARY:
            return all(isinstance(part, ast.Attribute) and _callable(part, modules, 1) for part in parts)
    return False


def _function(node: ast.FunctionDef, modules: set[str]) -> bool:
    arguments = node.args
    plain = not (node.decorator_list or arguments.vararg or arguments.kwarg or _shadows(node, modules))
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    annotations = [argument.annotation for argument in every] + [node.returns]
    defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
    return (
        plain
        and all(_annotation(annotation, modules) for annotation in annotations)
        and all(_expression(default, modules) for default in defaults)
        and all(_statement(statement, modules) for statement in node.body)
    )


def _shadows(node: ast.FunctionDef, modules: set[str]) -> bool:
    """Whether an argument hides a module, so that an attribute may mean something else; see `_target`."""
    arguments = node.args
    bound = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return bool(bound & (modules | _BUILTINS)) or any(name.startswith("__") for name in bound)


def _annotation(node: ast.expr | None, modules: set[str]) -> bool:
    match node:
        case None | ast.Constant():
            return True
        case ast.Name(id=name):
            return name in {"float", "int", "bool"}
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return module in modules and name in _ANNOTATIONS
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
            return all(_annotation(part, modules) for part in parts)
    return False


def _statement(node: ast.stmt, modules: set[str]) -> bool:
    match node:
        case ast.Return(value=ast.Tuple(elts=parts)):
            return all(_expression(part, modules) for part in parts)
        case ast.Return(value=value):
            return value is None or _expression(value, modules)
        case ast.Assign(targets=targets, value=value):
            return all(_target(target, modules) for target in targets) and _expression(value, modules)
        case ast.AugAssign(target=target, value=value):
            return _target(target, modules) and _expression(value, modules)
        case ast.If(test=test, body=body, orelse=orelse):
            return _expression(test, modules) and all(
                _statement(inner, modules) for inner in (*body, *orelse)
            )
        case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
            return True
    return False


def _target(node: ast.expr, modules: set[str]) -> bool:
    """Whether something may be assigned to: a local name that hides no module. Nothing else binds names."""
    return (
        isinstance(node, ast.Name)
        and node.id not in modules
        and node.id not in _BUILTINS
        and not node.id.startswith("__")
    )


def _expression(node: ast.expr, modules: set[str]) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case ast.Name(id=name):
            return not name.startswith("__") and name not in modules and name != VOCABULARY
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return module in modules and name in _CONSTANTS
        case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr="interp"), keywords=[]):
            return module in modules and _table(node.args, modules)
        case ast.Call(func=function, args=arguments, keywords=[]):
            return _callable(function, modules, len(arguments)) and all(
                _expression(argument, modules) for argument in arguments
            )
        case ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.IfExp():
            return all(
                _expression(child, modules) if isinstance(child, ast.expr) else isinstance(child, _OPERATORS)
                for child in ast.iter_child_nodes(node)
            )
    return False


def _callable(function: ast.expr, modules: set[str], arguments: int) -> bool:
    """Only listed functions, and never with so many arguments that one could be an array to write to."""
    match function:
        case ast.Name(id=name):
            return name in _BUILTINS
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            wanted = range(3, 4) if name in {"where", "clip"} else range(1, 3)
            return module in modules and name in ELEMENTWISE and arguments in wanted
    return False


def _table(arguments: list[ast.expr], modules: set[str]) -> bool:
    """Whether ``np.interp`` gets an expression, knots sorted in place and values, both lists of numbers.

    On knots out of order it would look an element up depending on the one before.
    """
    match arguments:
        case [
            value,
            ast.Call(
                func=ast.Attribute(value=ast.Name(id=module), attr="sort"),
                args=[ast.List(elts=knots)],
                keywords=[],
            ),
            ast.List(elts=values),
        ]:
            return module in modules and _expression(value, modules) and all(map(_number, (*knots, *values)))
    return False


def _number(node: ast.expr) -> bool:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _number(inner)
        case ast.Name(id=name):
            return RESERVED_NAME.fullmatch(name) is not None
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)
