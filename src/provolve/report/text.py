"""Text of others made harmless: what a candidate wrote must not steer the terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_SUSPECT = re.compile(r"[^\n\x20-\x7e]")


def harmless(text: str) -> str:
    """Return ``text`` with control, format and surrogate characters written as escapes.

    Newlines stay, tabs become spaces. A task, a candidate or an exception may hold sequences that move the
    cursor, set the title or reverse the reading order.
    """
    return _SUSPECT.sub(_escaped, text.replace("\r\n", "\n").expandtabs(4))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _STEERING:
        return character
    return (
        character.encode("ascii", "backslashreplace").decode()
        if character > "\x7f"
        else f"\\x{ord(character):02x}"
    )


def one_line(text: str, limit: int = 200) -> str:
    """Return ``text`` harmless, on one line and at most ``limit`` characters long."""
    flat = " ".join(harmless(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def plain(text: object, style: str = "") -> Text:
    """Return harmless text that rich takes as it is: brackets in it are no markup."""
    from rich.text import Text  # error messages need what is above, and not rich

    return Text(harmless(str(text)), style=style)
