"""From what went wrong to the name under which it is recorded."""

from __future__ import annotations

import re

from provolve.errors import Refused
from provolve.judge.scoring import BadScore
from provolve.record import Rejection
from provolve.sandbox import ChildFailed
from provolve.task.settings import Limits

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_STALLED = "stalled"


def rejection_of(failure: Exception, limits: Limits) -> tuple[Rejection | None, str]:
    """Return the rejection and its detail for what went wrong with one candidate.

    None stands for a wall ceiling that passed with little CPU used: that is no verdict, try once more.
    Details hold nothing that differs from run to run, such as addresses and measured times.

    Raises:
        TypeError: if ``failure`` is no ChildFailed, Refused or BadScore.
    """
    match failure:
        case ChildFailed(reason=reason) if reason == _STALLED:
            return None, ""
        case ChildFailed(reason="deadline"):
            return Rejection.DEADLINE, f"more than {limits.cpu_seconds:g} s of CPU for one instance"
        case ChildFailed(reason=reason, detail=detail):
            return Rejection(reason), steady(detail)
        case Refused():
            return Rejection.ANSWER_REFUSED, steady(str(failure))
        case BadScore(rejection=rejection, detail=detail):
            return rejection, steady(detail)
    raise TypeError(f"{type(failure).__name__} is no failure of a candidate")


def settled() -> tuple[Rejection, str]:
    """Return the rejection of a candidate that twice let the wall ceiling pass."""
    return Rejection.DEADLINE, "the wall ceiling passed twice with little CPU used: it sleeps or waits"


def steady(detail: str) -> str:
    """Return ``detail`` without the addresses of objects, which differ from run to run."""
    return _ADDRESS.sub("0x…", detail)
