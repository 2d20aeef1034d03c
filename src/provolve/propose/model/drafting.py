"""From a prompt to proposals: one draft, and one more where the first could not be applied."""

from __future__ import annotations

from provolve.errors import EditRejected
from provolve.propose.model.replies import read_change
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import NoReply, Talk
from provolve.propose.model.templates import fill
from provolve.record import Edit, Message, Proposal, Rewrite

_QUOTED = 12_000
"""Characters of a reply that are quoted back to its model."""


def draft(scene: Scene, talk: Talk, operator: str, prompt: str, step: str = "") -> list[Proposal]:
    """Return what a model makes of ``prompt``: one proposal, or two where the first cannot be applied.

    Then the first stands in the record with its rejection, and its detail, which quotes the nearest place,
    went back to the model once.

    Raises:
        NoReply, OutOfBudget: as `Talk.ask`, where nothing came at all.
    """
    reply = talk.ask(prompt, step)
    change = read_change(reply, scene.program)
    proposals = [proposal(scene, operator, change)]
    rejected = scene.rejected(change)
    if rejected is None:
        return proposals
    try:
        second = talk.ask(_again(scene, prompt, reply, rejected), f"{step}-again" if step else "again")
    except NoReply:
        return proposals
    return [*proposals, proposal(scene, operator, read_change(second, scene.program))]


def proposal(scene: Scene, operator: str, change: Edit | Rewrite) -> Proposal:
    """Return a proposal of ``operator`` that changes the scene's parent."""
    parents = tuple(elite.candidate.digest for elite in scene.ask.parents)
    return Proposal(operator, parents if operator == "cross" else parents[:1], change)


def _again(scene: Scene, prompt: str, reply: str, rejected: EditRejected) -> list[Message]:
    told = {"rejection": rejected.rejection, "detail": rejected.detail, "form": scene.form}
    return [
        Message("user", prompt),
        Message("assistant", reply[:_QUOTED]),
        Message("user", fill(scene.templates["again"], told)),
    ]
