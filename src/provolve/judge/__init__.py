"""What a candidate is worth: prescreen, answers, scores, audit."""

from provolve.judge.answer_size import largest_message
from provolve.judge.bench import Bench
from provolve.judge.confined import ConfinedJudge
from provolve.judge.evaluate import Batch, Judge
from provolve.judge.kinds import judge_of
from provolve.judge.plain import PlainResult
from provolve.judge.scoring import BadScore
from provolve.judge.speed import SpeedJudge, SpeedResult
from provolve.judge.timing import Timings

__all__ = [
    "BadScore",
    "Batch",
    "Bench",
    "ConfinedJudge",
    "Judge",
    "PlainResult",
    "SpeedJudge",
    "SpeedResult",
    "Timings",
    "judge_of",
    "largest_message",
]
