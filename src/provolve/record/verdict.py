"""What a judge says of a candidate."""

from __future__ import annotations

import enum

import msgspec

from provolve.record.candidate import Candidate


class Rejection(enum.StrEnum):
    """Why a proposal came to nothing. Every one is recorded with a detail that can be acted on."""

    EDIT_UNMATCHED = "edit_unmatched"
    EDIT_AMBIGUOUS = "edit_ambiguous"
    EDIT_OUTSIDE_REGION = "edit_outside_region"
    EDIT_EMPTY = "edit_empty"
    SYNTAX_ERROR = "syntax_error"
    DUPLICATE_SOURCE = "duplicate_source"
    DUPLICATE_BEHAVIOUR = "duplicate_behaviour"
    LOAD_FAILED = "load_failed"
    RAISED = "raised"
    DEADLINE = "deadline"
    MEMORY = "memory"
    KILLED = "killed"
    ANSWER_MALFORMED = "answer_malformed"
    ANSWER_TOO_LARGE = "answer_too_large"
    ANSWER_REFUSED = "answer_refused"
    SCORE_NOT_FINITE = "score_not_finite"
    SCORE_BEYOND_BOUND = "score_beyond_bound"
    OUTRACED = "outraced"
    BUDGET = "budget"


SOURCE_REJECTIONS = frozenset(
    {
        Rejection.EDIT_UNMATCHED,
        Rejection.EDIT_AMBIGUOUS,
        Rejection.EDIT_OUTSIDE_REGION,
        Rejection.EDIT_EMPTY,
        Rejection.SYNTAX_ERROR,
        Rejection.DUPLICATE_SOURCE,
    }
)
"""Rejections decided from the source alone: nothing ran, and they count apart from judged candidates."""


class Verdict(msgspec.Struct, frozen=True):
    """Everything the judge says of one proposal: accepted with scores, or rejected with a reason."""

    candidate: Candidate | None
    """None where the change could not be applied, so that there is no candidate."""
    rejection: Rejection | None = None
    detail: str = ""
    loss: float | None = None
    """Aggregate over train, smaller is better. A duplicate by behaviour has the loss of its original."""
    scores: tuple[float, ...] = ()
    """One score a train instance judged, in the task's own direction."""
    behaviour: str = ""
    measures: tuple[float, ...] = ()
    work: int = 0
    """Instances judged: the run's unit of counted work. 0 for duplicates."""
    audited: bool = False
    """Whether the plain path in a fresh sandbox gave the same scores."""
    validation: float | None = None
    """Loss on validation, for candidates that were the best when they came; smaller is better."""
    duplicate_of: str = ""
    """Digest of the first candidate with the same source or behaviour."""
    level: str = ""
    """How strongly the sandbox confined it, with the holes that the task asked for, as ``full+read:data``;
    empty where nothing ran."""
    cpu: float = 0.0
    """CPU seconds that judging it took; a time, so left out of canonical exports."""
    self_judged: bool = False
    """Whether the scores are the candidate's word: given by an evaluator that ran beside it."""
    printed: str = ""
    """What it printed, by its own word: the beginning and the end, control characters as escapes. It may hold
    times, so it is left out of canonical exports. Empty where the candidate was killed."""

    @property
    def accepted(self) -> bool:
        """Whether the candidate was judged and may be kept."""
        return self.rejection is None


LEVELS = ("none", "partial", "strong", "full")
"""How strongly a sandbox confines, weakest first."""


def strength(level: str) -> str:
    """Return the level without the holes that are recorded with it: ``full`` of ``full+read:data``."""
    return level.partition("+")[0]
