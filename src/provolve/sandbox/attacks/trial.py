"""Running attacks one after another, each in a child of its own, and looking at what came of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from provolve.sandbox import wire
from provolve.sandbox.attacks.attack import ANSWERED, IMPORTS, Attack
from provolve.sandbox.attacks.surroundings import Surroundings
from provolve.sandbox.failures import ChildFailed, SandboxError
from provolve.sandbox.holes import strength
from provolve.sandbox.profile import Profile
from provolve.sandbox.sandbox import Sandbox

PROFILE = Profile(
    harness="def answer(program, value):\n    return program.attack(value)\n",
    imports=IMPORTS,
    memory=256 * 2**20,
    max_message=4 * 2**20,
)
"""What attacks are run with."""
_CPU_SECONDS = 0.25
_WALL_SECONDS, _WAIT_SECONDS = 10.0, 0.6
_NEXT = """
import bisect, heapq, math, os, random, sys, numpy as np
def attack(value):
    return [
        value + 1, math.sqrt(4.0), int(np.sum(np.arange(4))), sum([3, 4]), sorted([2, 1]), 3 + 4,
        random.random(), float(np.random.rand()), "LEFT" in os.environ, np.geterr()["over"],
        bisect.bisect([1, 2], 1), len(heapq.nlargest(1, [1])), "/tmp" in sys.path, sys.gettrace() is None,
    ]
"""
_RIGHT = [
    42, 2.0, 6, 7, [1, 2], 7, random.Random(0).random(), float(np.random.RandomState(0).rand()), False,
    "warn", 1, 1, False, True,
]  # fmt: skip
"""What a candidate after an attack must answer, if nothing was left for it."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one attack."""

    attack: Attack
    verdict: Literal["contained", "effect", "surprise", "beyond"]
    """``effect``: it had its way; ``surprise``: it did no harm, and yet ended otherwise than it must;
    ``beyond``: it was not tried, because the sandbox says that it does not hold such attacks here."""
    detail: str = ""


def suite(sandbox: Sandbox, surroundings: Surroundings, attacks: Iterable[Attack]) -> Iterator[Outcome]:
    """Yield what comes of each of ``attacks`` on ``sandbox``, which runs with ``PROFILE``.

    Attacks that the sandbox does not promise to hold at its level are passed over as ``beyond``.
    """
    for attack in attacks:
        if _promised(attack, sandbox):
            yield run_attack(attack, sandbox, surroundings)
        else:
            yield Outcome(attack, "beyond", f"not held at level {sandbox.level}")


def run_attack(attack: Attack, sandbox: Sandbox, surroundings: Surroundings) -> Outcome:
    """Run one attack, judge the next candidate after it, and look at everything from outside."""
    zygote = sandbox.pid
    ending, answer, told = attempt(sandbox, attack.source, surroundings.value, wait=attack.wait)
    effects = surroundings.disturbed()
    if surroundings.betrayed(told):
        effects.append("it got hold of a secret")
    effects += _aftermath(sandbox, zygote)
    right = _as_it_must(attack, ending, answer)
    if ending == ANSWERED and not right and not attack.anywhere:
        effects.append(f"it had its way: {answer!r:.200}")
    if effects:
        return Outcome(attack, "effect", "; ".join(effects))
    if not right:
        return Outcome(attack, "surprise", f"it ended with {ending}: {told.decode(errors='replace'):.300}")
    return Outcome(attack, "contained", ending)


def attempt(sandbox: Sandbox, source: str, value: object, *, wait: bool = False) -> tuple[str, Any, bytes]:
    """Run ``source`` in a child of its own; return how it ended, the answer, and all that it told."""
    with sandbox.child() as child:
        child.load(source, [])
        try:
            answer = child.call(
                "answer",
                value=value,
                cpu_seconds=_CPU_SECONDS,
                wall_seconds=_WAIT_SECONDS if wait else _WALL_SECONDS,
            )
        except ChildFailed as failure:
            return failure.reason, None, failure.detail.encode()
    return ANSWERED, answer, wire.encode(answer)


def _promised(attack: Attack, sandbox: Sandbox) -> bool:
    if strength(sandbox.level) == "none":
        return attack.anywhere
    return sandbox.holding.issuperset(attack.needs)


def _as_it_must(attack: Attack, ending: str, answer: object) -> bool:
    if attack.endings:
        return ending in attack.endings
    return ending == ANSWERED and wire.encode(answer) == wire.encode(attack.answer)


def _aftermath(sandbox: Sandbox, zygote: int) -> list[str]:
    """Return what is wrong with the sandbox after an attack, in words."""
    found = []
    try:
        ending, answer, told = attempt(sandbox, _NEXT, 41)
    except SandboxError as error:
        return [f"no further candidate can be judged: {error}"]
    if ending != ANSWERED or answer != _RIGHT:
        found.append(f"the next candidate went wrong: {ending} {answer if answer else told!r:.200}")
    if sandbox.pid != zygote:
        found.append("the zygote died")
    if left := _children(zygote):
        found.append(f"processes {left} stayed")
    return found


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]
