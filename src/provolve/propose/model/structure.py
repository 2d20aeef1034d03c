"""Replies as JSON of a stated shape, where the server has it."""

from __future__ import annotations

import enum
import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from provolve.record import Edit, Rewrite

_TEXTS = {"type": "array", "items": {"type": "string"}}
_PAIR = {
    "type": "object",
    "properties": {"search": {"type": "string"}, "replace": {"type": "string"}},
    "required": ["search", "replace"],
    "additionalProperties": False,
}


def _shape(name: str, field: Mapping[str, object]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: field},
        "required": [name],
        "additionalProperties": False,
    }


EDITS = _shape("edits", {"type": "array", "items": _PAIR})
REGIONS = _shape("regions", _TEXTS)
"""Schemas of replies, as ``response_format`` takes them."""

EDITS_FORM = """Answer with one JSON object and nothing else, of this exact form:

{"edits": [{"search": "lines of the part that may change, copied exactly, enough of them to stand in one place
only", "replace": "the lines in their place"}]}"""
REGIONS_FORM = """Answer with one JSON object and nothing else, of this exact form:

{"regions": ["the complete new text of each part that may change, every line of it, in their order"]}"""


class _State(enum.Enum):
    UNKNOWN = enum.auto()
    TRIED = enum.auto()
    WORKS = enum.auto()
    OFF = enum.auto()


class Structure:
    """Whether a server keeps to schemas, found out by one call; safe to use from many threads.

    Args:
        wanted: whether to find out at all.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._state = _State.UNKNOWN if wanted else _State.OFF
        self._lock = threading.Lock()

    def claim(self) -> bool:
        """Whether to send a schema now: the server keeps to them, or this is the call that finds out."""
        with self._lock:
            if self._state is _State.UNKNOWN:
                self._state = _State.TRIED
                return True
            return self._state is _State.WORKS

    def settle(self, *, works: bool) -> None:
        """Note what came of a call with a schema; what works once is not doubted again."""
        with self._lock:
            if self._state is _State.TRIED:
                self._state = _State.WORKS if works else _State.OFF


class _Pair(msgspec.Struct):
    search: str
    replace: str


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    edits: tuple[_Pair, ...] | None = None
    regions: tuple[str, ...] | None = None


def read_structured(text: str) -> Edit | Rewrite | None:
    """Return the change in a reply of either shape, whatever stands around it; None where there is none."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        reply = msgspec.json.decode(text[begin : end + 1], type=_Reply)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if reply.regions:
        return Rewrite(tuple(map(_lines, reply.regions)))
    if reply.edits is not None:
        return Edit("\n".join(map(_block, reply.edits)))
    return None


def _block(pair: _Pair) -> str:
    return f"<<<<<<< SEARCH\n{_lines(pair.search)}=======\n{_lines(pair.replace)}>>>>>>> REPLACE"


def _lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"
