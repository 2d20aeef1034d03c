"""What goes wrong in a sandbox: with a candidate, or with the sandbox itself."""

from __future__ import annotations


class ChildFailed(Exception):
    """A child gave no answer; ``reason`` is one of the names below, ``detail`` a sentence.

    ``load_failed``, ``raised``: the program could not be executed, or it raised; the child lives on.
    ``answer_malformed``: the answer is not plain data (the child lives on), or the bytes on the pipe are
    not an answer (the child is dead). ``deadline``, ``stalled``, ``memory``, ``killed``,
    ``answer_too_large``: the child is dead. ``Child.alive`` tells which.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class SandboxError(Exception):
    """The sandbox itself cannot start or go on; the message says what to do."""
