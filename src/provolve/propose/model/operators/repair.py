"""Mend what was rejected, or what goes worst."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.looks import Looks
from provolve.propose.model.memory import Rejected
from provolve.propose.model.scene import Scene, quoted
from provolve.propose.model.talk import Talk
from provolve.record import SOURCE_REJECTIONS, Proposal, Rejection

_NOT_WORTH = SOURCE_REJECTIONS | {Rejection.DUPLICATE_BEHAVIOUR, Rejection.OUTRACED}


class Repair:
    """Starts from the last child of the parent that failed while it ran, else from the worst instance, and
    shows the values of the variables around each basic block of that run: Zhong, Wang and Shang (2024),
    "Debug like a human: a large language model debugger via verifying runtime execution step by step"
    (LDB)."""

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
        """Return the draft of one call, after one look at the run that went wrong."""
        trouble, trace = self._trouble(scene, talk) if scene.feedback else ("", "")
        # A trace is at most a quarter of a prompt: a token has about four letters.
        prompt = scene.prompt("repair", trouble=trouble, trace=_traced(trace[: scene.prompt_tokens]))
        return draft(scene, talk, self.name, prompt)

    def _trouble(self, scene: Scene, talk: Talk) -> tuple[str, str]:
        """Return what went wrong, and the trace of it."""
        failed, looks = self._failed(scene), Looks(scene.context.bench, talk, scene.traces)
        if failed is None:
            place = scene.worst_instances()[0]
            trace = looks.trace(scene.source(scene.parent.candidate), place)
            return f"It does worst on {scene.score_line(place)}.", trace
        trouble = (
            f"This change of it was run and rejected: {failed.rejection}: {failed.detail}\n\n"
            f"```\n{failed.text.rstrip()}\n```"
        )
        if failed.printed:
            trouble += f"\n\nIt printed:\n{quoted(failed.printed)}"
        if failed.candidate is None:
            return trouble, ""
        return trouble, looks.trace(scene.source(failed.candidate), None)


def _traced(trace: str) -> str:
    return (
        f"How that run went, block by block, with the values of variables:\n{quoted(trace)}" if trace else ""
    )
