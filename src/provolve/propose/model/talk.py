"""The calls of one ask: sent with retries, kept within the budget, and recorded whatever came of them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from provolve.errors import ProvolveError
from provolve.propose.ledger import Ledger
from provolve.propose.model.endpoint import CallFailed, Endpoint, Reply, Request, Sampling
from provolve.propose.model.replies import without_thinking
from provolve.propose.model.structure import Structure
from provolve.propose.prices import Prices
from provolve.propose.redaction import Redaction
from provolve.record import Call, CallOutcome, Message

SANDBOX = "sandbox"
"""Stands in the record of a look at a program, where a call has the name of its model."""
_LONGEST_PAUSE = 30.0
_PER_MESSAGE = 32
"""Tokens that a chat template may add to a message, at most."""


class OutOfBudget(Exception):
    """No further call can be afforded: the run is over."""


class NoReply(Exception):
    """The tries came to nothing; their calls say how."""


class FormRefused(Exception):
    """The server refuses the request with its schema; the call says how."""


@dataclass(frozen=True)
class Line:
    """What all talks of a run share."""

    endpoint: Endpoint
    ledger: Ledger
    prices: Prices
    redact: Redaction
    max_tokens: int
    sampling: Sampling
    structure: Structure
    system: str
    """What stands before every prompt, as the system's message; nothing where it is empty."""
    deadline: float
    tries: int
    stop: threading.Event
    pause: float
    """Seconds before the second try; each further one waits twice as long, with jitter."""
    clock: Callable[[], float] = time.monotonic


class Talk:
    """Sends the prompts of one ask to one model; ``calls`` grows by every request."""

    def __init__(self, line: Line, model: str, operator: str, seed: int) -> None:
        self._line = line
        self._operator = operator
        self._jitter = random.Random(seed)
        self.model = model
        self.thought = ""
        """The thought that is carried out, where the strategy searches among thoughts."""
        self.calls: list[Call] = []
        self.under_way: Call | None = None
        """The call that is open, as it is recorded if it is given up: at the most that it can cost."""

    @property
    def structure(self) -> Structure:
        """Whether the server keeps to schemas."""
        return self._line.structure

    def ask(
        self, prompt: str | Sequence[Message], step: str = "", schema: dict[str, Any] | None = None
    ) -> str:
        """Return the reply to a prompt, thinking sections stripped.

        Args:
            prompt: text of the user's message, or all messages.
            step: name of the step within the operator, for the record.
            schema: what the reply must be, as JSON Schema.

        Raises:
            NoReply: if no try went through, or the reply is empty.
            FormRefused: if there is a schema and the server refuses the request.
            OutOfBudget: if the budget affords no call.
            ProvolveError: if the server says that no call ever will go through.
        """
        line = self._line
        messages = (Message("user", prompt),) if isinstance(prompt, str) else tuple(prompt)
        if line.system:
            messages = (Message("system", line.system), *messages)
        request = Request(self.model, messages, line.max_tokens, line.sampling, line.deadline, schema)
        purpose = f"{self._operator}:{step}" if step else self._operator
        for attempt in range(line.tries):
            try:
                text = without_thinking(self._send(request, purpose).text)
            except CallFailed as failed:
                if schema is not None and failed.outcome is CallOutcome.REFUSED and not failed.lasting:
                    raise FormRefused from None
                self._face(failed, attempt)
                continue
            if text.strip():
                return text
            raise NoReply
        raise NoReply

    def record(self, purpose: str, asked: str, reply: str, detail: str, seconds: float) -> None:
        """Record a look at a program among the calls; ``detail`` says why nothing was seen, if so."""
        redact = self._line.redact
        self.calls.append(
            Call(
                model=SANDBOX,
                purpose=f"{self._operator}:{purpose}",
                messages=(Message("user", redact(asked)),),
                reply=redact(reply),
                outcome=CallOutcome.FAILED if detail else CallOutcome.ANSWERED,
                detail=redact(detail),
                usd=0.0,
                seconds=seconds,
            )
        )

    def _face(self, failed: CallFailed, attempt: int) -> None:
        """Pause before the next try, or raise where there is to be none."""
        if failed.lasting:
            raise ProvolveError(
                f"{failed.detail}: check --base-url, --model and the key in OPENAI_API_KEY; a search that "
                "had begun is kept, and `provolve resume` goes on with it"
            )
        if not failed.again or attempt + 1 >= self._line.tries or self._line.stop.is_set():
            raise NoReply
        pause = min(_LONGEST_PAUSE, self._line.pause * 2**attempt) * self._jitter.uniform(0.5, 1.5)
        if failed.after is not None:
            pause = min(_LONGEST_PAUSE, max(pause, failed.after))
        self._line.stop.wait(pause)

    def _send(self, request: Request, purpose: str) -> Reply:
        """Send one request; reserve its dearest end before, settle and record it after."""
        line = self._line
        most_in, most_out = most_tokens(request.messages, request.schema), request.max_tokens
        cost = line.prices.cost(request.model, most_in, most_out)
        reservation = line.ledger.reserve(most_in + most_out, cost or 0.0)
        began = line.clock()
        if reservation is None:
            if line.stop.is_set():
                raise CallFailed(CallOutcome.ABANDONED, "the run ended")
            failed = CallFailed(CallOutcome.UNAFFORDABLE, "the budget leaves no room for this call")
            self.calls.append(self._call(request, purpose, failed.outcome, failed.detail, 0))
            raise OutOfBudget
        tokens, estimated, text = (0, 0), False, ""
        outcome, detail = CallOutcome.ANSWERED, ""
        self.under_way = self._call(request, purpose, CallOutcome.ABANDONED, "the run ended", most_in)
        try:
            reply = line.endpoint.complete(request, line.stop)
            text = reply.text
            tokens, estimated = _used(reply, most_in)
            if reply.cut_short:
                outcome, detail = CallOutcome.CUT_SHORT, f"the reply ended at max_tokens ({most_out})"
            elif not text.strip():
                outcome, detail = CallOutcome.EMPTY, "the reply holds nothing"
            return reply
        except CallFailed as failed:
            outcome, detail, text = failed.outcome, failed.detail, failed.partial
            if line.stop.is_set():
                outcome = CallOutcome.ABANDONED
            if failed.billed:
                tokens, estimated = (most_in, most_out), True
            raise
        finally:
            price = line.prices.cost(request.model, *tokens)
            line.ledger.settle(reservation, sum(tokens), price or 0.0)
            self.calls.append(
                msgspec.structs.replace(
                    self.under_way,
                    outcome=outcome,
                    detail=line.redact(detail),
                    reply=line.redact(text),
                    tokens_in=tokens[0],
                    tokens_out=tokens[1],
                    estimated=estimated,
                    usd=price,
                    seconds=line.clock() - began,
                )
            )
            self.under_way = None

    def _call(self, request: Request, purpose: str, outcome: CallOutcome, detail: str, most: int) -> Call:
        """Return the record of a call that gave no reply and cost as much as ``most`` tokens in can cost."""
        tokens = (most, request.max_tokens) if most else (0, 0)
        redact = self._line.redact
        return Call(
            model=request.model,
            purpose=purpose,
            messages=tuple(Message(one.role, redact(one.content)) for one in request.messages),
            reply="",
            outcome=outcome,
            detail=detail,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            estimated=True,
            usd=self._line.prices.cost(request.model, *tokens),
        )


def most_tokens(messages: Sequence[Message], schema: dict[str, Any] | None = None) -> int:
    """Return a bound on the tokens of a prompt: a token has at least one byte, whatever the tokenizer.

    A schema counts like a message more: a server may write it into the prompt.
    """
    shape = 0 if schema is None else len(msgspec.json.encode(schema)) + _PER_MESSAGE
    return shape + sum(len(one.content.encode(errors="replace")) + _PER_MESSAGE for one in messages)


def _used(reply: Reply, most_in: int) -> tuple[tuple[int, int], bool]:
    """Return the tokens in and out, and whether they are estimates because the server told none."""
    tokens_in = most_in if reply.tokens_in is None else reply.tokens_in
    tokens_out = len(reply.text.encode(errors="replace")) if reply.tokens_out is None else reply.tokens_out
    return (tokens_in, tokens_out), reply.tokens_in is None or reply.tokens_out is None
