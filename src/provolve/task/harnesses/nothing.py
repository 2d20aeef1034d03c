"""Does nothing: the time it takes is the floor under every measured time."""

from typing import Any


def nothing(program: Any, visible: Any) -> None:
    """Take what is visible and return nothing."""
