"""From a prompt to proposals: as many drafts, and tries to mend each, as the ask's plan allows."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.errors import EditRejected
from provolve.propose.model.allocation import again, sample
from provolve.propose.model.replies import read_change
from provolve.propose.model.scene import Scene
from provolve.propose.model.structure import EDITS, EDITS_FORM, REGIONS, REGIONS_FORM, read_structured
from provolve.propose.model.talk import FormRefused, NoReply, OutOfBudget, Talk
from provolve.propose.model.templates import fill
from provolve.record import Edit, Message, Proposal, Rewrite

_QUOTED = 12_000
"""Characters of a reply that are quoted back to its model."""


def draft(scene: Scene, talk: Talk, operator: str, prompt: str, step: str = "") -> list[Proposal]:
    """Return what a model makes of ``prompt``: a proposal a draft, those among it that cannot be applied.

    These stand in the record with their rejections, and their details, which quote the nearest place, went
    back to the model, as often as the scene's plan allows.

    Raises:
        NoReply, OutOfBudget: as `Talk.ask`, where nothing came at all.
    """
    proposals: list[Proposal] = []
    for number in range(1, scene.plan.samples + 1):
        try:
            found = _mended(scene, talk, prompt, sample(step, number))
        except (NoReply, OutOfBudget):
            if not proposals:
                raise
            break
        made = [proposal(scene, operator, change) for change in found]
        # A model that says the same twice says it a third time.
        repeats = any(one in proposals for one in made)
        proposals += made
        if repeats:
            break
    return proposals


def proposal(scene: Scene, operator: str, change: Edit | Rewrite) -> Proposal:
    """Return a proposal of ``operator`` that changes the scene's parent."""
    parents = tuple(elite.candidate.digest for elite in scene.ask.parents)
    return Proposal(operator, parents if operator == "cross" else parents[:1], change)


def _mended(scene: Scene, talk: Talk, prompt: str, step: str) -> list[Edit | Rewrite]:
    """Return one draft, and after it what came of each try to mend it."""
    text, change = _write(scene, talk, prompt, (), step)
    found = [change]
    for depth in range(1, scene.plan.repairs + 1):
        rejected = scene.rejected(change)
        if rejected is None:
            break
        try:
            text, change = _write(scene, talk, prompt, (text, rejected), again(step, depth))
        except (NoReply, OutOfBudget):
            break
        found.append(change)
    return found


def _write(
    scene: Scene, talk: Talk, prompt: str, failed: tuple[str, EditRejected] | tuple[()], step: str
) -> tuple[str, Edit | Rewrite]:
    """Return a reply with the change in it; ``failed`` is the reply before with its rejection, if any.

    Where the server has it the reply is asked for as JSON of a schema, else as plain text.
    """
    structure = talk.structure
    if scene.form in prompt and structure.claim():
        form, schema = (REGIONS_FORM, REGIONS) if scene.whole else (EDITS_FORM, EDITS)
        try:
            text = talk.ask(_messages(scene, prompt.replace(scene.form, form), failed, form), step, schema)
        except FormRefused:
            structure.settle(works=False)
        except BaseException:
            structure.settle(works=False)
            raise
        else:
            change = read_structured(text)
            structure.settle(works=change is not None)
            return text, change or read_change(text, scene.program)
    text = talk.ask(_messages(scene, prompt, failed, scene.form), step)
    return text, read_change(text, scene.program)


def _messages(
    scene: Scene, prompt: str, failed: tuple[str, EditRejected] | tuple[()], form: str
) -> Sequence[Message]:
    if not failed:
        return (Message("user", prompt),)
    reply, rejected = failed
    told = {"rejection": rejected.rejection, "detail": rejected.detail, "form": form}
    return (
        Message("user", prompt),
        Message("assistant", reply[:_QUOTED]),
        Message("user", fill(scene.templates["again"], told)),
    )
