"""Stand-ins for tests of one's own proposers, strategies and tasks."""

from provolve.testing.executor import FakeExecutor
from provolve.testing.script import ScriptedModel

__all__ = ["FakeExecutor", "ScriptedModel"]
