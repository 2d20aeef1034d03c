"""Holds answers against the schema that a task declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from provolve.task.answer_schema import AnswerSchema

Violation = tuple[str, str]
"""Where in a value something is wrong, such as ``[3].x``, and what."""
Check = Callable[[object], Violation | None]

_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float,),
    "number": (int, float, Fraction),
    "str": (str,),
    "bytes": (bytes,),
    "list": (list,),
    "dict": (dict,),
    "array": (np.ndarray,),
}
_UNITS = {"str": "characters", "bytes": "bytes", "list": "items", "dict": "keys", "array": "cells"}
_LONGEST = 60
_BITS_SHOWN = 128


def violation(check: Check, answer: object, name: str = "answer") -> str:
    """Say what is wrong with ``answer`` and where, ``name`` being its own; empty where nothing is."""
    found = check(answer)
    return "" if found is None else f"{name}{found[0]} {found[1]}"


def answer_check(schema: AnswerSchema | None) -> Check:
    """Return a function that gives the first violation of ``schema`` in decoded plain data, or None."""
    if schema is None:
        return _anything
    types, inner = _TYPES[schema.kind], _inner(schema)

    def check(value: object) -> Violation | None:
        if value is None and schema.optional:
            return None
        if type(value) not in types:
            return "", f"is {shown(value)}, where the task declares {_article(schema.kind)}"
        return inner(value)

    return check


def _inner(schema: AnswerSchema) -> Callable[[object], Violation | None]:
    match schema.kind:
        case "int" | "float" | "number":
            return lambda value: _number(schema, value)
        case "str" | "bytes":
            return lambda value: _length(schema, len(value))  # type: ignore[arg-type]
        case "list":
            return _list(schema)
        case "dict":
            return _dict(schema)
        case "array":
            return lambda value: _array(schema, value)  # type: ignore[arg-type]
        case "bool":
            return _anything


def _anything(value: object) -> None:
    """Find nothing wrong."""


def _number(schema: AnswerSchema, value: object) -> Violation | None:
    assert isinstance(value, (int, float, Fraction))
    if schema.finite and isinstance(value, float) and not math.isfinite(value):
        return "", f"is {shown(value)}, which is not finite"
    if schema.low is not None and not value >= schema.low:
        return "", f"is {shown(value)}, not at least low = {schema.low}"
    if schema.high is not None and not value <= schema.high:
        return "", f"is {shown(value)}, not at most high = {schema.high}"
    return None


def _length(schema: AnswerSchema, length: int) -> Violation | None:
    unit = _UNITS[schema.kind]
    if length < schema.min_length:
        return "", f"has {length} {unit}, fewer than min_length = {schema.min_length}"
    if schema.max_length is not None and length > schema.max_length:
        return "", f"has {length} {unit}, more than max_length = {schema.max_length}"
    return None


def _list(schema: AnswerSchema) -> Callable[[object], Violation | None]:
    item_check = answer_check(schema.items)

    def check(value: object) -> Violation | None:
        assert isinstance(value, list)
        wrong = _length(schema, len(value))
        if wrong is not None or schema.items is None:
            return wrong
        for index, item in enumerate(value):
            wrong = item_check(item)
            if wrong is not None:
                return f"[{index}]{wrong[0]}", wrong[1]
        return None

    return check


def _dict(schema: AnswerSchema) -> Callable[[object], Violation | None]:
    field_checks = {name: answer_check(field) for name, field in schema.fields.items()}
    needed = [name for name, field in schema.fields.items() if not field.optional]
    closed = schema.items is None and bool(field_checks)
    other_check = answer_check(schema.items)

    def check(value: object) -> Violation | None:
        assert isinstance(value, dict)
        wrong = _length(schema, len(value)) or _keys(value, needed, field_checks if closed else None)
        if wrong is not None:
            return wrong
        for name, item in value.items():
            wrong = field_checks.get(name, other_check)(item)
            if wrong is not None:
                return _field(name) + wrong[0], wrong[1]
        return None

    return check


def _keys(
    value: Mapping[str, object], needed: list[str], known: Mapping[str, object] | None
) -> Violation | None:
    for name in needed:
        if name not in value:
            return "", f"has no field {name!r}"
    for name in value:
        if known is not None and name not in known:
            return "", f"has a field {shown(name)}, which the task does not declare"
    return None


def _array(schema: AnswerSchema, value: NDArray[np.generic]) -> Violation | None:
    if schema.dtypes and value.dtype.name not in schema.dtypes:
        return "", f"is {shown(value)}, where the task declares {' or '.join(schema.dtypes)}"
    if schema.shape is not None and not _fits(value.shape, schema.shape):
        return "", f"has shape {list(value.shape)}, where the task declares {list(schema.shape)}"
    wrong = _length(schema, value.size)
    if wrong is not None or not value.size:
        return wrong
    if schema.finite and value.dtype.kind == "f" and not np.isfinite(value).all():
        return _cell(value, int(np.isfinite(value).argmin()), "which is not finite")
    # min and max pass not-a-number on, which is then in no range; as Python numbers they compare exactly.
    if schema.low is not None and not value.min().item() >= schema.low:
        return _cell(value, int(value.argmin()), f"not at least low = {schema.low}")
    if schema.high is not None and not value.max().item() <= schema.high:
        return _cell(value, int(value.argmax()), f"not at most high = {schema.high}")
    return None


def _fits(shape: tuple[int, ...], declared: tuple[int, ...]) -> bool:
    return len(shape) == len(declared) and all(
        wanted in (-1, extent) for extent, wanted in zip(shape, declared, strict=True)
    )


def _cell(array: NDArray[np.generic], flat: int, text: str) -> Violation:
    place = ", ".join(str(int(index)) for index in np.unravel_index(flat, array.shape))
    return f"[{place}]" if place else "", f"is {shown(array.reshape(-1)[flat].item())}, {text}"


def _field(name: str) -> str:
    return f".{name}" if name.isidentifier() and len(name) <= _LONGEST else f"[{shown(name)}]"


def _article(kind: str) -> str:
    return f"an {kind}" if kind in ("int", "array") else f"a {kind}"


def shown(value: object) -> str:
    """Return a short text of plain data, whatever its size."""
    match value:
        case np.ndarray():
            return f"an array of {value.dtype.name} with shape {list(value.shape)}"
        case list() | dict():
            return f"a {type(value).__name__} of {len(value)}"
        case bool():
            return str(value)
        case int() if value.bit_length() > _BITS_SHOWN:
            return f"an int of {value.bit_length()} bits"
        case Fraction() if value.denominator.bit_length() + value.numerator.bit_length() > _BITS_SHOWN:
            return "a Fraction of many digits"
        case str() | bytes():
            text = repr(value[:_LONGEST])
            return text if len(value) <= _LONGEST else f"{text}…"
    return str(value)
