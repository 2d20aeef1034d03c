"""Why a child ended, by what its zygote says of it."""

from __future__ import annotations

import os
import signal

from provolve.sandbox import frames, limits
from provolve.sandbox.link import Report


def cause_of(report: Report) -> tuple[str, str]:
    """Return reason and detail for a child that ended by itself."""
    if report.killed or report.status == frames.EXIT_PIPE << 8:
        return "answer_malformed", "it closed its pipe without an answer"
    if os.WIFSIGNALED(report.status):
        number = os.WTERMSIG(report.status)
        if number == signal.SIGXCPU:
            return "deadline", f"the kernel ended it at its limit of {limits.CPU_BACKSTOP} s of CPU"
        if number == signal.SIGKILL:
            return "memory", "the system killed it, most likely for want of memory"
        return "killed", f"it died of signal {_signal_name(number)}"
    code = os.WEXITSTATUS(report.status)
    if code == frames.EXIT_CONFINEMENT:
        return "killed", "it could not put its confinement on"
    if code == frames.EXIT_MEMORY:
        return "memory", "it had no memory left to answer"
    return "killed", f"it ended its process with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
