"""What an attack is: a candidate's source, and what must be true when it is over."""

from __future__ import annotations

from typing import Any

import msgspec

PREAMBLE = """
import ctypes, fcntl, os, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *arguments):
    number = x86_64 if os.uname().machine == "x86_64" else aarch64
    return libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in (number, *arguments)))
def done(*actions):
    found = []
    for position, action in enumerate(actions):
        try:
            result = action()
        except Exception:
            continue
        if not (isinstance(result, int) and result < 0):
            found.append(position)
    return found
"""
"""Raw system calls, and ``done``: the numbers of the actions that neither raised nor returned below 0."""

FORGE = """
import os, struct, sys, time
def attack(value):
    frame = sys._getframe()
    while "nonce" not in frame.f_locals:
        frame = frame.f_back
    nonce = frame.f_locals["nonce"]
"""
"""Digs the number of the current request out of the frames; what an attack adds goes on in ``attack``."""

IMPORTS = (
    "ctypes", "errno", "fcntl", "gc", "mmap", "multiprocessing", "pickle", "resource",
    "signal", "socket", "struct", "subprocess", "threading", "urllib.request",
)  # fmt: skip
"""What attacks import; loaded before the fork, so that they are at full strength at every level."""

ANSWERED = "answered"
"""Stands among ``Attack.endings`` where an answer, whatever it is, is one of the endings that are right."""
ANY = (
    ANSWERED, "load_failed", "raised", "deadline", "memory", "killed", "answer_malformed",
    "answer_too_large", "stalled",
)  # fmt: skip


class Attack(msgspec.Struct, frozen=True):
    """A candidate whose ``attack(value)`` does harm if it can; ``value`` names what was planted for it."""

    name: str
    source: str
    endings: tuple[str, ...] = ()
    """Reasons of ``ChildFailed`` that are right; none: it must answer, with ``answer``."""
    answer: Any = None
    anywhere: bool = False
    """Whether it is harmless even where nothing confines, and must end the same there."""
    needs: tuple[str, ...] = ()
    """What ``Sandbox.holding`` must name, or it is known to have its way."""
    wait: bool = False
    """Whether it sleeps, so that only the wall ceiling ends it."""
    family: str = ""

    @property
    def afterwards(self) -> str:
        """What must be true when it is over, in a sentence."""
        ending = " or ".join(self.endings) if self.endings else f"answered {self.answer!r}"
        return (
            f"it ended with {ending}; no planted secret is in its answer; files, sockets, shared memory, "
            "signals, limits and processes are as before; the same zygote judges the next candidate right"
        )


def failing(name: str, source: str, *endings: str, wait: bool = False) -> Attack:
    """Return an attack that hurts nobody but itself, and must end in one of ``endings`` at any level."""
    return Attack(name, source, endings, anywhere=True, wait=wait)


def answering(name: str, source: str, answer: object) -> Attack:
    """Return an attack that must come to nothing at any level, so that its answer is ``answer``."""
    return Attack(name, source, answer=answer, anywhere=True)


def refused(name: str, body: str, *needs: str) -> Attack:
    """Return an attack of which every action in ``body``, arguments of ``done``, must fail."""
    lines = "\n".join("        " + line for line in body.strip().splitlines())
    source = f"{PREAMBLE}\ndef attack(value):\n    space = ctypes.create_string_buffer(256)\n"
    return Attack(name, f"{source}    return done(\n{lines}\n    )\n", answer=[], needs=needs)


def family(name: str, *attacks: Attack) -> tuple[Attack, ...]:
    """Return ``attacks`` as members of the family ``name``."""
    return tuple(msgspec.structs.replace(attack, family=name) for attack in attacks)
