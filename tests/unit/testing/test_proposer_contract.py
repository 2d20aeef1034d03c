"""The contract of proposers holds for ours, and each of its rules refuses one that breaks it."""

import random
from functools import partial

import msgspec
import numpy as np
import pytest

from provolve.propose.numeric import NumericProposer
from provolve.propose.symbolic import SymbolicProposer
from provolve.propose.symbolic.operators import OPERATORS
from provolve.record import Edit, Proposal, Rewrite, Vector
from provolve.task import load
from provolve.testing import ContractBroken, check_proposer
from provolve.testing.contracts.proposers import RULES

NAMES = {rule.name for rule in RULES}


@pytest.mark.parametrize("operators", [tuple(OPERATORS), ("gaussian", "cma-es")])
def test_the_symbolic_proposer_keeps_every_rule(operators):
    assert set(check_proposer(partial(SymbolicProposer, operators=operators), seeds=2)) == NAMES


def test_the_numeric_proposer_keeps_every_rule():
    def make(seed):
        return NumericProposer(chains=2, hops=1, patience=2)

    task = load("circle-packing", {"n": "2"})
    assert set(check_proposer(make, task=task, seeds=1)) == NAMES - {"goes_on_in_a_later_epoch"}


class State(msgspec.Struct):
    spread: float
    waiting: dict[int, int]


class Sound:
    """Multiplies literals by factors whose spread follows success; each child below has one fault."""

    def __init__(self, *, seed) -> None:
        self.state = State(0.3, {})

    def propose(self, ask, context):
        parent = ask.parents[0].candidate
        found = [self.change(parent, self.rng(context)) for _ in range(ask.count)] if parent.literals else []
        self.state.waiting[ask.id] = len(found)
        return found

    def rng(self, context):
        return context.rng

    def change(self, parent, rng) -> Proposal:
        kinds, factors = parent.template.kinds, rng.lognormal(0.0, self.state.spread, len(parent.literals))
        scaled = [value * float(factor) for value, factor in zip(parent.literals, factors, strict=True)]
        literals = [round(value) if kind == "i" else value for value, kind in zip(scaled, kinds, strict=True)]
        return Proposal("rescale", (parent.digest,), Vector(parent.template, tuple(literals)))

    def observe(self, ask_id, verdicts):
        if self.state.waiting.get(ask_id) != len(verdicts):
            raise ValueError(f"ask {ask_id} waits for other verdicts")
        del self.state.waiting[ask_id]
        for verdict in verdicts:
            self.learn(verdict)

    def learn(self, verdict):
        self.state.spread = min(1.0, max(0.01, self.state.spread * (1.1 if verdict.accepted else 0.9)))

    def snapshot(self):
        return msgspec.msgpack.encode(self.state)

    def restore(self, data):
        self.state = msgspec.msgpack.decode(data, type=State)

    def begin_epoch(self, elites):
        self.state.spread = 0.3


def test_one_without_a_fault_keeps_them_all():
    assert set(check_proposer(Sound)) == NAMES


class ByText(Sound):
    """Proposes edits that match nowhere, and rewrites: nothing is wrong with that."""

    def change(self, parent, rng):
        if rng.random() < 0.5:
            return Proposal("edit", (), Edit("<<<<<<< SEARCH\nnowhere\n=======\n\n>>>>>>> REPLACE"))
        return Proposal("rewrite", (), Rewrite(("def rule(:\n",) * len(parent.template.regions)))


class NeedsALoss(Sound):
    def learn(self, verdict):
        self.state.spread /= 1.0 + abs(verdict.loss)


class DrawsFromThePythonOfAll(Sound):
    def change(self, parent, rng):
        self.state.spread = random.uniform(0.1, 0.2)
        return super().change(parent, rng)


class DrawsFromTheNumpyOfAll(Sound):
    def rng(self, context):
        return np.random


class DrawsFromAnywhere(Sound):
    def rng(self, context):
        return np.random.default_rng()


class ProposesTooMuch(Sound):
    def propose(self, ask, context):
        found = super().propose(ask, context) * 2
        self.state.waiting[ask.id] = len(found)
        return found


class ForgetsWhole(Sound):
    def change(self, parent, rng):
        made = super().change(parent, rng)
        floats = tuple(float(value) + 0.5 for value in made.change.literals)
        return msgspec.structs.replace(made, change=Vector(parent.template, floats))


class SaysInfinity(Sound):
    def change(self, parent, rng):
        return Proposal("rescale", (), Vector(parent.template, (float("inf"),) * len(parent.literals)))


class LeavesOneOut(Sound):
    def change(self, parent, rng):
        made = super().change(parent, rng)
        return msgspec.structs.replace(made, change=Vector(parent.template, made.change.literals[1:]))


class NamesNobody(Sound):
    def change(self, parent, rng):
        return msgspec.structs.replace(super().change(parent, rng), operator="")


class InventsAParent(Sound):
    def change(self, parent, rng):
        return msgspec.structs.replace(super().change(parent, rng), parents=("0" * 32,))


class RewritesOneRegionTooMany(Sound):
    def change(self, parent, rng):
        return Proposal("rewrite", (), Rewrite(("def rule(x):\n    return x\n",) * 3))


class KeepsAll(Sound):
    def __init__(self, *, seed):
        super().__init__(seed=seed)
        self.all = []

    def learn(self, verdict):
        self.all.append(verdict)


class HearsAnything(Sound):
    def observe(self, ask_id, verdicts):
        self.state.waiting.pop(ask_id, None)


class DoesNotCountVerdicts(Sound):
    def observe(self, ask_id, verdicts):
        if ask_id not in self.state.waiting:
            raise ValueError("unknown")
        super().observe(ask_id, verdicts[: self.state.waiting[ask_id]])


class HasAGeneratorOfItsOwn(Sound):
    def __init__(self, *, seed):
        super().__init__(seed=seed)
        self.own = np.random.default_rng(seed)

    def rng(self, context):
        return self.own


class ForgetsWhatWaits(Sound):
    def snapshot(self):
        return msgspec.msgpack.encode(msgspec.structs.replace(self.state, waiting={}))


class ForgetsItsSpread(Sound):
    def restore(self, data):
        super().restore(data)
        self.state.spread = 0.3


class StopsAtAnEpoch(Sound):
    def begin_epoch(self, elites):
        self.state.spread = np.random.default_rng().random()


BROKEN = {
    "takes_any_verdict": [NeedsALoss],
    "repeats_by_its_seed": [DrawsFromThePythonOfAll, DrawsFromTheNumpyOfAll, DrawsFromAnywhere],
    "proposes_what_can_be_judged": [
        ProposesTooMuch,
        ForgetsWhole,
        SaysInfinity,
        LeavesOneOut,
        NamesNobody,
        InventsAParent,
        RewritesOneRegionTooMany,
    ],
    "costs_no_more_later": [KeepsAll],
    "is_told_each_ask_once": [HearsAnything, DoesNotCountVerdicts],
    "goes_on_from_its_snapshot": [HasAGeneratorOfItsOwn, ForgetsWhatWaits, ForgetsItsSpread],
    "goes_on_in_a_later_epoch": [StopsAtAnEpoch],
}


def test_every_rule_is_tried():
    assert set(BROKEN) == NAMES


def test_edits_and_rewrites_that_cannot_be_applied_are_nothing_wrong():
    assert set(check_proposer(ByText)) == NAMES


@pytest.mark.parametrize(("rule", "make"), [(rule, make) for rule, makes in BROKEN.items() for make in makes])
def test_whoever_breaks_a_rule_is_refused_by_its_name(rule, make):
    with pytest.raises(ContractBroken, match=rf"^{rule}: ") as refused:
        check_proposer(make)
    assert refused.value.rule == rule


def test_nobody_is_held_to_what_it_does_not_promise():
    class Plain:
        def __init__(self, *, seed):
            """Have no state."""

        def propose(self, ask, context):
            return Sound(seed=1).propose(ask, context)

        def observe(self, ask_id, verdicts):
            """Learn nothing."""

    kept = check_proposer(Plain)
    assert set(kept) == {rule.name for rule in RULES if rule.needs is None}
