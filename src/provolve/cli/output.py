"""Where people's output goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from provolve.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

_NARROWEST = 30


def console(*, err: bool = False) -> Console:
    """Return the console for standard output or standard error.

    Nothing in a text is markup. ``NO_COLOR`` is respected; what is no terminal gets plain text, 80 columns
    wide unless ``COLUMNS`` says otherwise.
    """
    from rich.console import Console

    made = Console(
        file=sys.stderr if err else sys.stdout, markup=False, emoji=False, highlight=False, soft_wrap=False
    )
    if made.width < _NARROWEST:
        made.width = _NARROWEST
    return made


def free_path(path: Path, *, force: bool = False) -> Path:
    """Return ``path`` if a new file can go there.

    Raises:
        UsageError: if something is there and ``force`` is off, or its folder is missing.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it")
    if path.exists() and not force:
        raise UsageError(f"{path} is already there and is not overwritten: choose another name or remove it")
    if not path.parent.is_dir():
        raise UsageError(
            f"the folder {path.parent} is not there: make it, or choose another place for {path.name}"
        )
    return path
