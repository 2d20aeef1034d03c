"""What answers prompts: a server, or a script that stands in for one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from provolve.record import CallOutcome, Message


class Reply(msgspec.Struct, frozen=True):
    """What came back of one request that went through."""

    text: str
    tokens_in: int | None = None
    """As the server counts them; None where it tells none."""
    tokens_out: int | None = None
    cut_short: bool = False
    """Whether the reply ended at ``max_tokens``."""


class CallFailed(Exception):
    """One request came to nothing; ``outcome`` is the name under which it is recorded."""

    def __init__(
        self,
        outcome: CallOutcome,
        detail: str,
        *,
        again: bool = False,
        lasting: bool = False,
        billed: bool = False,
        partial: str = "",
        after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.again = again
        """Whether another try may go better."""
        self.lasting = lasting
        """Whether no later request can go better: a wrong key, an unknown model."""
        self.billed = billed
        """Whether the server may have worked on it, and may ask for money."""
        self.partial = partial
        """What came until it broke."""
        self.after = after
        """Seconds after which the server wants to be asked again."""


class Sampling(msgspec.Struct, frozen=True):
    """How a server draws its replies; what is None is left to the server."""

    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: str | None = None

    def stated(self) -> dict[str, float | str]:
        """Return what is not left to the server, by the protocol's own names."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class Request(msgspec.Struct, frozen=True):
    """One prompt with its limits."""

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    sampling: Sampling
    deadline: float
    """Seconds until the whole reply must be there."""
    schema: dict[str, Any] | None = None
    """What the reply must be, as JSON Schema; None for plain text."""


class Endpoint(Protocol):
    """Answers requests, from many threads at a time."""

    takes_schemas: bool
    """Whether it may be sent a schema, to find out whether it keeps to it."""

    def models(self) -> Sequence[str]:
        """Return the names of the models it offers; none where it does not tell.

        Raises:
            CallFailed: if it cannot be asked.
        """
        ...

    def complete(self, request: Request, stop: threading.Event) -> Reply:
        """Return the reply; give up soon after ``stop`` is set.

        Raises:
            CallFailed: if there is none.
        """
        ...

    def close(self) -> None:
        """Break what is under way."""
        ...


STAND_INS: dict[str, Endpoint] = {}
"""Endpoints of this process by the address that stands for them; `provolve.testing` puts some here."""
