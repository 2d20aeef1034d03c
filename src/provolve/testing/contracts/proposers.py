"""What every proposer promises, as functions that refuse one that does not keep it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from provolve.propose import Proposer
from provolve.propose.proposer import Regrading, Resumable
from provolve.record import Ask, Edit, Elite, Proposal, Rejection, Vector, Verdict
from provolve.task import Task
from provolve.testing.contracts.contract import (
    Rule,
    calls_of,
    footprint,
    global_chance,
    keep,
    require,
    require_refusal,
)
from provolve.testing.contracts.sessions import Make, Session, Stage, stages

_EARLY, _LATE, _MEASURED = 60, 180, 20
"""Asks observed before the cost is measured first, and again, and asks that it is measured over."""
_GROWTH = 1.5
"""By how much state and work may grow from the first time to the second; what keeps all grows by 3."""


def check_proposer(make: Make, *, task: Task | None = None, seeds: int = 3) -> tuple[str, ...]:
    """Check that a proposer keeps what `Proposer` promises, and what it promises besides.

    Args:
        make: builds a new one from the keyword argument ``seed``, as the engine does: the class itself, or
            ``functools.partial`` of it with options.
        task: whose program is to be improved, with its surrogate; three small programs where None.
        seeds: how often what depends on chance is tried; at least 1.

    Returns:
        The names of the rules that were checked. Those on snapshots, and on being told each ask once, concern
        proposers that have a state and so are `Resumable`; those on epochs `Regrading` ones.

    Raises:
        ContractBroken: at the first rule that does not hold.
    """
    trial = Trial(make, stages(task), seeds)
    return keep(RULES, trial, trial.proposer())


@dataclass(frozen=True)
class Trial:
    """A proposer to be tried: how it is made, on what, with how many seeds."""

    make: Make
    stages: tuple[Stage, ...]
    seeds: int

    def proposer(self, seed: int = 1) -> Proposer:
        """Return a new proposer."""
        return self.make(seed=seed)

    def sessions(self) -> list[Session]:
        """Return a session of a new proposer on each stage with each seed."""
        return [self.session(stage, seed) for stage in self.stages for seed in range(self.seeds)]

    def session(self, stage: Stage, seed: int = 1) -> Session:
        """Return a session of a new proposer."""
        return Session(self.proposer(seed), stage, seed)


# Proposing and observing ------------------------------------------------------------------------------


def takes_any_verdict(trial: Trial) -> None:
    """Whatever the reason of a rejection, it goes on."""
    for stage in trial.stages:
        session = trial.session(stage)
        for reason in Rejection:
            ask, proposals = session.propose()
            session.waiting.clear()
            session.proposer.observe(ask.id, [Verdict(None, reason, "why")] * len(proposals))
        session.run(3)


def repeats_by_its_seed(trial: Trial) -> None:
    """The same seed, asks and verdicts give the same proposals, whatever else draws from the process's
    generators."""
    for stage in trial.stages:
        for seed in range(trial.seeds):
            found = []
            for elsewhere in (1, 2):
                with global_chance(elsewhere):
                    found.append(trial.session(stage, seed).run(30))
            for one, other in zip(*found, strict=True):
                require(one == other, f"with seed {seed}, what ask {one[0].id} brings differs a second time")


def proposes_what_can_be_judged(trial: Trial) -> None:
    """No more than was asked for, by a named operator, of parents that were named, in a form that fits."""
    for session in trial.sessions():
        known = {start.candidate.digest for start in session.stage.starts}
        for ask, proposals in session.run(30):
            known |= {parent.candidate.digest for parent in ask.parents}
            seen = f"{len(proposals)} proposals came for ask {ask.id}, which is for {ask.count}"
            require(len(proposals) <= ask.count, seen)
            for proposal in proposals:
                require(proposal.operator, f"a proposal for ask {ask.id} names no operator")
                require(set(proposal.parents) <= known, f"ask {ask.id} names no parent {proposal.parents}")
                _require_fit(session.stage, ask, proposal)


def _require_fit(stage: Stage, ask: Ask, proposal: Proposal) -> None:
    change = proposal.change
    if isinstance(change, Edit):
        require(isinstance(change.text, str), f"an edit for ask {ask.id} is no text")
    elif isinstance(change, Vector):
        kinds, literals = change.template.kinds, change.literals
        require(
            len(literals) == len(kinds), f"{len(literals)} literals for a template of {len(kinds)}: {change}"
        )
        for kind, literal in zip(kinds, literals, strict=True):
            whole = type(literal) is int
            require(whole == (kind == "i") and math.isfinite(literal), f"{literal!r} is of no kind {kind!r}")
    else:
        regions, wanted = len(change.regions), len(stage.program.regions)
        require(regions == wanted, f"a rewrite for ask {ask.id} has {regions} regions of {wanted}")


def costs_no_more_later(trial: Trial) -> None:
    """What it holds, and what an ask takes, do not grow with the number of candidates observed."""
    stage = trial.stages[0]
    session = trial.session(stage)

    def lead(asks: int) -> None:
        for _ in range(asks):
            session.run(1)
            session.kept.clear()

    found = []
    for asks in (_EARLY, _LATE - _EARLY - _MEASURED):
        lead(asks)
        found.append((footprint(session.proposer), calls_of(lambda: lead(_MEASURED))))
    (held, work), (later_held, later_work) = found
    when = f"after {_EARLY} asks and after {_LATE}"
    require(later_held <= _GROWTH * held, f"it holds {held} and {later_held} bytes {when}")
    require(later_work <= _GROWTH * work, f"{_MEASURED} asks take {work} and {later_work} calls {when}")


# State ------------------------------------------------------------------------------------------------


def is_told_each_ask_once(trial: Trial) -> None:
    """Asks that are unknown or were observed, and another number of verdicts, are refused."""
    session = trial.session(trial.stages[0])
    (ask, proposals), other = session.propose(), session.propose()
    verdicts = [session.stage.verdict(ask, one) for one in proposals]
    observe = session.proposer.observe
    require_refusal(ValueError, partial(observe, 9, []), "verdicts on ask 9, where 1 and 2 wait,")
    more = [*verdicts, Verdict(None, Rejection.RAISED)]
    require_refusal(ValueError, partial(observe, ask.id, more), "one verdict more than proposals")
    observe(ask.id, verdicts)
    require_refusal(ValueError, partial(observe, ask.id, verdicts), "verdicts on an ask a second time")
    observe(other[0].id, [session.stage.verdict(other[0], one) for one in other[1]])


def goes_on_from_its_snapshot(trial: Trial) -> None:
    """Who is restored goes on as the unbroken one does, asks that wait among it."""
    for place, unbroken in enumerate(trial.sessions()):
        written = trial.session(unbroken.stage, unbroken.seed)
        for session in (unbroken, written):
            session.run(1 + 7 * place % 40)
        data = _resumable(written.proposer).snapshot()
        twin = trial.proposer(unbroken.seed)
        _resumable(twin).restore(data)
        require(_resumable(twin).snapshot() == data, "the snapshot of who was restored is another one")
        resumed = unbroken.gone_on_by(twin)
        wanted = unbroken.run(20)
        for name, other in (("its snapshot being taken", written), ("restored", resumed)):
            for one, found in zip(wanted, other.run(20), strict=True):
                require(one == found, f"{name}, what ask {one[0].id} brings differs")
        ends = [_resumable(each.proposer).snapshot() for each in (unbroken, resumed)]
        require(ends[0] == ends[1], "20 asks after the snapshot the states differ")


def goes_on_in_a_later_epoch(trial: Trial) -> None:
    """Told what elites are worth now, it goes on, and repeats."""
    for stage in trial.stages:
        found = []
        for _ in range(2):
            session = trial.session(stage)
            session.run(20)
            while session.waiting:
                session.observe()
            session.kept = [Elite(one.candidate, 9.0, (9.0, 9.0), "") for one in session.kept]
            if not isinstance(session.proposer, Regrading):
                raise TypeError("one was made that has no begin_epoch")
            session.proposer.begin_epoch([*stage.starts, *session.kept])
            found.append(session.run(20))
        require(found[0] == found[1], "after an epoch began, the same asks bring other proposals")


def _resumable(proposer: Proposer) -> Resumable:
    if not isinstance(proposer, Resumable):
        raise TypeError("one was made that has no snapshot")
    return proposer


RULES: tuple[Rule[Trial], ...] = (
    Rule(takes_any_verdict),
    Rule(repeats_by_its_seed),
    Rule(proposes_what_can_be_judged),
    Rule(costs_no_more_later),
    Rule(is_told_each_ask_once, Resumable),
    Rule(goes_on_from_its_snapshot, Resumable),
    Rule(goes_on_in_a_later_epoch, Regrading),
)
