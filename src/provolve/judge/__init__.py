"""What a candidate is worth: prescreen, answers, scores, audit."""

from provolve.judge.answer_size import largest_message
from provolve.judge.confined import ConfinedJudge
from provolve.judge.evaluate import Batch, Judge
from provolve.judge.plain import PlainResult
from provolve.judge.scoring import BadScore

__all__ = ["BadScore", "Batch", "ConfinedJudge", "Judge", "PlainResult", "largest_message"]
