"""Stand-ins for tests of one's own proposers, strategies and tasks, and the contracts they are held to."""

from provolve.testing.contracts import ContractBroken, check_proposer, check_strategy
from provolve.testing.executor import FakeExecutor
from provolve.testing.script import ScriptedModel

__all__ = ["ContractBroken", "FakeExecutor", "ScriptedModel", "check_proposer", "check_strategy"]
