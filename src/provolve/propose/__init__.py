"""Where candidates come from."""

from provolve.propose.proposer import Context, Proposer, Resumable
from provolve.propose.registry import build, names

__all__ = ["Context", "Proposer", "Resumable", "build", "names"]
