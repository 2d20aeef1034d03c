"""Write it several times, and keep the one that acts like the others."""

from __future__ import annotations

from provolve.propose.model.drafting import proposal
from provolve.propose.model.looks import Looks
from provolve.propose.model.replies import read_change
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import NoReply, Talk
from provolve.record import Edit, Proposal, Rewrite

DRAFTS = 4


class Consensus:
    """Several drafts of one change, of which the one is judged whose answers on train agree most with those
    of the others: Chen et al. (2024), "Divide-and-conquer meets consensus: unleashing the power of functions
    in code generation" (FunCoder)."""

    name = "consensus"

    def applicable(self, scene: Scene) -> bool:
        """Whether programs can be looked at, and what one does can be compared: not where chance is in it."""
        return scene.context.bench is not None and bool(scene.parent.behaviour)

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of several calls on which they agree most.

        Where none can be applied, the first stands in the record with its rejection.
        """
        changes = self._drafts(scene, talk)
        fit = [change for change in changes if scene.rejected(change) is None]
        if not fit:
            return [proposal(scene, self.name, changes[0])]
        sources = [scene.program.with_texts(scene.changed(change)) for change in fit]
        kept = Looks(scene.context.bench, talk).consensus(sources) if len(fit) > 1 else 0
        return [proposal(scene, self.name, fit[kept])]

    @staticmethod
    def _drafts(scene: Scene, talk: Talk) -> list[Edit | Rewrite]:
        changes = []
        for number in range(1, DRAFTS + 1):
            prompt = scene.prompt("consensus", number=str(number), count=str(DRAFTS))
            try:
                changes.append(read_change(talk.ask(prompt, f"draft-{number}"), scene.program))
            except NoReply:
                continue
        if not changes:
            raise NoReply
        return changes
