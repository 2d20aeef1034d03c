"""How long a message can be that holds an answer of a declared schema."""

from __future__ import annotations

import math

from provolve.sandbox import LARGEST_FRACTION
from provolve.task.answer_schema import AnswerSchema

_FLOAT = 9
_HEADER = 6  # of anything that carries its length: MessagePack's largest form
_CHARACTER = 4  # bytes of one, at most
_CELL = 8
_ARRAY_HEAD = 1 + 8 * 8  # dtype, and up to eight extents
_ALIGNMENT = 16
_MESSAGE_HEAD = 16


def largest_message(schema: AnswerSchema) -> int | None:
    """Return the greatest number of bytes that a message with such an answer has; None if unlimited."""
    value = _largest(schema)
    return None if value is None else _MESSAGE_HEAD + value


def _largest(schema: AnswerSchema) -> int | None:
    match schema.kind:
        case "bool":
            return 1
        case "float":
            return _FLOAT
        case "int":
            return _integer(schema)
        case "number":
            integer = _integer(schema)
            return None if integer is None else max(integer, LARGEST_FRACTION)
        case "str" | "bytes":
            unit = _CHARACTER if schema.kind == "str" else 1
            return None if schema.max_length is None else _HEADER + unit * schema.max_length
        case "list":
            item = None if schema.items is None else _largest(schema.items)
            if schema.max_length == 0:
                return _HEADER
            return None if item is None or schema.max_length is None else _HEADER + schema.max_length * item
        case "dict":
            return _dict(schema)
        case "array":
            return _array(schema)


def _integer(schema: AnswerSchema) -> int | None:
    if schema.low is None or schema.high is None:
        return None
    bits = max(math.floor(schema.low).bit_length(), math.ceil(schema.high).bit_length())
    return _HEADER + 2 + bits // 8


def _dict(schema: AnswerSchema) -> int | None:
    if schema.items is not None or not schema.fields:
        return None
    total = _HEADER
    for name, field in schema.fields.items():
        value = _largest(field)
        if value is None:
            return None
        total += _HEADER + len(name.encode()) + value
    return total


def _array(schema: AnswerSchema) -> int | None:
    cells = schema.max_length
    if schema.shape is not None and -1 not in schema.shape:
        cells = math.prod(schema.shape)
    if cells is None:
        return None
    return _HEADER + _ARRAY_HEAD + _ALIGNMENT + _CELL * cells
