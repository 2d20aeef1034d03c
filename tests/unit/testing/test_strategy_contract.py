"""The contract of strategies holds for all of ours, and each of its rules refuses one that breaks it."""

import random
import time
from functools import partial

import msgspec
import numpy as np
import pytest

from provolve.errors import StoreError
from provolve.record import Ask, Elite
from provolve.search import build, names
from provolve.search.archive import elite_of
from provolve.testing import ContractBroken, check_strategy
from provolve.testing.contracts.strategies import RULES

OPTIONS = {
    "islands": [
        {
            "islands": 3,
            "patience": 4,
            "migrate_every": 3,
            "reset_every": 11,
            "capacity": 10,
            "per_template": 3,
        },
        {"islands": 2, "patience": 6, "regrid_every": 5, "capacity": 9},
    ],
    "hill-climb": [{"patience": 3}],
    "best-of-n": [{"n": 20}],
    "beam": [{"width": 4, "turns": 1}],
    "tree": [{"capacity": 9}],
    "scattered-forest": [{"trees": 2, "capacity": 12}],
    "map-elites": [{"cells": 9, "regrid_every": 5}],
    "novelty": [{"capacity": 12}],
    "age-layers": [{"layers": 3, "gap": 5, "capacity": 8}],
}
"""Settings with which little suffices for all that a strategy can do to happen."""
OURS = [(name, options) for name in names() for options in ({}, *OPTIONS.get(name, []))]


@pytest.mark.parametrize("measures", [0, 2])
@pytest.mark.parametrize(("name", "options"), OURS)
def test_ours_keep_every_rule(name, options, measures):
    kept = check_strategy(partial(build, name, **options), measures=measures, seeds=10 if options else 4)
    thinking = {"names_thoughts_of_open_asks"} if name in ("tree", "portfolio") else set()
    assert set(kept) == {rule.name for rule in RULES} - {"names_thoughts_of_open_asks"} | thinking


class State(msgspec.Struct):
    asked: int
    waiting: dict[int, str]
    kept: list[Elite]
    starts: list[Elite]


class Sound:
    """Improves one of the best ten, drawn by lot; each child below has one fault."""

    def __init__(self, *, starts, seed, batch, window) -> None:
        self.seed, self.batch, self.window = seed, batch, window
        self.state = State(0, {}, list(starts), list(starts))

    def rng(self):
        key = (*self.seed.spawn_key, self.state.asked)
        return np.random.default_rng(np.random.SeedSequence(self.seed.entropy, spawn_key=key))

    def ask(self) -> Ask:
        if self.full():
            raise ValueError("the window is full")
        self.state.asked += 1
        parent = self.drawn()
        self.state.waiting[self.state.asked] = parent.behaviour
        return Ask(self.state.asked, (parent,), self.batch)

    def full(self) -> bool:
        return len(self.state.waiting) >= self.window

    def drawn(self) -> Elite:
        return self.state.kept[int(self.rng().integers(len(self.state.kept)))]

    def tell(self, ask_id, verdicts) -> None:
        if ask_id not in self.state.waiting:
            raise ValueError(f"ask {ask_id} does not wait")
        del self.state.waiting[ask_id]
        self.learn([elite for elite in map(elite_of, verdicts) if elite is not None])

    def learn(self, elites) -> None:
        self.state.kept = sorted([*self.state.kept, *elites], key=lambda elite: elite.loss)[:10]

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.state)

    def restore(self, data: bytes) -> None:
        try:
            self.state = msgspec.msgpack.decode(data, type=State)
        except msgspec.DecodeError as error:
            raise StoreError(str(error)) from error

    def regrade(self, most: int) -> Ask:
        if self.state.waiting:
            raise ValueError("an ask waits")
        self.state.asked += 1
        return Ask(self.state.asked, tuple(self.named(most)), 1)

    def named(self, most: int) -> list[Elite]:
        found = {elite.candidate.digest: elite for elite in self.state.starts}
        for elite in self.state.kept:
            if len(found) < most:
                found.setdefault(elite.candidate.digest, elite)
        return list(found.values())

    def regraded(self, elites) -> None:
        known = {elite.candidate.digest: elite for elite in elites}
        if self.state.starts[0].candidate.digest not in known:
            raise ValueError("the seed program is missing")
        self.state.starts = self.state.kept = list(elites)


def test_one_without_a_fault_keeps_them_all():
    assert len(check_strategy(Sound)) == len(RULES) - 1


class Skips(Sound):
    def ask(self):
        self.state.asked += self.state.asked == 7
        return super().ask()


class AsksForNothing(Sound):
    def ask(self):
        return msgspec.structs.replace(super().ask(), count=0)


class NamesAParentTwice(Sound):
    def ask(self):
        ask = super().ask()
        return msgspec.structs.replace(ask, parents=ask.parents * 2)


class AsksOnAndOn(Sound):
    def full(self):
        return False


class CountsWhatItRefuses(Sound):
    def full(self):
        refused = super().full()
        self.state.asked += refused
        return refused


class HearsTwice(Sound):
    def tell(self, ask_id, verdicts):
        if 0 < ask_id <= self.state.asked:
            self.state.waiting.setdefault(ask_id, "")
        super().tell(ask_id, verdicts)


class SaysKeyError(Sound):
    def tell(self, ask_id, verdicts):
        del self.state.waiting[ask_id]


class NeedsALoss(Sound):
    def tell(self, ask_id, verdicts):
        sorted(verdicts, key=lambda verdict: verdict.candidate.digest)
        super().tell(ask_id, verdicts)


class KeepsTheRejected(Sound):
    def tell(self, ask_id, verdicts):
        super().tell(ask_id, verdicts)
        self.learn([Elite(one.candidate, 0.0, (), "rejected") for one in verdicts if one.candidate])


class Flatters(Sound):
    def learn(self, elites):
        super().learn([msgspec.structs.replace(elite, loss=elite.loss / 2) for elite in elites])


class DrawsFromThePythonOfAll(Sound):
    def drawn(self):
        return random.choice(self.state.kept)


class DrawsFromTheNumpyOfAll(Sound):
    def drawn(self):
        return self.state.kept[np.random.randint(len(self.state.kept))]


class DrawsFromAnywhere(Sound):
    def rng(self):
        return np.random.default_rng()


class GoesByTheClock(Sound):
    def rng(self):
        return np.random.default_rng(time.perf_counter_ns())


class HasAGeneratorOfItsOwn(Sound):
    def __init__(self, **given):
        super().__init__(**given)
        self.own = np.random.default_rng(given["seed"])

    def rng(self):
        return self.own


class ForgetsWhatWaits(Sound):
    def snapshot(self):
        return msgspec.msgpack.encode(msgspec.structs.replace(self.state, waiting={}))


class ForgetsTheWorst(Sound):
    def restore(self, data):
        super().restore(data)
        self.state.kept = self.state.kept[:3]


class ChangesAsItIsWrittenDown(Sound):
    def snapshot(self):
        data = super().snapshot()
        self.state.kept = self.state.kept[:2]
        return data


class TakesAnything(Sound):
    def restore(self, data):
        try:
            super().restore(data)
        except StoreError:
            return


class SaysDecodeError(Sound):
    def restore(self, data):
        self.state = msgspec.msgpack.decode(data, type=State)


class KeepsAll(Sound):
    def learn(self, elites):
        self.state.kept += elites


class LooksBack(Sound):
    def drawn(self):
        sum(abs(number) for number in range(self.state.asked))
        return super().drawn()


class NamesTheBestFirst(Sound):
    def named(self, most):
        return sorted(super().named(most), key=lambda elite: elite.loss)


class NamesAll(Sound):
    def named(self, most):
        return super().named(99)


class NamesTwice(Sound):
    def named(self, most):
        return [*self.state.starts, *self.state.kept][: max(most, 3)]


class BeginsWhileAsksWait(Sound):
    def regrade(self, most):
        self.state.waiting.clear()
        return super().regrade(most)


class DoesWithoutTheSeedProgram(Sound):
    def regraded(self, elites):
        self.state.starts = self.state.kept = list(elites) or self.state.starts


class KeepsOldLosses(Sound):
    def regraded(self, elites):
        old = self.state.kept
        super().regraded(elites)
        self.state.kept = [*old, *elites]


class GoesBackWhereOneIsLeft(Sound):
    def regraded(self, elites):
        old = self.state.starts
        super().regraded(elites)
        if len(elites) == 1:
            self.state.kept = [*elites, *old[1:]]


class DoesNotCountTheEpoch(Sound):
    def regrade(self, most):
        ask = super().regrade(most)
        self.state.asked -= 1
        return ask


class ForgetsTheEpoch(Sound):
    def __init__(self, **given):
        super().__init__(**given)
        self.later = False

    def regraded(self, elites):
        super().regraded(elites)
        self.later = True

    def drawn(self):
        return self.state.kept[0] if self.later else super().drawn()


class Thinks(Sound):
    def think(self, ask_id, thought):
        if ask_id not in self.state.waiting:
            raise ValueError("it does not wait")


class ThinksOfAnything(Sound):
    def think(self, ask_id, thought):
        """Take it."""


BROKEN = {
    "numbers_its_asks": [Skips, AsksForNothing, NamesAParentTwice],
    "keeps_to_its_window": [AsksOnAndOn, CountsWhatItRefuses],
    "is_told_each_ask_once": [HearsTwice, SaysKeyError],
    "takes_any_verdict": [NeedsALoss, KeepsTheRejected],
    "builds_on_what_was_accepted": [Flatters],
    "repeats_by_its_seed": [
        DrawsFromThePythonOfAll,
        DrawsFromTheNumpyOfAll,
        DrawsFromAnywhere,
        GoesByTheClock,
    ],
    "costs_no_more_later": [KeepsAll, LooksBack],
    "goes_on_from_its_snapshot": [
        HasAGeneratorOfItsOwn,
        ForgetsWhatWaits,
        ForgetsTheWorst,
        ChangesAsItIsWrittenDown,
    ],
    "refuses_what_is_no_snapshot": [TakesAnything, SaysDecodeError],
    "names_elites_to_judge_anew": [NamesTheBestFirst, NamesAll, NamesTwice],
    "begins_no_epoch_while_asks_wait": [BeginsWhileAsksWait],
    "needs_the_seed_program": [DoesWithoutTheSeedProgram],
    "builds_on_the_new_epoch_alone": [KeepsOldLosses, DoesNotCountTheEpoch],
    "goes_on_with_the_seed_program_alone": [GoesBackWhereOneIsLeft],
    "writes_the_epoch_down": [ForgetsTheEpoch],
    "names_thoughts_of_open_asks": [ThinksOfAnything],
}


def test_every_rule_is_tried():
    assert set(BROKEN) == {rule.name for rule in RULES}
    assert len(check_strategy(Thinks)) == len(RULES)


@pytest.mark.parametrize(("rule", "make"), [(rule, make) for rule, makes in BROKEN.items() for make in makes])
def test_whoever_breaks_a_rule_is_refused_by_its_name(rule, make):
    with pytest.raises(ContractBroken, match=rf"^{rule}: ") as refused:
        check_strategy(make)
    assert refused.value.rule == rule


def test_nobody_is_held_to_what_it_does_not_promise():
    class Plain:
        def __init__(self, **given):
            self._sound = Sound(**given)
            self.ask, self.tell = self._sound.ask, self._sound.tell

    kept = check_strategy(Plain)
    assert set(kept) == {rule.name for rule in RULES if rule.needs is None}
