"""Mend what was rejected, or what goes worst."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.memory import Rejected
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import SOURCE_REJECTIONS, Proposal, Rejection

_NOT_WORTH = SOURCE_REJECTIONS | {Rejection.DUPLICATE_BEHAVIOUR, Rejection.OUTRACED}


class Repair:
    """Starts from the last child of the parent that failed while it ran, else from the worst instance, as in
    Chen et al. (2023), "Teaching large language models to self-debug"."""

    name = "repair"

    def applicable(self, scene: Scene) -> bool:
        """Whether a child failed, or there is an instance to look at."""
        return self._failed(scene) is not None or len(scene.parent.scores) > 1

    @staticmethod
    def _failed(scene: Scene) -> Rejected | None:
        digest = scene.parent.candidate.digest
        for one in scene.view.rejections:
            if one.parent == digest and one.text and one.rejection not in _NOT_WORTH:
                return one
        return None

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of one call."""
        return draft(scene, talk, self.name, scene.prompt("repair", trouble=self._trouble(scene)))

    def _trouble(self, scene: Scene) -> str:
        failed = self._failed(scene)
        if failed is None:
            place = scene.worst_instances()[0]
            return f"It does worst on {scene.score_line(place)}."
        return (
            f"This change of it was run and rejected: {failed.rejection}: {failed.detail}\n\n"
            f"```\n{failed.text.rstrip()}\n```"
        )
