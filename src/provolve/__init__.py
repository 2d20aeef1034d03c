"""provolve takes a program and a judge, and searches for a better program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provolve.errors import Refused

if TYPE_CHECKING:
    from provolve.engine.api import open_run as open  # noqa: A004
    from provolve.engine.api import run
    from provolve.task.surrogate import Surrogate

__version__ = "0.1.0"

__all__ = ["Refused", "Surrogate", "__version__", "open", "run"]


def __getattr__(name: str) -> Any:
    """Load the engine when it is first used: importing provolve stays cheap."""
    if name == "run":
        from provolve.engine.api import run

        return run
    if name == "open":
        from provolve.engine.api import open_run

        return open_run
    if name == "Surrogate":
        from provolve.task.surrogate import Surrogate

        return Surrogate
    raise AttributeError(f"module 'provolve' has no attribute {name!r}")
