"""Plain data that every room speaks."""

from provolve.record.budget import Budget, Spent
from provolve.record.call import Call, CallOutcome, Message
from provolve.record.candidate import Candidate, Template, candidate_digest
from provolve.record.claim import Claim, Comparison, Optimism, Ratio, Speed
from provolve.record.events import (
    AskTold,
    ChampionChosen,
    EpochBegan,
    Event,
    Finished,
    Notice,
    RunStarted,
    event_to_json,
)
from provolve.record.proposal import EPOCH, Ask, Edit, Elite, Proposal, Rewrite, Thought, Vector
from provolve.record.verdict import LEVELS, SOURCE_REJECTIONS, Rejection, Verdict, strength

__all__ = [
    "EPOCH",
    "LEVELS",
    "SOURCE_REJECTIONS",
    "Ask",
    "AskTold",
    "Budget",
    "Call",
    "CallOutcome",
    "Candidate",
    "ChampionChosen",
    "Claim",
    "Comparison",
    "Edit",
    "Elite",
    "EpochBegan",
    "Event",
    "Finished",
    "Message",
    "Notice",
    "Optimism",
    "Proposal",
    "Ratio",
    "Rejection",
    "Rewrite",
    "RunStarted",
    "Speed",
    "Spent",
    "Template",
    "Thought",
    "Vector",
    "Verdict",
    "candidate_digest",
    "event_to_json",
    "strength",
]
