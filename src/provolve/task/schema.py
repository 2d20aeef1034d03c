"""Holds what an author wrote against the settings' structs, and says in words what is wrong with it."""

from __future__ import annotations

import ast
import difflib
import inspect
import math
from collections.abc import Iterator, Mapping
from textwrap import dedent
from typing import TypeVar

import msgspec
import msgspec.inspect as types

from provolve.task.toml_text import TomlText

S = TypeVar("S", bound=msgspec.Struct)
Path = tuple[str, ...]


def convert(toml: TomlText, struct: type[S]) -> S:
    """Return the values of ``toml`` as ``struct``.

    Raises:
        TaskError: at the first key that is unknown, missing, or of another type or range than declared;
            the message says the line, what was written and what may be written.
    """
    _check(toml, (), toml.values, types.type_info(struct))
    return msgspec.convert(toml.values, struct)


def field_docs(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstring under each field of ``struct``, by the name that authors write."""
    names = {field.name: field.encode_name for field in msgspec.structs.fields(struct)}
    tree = ast.parse(dedent(inspect.getsource(struct))).body[0]
    assert isinstance(tree, ast.ClassDef)
    docs = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            docs[names[field.target.id]] = " ".join(str(text.value.value).split())
    return docs


def expected(kind: types.Type) -> str:
    """Say in words what values ``kind`` allows."""
    kind = without_none(kind)
    match kind:
        case types.LiteralType(values):
            return "one of " + ", ".join(f'"{value}"' for value in values)
        case types.UnionType(members):
            if any(isinstance(member, types.StrType) for member in members):
                return "text, a number, true or false"
            return "a number"
        case types.BoolType():
            return "true or false"
        case types.StrType():
            return "text in quotes" + (", not empty" if kind.min_length else "")
        case types.IntType() | types.FloatType():
            return ("a whole number" if isinstance(kind, types.IntType) else "a number") + _range(kind)
        case types.VarTupleType(item):
            return f"a list in brackets, each item {expected(item)}"
    return "a table"


def without_none(kind: types.Type) -> types.Type:
    """Return the one type besides None that ``kind`` allows, or ``kind`` itself."""
    if isinstance(kind, types.UnionType):
        others = [member for member in kind.types if not isinstance(member, types.NoneType)]
        if len(others) == 1:
            return others[0]
    return kind


def _range(kind: types.IntType | types.FloatType) -> str:
    if kind.gt is not None:
        return f" above {kind.gt:g}" + (f" and below {kind.lt:g}" if kind.lt is not None else "")
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {kind.le:g}"
    return f" of at least {kind.ge:g}" if kind.ge is not None else ""


def nearest(word: str, known: Iterator[str] | list[str]) -> str:
    """Return ``; did you mean X?`` for the known word nearest to ``word``, or nothing."""
    match = difflib.get_close_matches(word, list(known), 1, cutoff=0.5)
    return f'; did you mean "{match[0]}"?' if match else ""


def _check(toml: TomlText, path: Path, value: object, kind: types.Type) -> None:
    kind = without_none(kind)
    match kind:
        case types.StructType() if isinstance(value, Mapping):
            _check_struct(toml, path, value, kind)
        case types.DictType() if isinstance(value, Mapping):
            for name, item in value.items():
                _check(toml, (*path, name), item, kind.value_type)
        case types.VarTupleType() if isinstance(value, list):
            for item in value:
                _check(toml, path, item, kind.item_type)
        case _:
            if not _fits(value, kind):
                key = ".".join(path)
                raise toml.error(path, f"{key} = {written(value)} cannot be: write {expected(kind)}")


def _check_struct(toml: TomlText, path: Path, value: Mapping[str, object], kind: types.StructType) -> None:
    fields = {field.encode_name: field for field in kind.fields}
    for key, item in value.items():
        if key not in fields:
            raise toml.error((*path, key), _unknown(path, key, item, list(fields)))
        _check(toml, (*path, key), item, fields[key].type)
    for name, field in fields.items():
        if field.required and name not in value:
            meaning = field_docs(kind.cls)[name]
            raise toml.error(
                path, f'"{".".join((*path, name))}" is missing: {_example(name, field.type)}. {meaning}'
            )


def _unknown(path: Path, key: str, value: object, known: list[str]) -> str:
    where = f" in [{'.'.join(path)}]" if path else ""
    hint = nearest(key, known) or f"; known are {', '.join(known)}"
    return f'unknown key "{key}" (= {written(value)}){where}{hint}'


def _example(name: str, kind: types.Type) -> str:
    if isinstance(kind, types.LiteralType):
        return "write " + " or ".join(f'{name} = "{value}"' for value in kind.values)
    return f"write {name} = …, {expected(kind)}"


def _fits(value: object, kind: types.Type) -> bool:
    match kind:
        case types.LiteralType(values):
            return isinstance(value, str) and value in values
        case types.UnionType(members):
            return any(_fits(value, member) for member in members)
        case types.BoolType():
            return isinstance(value, bool)
        case types.StrType():
            return isinstance(value, str) and len(value) >= (kind.min_length or 0)
        case types.IntType():
            return type(value) is int and _in_range(value, kind)
        case types.FloatType():
            return type(value) in (int, float) and _in_range(value, kind)  # type: ignore[arg-type]
    return False


def _in_range(value: int | float, kind: types.IntType | types.FloatType) -> bool:
    return (
        math.isfinite(value)
        and (kind.gt is None or value > kind.gt)
        and (kind.ge is None or value >= kind.ge)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def written(value: object) -> str:
    """Return a short text of a value as an author would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key} = {written(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(map(written, value)) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
