"""What contracts are made of: rules with names, and the means to check them."""

from __future__ import annotations

import contextlib
import gc
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")

_NOT_STATE = (type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, types.FrameType)


class ContractBroken(AssertionError):
    """A rule does not hold. ``rule`` is its name; the text says what was seen."""

    def __init__(self, rule: str, seen: str) -> None:
        super().__init__(f"{rule}: {seen}")
        self.rule = rule


class Broken(Exception):
    """Raised by a rule that does not hold, with what was seen."""


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One promise of a contract.

    Attributes:
        check: raises `Broken` where what is on trial does not keep it; its name is the rule's.
        needs: protocol of those who make the promise; None where all do.
    """

    check: Callable[[T], None]
    needs: type | None = None

    @property
    def name(self) -> str:
        """What the rule is called in messages."""
        return self.check.__name__


def keep(rules: Iterable[Rule[T]], trial: T, one: object) -> tuple[str, ...]:
    """Check the rules that concern objects such as ``one``; return their names.

    Raises:
        ContractBroken: at the first that does not hold.
    """
    kept = []
    for rule in rules:
        if rule.needs is not None and not isinstance(one, rule.needs):
            continue
        try:
            rule.check(trial)
        except Broken as broken:
            raise ContractBroken(rule.name, str(broken)) from broken.__cause__
        except Exception as error:
            raise ContractBroken(rule.name, f"{type(error).__name__} was raised: {error}") from error
        kept.append(rule.name)
    return tuple(kept)


def require(holds: object, seen: str) -> None:
    """Raise `Broken` with what was seen where ``holds`` is false."""
    if not holds:
        raise Broken(seen)


def require_refusal(error: type[Exception], call: Callable[[], object], what: str) -> None:
    """Raise `Broken` where ``call`` does not raise ``error``; ``what`` is in words what it tried."""
    try:
        call()
    except error:
        return
    except Exception as other:
        raise Broken(f"{what} raised {type(other).__name__}, not {error.__name__}: {other}") from other
    raise Broken(f"{what} raised no {error.__name__}")


@contextlib.contextmanager
def global_chance(seed: int) -> Iterator[None]:
    """Seed the generators of the process, which nobody may draw from, and put them back at the end."""
    before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def footprint(one: object) -> int:
    """Return the bytes of all that an object holds on to, directly and indirectly."""
    total, seen, found = 0, set(), [one]
    while found:
        held = found.pop()
        if id(held) in seen or isinstance(held, _NOT_STATE):
            continue
        seen.add(id(held))
        total += sys.getsizeof(held)
        # The globals of a function are no state of whoever holds it.
        found += (held.__closure__ or ()) if isinstance(held, types.FunctionType) else gc.get_referents(held)
    return total


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called by ``work``, in Python and in C: a measure that repeats."""
    count = 0

    def seen(_frame: types.FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
