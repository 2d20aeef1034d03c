"""Plain data as bytes, for both sides of the wall.

A message is a MessagePack body and, behind it, the contents of its arrays in order of appearance, each
aligned to 16 bytes: ``<u32 length of body> <12 zero bytes> <body> <padding> <array> <padding> <array> …``.
In the body an array stands as an extension of dtype and shape alone. Decoding checks every byte count
before it allocates, and lays arrays over the received bytes instead of copying them.

Loaded on both sides of the wall, and so free of imports from the rest of the project.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

Plain = Any
"""None, bool, int, float, str, bytes, list, dict with str keys, Fraction or ndarray, nested."""

MAX_DEPTH = 64
MAX_BODY = 4 * 2**20
"""Bytes of a body that decoding takes unless told otherwise: a list needs up to 90 bytes of memory a byte."""
MAX_FRACTION = 4096
"""Bytes of a numerator or denominator: reducing a fraction takes time quadratic in its length."""
LARGEST_FRACTION = 6 + 4 + 2 * MAX_FRACTION
"""Bytes that a fraction takes in a body at most."""
MAX_DIMENSIONS = 8

_HEAD = struct.Struct("<I12x")
_ALIGNMENT = 16
_ARRAY, _INTEGER, _FRACTION = 1, 2, 3
_DTYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
_CODES = {name: index for index, name in enumerate(_DTYPES)}
_ITEMS = tuple(np.dtype("<" + name) for name in _DTYPES)
_FLAT = frozenset((type(None), bool, float, str, bytes))
_FLAT_INT = _FLAT | {int}
_DECODED = _FLAT_INT | {np.ndarray, Fraction}
_TEXT = frozenset((str,))


def encode(value: object) -> bytes:
    """Return ``value`` as bytes that ``decode`` turns back into plain data.

    Tuples become lists, numpy scalars become numbers, and instances of subclasses of plain types become
    plain, whatever methods they override.

    Raises:
        TypeError: for any other object inside ``value``.
        ValueError: if it is nested deeper than 64, or holds text that is not Unicode.
    """
    blobs: list[Any] = []
    try:
        body = msgspec.msgpack.encode(_Flattener(blobs, _FLAT_INT).plain(value, MAX_DEPTH))
    except OverflowError:
        blobs.clear()
        body = msgspec.msgpack.encode(_Flattener(blobs, _FLAT).plain(value, MAX_DEPTH))
    if not blobs:
        return _HEAD.pack(len(body)) + body
    parts: list[Any] = [_HEAD.pack(len(body)), body]
    length = len(body)
    for blob in blobs:
        parts += (bytes(-length % _ALIGNMENT), blob)
        length += -length % _ALIGNMENT + blob.nbytes
    return b"".join(parts)


class _Flattener:
    """Turns any value into what MessagePack holds, setting the contents of arrays apart in ``blobs``."""

    __slots__ = ("blobs", "flat")

    def __init__(self, blobs: list[Any], flat: frozenset[type]) -> None:
        self.blobs = blobs
        self.flat = flat

    def plain(self, value: Any, depth: int) -> Any:
        # By type(), never isinstance(): a candidate's object may lie about its __class__.
        kind = type(value)
        if kind in self.flat:
            return value
        if kind is list or kind is tuple:
            return self._items(value, depth)
        if kind is dict:
            return self._mapping(value, depth)
        if kind is int:
            return value if -(2**63) <= value < 2**64 else msgspec.msgpack.Ext(_INTEGER, _integer(value))
        if kind is np.ndarray:
            return self._array(value)
        if issubclass(kind, Fraction):
            return _fraction(value)
        for base, become in _BECOME:
            if issubclass(kind, base):
                return self.plain(become(value), depth)
        raise TypeError(f"an object of type {kind.__name__} is not plain data")

    def _items(self, value: Any, depth: int) -> Any:
        if depth <= 0:
            raise ValueError(f"the value is nested deeper than {MAX_DEPTH}")
        if self.flat.issuperset(map(type, value)):
            return value
        return [self.plain(item, depth - 1) for item in value]

    def _mapping(self, value: dict[Any, Any], depth: int) -> Any:
        if depth <= 0:
            raise ValueError(f"the value is nested deeper than {MAX_DEPTH}")
        if not _TEXT.issuperset(map(type, value)):
            value = {_key(key): item for key, item in value.items()}
        return {key: self.plain(item, depth - 1) for key, item in value.items()}

    def _array(self, value: Any) -> Any:
        name = f"{value.dtype.kind}{value.dtype.itemsize}"
        code = _CODES.get(name)
        if code is None or value.ndim > MAX_DIMENSIONS:
            raise TypeError(f"an array of {value.ndim} dimensions and type {value.dtype} is not plain data")
        self.blobs.append(value.astype(_ITEMS[code], order="C", copy=False))
        return msgspec.msgpack.Ext(_ARRAY, struct.pack(f"<B{value.ndim}Q", code, *value.shape))


def _key(key: Any) -> str:
    if not issubclass(type(key), str):
        raise TypeError(f"a key of type {type(key).__name__} is not plain data: keys are text")
    return str.__str__(key)


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)


def _fraction(value: Any) -> msgspec.msgpack.Ext:
    numerator, denominator = _integer(int(value._numerator)), _integer(int(value._denominator))
    if max(len(numerator), len(denominator)) > MAX_FRACTION:
        raise ValueError(f"a fraction has a part of more than {MAX_FRACTION} bytes")
    return msgspec.msgpack.Ext(_FRACTION, struct.pack("<I", len(numerator)) + numerator + denominator)


# Methods of the base types, called on the instance, so that a subclass's own methods have no say.
_BECOME: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (float, float.__float__),
    (int, int.__int__),
    (str, str.__str__),
    (bytes, lambda value: bytes(memoryview(value))),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: list(tuple.__iter__(value))),
    (dict, lambda value: dict(dict.items(value))),
    (np.ndarray, lambda value: np.ndarray.view(value, np.ndarray)),
    (np.bool_, lambda value: bool(np.bool_.item(value))),
    (np.integer, lambda value: int(np.integer.item(value))),
    (np.floating, lambda value: float(np.floating.item(value))),
)


class WireError(ValueError):
    """The bytes are not a message; the text says what is wrong with them."""


def decode(data: bytes | memoryview, *, max_depth: int = MAX_DEPTH, max_body: int = MAX_BODY) -> Plain:
    """Return the plain data in a message, whoever wrote it.

    Arrays are read-only views of ``data``. Floats may be infinite or not a number.

    Raises:
        WireError: if the bytes are not a message of ``encode``, whatever they are: truncated, nested deeper
            than ``max_depth``, with a body of more than ``max_body`` bytes, with an unknown dtype or more
            bytes of array than came.
    """
    if len(data) < _HEAD.size:
        raise WireError("the message is shorter than its header")
    (length,) = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size :]
    if length > len(body):
        raise WireError("the message is shorter than its header says")
    if length > max_body:
        raise WireError(
            f"the answer has {length} bytes besides its arrays, more than {max_body}: use numpy arrays"
        )
    contents = _Contents(body, length)
    try:
        value = msgspec.msgpack.decode(body[:length], ext_hook=contents.extension)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise WireError(f"the message cannot be decoded: {error}") from None
    if contents.cursor != len(body):
        raise WireError("the message goes on behind its last array")
    _verify(value, max_depth)
    return value


def body_length(data: bytes) -> int:
    """Return the bytes of an encoded message's body: all but its arrays."""
    length: int = _HEAD.unpack_from(data)[0]
    return length


class _Contents:
    """The arrays behind a body, handed out in order of appearance."""

    __slots__ = ("body", "cursor")

    def __init__(self, body: memoryview, start: int) -> None:
        self.body = body
        self.cursor = start

    def extension(self, code: int, data: memoryview) -> Plain:
        if code == _ARRAY:
            return self._array(bytes(data))
        if code == _INTEGER:
            return int.from_bytes(data, "little", signed=True)
        if code == _FRACTION:
            return _to_fraction(bytes(data))
        raise WireError(f"extension {code} is unknown")

    def _array(self, head: bytes) -> Plain:
        dimensions = (len(head) - 1) // 8
        if not head or len(head) != 1 + 8 * dimensions or dimensions > MAX_DIMENSIONS:
            raise WireError("an array's header has the wrong length")
        if head[0] >= len(_ITEMS):
            raise WireError("an array's dtype is unknown")
        dtype, shape = _ITEMS[head[0]], struct.unpack_from(f"<{dimensions}Q", head, 1)
        start = self.cursor + -self.cursor % _ALIGNMENT
        count = math.prod(shape)
        end = start + count * dtype.itemsize
        if end > len(self.body):
            raise WireError("an array has more bytes than came")
        self.cursor = end
        array = np.frombuffer(self.body[start:end], dtype).reshape(shape)
        if dtype.kind == "b" and count and array.view(np.uint8).max() > 1:
            raise WireError("an array of bool has bytes other than 0 and 1")
        array.flags.writeable = False
        return array


def _to_fraction(data: bytes) -> Fraction:
    if len(data) < 4:
        raise WireError("a fraction is too short")
    split = 4 + struct.unpack_from("<I", data)[0]
    numerator, denominator = data[4:split], data[split:]
    if not numerator or not denominator or max(len(numerator), len(denominator)) > MAX_FRACTION:
        raise WireError("a fraction has a part of the wrong length")
    below = int.from_bytes(denominator, "little", signed=True)
    if below <= 0:
        raise WireError("a fraction's denominator is not above 0")
    return Fraction(int.from_bytes(numerator, "little", signed=True), below)


def _verify(value: Plain, depth: int) -> None:
    kind = type(value)
    if kind is list or kind is dict:
        if depth <= 0:
            raise WireError("the message is nested too deep")
        if kind is dict and not _TEXT.issuperset(map(type, value)):
            raise WireError("a key is not text")
        items = value.values() if kind is dict else value
        if not _DECODED.issuperset(map(type, items)):
            for item in items:
                _verify(item, depth - 1)
    elif kind not in _DECODED:
        raise WireError(f"a {kind.__name__} is not plain data")
