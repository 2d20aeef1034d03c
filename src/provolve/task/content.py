"""Plain data and its digest: what an instance may be made of, and how its content is named."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from hashlib import blake2b

import numpy as np

MAX_DEPTH = 64
_DIMENSIONS = 8
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
PLAIN = "None, bool, int, float, str, bytes, list, tuple, dict with str keys, Fraction, numeric numpy arrays"


def content_digest(value: object) -> str:
    """Return the 32 hexadecimal digits that name the content of plain data.

    The order of a dict's keys does not count, nor whether a sequence is a list or a tuple. Types and exact
    bits do: 1 and 1.0 differ.

    Raises:
        TypeError: if ``value`` is not plain data; the message says where in it and what stands there.
    """
    digest = blake2b(digest_size=16)
    for piece in _pieces(value, "", 0):
        digest.update(piece)
    return digest.hexdigest()


def check_plain(value: object) -> None:
    """Check that ``value`` is plain data.

    Raises:
        TypeError: if it is not; the message says where in it and what stands there.
    """
    for _ in _pieces(value, "", 0):
        pass


def _pieces(value: object, where: str, depth: int) -> Iterator[bytes]:
    if depth > MAX_DEPTH:
        raise TypeError(f"it is nested deeper than {MAX_DEPTH}")
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case None | bool():
            yield f"{value};".encode()
        case int():
            yield b"i%d;" % value
        case float():
            yield b"f" + struct.pack("<d", value)
        case str():
            yield _text(value, where)
        case bytes():
            yield b"b%d;" % len(value) + value
        case list() | tuple():
            yield b"l%d;" % len(value)
            for index, item in enumerate(value):
                yield from _pieces(item, f"{where}[{index}]", depth + 1)
        case dict():
            yield from _dict_pieces(value, where, depth)
        case Fraction():
            yield b"q%d/%d;" % (value.numerator, value.denominator)
        case np.ndarray() if value.ndim <= _DIMENSIONS and (
            value.dtype.kind in "biu" or value.dtype in _FLOATS
        ):
            plain = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
            yield f"a{plain.dtype.str}{value.shape};".encode() + plain.tobytes()
        case _:
            raise _stands(where, _sort(value))


def _text(value: str, where: str) -> bytes:
    try:
        data = value.encode()
    except UnicodeEncodeError as error:
        raise _stands(where, f"text that is not Unicode ({value[error.start]!r})") from error
    return b"s%d;" % len(data) + data


def _dict_pieces(value: dict[object, object], where: str, depth: int) -> Iterator[bytes]:
    for key in value:
        if not isinstance(key, str):
            raise _stands(where, f"a dict with the key {key!r}")
    yield b"d%d;" % len(value)
    for name in sorted(map(str, value)):
        yield from _pieces(name, where, depth)
        yield from _pieces(value[name], f"{where}[{name!r}]", depth + 1)


def _stands(where: str, what: str) -> TypeError:
    return TypeError(f"at {where} stands {what}" if where else f"it is {what}")


def _sort(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"a numpy array of {value.dtype} with {value.ndim} dimensions"
    return f"a {type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")
