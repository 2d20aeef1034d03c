"""The fast judge against its plain twin, on answers in which ties abound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from provolve.engine.lint.trial import Trial
from provolve.engine.lint.variations import few_values, rounded, with_extreme
from provolve.errors import Refused
from provolve.judge import BadScore
from provolve.sandbox import encode
from provolve.task import Finding

_SEED = 11
_LEVELS = (1, 2, 3, 8)


def twin_attacks(trial: Trial) -> Iterator[Finding]:
    """Yield a finding where ``score`` and ``plain_score`` differ on ties or on extreme values."""
    if "plain_score" not in trial.task.judge.functions or trial.steps:
        return
    number = min(range(trial.count), key=lambda place: len(encode(trial.instances[place])))
    told = set()
    for what, answer in _offers(trial.offers[number]):
        fast, slow = _score(trial, number, answer, plain=False), _score(trial, number, answer, plain=True)
        if fast != slow and what not in told:
            told.add(what)
            yield Finding(
                "error",
                f'attack "{what}": on train instance {number} the fast judge says {fast} and the plain one '
                f"{slow} for the same answer. The plain one is right by definition: mend score or canonical",
            )


def _offers(answer: object) -> Iterator[tuple[str, object]]:
    rng = np.random.default_rng(_SEED)
    for levels in _LEVELS:
        yield "ties", rounded(answer, levels)
    for levels in (2, 4):
        yield "ties", few_values(answer, rng, levels)
    yield "extreme values, judged twice", with_extreme(rounded(answer, 3), extreme=-0.0, rng=rng, share=0.3)
    for extreme in (float("inf"), float("-inf"), 1e308):
        yield "extreme values, judged twice", with_extreme(answer, extreme=extreme, rng=rng, share=0.1)


def _score(trial: Trial, number: int, answer: object, *, plain: bool) -> str:
    scoring = trial.scoring
    try:
        if plain:
            return repr(scoring.plain_score("train", number, answer))
        return repr(scoring.score("train", number, scoring.canonical(answer)))
    except (Refused, BadScore):
        return "that it is refused"
