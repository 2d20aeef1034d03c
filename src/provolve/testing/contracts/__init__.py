"""Contracts that one's own strategies and proposers can be held to."""

from provolve.testing.contracts.contract import ContractBroken
from provolve.testing.contracts.proposers import check_proposer
from provolve.testing.contracts.strategies import check_strategy

__all__ = ["ContractBroken", "check_proposer", "check_strategy"]
