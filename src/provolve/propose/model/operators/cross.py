"""Join two elites."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class Cross:
    """Crosses two parents: Meyerson et al. (2023), "Language model crossover: variation through few-shot
    prompting"."""

    name = "cross"

    def applicable(self, scene: Scene) -> bool:
        """Whether there are two parents."""
        return len(scene.ask.parents) > 1

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of one call."""
        return draft(scene, talk, self.name, scene.prompt("cross", other=scene.other()))
