"""What a reply holds: the events of a stream, or one whole answer of a server that does not stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from provolve.propose.model.endpoint import Reply

_decode = msgspec.json.Decoder().decode
_DATA = b"data:"
_END = b"[DONE]"


class ServerSaid(Exception):
    """The server reports an error in the middle of a reply."""


class Gathered:
    """The parts of one reply, as they came until now."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._usage: dict[str, Any] = {}
        self.length = 0
        """Characters."""
        self.finish: str | None = None
        """Why the server ended the reply; None while it has not."""

    @property
    def text(self) -> str:
        """What came until now."""
        return "".join(self._pieces)

    def take(self, data: bytes) -> None:
        """Take one event, or a whole answer.

        Raises:
            ServerSaid: if it is an error.
            ValueError: if it is not of the protocol.
        """
        tree = _decode(data)
        if not isinstance(tree, dict):
            raise ValueError(f"{data[:80].decode(errors='replace')} is no object")
        if tree.get("error"):
            raise ServerSaid(message_of(tree) or "an error without a word")
        if isinstance(usage := tree.get("usage"), dict):
            self._usage = usage
        for choice in tree.get("choices") or ():
            said = choice.get("delta") or choice.get("message") or {}
            if isinstance(piece := said.get("content"), str):
                self._pieces.append(piece)
                self.length += len(piece)
            self.finish = choice.get("finish_reason") or self.finish

    def reply(self) -> Reply:
        """Return the reply."""
        tokens_in = _count(self._usage.get("prompt_tokens"))
        tokens_out = _count(self._usage.get("completion_tokens"))
        return Reply(self.text, tokens_in, tokens_out, self.finish == "length")


def events(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the data of the events of a stream up to its end."""
    for line in lines:
        if not line.startswith(_DATA):
            continue
        data = line[len(_DATA) :].strip()
        if data == _END:
            return
        yield data


def message_of(tree: object) -> str:
    """Return the message of an error, as the many servers word it; empty where there is none."""
    error = tree.get("error", tree) if isinstance(tree, dict) else tree
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or ""
    return error if isinstance(error, str) else str(error or "")


def message_in(body: bytes) -> str:
    """Return the message of an answer that is an error, or the whole of it."""
    try:
        return message_of(_decode(body)) or body.decode(errors="replace")
    except ValueError:
        return body.decode(errors="replace")


def models_in(body: bytes) -> list[str]:
    """Return the names in a list of models.

    Raises:
        ValueError: if it is none.
    """
    listing: _Listing = _models.decode(body)
    return [model.id for model in listing.data]


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Listing(msgspec.Struct, frozen=True):
    data: tuple[_Model, ...]


_models = msgspec.json.Decoder(_Listing)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 10**9 else None
