"""Stand-ins for tests of one's own proposers, strategies and tasks."""

from provolve.testing.executor import FakeExecutor

__all__ = ["FakeExecutor"]
