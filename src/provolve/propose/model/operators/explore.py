"""Look away from what the archive holds."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class Explore:
    """Observations, a plan that joins some of them, then code: Wang et al. (2024), "Planning in natural
    language improves LLM search for code generation" (PlanSearch)."""

    name = "explore"

    def applicable(self, scene: Scene) -> bool:
        """Always."""
        return True

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of the last of three calls."""
        observations = talk.ask(scene.prompt("explore-observe"), "observe")
        plan = talk.ask(scene.prompt("explore-plan", observations=observations), "plan")
        return draft(scene, talk, self.name, scene.prompt("explore-write", plan=plan), "write")
