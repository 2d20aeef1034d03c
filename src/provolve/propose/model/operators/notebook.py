"""Write down what the run has learned."""

from __future__ import annotations

from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class Notebook:
    """Summarises what worked into a page that later prompts see, and proposes nothing: Lange et al. (2025),
    "ShinkaEvolve: towards open-ended and sample-efficient program evolution"."""

    name = "notebook"

    def applicable(self, scene: Scene) -> bool:
        """Whether there is something to write down."""
        return bool(scene.view.lessons)

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Make one call; its reply is read from the record of the call."""
        talk.ask(scene.prompt("notebook"))
        return []
