"""Say the same with less."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal

LEAST_NODES = 20
"""A smaller program has nothing to lose."""


class Simplify:
    """Asks for a simpler program that does as well: among equals the archive keeps the smaller one, as
    parsimony pressure in Koza (1992), "Genetic programming"."""

    name = "simplify"

    def applicable(self, scene: Scene) -> bool:
        """Whether the parent has some size."""
        return scene.parent.candidate.template.nodes >= LEAST_NODES

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of one call."""
        return draft(scene, talk, self.name, scene.prompt("simplify"))
