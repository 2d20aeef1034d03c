"""What a run has learned that later prompts are told: rejections, what changes did to the loss, notes."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from provolve.program import render, unified_diff
from provolve.record import Candidate, Edit, Elite, Proposal, Rejection, Rewrite, Verdict

REJECTIONS_KEPT = 6
LESSONS_KEPT = 4
_LONGEST_QUOTE = 2000
_LONGEST_DIFF = 3000
_LONGEST_NOTE = 4000
_PRINTED_KEPT = 256
"""Accepted candidates of which it is remembered what they printed, the last ones."""


@dataclass(frozen=True)
class Rejected:
    """A proposal that came to nothing."""

    operator: str
    rejection: Rejection
    detail: str
    text: str
    """What was proposed: the edit, or the new region texts."""
    parent: str
    """Digest of its parent."""
    printed: str = ""
    """What it printed while it ran, by its own word."""
    candidate: Candidate | None = None
    """The whole of it; None where the change could not be applied."""


@dataclass(frozen=True)
class Lesson:
    """What a change of an accepted child did to the loss."""

    operator: str
    diff: str
    before: float
    after: float

    @property
    def gain(self) -> float:
        """How much smaller the loss became; below 0 it grew."""
        return self.before - self.after


@dataclass(frozen=True)
class View:
    """What is remembered at one moment; later learning does not change it."""

    rejections: tuple[Rejected, ...] = ()
    """The last ones, the newest first."""
    lessons: tuple[Lesson, ...] = ()
    """The best of the changes that helped, then the last that did not."""
    notes: str = ""
    direction: str = ""
    printed: str = ""
    """What the candidate printed that is looked at, by its own word."""


class Memory:
    """Gathers what the verdicts of a run teach; its size does not grow with the run."""

    def __init__(self) -> None:
        self._rejections: deque[Rejected] = deque(maxlen=REJECTIONS_KEPT)
        self._helped: list[Lesson] = []
        self._failed: deque[Lesson] = deque(maxlen=LESSONS_KEPT)
        self._notes = ""
        self._direction = ""
        self._printed: OrderedDict[str, str] = OrderedDict()

    def view(self, digest: str = "") -> View:
        """Return what is remembered now, of the candidate ``digest`` what it printed too."""
        return View(
            tuple(reversed(self._rejections)),
            (*self._helped, *reversed(self._failed)),
            self._notes,
            self._direction,
            self._printed.get(digest, ""),
        )

    def hear(self, verdicts: Sequence[Verdict]) -> None:
        """Remember what accepted candidates printed."""
        for verdict in verdicts:
            if verdict.accepted and verdict.printed and verdict.candidate is not None:
                self._printed[verdict.candidate.digest] = verdict.printed
                if len(self._printed) > _PRINTED_KEPT:
                    self._printed.popitem(last=False)

    def reject(self, proposal: Proposal, verdict: Verdict) -> None:
        """Remember why a proposal was rejected."""
        if verdict.rejection in (None, Rejection.BUDGET):
            return
        assert verdict.rejection is not None
        change = proposal.change
        text = change.text if isinstance(change, Edit) else ""
        if isinstance(change, Rewrite):
            text = "\n".join(change.regions)
        parent = proposal.parents[0] if proposal.parents else ""
        quoted = text[:_LONGEST_QUOTE]
        self._rejections.append(
            Rejected(
                proposal.operator,
                verdict.rejection,
                verdict.detail,
                quoted,
                parent,
                verdict.printed,
                verdict.candidate,
            )
        )

    def learn(self, operator: str, parent: Elite, child: Candidate, loss: float) -> None:
        """Remember what the change from ``parent`` to ``child`` did to the loss."""
        diff = unified_diff(
            "\n".join(render(parent.candidate)),
            "\n".join(render(child)),
            before_name="parent",
            after_name="child",
        )
        lesson = Lesson(operator, diff[:_LONGEST_DIFF], parent.loss, loss)
        if lesson.gain > 0:
            self._helped = sorted([*self._helped, lesson], key=lambda one: -one.gain)[:LESSONS_KEPT]
        else:
            self._failed.append(lesson)

    def note(self, text: str) -> None:
        """Replace the notebook."""
        self._notes = text[:_LONGEST_NOTE]

    def direct(self, text: str) -> None:
        """Replace the direction."""
        self._direction = text[:_LONGEST_NOTE]
