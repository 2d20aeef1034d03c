"""A search in this process, for tests of what the symbolic proposer finds."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from provolve.program import Program, entry_point, lift, slot_name, slot_source
from provolve.propose import Context
from provolve.propose.symbolic import SymbolicProposer
from provolve.record import Candidate, Elite, Rejection, Verdict
from provolve.search.islands import Islands

BATCH = 32
WINDOW = 4


class MiniSearch:
    """Islands, the proposer and a judge in this process, with a few asks always under way."""

    def __init__(self, source, answer, loss, *, seed, operators=None):
        self.program = Program.parse(source)
        self.entry = entry_point(self.program, None)
        self.answer, self.loss, self.seed = answer, loss, seed
        self.code = {}
        self.behaviours = {}
        self.known = set()
        self.candidates = 0
        start = lift(self.program, self.program.texts())
        verdict = self.judge(start)
        assert verdict.accepted, verdict.detail
        self.start = Elite(start, verdict.loss, (), verdict.behaviour)
        self.strategy = Islands(
            starts=[self.start], seed=np.random.SeedSequence(seed), batch=BATCH, window=WINDOW
        )
        self.proposer = SymbolicProposer(operators=operators)

    def judge(self, candidate):
        if candidate.digest in self.known:
            return Verdict(candidate, Rejection.DUPLICATE_SOURCE, duplicate_of=candidate.digest)
        self.known.add(candidate.digest)
        self.candidates += 1
        digest = candidate.template.digest
        if digest not in self.code:
            self.code[digest] = compile(slot_source(self.program, candidate.template), "candidate", "exec")
        names = {slot_name(k): value for k, value in enumerate(candidate.literals)}
        try:
            with np.errstate(all="ignore"):
                exec(self.code[digest], names)
                answer = np.asarray(self.answer(names[self.entry.name]), dtype=float)
                # A judge of one's own must refuse what is not a number before it computes with it.
                loss = float(self.loss(answer)) if np.all(np.isfinite(answer)) else math.nan
        except Exception as error:
            return Verdict(candidate, Rejection.RAISED, str(error), work=1)
        if not math.isfinite(loss):
            return Verdict(candidate, Rejection.SCORE_NOT_FINITE, work=1)
        behaviour = answer.tobytes().hex()
        original = self.behaviours.setdefault(behaviour, candidate.digest)
        if original != candidate.digest:
            return Verdict(candidate, Rejection.DUPLICATE_BEHAVIOUR, loss=loss, duplicate_of=original)
        return Verdict(candidate, loss=loss, behaviour=str(hash(behaviour)), work=1)

    def run(self, budget, target):
        """Search until the loss is at most ``target`` or the budget is spent; return the best loss."""
        waiting = deque()
        while self.candidates < budget and self.strategy.best.loss > target:
            while len(waiting) < WINDOW:
                ask = self.strategy.ask()
                rng = np.random.default_rng([self.seed, ask.id])
                context = Context(self.program, self.entry, (self.start,), rng)
                waiting.append((ask, self.proposer.propose(ask, context)))
            ask, proposals = waiting.popleft()
            assert len(proposals) <= ask.count
            changes = [proposal.change for proposal in proposals]
            verdicts = [self.judge(Candidate.of(change.template, change.literals)) for change in changes]
            self.strategy.tell(ask.id, verdicts)
            self.proposer.observe(ask.id, verdicts)
        return self.strategy.best.loss
