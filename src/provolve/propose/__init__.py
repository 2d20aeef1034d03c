"""Where candidates come from."""

from provolve.propose.proposer import (
    Answered,
    Context,
    LiveProposer,
    Proposer,
    Resumable,
    Statement,
    Unhurried,
)
from provolve.propose.registry import build, is_live, names

__all__ = [
    "Answered",
    "Context",
    "LiveProposer",
    "Proposer",
    "Resumable",
    "Statement",
    "Unhurried",
    "build",
    "is_live",
    "names",
]
