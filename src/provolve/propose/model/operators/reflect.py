"""Say where to go, then take a step there."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal

DIRECT = "direct"
"""Step whose reply is the direction that later prompts see."""


class Reflect:
    """Looks at the run so far and gives a direction, which later prompts see: Nie et al. (2024), "The
    importance of directional feedback for LLM-based optimizers"."""

    name = "reflect"

    def applicable(self, scene: Scene) -> bool:
        """Whether there is something to look back upon."""
        return bool(scene.view.lessons or scene.view.rejections)

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of the second of two calls."""
        direction = talk.ask(scene.prompt("reflect"), DIRECT)
        return draft(scene, talk, self.name, scene.prompt("reflect-write", direction=direction), "write")
