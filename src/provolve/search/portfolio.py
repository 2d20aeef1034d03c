"""A portfolio: several strategies side by side, and a bandit that moves the budget to those that pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import order
from provolve.search.base import Base, at_least_one, elites_of
from provolve.search.registry import build
from provolve.search.regrading import renewed_starts
from provolve.search.snapshots import check_count, read, write
from provolve.search.strategy import Regradable, Resumable, Strategy, Thinking

STRATEGIES = ("islands", "beam", "age-layers")
FLOOR = 0.1
"""Least probability of a strategy, so that one whose hour comes late is still tried."""
DISCOUNT = 0.98
"""What an old success or an old cost still counts for after one more ask told of the same strategy."""
NEW_BEST = 1.0
"""What an ask earns that brought a new best of the run."""
BETTER = 0.1
"""What an ask earns that bettered the program to improve, and no more."""


class Turn(msgspec.Struct, frozen=True):
    """Whose ask it was."""

    place: int
    ask: int
    """Its number there."""
    loss: float
    """That of the program to improve."""


class Account(msgspec.Struct, frozen=True):
    """Discounted sums of what one strategy earned, and of what that cost in counted work."""

    earned: float = 1.0
    work: float = 1.0

    def after(self, earned: float, work: float) -> Account:
        """Return the account after one more ask."""
        return Account(DISCOUNT * self.earned + earned, DISCOUNT * self.work + work)


class Member(Strategy, Regradable, Resumable, Protocol):
    """What a strategy of a portfolio must be."""


class Portfolio(Base[Turn]):
    """Hands each ask to one of several strategies, by what their asks brought lately for the work they made.

    Strategies are chosen by probability matching, as in Goldberg (1990), "Probability matching, the magnitude
    of reinforcement, and classifier system bidding", with a floor. What is earned is counted per instance
    judged and not per second, so that runs repeat. The members keep populations of their own; the best of
    the run is one more parent of every ask, so that what one finds may be crossed with what another has.

    Args:
        strategies: names of the members, each once; at least one.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start, no member, a number below 1, or a member that has no snapshots.
        UsageError: if a member is not installed.
    """

    def __init__(self, *, strategies: Sequence[str] = STRATEGIES, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(strategies=len(strategies))
        if len(set(strategies)) < len(strategies) or "portfolio" in strategies:
            raise ValueError(f"strategies are {', '.join(strategies)}: name each once, and no portfolio")
        self._members = [self._member(place, name, given) for place, name in enumerate(strategies)]
        self._accounts = [Account() for _ in strategies]
        self._best = min(self._starts, key=order)

    def _member(self, place: int, name: str, given: dict[str, Any]) -> Member:
        root = given["seed"]
        seed = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, 0, place))
        made = build(name, **{**given, "seed": seed})
        if not (isinstance(made, Regradable) and isinstance(made, Resumable)):
            raise ValueError(f"strategy {name} cannot be written down and regraded: leave it out")
        return made

    def ask(self) -> Ask:
        """Return the next request, that of the strategy whose turn it is; see `Strategy.ask`."""
        rng = self._ledger.generator(self._ledger.number())
        edges = np.cumsum(self.shares)
        place = min(int(np.searchsorted(edges, rng.random(), side="right")), len(edges) - 1)
        asked = self._members[place].ask()
        number = self._ledger.open(Turn(place, asked.id, asked.parents[0].loss))
        known = {elite.candidate.digest for elite in asked.parents}
        best = () if self._best.candidate.digest in known else (self._best,)
        return Ask(number, (*asked.parents, *best), asked.count, place, asked.thought)

    def think(self, ask_id: int, thought: str) -> None:
        """Hand the thought to the strategy whose ask it was; see `Thinking.think`."""
        turn = self._ledger.noted(ask_id)
        member = self._members[turn.place]
        if isinstance(member, Thinking):
            member.think(turn.ask, thought)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Tell the strategy whose ask it was, and note what it earned; see `Strategy.tell`."""
        turn = self._ledger.close(ask_id)
        self._members[turn.place].tell(turn.ask, verdicts)
        top = min(elites_of(verdicts), key=order, default=None)
        earned = 0.0
        if top is not None and top.loss < turn.loss:
            earned = NEW_BEST if top.loss < self._best.loss else BETTER
        if top is not None and order(top) < order(self._best):
            self._best = top
        work = sum(max(1, verdict.work) for verdict in verdicts)
        self._accounts[turn.place] = self._accounts[turn.place].after(earned, max(1, work))

    @property
    def shares(self) -> tuple[float, ...]:
        """The probability of each strategy to be asked next; they sum to 1."""
        rates = np.array([account.earned / account.work for account in self._accounts])
        floor = min(FLOOR, 1 / len(rates))
        return tuple(map(float, floor + (1 - floor * len(rates)) * rates / rates.sum()))

    def regrade(self, most: int) -> Ask:
        """Return a request to have elites of all strategies judged anew; see `Regradable.regrade`."""
        number = self._ledger.skip()
        each = -(-most // len(self._members))
        found: dict[str, Elite] = {elite.candidate.digest: elite for elite in self._starts}
        found.setdefault(self._best.candidate.digest, self._best)
        for member in self._members:
            found |= {elite.candidate.digest: elite for elite in member.regrade(each).parents}
        elites = tuple(found.values())[: max(most, len(self._starts))]
        return Ask(number, elites, len(elites))

    def regraded(self, elites: Sequence[Elite]) -> None:
        """Let every strategy go on from its own elites as they are judged now; see `Regradable.regraded`."""
        self._starts = renewed_starts(self._starts, {elite.candidate.digest: elite for elite in elites})
        for member in self._members:
            member.regraded(elites)
        self._best = min(elites, key=order)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        members = tuple(member.snapshot() for member in self._members)
        ledger, accounts = self._ledger, tuple(self._accounts)
        return write(_Saved(ledger.asked, ledger.waiting, members, accounts, self._best, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`.

        Raises:
            StoreError: if ``data`` is no snapshot of as many strategies, or of others.
        """
        saved = read(data, _Saved)
        check_count(len(saved.members), len(self._members), "strategies")
        for member, state in zip(self._members, saved.members, strict=True):
            member.restore(state)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._accounts, self._best = [*saved.accounts], saved.best


class _Saved(msgspec.Struct, frozen=True, tag="portfolio/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, Turn]
    members: tuple[bytes, ...]
    accounts: tuple[Account, ...]
    best: Elite
    starts: tuple[Elite, ...]
