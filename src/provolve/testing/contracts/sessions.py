"""Proposers led through asks and verdicts by lot, on small programs or on a task's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from provolve.errors import EditRejected
from provolve.program import Function, Program, apply_edit, apply_rewrite, entry_point, lift, render
from provolve.propose import Context, Proposer
from provolve.record import Ask, Candidate, Edit, Elite, Proposal, Rejection, Vector, Verdict
from provolve.task import Task
from provolve.task.surrogate import Surrogate

Make = Callable[..., Proposer]
"""Builds a proposer from the keyword argument ``seed``."""

WINDOW, COUNT = 3, 6
_KEPT = 8
_SOURCES = (
    """# EVOLVE-BLOCK-START
def rule(item, left):
    slack = left - item
    return 2.0 - slack if slack < 0.05 else -slack * 0.5
# EVOLVE-BLOCK-END
""",
    """import math

# EVOLVE-BLOCK-START
def first(x, y):
    return x * 3 - y
# EVOLVE-BLOCK-END

LIMIT = 100

# EVOLVE-BLOCK-START
def rule(x, y):
    total = 0
    for place in range(3):
        total += math.exp(-x) * place
    return first(total, y)
# EVOLVE-BLOCK-END
""",
    """# EVOLVE-BLOCK-START
def rule(text):
    return text.upper()
# EVOLVE-BLOCK-END
""",
)
"""A rule of few numbers, two regions, and one without anything to tune."""


@dataclass(frozen=True)
class Stage:
    """A program to be improved, with what a proposer is told of it."""

    program: Program
    entry: Function
    starts: tuple[Elite, ...]
    surrogate: Surrogate | None = None

    def context(self, ask_id: int, seed: int) -> Context:
        """Return the context of an ask, with a generator of its own."""
        ranges = {} if self.surrogate else dict.fromkeys(self.entry.arguments, (0.0, 100.0))
        rng = np.random.default_rng([seed, ask_id])
        return Context(self.program, self.entry, self.starts, rng, ranges=ranges, surrogate=self.surrogate)

    def verdict(self, ask: Ask, proposal: Proposal) -> Verdict:
        """Judge a proposal by the digest of its candidate: as good as any judge where nothing is run."""
        try:
            candidate = self._candidate(ask, proposal)
        except EditRejected as rejected:
            return Verdict(None, Rejection(rejected.rejection), rejected.detail)
        except ValueError as error:  # a vector that does not fit its template
            return Verdict(None, Rejection.SYNTAX_ERROR, str(error))
        lot = int(candidate.digest[:4], 16)
        if lot % 7 == 0:
            return Verdict(candidate, Rejection.RAISED, "by lot")
        if lot % 7 == 1:
            return Verdict(candidate, Rejection.DUPLICATE_BEHAVIOUR, loss=1.0, duplicate_of="original")
        loss = lot / 2**15
        return Verdict(candidate, loss=loss, scores=(loss, loss), behaviour=candidate.digest, work=2)

    def _candidate(self, ask: Ask, proposal: Proposal) -> Candidate:
        change, texts = proposal.change, render(ask.parents[0].candidate)
        if isinstance(change, Vector):
            return Candidate.of(change.template, change.literals)
        if isinstance(change, Edit):
            return lift(self.program, apply_edit(self.program, texts, change.text))
        return lift(self.program, apply_rewrite(self.program, texts, change.regions))


def stages(task: Task | None) -> tuple[Stage, ...]:
    """Return what proposers are tried on: a task's programs, or small ones where there is no task."""
    if task is None:
        programs = [Program.parse(source) for source in _SOURCES]
        return tuple(Stage(one, entry_point(one, "rule"), (_start(one, one, 1.0),)) for one in programs)
    programs = [task.program, *task.baselines.values()]
    starts = tuple(_start(task.program, one, 1.0 + place) for place, one in enumerate(programs))
    return (Stage(task.program, task.entry, starts, task.surrogate()),)


def _start(program: Program, one: Program, loss: float) -> Elite:
    return Elite(lift(program, one.texts()), loss, (loss, loss), f"start {loss}")


@dataclass
class Session:
    """Asks of a proposer, as far ahead as the window is, and verdicts on them; ``seed`` draws parents."""

    proposer: Proposer
    stage: Stage
    seed: int
    asked: int = 0
    waiting: list[tuple[Ask, list[Proposal]]] = field(default_factory=list)
    kept: list[Elite] = field(default_factory=list)

    def propose(self) -> tuple[Ask, list[Proposal]]:
        """Ask for changes of one elite or two of those kept."""
        self.asked += 1
        rng = np.random.default_rng([5, self.seed, self.asked])
        known = [*self.stage.starts, *self.kept]
        drawn = rng.choice(len(known), size=min(len(known), int(rng.integers(1, 3))), replace=False)
        ask = Ask(self.asked, tuple(known[place] for place in drawn), int(rng.integers(1, COUNT + 1)))
        proposals = self.proposer.propose(ask, self.stage.context(ask.id, self.seed))
        self.waiting.append((ask, proposals))
        return ask, proposals

    def observe(self) -> None:
        """Tell the verdicts on the oldest ask that waits, and keep what was accepted last."""
        ask, proposals = self.waiting.pop(0)
        verdicts = [self.stage.verdict(ask, one) for one in proposals]
        for one in verdicts:
            if one.accepted and one.candidate is not None and one.loss is not None:
                self.kept.append(Elite(one.candidate, one.loss, one.scores, one.behaviour))
        del self.kept[:-_KEPT]
        self.proposer.observe(ask.id, verdicts)

    def run(self, asks: int) -> list[tuple[Ask, list[Proposal]]]:
        """Make so many asks, telling verdicts in between; return the asks with their proposals."""
        found = []
        for _ in range(asks):
            found.append(self.propose())
            while len(self.waiting) >= WINDOW:
                self.observe()
        return found

    def gone_on_by(self, proposer: Proposer) -> Session:
        """Return the session as another proposer, which is in the same state, goes on with it."""
        return Session(proposer, self.stage, self.seed, self.asked, [*self.waiting], [*self.kept])
