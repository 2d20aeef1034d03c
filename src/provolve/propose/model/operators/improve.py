"""Improve the parent from what is known of it."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class Improve:
    """One call with all feedback, as Romera-Paredes et al. (2023), "Mathematical discoveries from program
    search with large language models", and Novikov et al. (2025), "AlphaEvolve", ask for it."""

    name = "improve"

    def applicable(self, scene: Scene) -> bool:
        """Always."""
        return True

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of one call."""
        return draft(scene, talk, self.name, scene.prompt("improve"))
