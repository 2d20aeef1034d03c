"""Expressions as text: what ``ast.unparse`` writes, several times faster for arithmetic.

Text is written with the parentheses that the tree needs and no others. Forms that are rare in regions
(comprehensions, lambdas, f-strings) are left to ``ast.unparse``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from provolve.program.trees import walk

_TEST, _OR, _AND, _NOT, _COMPARE = 1, 2, 3, 4, 5
_FACTOR, _POWER, _ATOM = 12, 13, 15
_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: (" | ", 6),
    ast.BitXor: (" ^ ", 7),
    ast.BitAnd: (" & ", 8),
    ast.LShift: (" << ", 9),
    ast.RShift: (" >> ", 9),
    ast.Add: (" + ", 10),
    ast.Sub: (" - ", 10),
    ast.Mult: (" * ", 11),
    ast.MatMult: (" @ ", 11),
    ast.Div: (" / ", 11),
    ast.Mod: (" % ", 11),
    ast.FloorDiv: (" // ", 11),
    ast.Pow: (" ** ", _POWER),
}
_UNARY: dict[type[ast.unaryop], tuple[str, int]] = {
    ast.USub: ("-", _FACTOR),
    ast.UAdd: ("+", _FACTOR),
    ast.Invert: ("~", _FACTOR),
    ast.Not: ("not ", _NOT),
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_ENCLOSED = (ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)
"""Forms that bring their own brackets or quotes."""


Written = tuple[str, int]
"""The text of an expression and how strongly it binds."""
Known = Mapping[ast.expr, Written]
_NOTHING: Known = {}


def expression_text(node: ast.expr, known: Known = _NOTHING) -> str:
    """Return source of an expression on one line; parsed again it has the same tree.

    ``known`` spares the parts that were written before; see `expression_parts`.
    """
    return _text(node, _TEST, known)


def expression_parts(tree: ast.expr) -> dict[ast.expr, Written]:
    """Return the text of each expression in a tree, so that others that share parts with it are soon written.

    None of these parts may be changed afterwards.
    """
    parts: dict[ast.expr, Written] = {}
    for node in reversed(walk(tree)):  # what is below comes first
        if isinstance(node, ast.expr):
            parts[node] = _WRITERS.get(type(node), _other)(node, parts)
    return parts


def _text(node: ast.expr, least: int, known: Known) -> str:
    """Return the text of a node, in parentheses where it binds less than ``least``."""
    text, level = known.get(node) or _WRITERS.get(type(node), _other)(node, known)
    return f"({text})" if level < least else text


def _other(node: ast.expr, _: Known) -> Written:
    text = ast.unparse(node)
    return text if isinstance(node, _ENCLOSED) else f"({text})", _ATOM


def _name(node: ast.Name, _: Known) -> Written:
    return node.id, _ATOM


def _constant(node: ast.Constant, _: Known) -> Written:
    value = node.value
    plain = value is None or isinstance(value, bool | int | str)
    return repr(value) if plain else ast.unparse(node), _ATOM


def _binary(node: ast.BinOp, known: Known) -> Written:
    symbol, level = _BINARY[type(node.op)]
    rightwards = level == _POWER
    left = _text(node.left, level + rightwards, known)
    return f"{left}{symbol}{_text(node.right, level + (not rightwards), known)}", level


def _unary(node: ast.UnaryOp, known: Known) -> Written:
    symbol, level = _UNARY[type(node.op)]
    return symbol + _text(node.operand, level, known), level


def _boolean(node: ast.BoolOp, known: Known) -> Written:
    word, level = (" and ", _AND) if isinstance(node.op, ast.And) else (" or ", _OR)
    return word.join([_text(value, level + 1, known) for value in node.values]), level


def _compare(node: ast.Compare, known: Known) -> Written:
    parts = [_text(node.left, _COMPARE + 1, known)]
    for operator, side in zip(node.ops, node.comparators, strict=True):
        parts += (_COMPARISONS[type(operator)], _text(side, _COMPARE + 1, known))
    return " ".join(parts), _COMPARE


def _choice(node: ast.IfExp, known: Known) -> Written:
    body, test, orelse = (
        _text(node.body, _OR, known),
        _text(node.test, _OR, known),
        _text(node.orelse, _TEST, known),
    )
    return f"{body} if {test} else {orelse}", _TEST


def _call(node: ast.Call, known: Known) -> Written:
    arguments = [_text(argument, _TEST, known) for argument in node.args]
    for keyword in node.keywords:
        before = f"{keyword.arg}=" if keyword.arg else "**"
        arguments.append(before + _text(keyword.value, _TEST, known))
    return f"{_text(node.func, _ATOM, known)}({', '.join(arguments)})", _ATOM


def _attribute(node: ast.Attribute, known: Known) -> Written:
    value = _text(node.value, _ATOM, known)
    return f"({value}).{node.attr}" if isinstance(node.value, ast.Constant) else f"{value}.{node.attr}", _ATOM


def _subscript(node: ast.Subscript, known: Known) -> Written:
    if not isinstance(node.slice, ast.Name | ast.Constant):
        return ast.unparse(node), _ATOM
    return f"{_text(node.value, _ATOM, known)}[{_text(node.slice, _TEST, known)}]", _ATOM


def _list(node: ast.List, known: Known) -> Written:
    # Tables are lists of names, which are most of a program that has any.
    items = [item.id if type(item) is ast.Name else _text(item, _TEST, known) for item in node.elts]
    return f"[{', '.join(items)}]", _ATOM


def _tuple(node: ast.Tuple, known: Known) -> Written:
    inner = ", ".join([_text(item, _TEST, known) for item in node.elts])
    return f"({inner},)" if len(node.elts) == 1 else f"({inner})", _ATOM


def _starred(node: ast.Starred, known: Known) -> Written:
    return "*" + _text(node.value, 6, known), _ATOM


_WRITERS: dict[type[ast.AST], Callable[..., Written]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Starred: _starred,
}
