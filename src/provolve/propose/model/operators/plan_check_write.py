"""Plan, check the plan by hand, then write."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal


class PlanCheckWrite:
    """A plan that is verified before it is carried out: Lei et al. (2024), "Planning-driven programming: a
    large language model programming workflow" (LPW)."""

    name = "plan-check-write"

    def applicable(self, scene: Scene) -> bool:
        """Always."""
        return True

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of the last of three calls."""
        plan = talk.ask(scene.prompt("plan"), "plan")
        checked = talk.ask(scene.prompt("plan-check", plan=plan), "check")
        return draft(scene, talk, self.name, scene.prompt("plan-write", plan=checked), "write")
