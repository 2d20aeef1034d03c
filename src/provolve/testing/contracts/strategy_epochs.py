"""What strategies promise that can go on when train grows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
import numpy as np

from provolve.record import Ask, Elite
from provolve.search import Regradable, Resumable, Strategy
from provolve.testing.contracts.contract import require, require_refusal
from provolve.testing.contracts.judging import accepted, made_elite, made_starts
from provolve.testing.contracts.walks import Trial, Walk, require_alike

_WORSE = 100.0
"""What the least loss is in the later epoch: above all that was told before."""


def names_elites_to_judge_anew(trial: Trial) -> None:
    """The seed program is the first of them, none comes twice, and there are no more than wanted."""
    for seed in range(trial.seeds):
        walk, most = _walked(trial, seed, 11 * seed), 1 + 7 * seed % 40
        ask = _regradable(walk.strategy).regrade(most)
        digests = [parent.candidate.digest for parent in ask.parents]
        starts = made_starts(trial.measures)
        require(digests[0] == starts[0].candidate.digest, "the first is not the seed program")
        require(len({*digests}) == len(digests), "one is named twice")
        require(len(digests) <= max(most, len(starts)), f"{len(digests)} are named, and {most} were wanted")


def begins_no_epoch_while_asks_wait(trial: Trial) -> None:
    """Where an ask was not told, an epoch is refused, and nothing has changed."""
    strategy, other = trial.strategy(), trial.strategy()
    for each in (strategy, other):
        each.ask()
    regrade = partial(_regradable(strategy).regrade, 10)
    require_refusal(ValueError, regrade, "the beginning of an epoch while ask 1 waits")
    require(strategy.ask() == other.ask(), "an epoch that was refused changed the next ask")


def needs_the_seed_program(trial: Trial) -> None:
    """Elites without the seed program are refused."""
    strategy = _regradable(trial.strategy())
    strategy.regrade(10)
    stranger = made_elite("stranger", 1.0, (0.0,) * trial.measures)
    for elites in ((), (stranger,)):
        require_refusal(ValueError, partial(strategy.regraded, elites), "an epoch without the seed program")


def builds_on_the_new_epoch_alone(trial: Trial) -> None:
    """Ids go on, and parents are those that were accepted anew, as they are judged now, or came since."""
    for seed in range(trial.seeds):
        walk = _walked(trial, seed, 13 * seed)
        ask, elites = _begun(walk.strategy, seed)
        known = {*elites}
        for count in range(40):
            following = walk.strategy.ask()
            require(following.id == ask.id + 1 + count, f"ask {following.id} follows {ask.id + count}")
            for parent in following.parents:
                require(parent in known, f"a parent is not of this epoch: {parent.behaviour!r} {parent.loss}")
            new = made_elite(f"new {count}", _WORSE - 1 + count % 3, (0.0,) * trial.measures)
            known.add(new)
            walk.strategy.tell(following.id, [] if count % 2 else [accepted(new)])


def goes_on_with_the_seed_program_alone(trial: Trial) -> None:
    """Where nothing else was accepted anew, all that follows is made of it."""
    walk = _walked(trial, 3, 60)
    strategy = _regradable(walk.strategy)
    seed_program = msgspec.structs.replace(strategy.regrade(40).parents[0], loss=_WORSE)
    strategy.regraded([seed_program])
    for _ in range(20):
        ask = walk.strategy.ask()
        require(ask.parents == (seed_program,), f"ask {ask.id} is of something else")
        walk.strategy.tell(ask.id, [])


def writes_the_epoch_down(trial: Trial) -> None:
    """A snapshot taken after an epoch began is one of that epoch."""
    for seed in range(trial.seeds):
        walk = _walked(trial, seed, 9 * seed)
        _begun(walk.strategy, seed)
        twin = trial.strategy(seed)
        if not (isinstance(walk.strategy, Resumable) and isinstance(twin, Resumable)):
            return
        twin.restore(walk.strategy.snapshot())
        require_alike(walk, {"restored in a later epoch": walk.gone_on_by(twin)}, 60)


def _walked(trial: Trial, seed: int, steps: int) -> Walk:
    walk = trial.walk(seed)
    walk.run(steps)
    walk.drain()
    return walk


def _begun(strategy: Strategy, seed: int) -> tuple[Ask, Sequence[Elite]]:
    """Begin an epoch in which losses are others and some are rejected; return the ask and the elites."""
    ask = _regradable(strategy).regrade(20)
    rng = np.random.default_rng(seed)
    kept = [elite for place, elite in enumerate(ask.parents) if place == 0 or rng.random() > 0.2]
    losses = (_WORSE + rng.permutation(len(kept))).tolist()
    elites = [
        msgspec.structs.replace(elite, loss=loss, scores=(loss, 2 * loss))
        for elite, loss in zip(kept, losses, strict=True)
    ]
    _regradable(strategy).regraded(elites)
    return ask, elites


def _regradable(strategy: Strategy) -> Regradable:
    if not isinstance(strategy, Regradable):
        raise TypeError("one was made that has no regrade")
    return strategy


CHECKS = (
    names_elites_to_judge_anew,
    begins_no_epoch_while_asks_wait,
    needs_the_seed_program,
    builds_on_the_new_epoch_alone,
    goes_on_with_the_seed_program_alone,
    writes_the_epoch_down,
)
