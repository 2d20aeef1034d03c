"""Proposals by numeric search on the construction itself; no language model."""

from provolve.propose.numeric.pieces import worker
from provolve.propose.numeric.proposer import NumericProposer

__all__ = ["NumericProposer", "worker"]
