"""What an operator of the model proposer is.

To add one: write a file in ``operators/`` with a class that fits `Workflow`, its prompts in ``prompts/``, and
name it in the table of ``operators/__init__.py``.
"""

from __future__ import annotations

from typing import Protocol

from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class Workflow(Protocol):
    """A named way of having a model make proposals: one call, or several that build on each other."""

    name: str

    def applicable(self, scene: Scene) -> bool:
        """Whether there is what it works on; cheap."""
        ...

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return proposals; called in a thread of its own.

        Raises:
            NoReply: if the model gave no reply.
            OutOfBudget: if the budget affords no further call.
        """
        ...
