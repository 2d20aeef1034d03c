"""The wire format: what goes in comes out, and no bytes do harm."""

from __future__ import annotations

import math
import os
import random
import resource
import struct
import sys
import time
import tracemalloc
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provolve.sandbox import WireError, decode, encode, wire

DTYPES = ["?", "i1", "i2", "<i4", ">i4", "i8", "u1", "u2", "u4", "u8", "<f4", ">f8", "f8"]
shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    dtype, shape = np.dtype(draw(st.sampled_from(DTYPES))), draw(shapes)
    count = math.prod(shape)
    raw = draw(st.binary(min_size=count, max_size=count))
    values = np.frombuffer(raw, np.uint8).astype(dtype).reshape(shape)
    return values.T if draw(st.booleans()) else values


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(2**400), 2**400), st.floats(), st.binary(),
    st.text(), st.fractions(), arrays(),
)  # fmt: skip
plain = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray):
        return (
            type(right) is np.ndarray
            and right.dtype == left.dtype.newbyteorder("=")
            and right.shape == left.shape
            and not right.flags.writeable
            and left.astype(right.dtype).tobytes() == right.tobytes()
        )
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack("d", left) == struct.pack("d", right) or (math.isnan(left) and math.isnan(right))
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


@given(plain)
@example([2**64 - 1, 2**64, -(2**63), -(2**63) - 1, -0.0])
@example([np.zeros((0, 3)), np.array(True), np.arange(3.0), {"a": np.arange(5, dtype="i2")}])
def test_plain_data_comes_back_as_it_went(value: Any) -> None:
    assert same(value, decode(encode(value)))


def test_tuples_scalars_and_subclasses_become_plain() -> None:
    class Number(float):
        def __float__(self) -> float:
            return 9.0

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    class Text(str):
        def __str__(self) -> str:
            return "lie"

    class Items(list):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter(())

    class Table(np.ndarray):
        def __array__(self, *_: object, **__: object) -> Any:
            return np.zeros(9)

    value = (Number(1.5), Text("true"), Items([True]), np.float32(0.5), np.int8(3), np.bool_(True))
    assert same([1.5, "true", [True], 0.5, 3, True], decode(encode(value)))
    assert same(np.arange(3), decode(encode(np.arange(3).view(Table))))
    assert same({"key": 1}, decode(encode({Text("key"): 1})))


@pytest.mark.parametrize(
    "value",
    [
        {1},
        1j,
        object(),
        bytearray(b"a"),
        {1: 2},
        np.array([object()]),
        np.array(["a"]),
        np.float16([1]),
        np.datetime64(1, "s"),
        msgspec.msgpack.Ext(1, b""),
        type("Liar", (), {"__class__": float})(),
        [[{"a": range(3)}]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="not plain data"):
        encode(value)


@pytest.mark.parametrize("shape", [list, dict])
def test_depth_is_capped_both_ways(shape: type) -> None:
    def nest(depth: int) -> Any:
        value: Any = 1
        for _ in range(depth):
            value = [value] if shape is list else {"a": value}
        return value

    assert decode(encode(nest(wire.MAX_DEPTH))) == nest(wire.MAX_DEPTH)
    with pytest.raises(ValueError, match="nested"):
        encode(nest(wire.MAX_DEPTH + 1))
    with pytest.raises(WireError, match="nested"):
        decode(encode(nest(5)), max_depth=4)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested"):
        encode(endless)


def message(body: bytes, behind: bytes = b"") -> bytes:
    return struct.pack("<I12x", len(body)) + body + behind


def extension(code: int, data: bytes) -> bytes:
    return bytes([0xC7, len(data), code]) + data


HUGE = [
    message(b"\xdd\xff\xff\xff\xff"),
    message(b"\xdf\xff\xff\xff\xff"),
    message(b"\xdb\xff\xff\xff\xff"),
    message(b"\xc6\xff\xff\xff\xff"),
    message(b"\xc9\xff\xff\xff\xff\x01"),
    message(extension(1, struct.pack("<B1Q", 10, 2**60))),
    message(extension(1, struct.pack("<B3Q", 10, 2**40, 2**40, 2**40))),
    message(extension(1, struct.pack("<B2Q", 10, 0, 2**64 - 1))),
    message(b"\x91" * 10**6 + b"\x90"),
    message(b"\x81\xa0" * 10**6 + b"\x90"),
    struct.pack("<I12x", 2**32 - 1),
]
MALFORMED = [
    b"",
    b"\x05",
    message(b""),
    message(b"\xc1"),
    message(b"\x01\x01"),
    message(b"\x01", b"\x00"),
    message(b"\x81\x01\x02"),
    message(b"\x81\x90\x02"),
    message(b"\x91\x81\x01\x02"),
    message(b"\xd6\xff\x00\x00\x00\x00"),
    message(b"\xa1\xff"),
    message(extension(9, b"abc")),
    message(extension(1, b"")),
    message(extension(1, b"\x0a\x01")),
    message(extension(1, b"\x0b")),
    message(extension(1, struct.pack("<B9Q", 5, *[1] * 9)), bytes(16)),
    message(extension(1, b"\x00"), bytes(12) + b"\x02"),
    message(extension(3, b"")),
    message(extension(3, b"\x00\x00\x00\x00\x01")),
    message(extension(3, b"\x01\x00\x00\x00\x01\x00")),
    message(extension(3, b"\x01\x00\x00\x00\x01\xff")),
    message(extension(3, b"\xff\xff\xff\xff\x01\x01")),
]


@pytest.mark.parametrize("data", HUGE + MALFORMED, ids=lambda data: data[:40].hex())
def test_bad_bytes_are_refused_at_little_cost(data: bytes) -> None:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(WireError):
        decode(data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (2**26 if sys.platform == "darwin" else 2**16)
    assert time.process_time() - start < 5


def test_a_body_is_capped_whatever_its_arrays() -> None:
    assert len(decode(encode(np.zeros(2**20)))) == 2**20
    large = encode([1.5] * 10**6)
    with pytest.raises(WireError, match="use numpy arrays"):
        decode(large)
    assert len(decode(large, max_body=len(large))) == 10**6


def test_parts_of_a_fraction_are_capped() -> None:
    limit = 256 ** (wire.MAX_FRACTION - 1)
    assert decode(encode(Fraction(limit // 2, 3))) == Fraction(limit // 2, 3)
    with pytest.raises(ValueError, match="fraction"):
        encode(Fraction(256 * limit, 3))


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_decode_or_are_refused(body: bytes, behind: bytes) -> None:
    for data in (body, message(body, behind)):
        try:
            value = decode(data)
        except WireError:
            continue
        assert same(value, decode(encode(value)))


@given(plain, st.data())
def test_damaged_messages_decode_or_are_refused(value: Any, data: st.DataObject) -> None:
    sound = bytearray(encode(value))
    place = data.draw(st.integers(0, len(sound) - 1))
    sound[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(sound)))
    for damaged in (bytes(sound), bytes(sound[:cut])):
        try:
            decode(damaged)
        except WireError:
            continue


FUZZED = [
    None, True, -1, 2**70, 1.5, math.nan, "text", b"bytes", Fraction(-7, 3), [], {}, [[1, [2, [3]]], "a"],
    {"a": {"b": [1.0, None]}, "c": b""}, np.arange(6.0).reshape(2, 3), np.zeros((0, 4), "i2"), np.array(True),
    [np.arange(3, dtype="u1"), {"x": np.ones(2, "f4")}, Fraction(10**50, 3), -(2**200)],
    [1.5] * 40, {str(key): key for key in range(30)}, "\u00fc" * 50,
]  # fmt: skip
TELLING = b"\x00\x01\x7f\x80\x90\x91\xc1\xc4\xc6\xc7\xc9\xca\xcb\xcf\xd3\xd4\xd8\xd9\xdb\xdc\xdd\xde\xdf\xff"
LENGTHS = [0, 1, 2**7, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]
LONGEST = 20_000


def mutate(rng: random.Random, corpus: list[bytes]) -> bytes:
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(data) + 1)
        part = slice(place, place + rng.randrange(1, 9))
        match rng.randrange(9):
            case 0:
                data[part] = rng.randbytes(rng.randrange(1, 9))
            case 1:
                data[part] = bytes(rng.choices(TELLING, k=rng.randrange(1, 4)))
            case 2:
                del data[part]
            case 3:
                data[place:place] = bytes(rng.choices(TELLING, k=1)) * rng.choice((1, 2, 60, 70, 3000))
            case 4:
                other = rng.choice(corpus)
                start = rng.randrange(len(other))
                data[place:] = other[start:]
            case 5:
                data[part] = rng.choice(LENGTHS).to_bytes(8, rng.choice(("little", "big")))[
                    -rng.choice((4, 8)) :
                ]
            case 6:
                data[0:4] = struct.pack("<I", max(0, len(data) - 16 - rng.choice((0, 0, 0, 1, 8, 16))))
            case 7:
                del data[place:]
            case _ if data:
                data[place % len(data)] ^= 1 << rng.randrange(8)
    return bytes(data[:LONGEST])


def fuzz(seconds: float, seed: int) -> tuple[int, int]:
    """Decode mutated messages for CPU ``seconds``; return how many were refused and how many decoded."""
    rng = random.Random(seed)
    sound = [encode(value) for value in FUZZED]
    corpus, refused, decoded = list(sound), 0, 0
    until = time.process_time() + seconds
    while time.process_time() < until:
        data = mutate(rng, corpus)
        # Memory is watched in stretches: starting and stopping tracemalloc itself leaves a few bytes behind.
        place = (refused + decoded) % 8192
        watched = place < 1024
        if place == 0:
            tracemalloc.start()
        elif place == 1024:
            tracemalloc.stop()
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        start = time.process_time()
        try:
            value = decode(data)
        except WireError:
            refused += 1
            continue
        else:
            decoded += 1
        finally:
            took = time.process_time() - start
            peak = tracemalloc.get_traced_memory()[1] - held if watched else 0
            assert took < 2, f"seed {seed}: {took} s for {data.hex()}"
            assert peak < 200 * len(data) + 2**20, f"seed {seed}: {peak} bytes for {data.hex()}"
        assert same(value, decode(encode(value))), f"seed {seed}: {data.hex()}"
        # What decodes although it was damaged leads deeper than what is sound.
        if len(corpus) < 3000:
            corpus.append(data)
        else:
            corpus[rng.randrange(len(sound), len(corpus))] = data
    tracemalloc.stop()
    return refused, decoded


def fuzz_within_bounds(seconds: float, seed: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused, decoded = fuzz(seconds, seed)
    print(f"{refused} mutated messages refused, {decoded} decoded")
    assert min(refused, decoded) > 100 * seconds
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2**18 * (1024 if sys.platform == "darwin" else 1), "memory grew by more than 256 MB"


def test_ten_seconds_of_mutated_messages_do_no_harm() -> None:
    fuzz_within_bounds(10, seed=1)


@pytest.mark.slow
def test_an_hour_of_mutated_messages_does_no_harm() -> None:
    """``PROVOLVE_FUZZ_SECONDS`` shortens it; the seed differs from run to run and is told on failure."""
    fuzz_within_bounds(float(os.environ.get("PROVOLVE_FUZZ_SECONDS", "3600")), seed=time.time_ns())


def test_arrays_lie_over_the_message_and_are_aligned() -> None:
    data = encode(["x", np.arange(3, dtype="u1"), np.arange(10000.0)])
    arrays = decode(data)[1:]
    raw = np.frombuffer(data, np.uint8)
    assert all(np.shares_memory(array, raw) for array in arrays)
    assert all(array.ctypes.data % 16 == raw.ctypes.data % 16 for array in arrays)
