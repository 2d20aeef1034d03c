"""Prompt templates: those that come along, and a user's own in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from provolve.errors import UsageError

_PLACE = re.compile(r"\{\{(\w+)\}\}")
_GAPS = re.compile(r"\n{3,}")

CUT_ORDER = ("inspirations", "history", "printed", "notes", "rejections", "direction", "scores")
"""Sections of a prompt in the order in which they are cut where it is too long; the task, the program, the
step at hand and the form of the reply are never cut."""

Templates = Mapping[str, str]
"""Texts by name; ``{{name}}`` in them stands for a section."""


def bundled() -> dict[str, str]:
    """Return the templates that come along, by name."""
    folder = files("provolve.propose.model") / "prompts"
    return {
        one.name.removesuffix(".md"): one.read_text(encoding="utf-8")
        for one in folder.iterdir()
        if one.name.endswith(".md")
    }


def templates(folder: str = "") -> dict[str, str]:
    """Return the templates that come along, with those of ``folder`` in their place.

    Raises:
        UsageError: if the folder cannot be read, or a file there has the name of no template or a place for
            a section that its template does not have.
    """
    texts = bundled()
    if not folder:
        return texts
    found = sorted(Path(folder).glob("*.md"))
    if not found:
        raise UsageError(f"the folder of prompts {folder!r} holds no .md file: see the names in the how-to")
    for path in found:
        texts[path.stem] = _own(path, texts)
    return texts


def _own(path: Path, known: Mapping[str, str]) -> str:
    if path.stem not in known:
        raise UsageError(f"{path}: there is no prompt {path.stem!r}: choose among {', '.join(sorted(known))}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}): write it in UTF-8") from error
    places = {"task", "program", "form", *CUT_ORDER, *_PLACE.findall(known[path.stem])}
    for place in _PLACE.findall(text):
        if place not in places:
            raise UsageError(
                f"{path}: there is nothing called {{{{{place}}}}} in this prompt: choose among "
                f"{', '.join(sorted(places))}"
            )
    return text


def fill(text: str, parts: Mapping[str, str]) -> str:
    """Return a template with its places filled; what is put in is not looked at again."""
    return _GAPS.sub("\n\n", _PLACE.sub(lambda match: parts.get(match[1], ""), text)).strip() + "\n"
