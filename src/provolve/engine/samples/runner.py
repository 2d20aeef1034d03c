"""Runs whole programs on inputs, in the sandbox; what comes back is plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from provolve.judge.failures import settled, steady
from provolve.record import Rejection
from provolve.sandbox import ChildFailed, Profile, Sandbox

HARNESS = """
def _function(program, name):
    function = getattr(program, name, None)
    if function is None:
        raise LookupError(f"the program defines no {name}")
    return function


def answer(program, value):
    name, arguments = value
    return _function(program, name)(*arguments)


def ready(program, name):
    _function(program, name)


def check(program, value):
    name, test = value
    names = dict(vars(program))
    exec(compile(test, "<test>", "exec"), names)
    names["check"](_function(program, name))
"""
"""``ready`` loads a program without an input, so that no load is ever timed."""

_WALL_FACTOR = 5.0
_MEGABYTE = 2**20
_LARGEST_ANSWER = 8 * _MEGABYTE
"""Bytes; an array of so many small numbers is a list of 64 MiB where it is compared."""


class Limits(msgspec.Struct, frozen=True):
    """What a program may use."""

    cpu_seconds: float = 2.0
    """CPU seconds for one input; above 0. Five times as many on the wall clock end one that waits."""
    memory_mb: int = 512
    """Memory that a program may add, in MiB; at least 1."""

    @property
    def wall_seconds(self) -> float:
        """The ceiling on the wall clock for one input."""
        return _WALL_FACTOR * self.cpu_seconds


class Failure(msgspec.Struct, frozen=True):
    """Why a program gave no answer."""

    reason: str
    """A rejection's name."""
    detail: str


class Stalled(Exception):
    """The wall ceiling passed with little CPU used: no verdict yet, try once more."""


def open_sandbox(limits: Limits, slot: int = 0, level: str | None = None) -> Sandbox:
    """Start a sandbox for samples; ``slot`` numbers the worker.

    Raises:
        SandboxError: if none can be started here.
    """
    memory = limits.memory_mb * _MEGABYTE
    profile = Profile(harness=HARNESS, memory=memory, max_message=_LARGEST_ANSWER)
    return Sandbox(profile, slot=slot, level=level)


def answers(
    sandbox: Sandbox, source: str, entry: str, inputs: Sequence[Sequence[object]], limits: Limits
) -> Iterator[object | Failure]:
    """Yield a program's answer to each input, from one child; a Failure is the last.

    An input is sent only when its turn has come, so no program can look ahead. The expected answers are never
    sent. Nothing that differs from run to run, such as a measured time, is in a detail.

    Raises:
        Stalled: the wall ceiling passed with little CPU used.
    """
    with sandbox.child() as child:
        child.load(source, ())
        for arguments in inputs:
            try:
                yield child.call(
                    "answer",
                    value=[entry, list(arguments)],
                    cpu_seconds=limits.cpu_seconds,
                    wall_seconds=limits.wall_seconds,
                )
            except ChildFailed as failure:
                yield explained(failure, limits.cpu_seconds)
                return


def run_check(sandbox: Sandbox, source: str, entry: str, test: str, limits: Limits) -> Failure | None:
    """Run test code beside a program; None says that it passed, by its own word.

    Raises:
        Stalled: as ``answers``.
    """
    with sandbox.child() as child:
        child.load(source, ())
        try:
            child.call(
                "check",
                value=[entry, test],
                cpu_seconds=limits.cpu_seconds,
                wall_seconds=limits.wall_seconds,
            )
        except ChildFailed as failure:
            return explained(failure, limits.cpu_seconds)
    return None


def explained(failure: ChildFailed, cpu_seconds: float) -> Failure:
    """Return what went wrong with a program, in words that do not differ from run to run.

    Raises:
        Stalled: as ``answers``.
    """
    if failure.reason == "stalled":
        raise Stalled from failure
    if failure.reason == "deadline":
        return Failure(Rejection.DEADLINE.value, f"more than {cpu_seconds:g} s of CPU for one input")
    return Failure(Rejection(failure.reason).value, steady(failure.detail))


def waits() -> Failure:
    """Return the failure of a program that twice let the wall ceiling pass."""
    rejection, detail = settled()
    return Failure(rejection.value, detail)
