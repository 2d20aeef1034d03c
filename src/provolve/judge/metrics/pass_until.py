"""PassUntil: the success rate of something that hardly ever succeeds, by sampling until it has.

Source: Hu, Liu, Han, Zhang, He, Zhao, Lin, Ding, Ou, Zeng, Liu and Sun (2023), "Predicting Emergent
Abilities with Infinite Resolution Evaluation". The unbiased form: Haldane (1945), "On a Method of Estimating
Frequencies".
"""

from __future__ import annotations

from provolve.errors import UsageError
from provolve.judge.metrics.estimate import Estimate, beta_quantile, check_confidence, success_interval


def pass_until(successes: int, trials: int) -> float:
    """Most likely rate, r / K, where the r-th success came at trial K. Biased upwards, by about p / r.

    Args:
        successes: r, at which sampling was to stop, >= 1.
        trials: K, the trial at which it stopped, >= r.

    Raises:
        UsageError: a number beyond its range.
    """
    _check(successes, trials)
    return successes / trials


def pass_until_unbiased(successes: int, trials: int) -> float:
    """Unbiased rate, (r - 1) / (K - 1), where the r-th success came at trial K.

    Args:
        successes: r, >= 2; with r = 1 no estimate but "1 if K = 1, else 0" is unbiased.
        trials: K, >= r.

    Raises:
        UsageError: a number beyond its range.
    """
    if successes < 2:
        raise UsageError(f"{successes} success allows no useful unbiased estimate; sample until 2 or more")
    _check(successes, trials)
    return (successes - 1) / (trials - 1)


def pass_until_estimate(successes: int, trials: int, confidence: float = 0.95) -> Estimate:
    """The rate with an exact interval: unbiased for r >= 2, r / K for r = 1.

    The low end is the rate at which r successes within K trials have the probability (1 - confidence) / 2;
    the high end that at which fewer than r within K - 1 trials do.

    Raises:
        UsageError: a number beyond its range.
    """
    _check(successes, trials)
    check_confidence(confidence)
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, successes, trials - successes + 1)
    high = 1.0 if successes == trials else beta_quantile(1 - tail, successes, trials - successes)
    value = pass_until_unbiased(successes, trials) if successes > 1 else pass_until(successes, trials)
    return Estimate(value, low, high, trials, "exact")


def pass_within(successes: int, trials: int, confidence: float = 0.95) -> Estimate:
    """The rate where sampling ended at a fixed number of trials, before the successes wanted had come.

    Args:
        successes: how many came, 0 or more.
        trials: the budget, >= 1, fixed beforehand.

    Raises:
        UsageError: a number beyond its range.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise UsageError(f"{successes} successes in {trials} trials cannot be; give 0 <= successes <= trials")
    check_confidence(confidence)
    low, high = success_interval(successes, trials, confidence)
    return Estimate(successes / trials, low, high, trials, "exact")


def _check(successes: int, trials: int) -> None:
    if not 1 <= successes <= trials:
        raise UsageError(f"{successes} successes at trial {trials} cannot be; give 1 <= successes <= trials")
