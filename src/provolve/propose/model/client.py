"""The client of servers that speak the protocol of OpenAI: OpenAI, vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException
from typing import Any

from provolve.errors import UsageError
from provolve.propose.model.connections import Connections, Exchange, NotConnected
from provolve.propose.model.endpoint import CallFailed, Reply, Request
from provolve.propose.model.stream import Gathered, events, message_in, models_in
from provolve.propose.redaction import KEY, Redaction
from provolve.record import CallOutcome

_OPENAI = "https://api.openai.com/v1"
_LISTING_SECONDS = 10.0
_LONGEST_DETAIL = 500
_LONGEST_REPLY = 400_000
"""Characters; a server that goes on past any max_tokens is cut off here."""
_LONGEST_BODY = 2**24
_LONGEST_ERROR = 2**16


class Client:
    """Sends prompts to one server.

    Args:
        base_url: address of the server's API, ending in ``/v1``; OpenAI's own where empty.
        redact: takes keys out of what servers say of errors.

    Raises:
        UsageError: if the address or the key cannot be meant, or there is no key and the server is OpenAI's.
    """

    takes_schemas = True

    def __init__(self, base_url: str, redact: Redaction, clock: Callable[[], float] = time.monotonic) -> None:
        check(base_url)
        self._redact = redact
        self._clock = clock
        self._where = base_url or "api.openai.com"
        headers = {
            # A local server takes any key; some insist on one.
            "Authorization": f"Bearer {_key() or 'none'}",
            "Content-Type": "application/json",
            "User-Agent": "provolve",
        }
        self._connections = Connections(base_url or _OPENAI, headers, clock)
        self._limit_name = "max_tokens"
        self._tells_usage = True

    def models(self) -> Sequence[str]:
        """Return the models that ``/v1/models`` lists; see `Endpoint.models`."""
        with self._sent("GET", "/models", None, _LISTING_SECONDS) as answer, self._explained(Gathered()):
            return models_in(answer.read(_LONGEST_BODY))

    def complete(self, request: Request, stop: threading.Event) -> Reply:
        """Return the reply, streamed; see `Endpoint.complete`."""
        for _ in range(3):
            try:
                return self._complete(request, stop)
            except _OtherDialect:
                continue
        raise CallFailed(CallOutcome.REFUSED, f"{self._where} refuses the form of the request", lasting=True)

    def _complete(self, request: Request, stop: threading.Event) -> Reply:
        end = self._clock() + request.deadline
        body = json.dumps(self._arguments(request)).encode()
        came = Gathered()
        with self._sent("POST", "/chat/completions", body, request.deadline) as answer, self._explained(came):
            for data in self._parts(answer):
                came.take(data)
                self._check(came, stop, end)
        self._check_whole(came)
        return came.reply()

    @staticmethod
    def _parts(answer: Exchange) -> Iterator[bytes]:
        if answer.header("content-type").startswith("application/json"):
            return iter((answer.read(_LONGEST_BODY),))
        return events(answer.lines())

    def _check(self, came: Gathered, stop: threading.Event, end: float) -> None:
        """Raise CallFailed where the reply is not to be read on."""
        if stop.is_set():
            raise _given_up(came)
        if came.length > _LONGEST_REPLY:
            raise self._late(came, "limit of characters")
        if self._clock() >= end:
            raise self._late(came, "deadline")

    @staticmethod
    def _late(came: Gathered, what: str) -> CallFailed:
        detail = f"the reply was not complete at its {what}"
        return CallFailed(CallOutcome.DEADLINE, detail, billed=True, partial=came.text)

    def _check_whole(self, came: Gathered) -> None:
        if came.finish is not None:
            return
        if not came.text:
            detail = f"{self._where} answered what is not of the protocol"
            raise CallFailed(CallOutcome.MALFORMED, detail, again=True)
        detail = f"{self._where} ended the reply in the middle"
        raise CallFailed(CallOutcome.DISCONNECTED, detail, again=True, billed=True, partial=came.text)

    def _arguments(self, request: Request) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "stream": True,
            self._limit_name: request.max_tokens,
        }
        arguments |= request.sampling.stated()
        if request.schema is not None:
            shape = {"name": "change", "strict": True, "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": shape}
        if self._tells_usage:
            arguments["stream_options"] = {"include_usage": True}
        return arguments

    def _sent(self, method: str, path: str, body: bytes | None, seconds: float) -> Exchange:
        """Return the server's answer, which is a success.

        Raises:
            CallFailed: if there is none.
            _OtherDialect: if the server wants another form, which is noted.
        """
        try:
            answer = self._connections.send(method, path, body, seconds)
        except NotConnected as error:
            raise self._unreachable(error) from None
        except TimeoutError:
            detail = f"{self._where} did not answer in time"
            raise CallFailed(CallOutcome.DEADLINE, detail, billed=True) from None
        except (OSError, HTTPException) as error:
            raise self._abandoned(Gathered()) or self._unreachable(error) from None
        if 200 <= answer.status < 300:
            return answer
        said = ""
        with answer, contextlib.suppress(OSError, HTTPException):
            said = message_in(answer.read(_LONGEST_ERROR))
        raise self._refused(answer, said)

    def _abandoned(self, came: Gathered) -> CallFailed | None:
        """Return the failure of a call that was broken off from here; None where the server did it."""
        return _given_up(came) if self._connections.closed else None

    def _unreachable(self, error: Exception) -> CallFailed:
        detail = self._text(f"{self._where} cannot be reached: {error or type(error).__name__}")
        return CallFailed(CallOutcome.UNREACHABLE, detail, again=True)

    @contextlib.contextmanager
    def _explained(self, came: Gathered) -> Iterator[None]:
        """Turn whatever goes wrong while an answer is read into CallFailed; ``came`` is what it had given."""
        try:
            yield
        except CallFailed:
            raise
        except TimeoutError:
            raise self._late(came, "deadline") from None
        except Exception as error:  # noqa: BLE001 - of a server anything may come
            if abandoned := self._abandoned(came):
                raise abandoned from None
            if came.text:
                outcome, what = CallOutcome.DISCONNECTED, "broke off in the middle of the reply"
            else:
                outcome, what = CallOutcome.MALFORMED, "answered what is not of the protocol"
            detail = self._text(f"{self._where} {what}: {type(error).__name__}: {error}")
            raise CallFailed(outcome, detail, again=True, billed=bool(came.text), partial=came.text) from None

    def _refused(self, answer: Exchange, said: str) -> CallFailed | _OtherDialect:
        status = answer.status
        if status == 400 and "max_completion_tokens" in said and self._limit_name == "max_tokens":
            self._limit_name = "max_completion_tokens"
            return _OtherDialect()
        if status in (400, 422) and "stream_options" in said and self._tells_usage:
            self._tells_usage = False
            return _OtherDialect()
        if 300 <= status < 400:
            said = f"it has moved to {answer.header('location')}, which is to be the base URL"
        detail = self._text(f"{self._where} answered {status}: {said}")
        if status == 429:
            return CallFailed(CallOutcome.BUSY, detail, again=True, after=_retry_after(answer))
        if status >= 500 or status in (408, 409):
            return CallFailed(CallOutcome.SERVER_FAILED, detail, again=True, after=_retry_after(answer))
        return CallFailed(
            CallOutcome.REFUSED, detail, lasting=status in (401, 403, 404) or 300 <= status < 400
        )

    def _text(self, text: str) -> str:
        return self._redact(text)[:_LONGEST_DETAIL]

    def close(self) -> None:
        """Break what is under way; see `Endpoint.close`."""
        self._connections.close()


def check(base_url: str) -> None:
    """Check, without sending anything, that a client of the server at ``base_url`` can be made.

    Raises:
        UsageError: if the key cannot be meant, or there is none and the server is OpenAI's own.
    """
    key = _key()
    if not base_url and not key:
        raise UsageError(
            f"no key: put one into the environment variable {KEY}, or name a server of your own with "
            "--base-url, such as http://localhost:11434/v1"
        )
    if not (key.isascii() and key.isprintable()):
        raise UsageError(f"the key in the environment variable {KEY} holds what no key holds: copy it anew")


def _given_up(came: Gathered) -> CallFailed:
    return CallFailed(CallOutcome.ABANDONED, "the run ended", billed=True, partial=came.text)


class _OtherDialect(Exception):
    """The server wants the same request in another form, which the client has noted."""


def _key() -> str:
    return os.environ.get(KEY, "").strip()


def _retry_after(answer: Exchange) -> float | None:
    try:
        return float(answer.header("retry-after"))
    except ValueError:
        return None
