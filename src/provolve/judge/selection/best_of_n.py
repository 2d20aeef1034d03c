"""Best-of-N: the sample with the largest reward.

Source: Stiennon, Ouyang, Wu, Ziegler, Lowe, Voss, Radford, Amodei and Christiano (2020), "Learning to
Summarize from Human Feedback".
"""

from __future__ import annotations

from collections.abc import Sequence

from provolve.errors import UsageError
from provolve.judge.selection.choice import Choice, FloatArray, choose
from provolve.judge.selection.votes import read_weights


def best_of_n(rewards: Sequence[float] | FloatArray) -> Choice:
    """Choose the sample with the largest reward.

    Args:
        rewards: (n,) one reward a sample; larger is better.

    What a change may change: permuting samples permutes the scores; duplicating a sample, or adding one of a
    smaller reward, leaves the best reward as it is.

    Ties: all samples with the largest reward; the lowest index is chosen.

    Raises:
        UsageError: no reward, or one that is not finite.
    """
    if len(rewards) == 0:
        raise UsageError("there are no rewards to choose by; give at least one")
    choice = choose(read_weights(rewards, len(rewards), "the rewards"))
    best = choice.scores[choice.index]
    why = f"sample {choice.index} has the reward {best:.6g}, the largest of {len(rewards)}"
    return Choice(choice.index, choice.scores, choice.ties, (why,))
