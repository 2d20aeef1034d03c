"""Attacks with answers: non-answers, altered and random ones, those of other instances, extreme values."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from provolve.engine.lint.trial import Outcome, Trial, alarms
from provolve.engine.lint.variations import (
    EXTREMES,
    NON_FINITE,
    altered,
    non_answers,
    numbers_in,
    random_like,
    with_extreme,
)
from provolve.sandbox import encode
from provolve.task import Finding

_SEED = 7
_ROUNDS = 20
_MOST_NUMBERS = 200_000
"""Numbers in the offers of all instances beyond which an attack has fewer rounds."""
_NEVER = frozenset({"not-a-number", "infinity", "an array of not-a-numbers"})


def answer_attacks(trial: Trial) -> Iterator[Finding]:
    """Yield what attacks with answers find, or with decisions where the answer is made in steps."""
    yield from _non_answers(trial)
    rng = np.random.default_rng(_SEED)
    yield from _altered(trial, rng)
    yield from _another_instance(trial)
    yield from _random(trial, rng)
    yield from _extremes(trial)


def _non_answers(trial: Trial) -> Iterator[Finding]:
    """Offer what is no answer; of the kind that an answer has, it may only not be as good."""
    name = "decision" if trial.steps else "answer"
    own = _first(trial.offers[0], steps=trial.steps)
    for what, wrong in non_answers():
        if trial.task.settings.answer == "table":
            if what not in _NEVER or not isinstance(own, np.ndarray):
                continue
            wrong = np.full(own.shape, np.nan if what != "infinity" else np.inf)
        outcome = trial.offer([[wrong] if trial.steps else wrong])
        yield from alarms("no answer", f"{what} as {name}", outcome)
        alike = type(wrong) is type(own) and what not in _NEVER
        if not outcome.scores or (alike and trial.compare(outcome) < 0) or _is_limit(trial, what):
            continue
        yield Finding(
            "error" if not trial.steps else "warning",
            f'attack "no answer": the judge accepts {what} as {"each" if trial.steps else "an"} {name}: it '
            f"{trial.numbers(outcome)}. Check the type first, and raise Refused",
        )


def _is_limit(trial: Trial, what: str) -> bool:
    """Whether infinity everywhere in a table is what a rule may well say: first of all, or never."""
    return trial.task.settings.answer == "table" and what == "infinity"


def _first(offer: object, *, steps: bool) -> object:
    return offer[0] if steps and isinstance(offer, list) and offer else offer


def _altered(trial: Trial, rng: np.random.Generator) -> Iterator[Finding]:
    """Alter the seed program's answers one by one: luck may help, but a hole helps often."""
    if trial.task.settings.answer != "certificate":
        return
    tries = _rounds(trial)
    outcomes = [trial.offer([altered(trial.offers[0], rng)]) for _ in range(tries)]
    yield from _worst_alarm("altered answer", "an altered answer of the seed program", outcomes)
    better = [outcome for outcome in outcomes if trial.compare(outcome) > 0]
    same = sum(trial.compare(outcome) == 0 for outcome in outcomes)
    if better:
        yield Finding(
            "warning",
            f'attack "altered answer": {len(better)} of {tries} answers of the seed program, altered at '
            f"random, are better: one {trial.numbers(_best(trial, better))}. See that the judge checks the "
            "whole answer; if it does, the seed program leaves room to chance",
        )
    elif same:
        yield Finding(
            "note",
            f'attack "altered answer": {same} of {tries} answers of the seed program, altered at random, '
            "score the same: a part of the answer does not count, or is not looked at",
        )


def _another_instance(trial: Trial) -> Iterator[Finding]:
    if trial.task.settings.answer == "table" or trial.count < 2:
        return
    offers = [*trial.offers[1:], trial.offers[0]]
    if [*map(encode, offers)] == [*map(encode, trial.offers)]:
        return
    outcome = trial.offer(offers)
    what = "the seed program's answer to another instance"
    yield from alarms("answer of another instance", what, outcome)
    if trial.compare(outcome) >= 0:
        yield Finding(
            "warning",
            f'attack "answer of another instance": {what} {trial.numbers(outcome)}. See that the judge holds '
            "an answer against its instance",
        )


def _random(trial: Trial, rng: np.random.Generator) -> Iterator[Finding]:
    tries = _rounds(trial)
    outcomes = [trial.offer(trial.varied(lambda offer: random_like(offer, rng))) for _ in range(tries)]
    yield from _worst_alarm("random answer", "a random answer", outcomes)
    good = [outcome for outcome in outcomes if trial.compare(outcome) >= 0]
    if good:
        yield Finding(
            "warning",
            f'attack "random answer": {len(good)} of {tries} sets of random answers are no worse: one '
            f"{trial.numbers(_best(trial, good))}. Either the judge has a hole, or the seed program "
            "is no better than chance",
        )


def _extremes(trial: Trial) -> Iterator[Finding]:
    """Put extreme values at random places of the seed program's answers.

    As good is too good for values that are not finite; finite ones must be better, for a place may not
    count. Where a usual value at the same places does as well, it is not the extreme that counts.
    """
    shares = (0.2, 1.0) if trial.task.settings.answer == "table" else (None, None, None, 0.2, 1.0)
    for name, extreme in EXTREMES:
        enough = 0 if name in NON_FINITE else 1
        outcomes = [_placed(trial, extreme, index, share) for index, share in enumerate(shares)]
        what = f"the seed program's {'decisions' if trial.steps else 'answer'} with {name} at random places"
        yield from _worst_alarm("extreme values", what, outcomes)
        good = [
            outcome
            for index, outcome in enumerate(outcomes)
            if trial.compare(outcome) >= enough
            and (name == "not-a-number" or not _usual(trial, outcome, index, shares[index]))
        ]
        if good:
            yield Finding(
                "warning",
                f'attack "extreme values": {what} {trial.numbers(_best(trial, good))}. Refuse what is not '
                "finite or out of range, or declare it in [answer_schema]",
            )


def _placed(trial: Trial, value: object, index: int, share: float | None) -> Outcome:
    """Return what comes of ``value`` at places that depend on ``index`` and ``share`` alone."""
    rng = np.random.default_rng([_SEED, index])
    return trial.offer(trial.varied(functools.partial(with_extreme, extreme=value, rng=rng, share=share)))


def _usual(trial: Trial, outcome: Outcome, index: int, share: float | None) -> bool:
    """Whether the least or greatest number of the seed program's own does as well at the same places."""
    numbers = [number for number in numbers_in(trial.offers[0]) if math.isfinite(number)]
    for number in {min(numbers, default=0), max(numbers, default=0)}:
        usual = _placed(trial, number, index, share)
        if usual.scores and _best(trial, [usual, outcome]) is usual:
            return True
    return False


def _rounds(trial: Trial) -> int:
    size = sum(len(encode(offer)) for offer in trial.offers) // 8
    return max(3, min(_ROUNDS, _MOST_NUMBERS // max(size, 1)))


def _best(trial: Trial, outcomes: Sequence[Outcome]) -> Outcome:
    return min(outcomes, key=lambda outcome: trial.scoring.loss("train", outcome.scores))


def _worst_alarm(attack: str, what: str, outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    for outcome in outcomes:
        found = alarms(attack, what, outcome)
        if found:
            yield from found
            return
