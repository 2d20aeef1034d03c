"""The processes that a child was allowed to start: none may stay when it ends.

They cannot leave its process group, for the filter allows neither ``setsid`` nor ``setpgid``, and the kernel
delivers a signal to a group whole: no fork slips through between. As a rule the zygote ends the group; this
is for when it has died itself, so that only the judge is left to do it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal

_WHOLE_GROUP = 4
"""PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9."""


class Descendants:
    """The process group of the child ``pid``, held so that its number cannot come to mean another."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._held = os.pidfd_open(pid)
        except (OSError, AttributeError):
            self._held = -1

    def end(self) -> None:
        """Kill whatever is left of the group."""
        try:
            signal.pidfd_send_signal(self._held, signal.SIGKILL, None, _WHOLE_GROUP)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EBADF):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._pid, signal.SIGKILL)
        except AttributeError:
            return

    def close(self) -> None:
        """Let go of it."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1
