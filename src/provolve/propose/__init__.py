"""Where candidates come from."""

from provolve.propose.proposer import (
    Answered,
    Bench,
    Context,
    LiveProposer,
    Proposer,
    Regrading,
    Resumable,
    Statement,
    Unhurried,
    Unseen,
)
from provolve.propose.registry import build, is_live, names

__all__ = [
    "Answered",
    "Bench",
    "Context",
    "LiveProposer",
    "Proposer",
    "Regrading",
    "Resumable",
    "Statement",
    "Unhurried",
    "Unseen",
    "build",
    "is_live",
    "names",
]
