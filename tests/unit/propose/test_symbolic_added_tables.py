"""Tables that are added to a program at zero, and tuned before they are compared with it."""

from __future__ import annotations

import numpy as np
import pytest
from test_symbolic_tables import TABLE, Setting, values

from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.operators.tabulate import LIVE, PATIENCE, Tabulate
from provolve.record import Candidate, Proposal, Verdict

COUNT = 32


def context(setting: Setting, ask_id: int) -> OperatorContext:
    one = setting.context(ask_id)
    return OperatorContext(
        one.program,
        one.starts,
        one.rng,
        ask_id,
        one.max_nodes,
        one.cache,
        one.ranges,
        elementwise=True,
        start_nodes=one.start_nodes,
    )


def ask(setting: Setting, operator: Tabulate, ask_id: int) -> list[Proposal]:
    return operator.propose(setting.parent, (), COUNT, context(setting, ask_id))


def candidates(proposals: list[Proposal]) -> list[Candidate]:
    return [Candidate.of(proposal.change.template, proposal.change.literals) for proposal in proposals]


def first_generation(proposals: list[Proposal], operator: Tabulate) -> list[Candidate]:
    """Return the candidates of the search asked first; others may have its template by chance."""
    found = candidates(proposals)
    sizes = [t.population for t in operator._searches.searches() if t.template == found[0].template]
    return found[: sizes[0]]


def told(proposals: list[Proposal], losses: list[float]) -> list[Verdict]:
    found = candidates(proposals)
    return [Verdict(one, None, loss=loss) for one, loss in zip(found, losses, strict=True)]


@pytest.mark.parametrize("value", [TABLE, "item * 0.5 - left"])
def test_only_what_is_new_is_tuned_and_it_begins_at_nothing(value: str) -> None:
    setting, begun = Setting(value), 0
    rng = np.random.default_rng(5)
    item, left = rng.uniform(1, 100, 50), rng.uniform(-20, 30, 50)
    as_before = values(setting, setting.parent.candidate, item, left)
    for ask_id in range(1, 9):
        operator = Tabulate()
        proposals = ask(setting, operator, ask_id)
        if not operator._searches.searches():  # what was drawn was no change
            continue
        begun += 1
        found = first_generation(proposals, operator)
        moved = np.flatnonzero(np.ptp(np.array([one.literals for one in found], dtype=float), axis=0))
        tables = setting.parsed(found[0]).tables
        assert moved.size
        assert set(moved) <= {k for table in tables for k in table.values}
        literals = [0.0 if k in moved else number for k, number in enumerate(found[0].literals)]
        nothing_added = Candidate.of(found[0].template, tuple(literals))
        assert np.array_equal(values(setting, nothing_added, item, left), as_before)
    assert begun >= 6


def test_what_gains_goes_on_and_comes_nearer() -> None:
    setting, operator = Setting(TABLE), Tabulate()
    proposals = ask(setting, operator, 1)
    begun = first_generation(proposals, operator)
    template = begun[0].template
    tuned = [k for k in range(len(begun[0].literals)) if len({one.literals[k] for one in begun}) > 1]
    best = []
    for ask_id in range(2, 30):
        off = [
            float(np.sum((np.array(one.literals)[tuned] - 0.3) ** 2)) if one.template == template else 2.0
            for one in candidates(proposals)
        ]
        best.append(min(loss for loss in off))
        operator.observe(ask_id - 1, told(proposals, [min(loss, 10.0) / 10.0 for loss in off]))
        proposals = ask(setting, operator, ask_id)
    assert any(one.template == template for one in candidates(proposals))
    assert min(best[-5:]) < 0.5 * best[0]


def test_what_gains_nothing_is_given_up_for_another() -> None:
    setting, operator = Setting(TABLE), Tabulate()
    begun = set()
    for ask_id in range(1, 4 * PATIENCE + 1):
        proposals = ask(setting, operator, ask_id)
        begun.add(first_generation(proposals, operator)[0].template.digest)
        operator.observe(ask_id, told(proposals, [2.0] * len(proposals)))
    assert LIVE < len(begun) <= 2 * LIVE + 4


def test_a_restored_operator_goes_on_exactly() -> None:
    setting, operator = Setting(TABLE), Tabulate()
    waiting = ask(setting, operator, 1)
    again = Tabulate()
    again.restore(operator.snapshot())
    for one in (operator, again):
        one.observe(1, told(waiting, [1.0 - 0.01 * k for k in range(len(waiting))]))
    assert operator.snapshot() == again.snapshot()
    assert ask(setting, operator, 2) == ask(setting, again, 2)


def test_an_epoch_takes_none_of_the_searches_away() -> None:
    setting, operator = Setting(TABLE), Tabulate()
    proposals = ask(setting, operator, 1)
    template = first_generation(proposals, operator)[0].template
    operator.observe(1, told(proposals, [0.5] * len(proposals)))
    operator.begin_epoch([setting.parent])
    assert any(one.template == template for one in candidates(ask(setting, operator, 2)))
