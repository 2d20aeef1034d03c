"""Plain data and its digest."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.task.content import check_plain, content_digest

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


def same(first: object, second: object) -> bool:
    """Whether two plain values are equal with their types: 1, 1.0 and True differ."""
    if isinstance(first, list):
        return isinstance(second, list) and len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and first.keys() == second.keys()
            and all(same(first[key], second[key]) for key in first)
        )
    return type(first) is type(second) and repr(first) == repr(second)


@given(PLAIN, PLAIN)
def test_the_digest_tells_values_apart(first: object, second: object) -> None:
    assert (content_digest(first) == content_digest(second)) == same(first, second)


@given(st.dictionaries(st.text(), SCALARS))
def test_the_order_of_keys_does_not_count(value: dict[str, object]) -> None:
    assert content_digest(value) == content_digest(dict(reversed(value.items())))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, [2]], [[1], 2]),
        (["ab", "c"], ["a", "bc"]),
        ([], {}),
        (0.0, -0.0),
        ("1", b"1"),
        (Fraction(1, 2), 0.5),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (np.arange(4), np.arange(4.0)),
        (np.arange(2, dtype=np.int32), np.arange(2)),
    ],
)
def test_values_that_look_alike_differ(first: object, second: object) -> None:
    assert content_digest(first) != content_digest(second)


def test_the_same_content_in_other_clothes_is_the_same() -> None:
    array = np.arange(6).reshape(2, 3)
    assert content_digest((1, 2)) == content_digest([1, 2])
    assert content_digest(np.float64(0.5)) == content_digest(0.5)
    assert content_digest(array.T.copy()) == content_digest(array.T)
    assert content_digest(array.astype(">i8")) == content_digest(array)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "it is a set"),
        ([0, {"a": object()}], r"at \[1\]\['a'\] stands a object"),
        ({3: 1}, "it is a dict with the key 3"),
        (np.array(["a"]), "it is a numpy array of <U1"),
        (np.array([1j]), "it is a numpy array of complex128"),
        (np.zeros((1,) * 9), "with 9 dimensions"),
        (1j, "it is a complex"),
        ("\ud800", "text that is not Unicode"),
    ],
)
def test_what_is_not_plain_is_named_with_its_place(value: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        check_plain(value)


def test_depth_is_limited() -> None:
    value: object = 0
    for _ in range(64):
        value = [value]
    check_plain(value)
    with pytest.raises(TypeError, match="nested deeper than 64"):
        check_plain([value])
