"""Candidates from models: any server that speaks the protocol of OpenAI."""

from provolve.propose.model.proposer import ModelProposer

__all__ = ["ModelProposer"]
