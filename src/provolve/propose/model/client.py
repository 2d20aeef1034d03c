"""The client of servers that speak the protocol of OpenAI: OpenAI, vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from provolve.errors import UsageError
from provolve.propose.model.endpoint import CallFailed, Reply, Request
from provolve.propose.redaction import KEY, Redaction
from provolve.record import CallOutcome

if TYPE_CHECKING:
    import openai

_MISSING = (
    "the proposer model needs the package openai, which is not installed: pip install 'provolve[model]'"
)
_CONNECT_SECONDS = 10.0
_LISTING_SECONDS = 10.0
_LONGEST_DETAIL = 500
_LONGEST_REPLY = 400_000
"""Characters; a server that goes on past any max_tokens is cut off here."""


class Client:
    """Sends prompts to one server.

    Args:
        base_url: address of the server's API, ending in ``/v1``; OpenAI's own where empty.
        redact: takes keys out of what servers say of errors.

    Raises:
        UsageError: if the package openai is missing, or there is no key and the server is OpenAI's own.
    """

    takes_schemas = True

    def __init__(self, base_url: str, redact: Redaction, clock: Callable[[], float] = time.monotonic) -> None:
        check(base_url)
        package = _openai()
        key = os.environ.get(KEY, "")
        self._redact = redact
        self._clock = clock
        self._where = base_url or "api.openai.com"
        # A local server takes any key; the client insists on one.
        self._client: openai.OpenAI = package.OpenAI(
            api_key=key or "none", base_url=base_url or "https://api.openai.com/v1", max_retries=0
        )
        self._limit_name = "max_tokens"
        self._tells_usage = True

    def models(self) -> Sequence[str]:
        """Return the models that ``/v1/models`` lists; see `Endpoint.models`."""
        with self._explained(lambda: ""):
            return [model.id for model in self._client.models.list(timeout=_LISTING_SECONDS).data]

    def complete(self, request: Request, stop: threading.Event) -> Reply:
        """Return the reply, streamed; see `Endpoint.complete`."""
        for _ in range(3):
            try:
                return self._complete(request, stop)
            except _OtherDialect:
                continue
        raise CallFailed(CallOutcome.REFUSED, f"{self._where} refuses the form of the request", lasting=True)

    def _complete(self, request: Request, stop: threading.Event) -> Reply:
        pieces: list[str] = []
        with self._explained(lambda: "".join(pieces)):
            return self._streamed(request, stop, pieces)

    def _streamed(self, request: Request, stop: threading.Event, pieces: list[str]) -> Reply:
        end = self._clock() + request.deadline
        usage: Any = None
        finish: str | None = None
        length = 0
        with self._client.chat.completions.create(**self._arguments(request)) as stream:
            for chunk in stream:
                usage = getattr(chunk, "usage", None) or usage
                for choice in getattr(chunk, "choices", None) or ():
                    piece = getattr(choice.delta, "content", None) if choice.delta is not None else None
                    if piece:
                        pieces.append(str(piece))
                        length += len(piece)
                    finish = choice.finish_reason or finish
                if stop.is_set():
                    raise CallFailed(
                        CallOutcome.ABANDONED, "the run ended", billed=True, partial="".join(pieces)
                    )
                if self._clock() >= end or length > _LONGEST_REPLY:
                    what = "deadline" if length <= _LONGEST_REPLY else "limit of characters"
                    raise CallFailed(
                        CallOutcome.DEADLINE,
                        f"the reply was not complete at its {what}",
                        billed=True,
                        partial="".join(pieces),
                    )
        if finish is None and not pieces:
            raise CallFailed(
                CallOutcome.MALFORMED, f"{self._where} answered what is not of the protocol", again=True
            )
        if finish is None:
            raise CallFailed(
                CallOutcome.DISCONNECTED,
                f"{self._where} ended the reply in the middle",
                again=True,
                billed=True,
                partial="".join(pieces),
            )
        return Reply(
            "".join(pieces),
            _count(getattr(usage, "prompt_tokens", None)),
            _count(getattr(usage, "completion_tokens", None)),
            finish == "length",
        )

    def _arguments(self, request: Request) -> dict[str, Any]:
        import openai

        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "stream": True,
            "timeout": openai.Timeout(request.deadline, connect=min(_CONNECT_SECONDS, request.deadline)),
            self._limit_name: request.max_tokens,
        }
        arguments |= request.sampling.stated()
        if request.schema is not None:
            shape = {"name": "change", "strict": True, "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": shape}
        if self._tells_usage:
            arguments["stream_options"] = {"include_usage": True}
        return arguments

    @contextlib.contextmanager
    def _explained(self, partial: Callable[[], str]) -> Iterator[None]:
        """Turn whatever goes wrong inside the block into CallFailed; ``partial`` is what came until then."""
        import openai

        try:
            yield
        except CallFailed:
            raise
        except openai.APITimeoutError:
            detail = f"{self._where} did not answer in time"
            raise CallFailed(CallOutcome.DEADLINE, detail, billed=True, partial=partial()) from None
        except openai.APIStatusError as error:
            raise self._status(error) from None
        except openai.APIConnectionError as error:
            detail = self._text(f"{self._where} cannot be reached: {error.__cause__ or error}")
            raise CallFailed(CallOutcome.UNREACHABLE, detail, again=True) from None
        except Exception as error:  # noqa: BLE001 - of a server anything may come, and transports raise their own
            came = partial()
            if came:
                outcome, what = CallOutcome.DISCONNECTED, "broke off in the middle of the reply"
            else:
                outcome, what = CallOutcome.MALFORMED, "answered what is not of the protocol"
            detail = self._text(f"{self._where} {what}: {type(error).__name__}: {error}")
            raise CallFailed(outcome, detail, again=True, billed=bool(came), partial=came) from None

    def _status(self, error: openai.APIStatusError) -> CallFailed | _OtherDialect:
        status, said = error.status_code, str(error.message)
        if status == 400 and "max_completion_tokens" in said and self._limit_name == "max_tokens":
            self._limit_name = "max_completion_tokens"
            return _OtherDialect()
        if status in (400, 422) and "stream_options" in said and self._tells_usage:
            self._tells_usage = False
            return _OtherDialect()
        detail = self._text(f"{self._where} answered {status}: {said}")
        if status == 429:
            return CallFailed(CallOutcome.BUSY, detail, again=True, after=_retry_after(error))
        if status >= 500 or status in (408, 409):
            return CallFailed(CallOutcome.SERVER_FAILED, detail, again=True, after=_retry_after(error))
        return CallFailed(CallOutcome.REFUSED, detail, lasting=status in (401, 403, 404))

    def _text(self, text: str) -> str:
        return self._redact(text)[:_LONGEST_DETAIL]

    def close(self) -> None:
        """Close all connections; see `Endpoint.close`."""
        self._client.close()


def check(base_url: str) -> None:
    """Check, without loading anything, that a client of the server at ``base_url`` can be made.

    Raises:
        UsageError: if the package openai is missing, or there is no key and the server is OpenAI's own.
    """
    if importlib.util.find_spec("openai") is None:
        raise UsageError(_MISSING)
    if not base_url and not os.environ.get(KEY):
        raise UsageError(
            f"no key: put one into the environment variable {KEY}, or name a server of your own with "
            "--base-url, such as http://localhost:11434/v1"
        )


class _OtherDialect(Exception):
    """The server wants the same request in another form, which the client has noted."""


def _openai() -> Any:
    try:
        import openai
    except ImportError as error:
        raise UsageError(_MISSING) from error
    return openai


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 10**9 else None


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
