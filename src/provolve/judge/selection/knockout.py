"""A knockout tournament of noisy pairwise comparisons, and the bound on its failing.

Source: Chen, Pan, Li, Ding and Zhou (2024), "A Simple and Provable Scaling Law for the Test-Time Compute of
Large Language Models".
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from provolve.errors import UsageError
from provolve.judge.selection.choice import Choice, choose


def knockout(
    candidates: int,
    prefers_first: Callable[[int, int], bool],
    *,
    comparisons: int = 1,
    rng: np.random.Generator,
) -> Choice:
    """Pair candidates, keep the winner of each pair, and repeat until one is left.

    Args:
        candidates: number N of candidates, >= 1.
        prefers_first: a noisy judge, called with two candidates i and j; true if it prefers i. It is called
            ``comparisons`` times a pair, the order of the two alternating, so that a liking for the first
            place cancels out.
        comparisons: K, how often each pair is compared, >= 1; (N - 1) K calls in all.
        rng: draws the order in which candidates are paired.

    Returns:
        ``scores`` counts the rounds a candidate survived, byes included; the winner alone has the most.

    What a change may change: with a judge that never errs and a strict order of candidates, the best wins
    whatever the pairing, the order of candidates or duplicates of others; with a noisy judge only
    ``failure_bound`` holds.

    Ties: a pair that wins equally often (K even) goes to the lower index. An odd candidate out gets a bye.

    Raises:
        UsageError: no candidate, or fewer than one comparison.
    """
    if candidates < 1 or comparisons < 1:
        raise UsageError(
            f"a knockout of {candidates} candidates with {comparisons} comparisons a pair cannot be held; "
            "give at least one of each"
        )
    rounds = np.zeros(candidates)
    alive = [int(i) for i in rng.permutation(candidates)]
    lines: list[str] = []
    while len(alive) > 1:
        pairs = zip(alive[0::2], alive[1::2], strict=False)
        winners = [_winner(min(pair), max(pair), prefers_first, comparisons) for pair in pairs]
        alive = winners + (alive[-1:] if len(alive) % 2 else [])
        rounds[alive] += 1
        lines.append(f"round {len(lines) + 1}: {len(alive)} left")
    lines.append(f"candidate {alive[0]} won, {comparisons} comparisons a pair")
    return choose(rounds, lines)


def _winner(low: int, high: int, prefers_first: Callable[[int, int], bool], comparisons: int) -> int:
    wins = 0
    for turn in range(comparisons):
        wins += prefers_first(low, high) if turn % 2 == 0 else not prefers_first(high, low)
    return low if 2 * wins >= comparisons else high


def failure_bound(candidates: int, comparisons: int, p_gen: float, p_comp: float) -> float:
    """Upper bound on the probability that a knockout ends with a wrong candidate.

    (1 - p_gen)^N + ceil(log2 N) exp(-2 K (p_comp - 1/2)^2), at most 1: either no candidate is right, or a
    right one loses one of its at most ceil(log2 N) pairs, each by Hoeffding's inequality; the inequality
    counts an even split as a loss, so the bound holds however such splits are decided.

    Args:
        candidates: N, >= 1, drawn independently.
        comparisons: K, independent comparisons of each pair, >= 1.
        p_gen: probability that a candidate is right, in [0, 1].
        p_comp: probability that one comparison of a right with a wrong candidate prefers the right one, in
            (1/2, 1].

    Raises:
        UsageError: an argument beyond its range; with p_comp at most 1/2 no number of comparisons helps.
    """
    if candidates < 1 or comparisons < 1 or not 0.0 <= p_gen <= 1.0:
        raise UsageError(
            f"no bound for {candidates} candidates, {comparisons} comparisons and p_gen {p_gen}; "
            "the first two are at least 1, the last lies in [0, 1]"
        )
    if not 0.5 < p_comp <= 1.0:
        raise UsageError(f"p_comp is {p_comp}; the bound needs a judge better than chance, in (0.5, 1]")
    none_right = (1.0 - p_gen) ** candidates
    loses = math.ceil(math.log2(candidates)) * math.exp(-2.0 * comparisons * (p_comp - 0.5) ** 2)
    return min(1.0, none_right + loses)


def plan_knockout(p_gen: float, p_comp: float, failure: float) -> tuple[int, int]:
    """The cheapest (N, K) whose failure bound is at most ``failure``, by N candidates plus (N - 1) K
    comparisons.

    Args:
        p_gen: as in ``failure_bound``, in (0, 1].
        p_comp: as in ``failure_bound``, in (1/2, 1].
        failure: the probability of failing allowed, in (0, 1).

    Raises:
        UsageError: an argument beyond its range.
    """
    if not 0.0 < p_gen <= 1.0 or not 0.0 < failure < 1.0:
        raise UsageError(
            f"no plan for p_gen {p_gen} and failure {failure}; both lie above 0, failure below 1"
        )
    if not 0.5 < p_comp <= 1.0:
        raise UsageError(f"p_comp is {p_comp}; a plan needs a judge better than chance, in (0.5, 1]")
    least = 1 if p_gen == 1.0 else max(1, math.floor(math.log(failure) / math.log1p(-p_gen)) + 1)
    plans: list[tuple[int, int, int]] = []
    for n in range(least, 3 * least + 3):
        left = failure - (1.0 - p_gen) ** n
        if left > 0.0:
            k = _comparisons_for(n, left, p_comp)
            plans.append((n + (n - 1) * k, n, k))
    _, n, k = min(plans)
    return n, k


def _comparisons_for(candidates: int, left: float, p_comp: float) -> int:
    rounds = math.ceil(math.log2(candidates))
    if rounds == 0:
        return 1
    return max(1, math.ceil(math.log(rounds / left) / (2.0 * (p_comp - 0.5) ** 2) - 1e-12))
