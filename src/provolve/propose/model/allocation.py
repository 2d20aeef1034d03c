"""How many drafts of one prompt, and how often each goes back to be mended.

The compute that an ask may take at the time of the search is given to where it brings most: to drafts side by
side, to mending one after the other, or to the next ask. Which of them pays depends on the model and on how
hard the problem is: Snell, Lee, Xu and Kumar (2024), "Scaling LLM test-time compute optimally can be more
effective than scaling model parameters"; by a node's chances: Wang et al. (2024), "LiteSearch: efficacious
tree search for LLM". Here a further step is worth taking while its expected gain for its cost is at least
that of a new ask, which is the rule of Charnov (1976), "Optimal foraging, the marginal value theorem".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from provolve.propose.model.bandit import Bandit
from provolve.propose.model.replies import without_thinking
from provolve.record import Call, CallOutcome, Elite, Proposal, Verdict

MOST = 3
"""Drafts, and tries to mend one, at most where the number is found out, unless told otherwise."""
POLICIES = ("adaptive", "fixed")
_WIDTH = 0.1
"""Scale of the bounds: narrower than among operators, as a step that is not taken costs nothing."""
_NEW = "new ask"
_STEP = re.compile(r"(?:[-:]sample-(?P<sample>\d+))?(?:[-:](?P<again>again)(?:-(?P<deeper>\d+))?)?$")
_WHOLE = (CallOutcome.ANSWERED, CallOutcome.CUT_SHORT)


@dataclass(frozen=True)
class Plan:
    """What one ask may take."""

    samples: int = 1
    """Drafts of one prompt, at least 1."""
    repairs: int = 1
    """How often a draft that cannot be applied goes back, at least 0."""


ONCE = Plan()
"""One draft, which goes back once."""


def sample(step: str, number: int) -> str:
    """Return the name of the step that writes draft ``number``, from 1."""
    return step if number == 1 else "-".join(filter(None, (step, f"sample-{number}")))


def again(step: str, depth: int) -> str:
    """Return the name of the step that mends a draft for the ``depth``-th time, from 1."""
    return "-".join(filter(None, (step, "again" if depth == 1 else f"again-{depth}")))


class Allocation(Protocol):
    """Makes plans, and learns what came of them; called in the loop's thread."""

    def plan(self, operator: str, model: str) -> Plan:
        """Return what an ask may take."""
        ...

    def learn(
        self,
        operator: str,
        model: str,
        parent: Elite,
        calls: Sequence[Call],
        proposals: Sequence[Proposal],
        verdicts: Sequence[Verdict],
    ) -> None:
        """Take what came of an ask; all that is learned follows from its record."""
        ...


class Fixed:
    """The same plan for every ask, to compare with."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def plan(self, operator: str, model: str) -> Plan:
        """Return the plan."""
        return self._plan

    def learn(self, *of: object) -> None:
        """Learn nothing."""


class Adaptive:
    """Goes on while a further step is expected to gain at least as much for its cost as a new ask.

    Mending is learned by model and depth, further drafts by operator and number, each with a prior, by upper
    confidence bounds that forget. A gain is 1 for a program better than its parent and a tenth for another
    that was accepted; a further draft gains what it adds to those before it. At the start that is one draft,
    sent back once.

    Args:
        most: the greatest plan.
        operators, models: their names.
        money: whether costs are in US dollars, as all prices are known, or in tokens.
    """

    def __init__(
        self, most: Plan, operators: Sequence[str], models: Sequence[str], *, money: bool = False
    ) -> None:
        self._most = most
        self._money = money
        costs = {_NEW: 1.0}
        costs |= {_again(model, d): float(d) for model in models for d in range(1, most.repairs + 1)}
        costs |= {_sample(name, k): float(k) for name in operators for k in range(2, most.samples + 1)}
        self._bandit = Bandit(costs, costs, width=_WIDTH)
        self._costs = costs

    def plan(self, operator: str, model: str) -> Plan:
        """Return what the next ask of ``operator`` may take."""
        repairs = self._depth(lambda depth: _again(model, depth), range(1, self._most.repairs + 1))
        samples = self._depth(lambda number: _sample(operator, number), range(2, self._most.samples + 1))
        return Plan(1 + samples, repairs)

    def _depth(self, name: Callable[[int], str], steps: range) -> int:
        """Return how many of the steps are worth taking: a step may pay only by what comes after it."""
        least, worth = self._bandit.bound(_NEW), 0
        gain = cost = 0.0
        for taken, step in enumerate(steps, 1):
            more, dearer = self._bandit.parts(name(step))
            gain, cost = gain + more, cost + dearer
            if gain >= least * cost:
                worth = taken
        return worth

    def learn(
        self,
        operator: str,
        model: str,
        parent: Elite,
        calls: Sequence[Call],
        proposals: Sequence[Proposal],
        verdicts: Sequence[Verdict],
    ) -> None:
        """Take what came of an ask; see `Allocation.learn`."""
        gains = [_gain(verdict, parent) for verdict in verdicts]
        asked = [call for call in calls if call.model == model]
        drafts = list(_drafts(asked))
        if len(drafts) != len(proposals):  # an operator that writes in a way of its own
            self._take(_NEW, max(gains, default=0.0), asked)
            return
        steps = [_again(model, d.again) if d.again else _sample(operator, d.sample) for d in drafts]
        further = [number for number, draft in enumerate(drafts) if draft.again or draft.sample > 1]
        for number in further:
            before = 0.0 if drafts[number].again else max(gains[:number], default=0.0)
            self._take(steps[number], max(0.0, gains[number] - before), drafts[number].calls)
        apart = {id(call) for number in further for call in drafts[number].calls}
        first = [gain for number, gain in enumerate(gains) if number not in further]
        self._take(_NEW, max(first, default=0.0), [call for call in asked if id(call) not in apart])

    def _take(self, name: str, gain: float, calls: Sequence[Call]) -> None:
        cost = sum((call.usd or 0.0) if self._money else call.tokens for call in calls)
        if name in self._costs and cost > 0:
            self._bandit.begin(name)
            self._bandit.end(name, gain, cost)


@dataclass(frozen=True)
class _Draft:
    sample: int
    """Its number among the drafts of one prompt, from 1."""
    again: int
    """How often it had gone back; 0 for the draft itself."""
    calls: tuple[Call, ...]


def _drafts(calls: Sequence[Call]) -> Iterator[_Draft]:
    """Yield the drafts that calls have brought, in their order, as the names of their steps tell."""
    by_purpose: dict[str, list[Call]] = {}
    for call in calls:
        by_purpose.setdefault(call.purpose, []).append(call)
    # Before the first draft there may be plans; the draft is the last step with a name of its own.
    base = [purpose for purpose in by_purpose if _place(purpose) == (1, 0)][-1:]
    for purpose, made in by_purpose.items():
        number, depth = _place(purpose)
        brought = made[-1].outcome in _WHOLE and without_thinking(made[-1].reply).strip()
        if brought and ((number, depth) != (1, 0) or purpose in base):
            yield _Draft(number, depth, tuple(made))


def _place(purpose: str) -> tuple[int, int]:
    """Return which draft a call was made for, and how often that had gone back."""
    step = _STEP.search(purpose)
    if step is None:
        return 1, 0
    return int(step["sample"] or 1), int(step["deeper"] or 1) if step["again"] else 0


def _gain(verdict: Verdict, parent: Elite) -> float:
    if not verdict.accepted or verdict.loss is None:
        return 0.0
    return 1.0 if verdict.loss < parent.loss else 0.1


def _again(model: str, depth: int) -> str:
    return f"again {depth} {model}"


def _sample(operator: str, number: int) -> str:
    return f"sample {number} {operator}"


def allocation(
    policy: str,
    samples: int | None,
    repairs: int | None,
    operators: Sequence[str],
    models: Sequence[str],
    *,
    money: bool = False,
) -> Allocation:
    """Return the policy of a run.

    Args:
        policy: one of ``POLICIES``.
        samples, repairs: the plan of ``fixed``, the greatest of ``adaptive``; None for what each has.
        operators, models: their names.
        money: whether all prices are known, so that money is what costs.
    """
    if policy == "fixed":
        return Fixed(Plan(samples or 1, 1 if repairs is None else repairs))
    most = Plan(samples or MOST, MOST if repairs is None else repairs)
    return Adaptive(most, operators, models, money=money)
