"""The proposer that edits Python by its syntax tree and tunes its literals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.errors import UsageError
from provolve.propose.proposer import Context
from provolve.propose.symbolic.bandit import Bandit, BanditState, reward
from provolve.propose.symbolic.operator import (
    Operator,
    OperatorContext,
    RegradingOperator,
    StatefulOperator,
)
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.parsed import ParsedCache
from provolve.record import Ask, Elite, Proposal, Verdict

OPERATORS_PER_ASK = 3
"""An operator that fills an ask only in part is followed by another, up to this many."""
PARSED_KEPT = 256
GROWTH_OF_FORMULAS = 32
"""Most nodes beyond the largest start where the program has a vocabulary: laws are short."""


class _Pending(msgspec.Struct):
    """What an ask was given, until its verdicts come."""

    operators: list[str]
    parent_losses: list[float]


class _State(msgspec.Struct):
    bandit: BanditState
    best: float | None
    pending: list[tuple[int, _Pending]]
    operators: dict[str, bytes]


class SymbolicProposer:
    """Proposes edits of expressions and vectors of literals; a bandit chooses among the operators.

    Most asks are answered by one operator. Structural children come as a few vectors of each new template,
    tuned ones all as vectors of the parent's template. The same seed, asks and verdicts give the same
    proposals.
    """

    def __init__(
        self, *, seed: int | None = None, operators: Sequence[str] | None = None, growth: int = 80
    ) -> None:
        """Set up the operators.

        Args:
            seed: mixed into the generator of every ask, so that two proposers of a run differ; at least 0.
            operators: names of the operators to use; all by default.
            growth: nodes of the syntax tree, at least 0, that a child may have beyond the largest start.

        Raises:
            UsageError: if an operator is unknown, none is named, or a number is negative.
        """
        names = list(OPERATORS) if operators is None else list(dict.fromkeys(operators))
        for name in names:
            if name not in OPERATORS:
                raise UsageError(f"there is no operator {name!r}: choose among {', '.join(OPERATORS)}")
        if not names:
            raise UsageError(f"operators names none: choose among {', '.join(OPERATORS)}")
        for setting, value in (("seed", seed), ("growth", growth)):
            if value is not None and value < 0:
                raise UsageError(f"{setting} is {value}: give a whole number from 0")
        self._seed = seed
        self._growth = growth
        self._operators: dict[str, Operator] = {name: OPERATORS[name]() for name in names}
        self._bandit = Bandit(names)
        self._cache = ParsedCache(PARSED_KEPT)
        self._pending: dict[int, _Pending] = {}
        self._best: float | None = None

    def propose(self, ask: Ask, context: Context) -> list[Proposal]:
        """Return at most ``ask.count`` proposals; none where no operator finds anything to change.

        Raises:
            ValueError: if the ask has no parent, or an ask of this id is outstanding.
        """
        if not ask.parents:
            raise ValueError(f"ask {ask.id} names no parent: the first parent is the one to improve")
        if ask.id in self._pending:
            raise ValueError(f"ask {ask.id} was proposed for already and awaits its verdicts")
        for elite in ask.parents:
            self._note(elite.loss)
        proposals = self._fill(ask, self._operator_context(ask, context))
        losses = {elite.candidate.digest: elite.loss for elite in ask.parents}
        self._pending[ask.id] = _Pending(
            [proposal.operator for proposal in proposals],
            [losses.get(proposal.parents[0], ask.parents[0].loss) for proposal in proposals],
        )
        return proposals

    def _operator_context(self, ask: Ask, context: Context) -> OperatorContext:
        rng = context.rng
        if self._seed is not None:
            rng = np.random.default_rng([self._seed, int(rng.integers(2**63))])
        starts = context.starts or ask.parents
        largest = max(elite.candidate.template.nodes for elite in starts)
        parsed = self._cache.get(context.program, starts[0].candidate.template)
        growth = min(self._growth, GROWTH_OF_FORMULAS) if parsed.modules.vocabulary else self._growth
        return OperatorContext(
            context.program,
            context.starts,
            rng,
            ask.id,
            largest + growth,
            self._cache,
            ranges=context.ranges,
            elementwise=context.elementwise,
            start_nodes=largest,
            units=context.units,
        )

    def _fill(self, ask: Ask, context: OperatorContext) -> list[Proposal]:
        parent, others = ask.parents[0], ask.parents[1:]
        left = list(self._operators)
        proposals: list[Proposal] = []
        used = 0
        while left and used < OPERATORS_PER_ASK and len(proposals) < ask.count:
            name = self._bandit.choose(left, context.rng)
            left.remove(name)
            operator = self._operators[name]
            if operator.applicable(parent, context):  # asked last: it may have to parse the parent
                used += 1
                proposals += operator.propose(parent, others, ask.count - len(proposals), context)
        return proposals

    def _note(self, loss: float) -> None:
        if math.isfinite(loss) and (self._best is None or loss < self._best):
            self._best = loss

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts of an ask: the bandit learns, and so do operators that keep a state.

        Raises:
            ValueError: if the ask is unknown or observed already, or the number of verdicts is another.
        """
        pending = self._pending.get(ask_id)
        if pending is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        if len(verdicts) != len(pending.operators):
            raise ValueError(
                f"ask {ask_id} had {len(pending.operators)} proposals and {len(verdicts)} verdicts came"
            )
        del self._pending[ask_id]
        for name in dict.fromkeys(pending.operators):
            places = [place for place, used in enumerate(pending.operators) if used == name]
            self._learn(name, [(verdicts[place], pending.parent_losses[place]) for place in places])
            operator = self._operators[name]
            if isinstance(operator, StatefulOperator):
                operator.observe(ask_id, [verdicts[place] for place in places])
        for verdict in verdicts:
            if verdict.accepted and verdict.loss is not None:
                self._note(verdict.loss)

    def _learn(self, name: str, judged: Sequence[tuple[Verdict, float]]) -> None:
        """Reward an operator for the best of its batch, at the cost of the whole batch."""
        best = math.inf if self._best is None else self._best
        rewards = [
            reward(verdict.loss, parent, best)
            for verdict, parent in judged
            if verdict.accepted and verdict.loss is not None
        ]
        self._bandit.learn(name, max(rewards, default=0.0), sum(max(1, v.work) for v, _ in judged))

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Forget what was lost in earlier epochs; what operators are worth stays."""
        self._best = None
        for elite in elites:
            self._note(elite.loss)
        for operator in self._operators.values():
            if isinstance(operator, RegradingOperator):
                operator.begin_epoch(elites)

    def snapshot(self) -> bytes:
        """Return the whole state: bandit, outstanding asks and the operators' own."""
        operators = {
            name: operator.snapshot()
            for name, operator in self._operators.items()
            if isinstance(operator, StatefulOperator)
        }
        state = _State(self._bandit.snapshot(), self._best, list(self._pending.items()), operators)
        return msgspec.msgpack.encode(state)

    def restore(self, data: bytes) -> None:
        """Take on the state of a proposer that was built alike.

        Raises:
            UsageError: if the state is of a proposer with other operators.
        """
        state = msgspec.msgpack.decode(data, type=_State)
        unknown = {name for _, asked in state.pending for name in asked.operators} | set(state.operators)
        if not unknown <= set(self._operators):
            raise UsageError(
                f"the state is of a proposer with the operators {sorted(unknown)}: build this one alike"
            )
        self._bandit.restore(state.bandit)
        self._best = state.best
        self._pending = dict(state.pending)
        for name, inner in state.operators.items():
            operator = self._operators[name]
            assert isinstance(operator, StatefulOperator)
            operator.restore(inner)
