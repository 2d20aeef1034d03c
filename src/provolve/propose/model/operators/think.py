"""Have a thought, or write one anew that failed; then carry it out."""

from __future__ import annotations

from provolve.propose.model.drafting import draft
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal, Thought

_TOLD, _LONGEST = 6, 400
"""Earlier thoughts that are told, the newest, and characters of each."""


class Think:
    """Has a thought, writes it anew or carries it out, as the strategy asks: Li et al. (2024), "RethinkMCTS:
    refining erroneous thoughts in Monte Carlo tree search for code generation"."""

    name = "think"

    def applicable(self, scene: Scene) -> bool:
        """Whether the strategy searches among thoughts."""
        return scene.ask.thought is not None

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the draft of the last call; only a thought that is new or failed needs one before."""
        talk.thought = self._thought(scene.ask.thought or Thought(), scene, talk)
        prompt = scene.prompt("think-write", thought=talk.thought)
        return draft(scene, talk, self.name, prompt, "write")

    @staticmethod
    def _thought(known: Thought, scene: Scene, talk: Talk) -> str:
        if not known.text:
            others = "\n".join(f"- {one[:_LONGEST]}" for one in known.others[-_TOLD:])
            told = f"Thoughts that were had already; have another:\n{others}" if others else ""
            return talk.ask(scene.prompt("think", others=told), "thought").strip()
        if known.failure:
            prompt = scene.prompt("rethink", thought=known.text, failure=known.failure)
            return talk.ask(prompt, "rethought").strip()
        return known.text
