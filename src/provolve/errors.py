"""Every error that provolve raises on purpose, as one tree.

::

    ProvolveError
    ├── UsageError          a command, name, budget or option that cannot be meant
    ├── TaskError           a task's file, setting, program or data is wrong
    ├── JudgeError          the task's judge or harness failed on its own account
    ├── EditRejected        an edit or rewrite that cannot be applied
    ├── SandboxUnavailable  candidates cannot be run here at the level asked for
    ├── AuditFailed         two ways of judging one candidate disagree, or a bound was beaten
    ├── StoreError          a run's record cannot be read or written
    └── BundleError         a bundle is not what it says

``Refused`` stands apart: a judge raises it to say no to an answer, and it never reaches a user.
"""

from __future__ import annotations

from typing import ClassVar


class ProvolveError(Exception):
    """Base of all errors meant for a user: the message says what was wrong, where, and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(ProvolveError):
    """A command, name, budget or option that cannot be meant. Mend what was typed."""

    exit_code = 2


class TaskError(ProvolveError):
    """A task's file, setting, program or data is wrong. Mend the named place of the task."""

    exit_code = 2


class JudgeError(ProvolveError):
    """The task's judge or harness failed on its own account, whatever the candidate. Mend the task."""


class EditRejected(ProvolveError):
    """An edit or rewrite could not be applied; ``rejection`` is the name under which it is recorded."""

    def __init__(self, rejection: str, detail: str) -> None:
        super().__init__(detail)
        self.rejection = rejection
        self.detail = detail


class SandboxUnavailable(ProvolveError):
    """Candidates cannot be run here at the level asked for. ``provolve doctor`` says what would help."""


class AuditFailed(ProvolveError):
    """The fast and the plain way of judging disagree, or a declared bound was beaten. Mend the judge."""


class StoreError(ProvolveError):
    """A run's record cannot be read or written: disk full, folder read-only, file of a newer version."""


class BundleError(ProvolveError):
    """A bundle is damaged, altered, or does not hold what it claims."""


class Refused(Exception):
    """Raised by a task's judge to refuse an answer; the text becomes the detail of the verdict."""
