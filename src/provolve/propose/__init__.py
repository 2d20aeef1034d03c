"""Where candidates come from."""

from provolve.propose.proposer import Answered, Context, LiveProposer, Proposer, Resumable, Statement
from provolve.propose.registry import build, is_live, names

__all__ = [
    "Answered",
    "Context",
    "LiveProposer",
    "Proposer",
    "Resumable",
    "Statement",
    "build",
    "is_live",
    "names",
]
