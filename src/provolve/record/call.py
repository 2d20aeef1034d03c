"""What a run keeps of every call that its proposer made: of a model, or of a program of the user's own."""

from __future__ import annotations

import enum

import msgspec


class CallOutcome(enum.StrEnum):
    """How one call ended. Every call that was sent or refused has one; none is an error of the run."""

    ANSWERED = "answered"
    CUT_SHORT = "cut_short"
    EMPTY = "empty"
    BUSY = "busy"
    SERVER_FAILED = "server_failed"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    MALFORMED = "malformed"
    DEADLINE = "deadline"
    REFUSED = "refused"
    FAILED = "failed"
    UNAFFORDABLE = "unaffordable"
    ABANDONED = "abandoned"


class Message(msgspec.Struct, frozen=True):
    """One message of a prompt."""

    role: str
    """``system``, ``user`` or ``assistant``."""
    content: str


class Call(msgspec.Struct, frozen=True):
    """One request to a model or a program, with its reply and its price. Holds no key: see `redacted`."""

    model: str
    purpose: str
    """The operator that made the call."""
    messages: tuple[Message, ...]
    reply: str
    """All that came back, thinking sections among it; what came before a broken connection too."""
    outcome: CallOutcome
    detail: str = ""
    """What went wrong, in a sentence; empty where nothing did."""
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False
    """Whether the tokens are an upper estimate of provolve's: the server told none."""
    usd: float | None = None
    """US dollars; None where the model's price is unknown."""
    seconds: float = 0.0
    """Seconds from sending to the end of the reply; a time, so left out of canonical exports."""

    @property
    def tokens(self) -> int:
        """Tokens in and out together."""
        return self.tokens_in + self.tokens_out
