"""Proposals by edits of the syntax tree and steps on the literals; no language model."""

from provolve.propose.symbolic.operator import Operator, OperatorContext, StatefulOperator
from provolve.propose.symbolic.proposer import SymbolicProposer

__all__ = ["Operator", "OperatorContext", "StatefulOperator", "SymbolicProposer"]
