from __future__ import annotations

import numpy as np
import pytest

from provolve.propose.symbolic import cma_state, searches
from provolve.propose.symbolic.cma_state import Tuning
from provolve.propose.symbolic.operators import cma_es
from provolve.propose.symbolic.operators.cma_es import CmaEs
from provolve.record import Candidate, Elite, Rejection, Verdict

SOURCE = "# EVOLVE-BLOCK-START\ndef f():\n    return [1.5, -2.0, 7, 0.25, 0.0]\n# EVOLVE-BLOCK-END\n"


def sphere(literals):
    return float(sum((x - 0.5) ** 2 for x in literals))


@pytest.fixture
def flat(bench):
    return bench(SOURCE)


def judged(proposals, loss=sphere):
    found = []
    for proposal in proposals:
        candidate = Candidate.of(proposal.change.template, proposal.change.literals)
        found.append(Verdict(candidate, loss=loss(candidate.literals), work=1))
    return found


def test_needs_enough_literals(arrays, flat):
    operator = CmaEs()
    assert not operator.applicable(arrays.start, arrays.operator_context())
    assert operator.applicable(flat.start, flat.operator_context())


def test_population_is_about_the_count(flat):
    assert len(CmaEs().propose(flat.start, (), 16, flat.operator_context())) == 16
    assert len(CmaEs().propose(flat.start, (), 500, flat.operator_context())) == 24
    assert CmaEs().propose(flat.start, (), 3, flat.operator_context()) == []


def test_integers_stay_integers(flat):
    for proposal in CmaEs().propose(flat.start, (), 16, flat.operator_context()):
        assert [type(value) for value in proposal.change.literals] == [float, float, int, float, float]


def test_goes_on_from_generation_to_generation(flat):
    operator = CmaEs()
    best = []
    for ask_id in range(1, 60):
        proposals = operator.propose(flat.start, (), 16, flat.operator_context(ask_id))
        verdicts = judged(proposals)
        best.append(min(verdict.loss for verdict in verdicts))
        operator.observe(ask_id, verdicts)
    # 0.25 is the least that the integer allows.
    assert best[0] > 1.0
    assert min(best) == pytest.approx(0.25, abs=1e-6)


def test_no_generation_is_asked_twice(flat):
    operator = CmaEs()
    first = operator.propose(flat.start, (), 16, flat.operator_context(1))
    second = operator.propose(flat.start, (), 16, flat.operator_context(2))
    assert first
    assert second
    assert not {p.change.literals for p in first} & {p.change.literals for p in second}
    # Both searches of the template await their verdicts.
    assert not operator.applicable(flat.start, flat.operator_context(3))
    assert operator.propose(flat.start, (), 16, flat.operator_context(3)) == []
    operator.observe(1, judged(first))
    assert operator.applicable(flat.start, flat.operator_context(4))


def test_another_parent_is_tuned_while_the_first_awaits(flat):
    operator = CmaEs()
    other = flat.other("[1.5", "[9, 1.5")
    proposals = operator.propose(flat.start, (other,), 40, flat.operator_context(1))
    templates = [proposal.change.template.digest for proposal in proposals]
    assert templates == [flat.start.candidate.template.digest] * 24 + [other.candidate.template.digest] * 16
    operator.observe(1, judged(proposals))
    assert operator.applicable(other, flat.operator_context(2))


def test_a_better_parent_moves_the_search(flat):
    operator = CmaEs()
    operator.observe(1, judged(operator.propose(flat.start, (), 16, flat.operator_context(1))))
    template = flat.start.candidate.template
    better = Candidate.of(template, (500.0, 500.0, 500, 500.0, 500.0))
    elite = Elite(better, -1.0, (), "")
    proposals = operator.propose(elite, (), 16, flat.operator_context(2))
    assert np.mean([proposal.change.literals for proposal in proposals], axis=0) == pytest.approx(
        [500] * 5, rel=0.02
    )
    assert {proposal.parents for proposal in proposals} == {(better.digest,)}


def tuning(flat, population=8):
    candidate = flat.start.candidate
    return Tuning(candidate.template, candidate.digest, candidate.literals, 10.0, population)


def test_rejected_vectors_rank_behind_all_others(flat):
    rejected, worst = tuning(flat), tuning(flat)
    losses = [3.0, 1.0, 2.0, 5.0, 4.0, 8.0, 6.0]
    for made, last in ((rejected, None), (worst, 1e9)):
        made.ask(1, np.random.default_rng(4))
        made.tell([*losses, last])
    assert rejected.snapshot().core.arrays["_mean"] == worst.snapshot().core.arrays["_mean"]
    assert np.isfinite(rejected.snapshot().core.arrays["_funhist_values"]).all()


def test_all_rejected_shrinks_towards_the_best_and_gives_up_in_the_end(flat):
    made = tuning(flat)
    spreads = []
    for ask_id in range(1, 4):
        vectors = np.array(made.ask(ask_id, np.random.default_rng(4)))
        spreads.append(np.std(vectors[:, 0]))
        assert not made.done
        made.tell([None] * 8)
    assert spreads[1] == pytest.approx(spreads[0] / 2)
    assert spreads[2] == pytest.approx(spreads[0] / 4)
    assert made.done


def test_stalls_restart_wider_and_then_end(flat):
    made = tuning(flat)
    restarts = set()
    for ask_id in range(1, 400):
        if made.done:
            break
        made.ask(ask_id, np.random.default_rng(ask_id))
        made.tell([10.0] * 8)
        restarts.add((made.snapshot().restarts, made.snapshot().first_sigma))
    assert made.done
    assert restarts == {(0, 0.3), (1, 0.6), (2, 1.2)}


def test_duplicates_carry_the_loss_of_their_originals(flat):
    proposals = CmaEs().propose(flat.start, (), 16, flat.operator_context())
    accepted = judged(proposals[:2])
    verdicts = [
        *accepted,
        Verdict(accepted[0].candidate, Rejection.DUPLICATE_BEHAVIOUR, loss=7.0),
        Verdict(accepted[1].candidate, Rejection.DUPLICATE_SOURCE, duplicate_of=accepted[1].candidate.digest),
        Verdict(accepted[1].candidate, Rejection.RAISED),
        Verdict(accepted[1].candidate, Rejection.SCORE_NOT_FINITE, loss=float("inf")),
    ]
    assert searches._losses(verdicts) == [
        accepted[0].loss,
        accepted[1].loss,
        7.0,
        accepted[1].loss,
        None,
        None,
    ]


def test_remembers_a_bounded_number_of_searches(bench, flat):
    operator = CmaEs()
    for extra in range(cma_es.KEPT + 5):
        made = bench(SOURCE.replace("[1.5", "[" + "1.5, " * (extra + 1) + "1.5"))
        for turn in range(cma_state.RESTARTS + 1):  # each generation rejected: the search is given up
            ask_id = 10 * extra + turn + 1
            proposals = operator.propose(made.start, (), 8, made.operator_context(ask_id))
            assert proposals
            operator.observe(ask_id, [Verdict(None, Rejection.RAISED, work=1) for _ in proposals])
    assert len(operator._searches.searches()) == cma_es.KEPT


def test_finishes_few_searches_before_it_begins_others(bench):
    operator = CmaEs()
    begun = set()
    for ask_id in range(1, 40):
        made = bench(SOURCE.replace("[1.5", "[" + "1.5, " * ask_id + "1.5"))
        proposals = operator.propose(made.start, (), 8, made.operator_context(ask_id))
        operator.observe(ask_id, judged(proposals))
        begun |= {proposal.change.template.digest for proposal in proposals}
    assert len(begun) == cma_es.LIVE


def test_a_second_ask_before_the_verdicts_is_an_error(flat):
    made = tuning(flat)
    made.ask(1, np.random.default_rng(1))
    with pytest.raises(ValueError, match="awaits"):
        made.ask(2, np.random.default_rng(2))


@pytest.mark.parametrize("outstanding", [False, True])
def test_a_restored_search_goes_on_exactly(flat, outstanding):
    operator, twin = CmaEs(), CmaEs()
    for ask_id in range(1, 8):
        proposals = operator.propose(flat.start, (), 16, flat.operator_context(ask_id))
        operator.observe(ask_id, judged(proposals))
    waiting = operator.propose(flat.start, (), 16, flat.operator_context(8)) if outstanding else []
    twin.restore(operator.snapshot())
    for each in (operator, twin):
        each.observe(8, judged(waiting))
    for ask_id in range(9, 30):
        found = [each.propose(flat.start, (), 16, flat.operator_context(ask_id)) for each in (operator, twin)]
        assert found[0] == found[1] != []
        for each in (operator, twin):
            each.observe(ask_id, judged(found[0]))
    assert operator.snapshot() == twin.snapshot()


def test_a_snapshot_is_not_changed_by_what_follows(flat):
    made = tuning(flat)
    made.ask(1, np.random.default_rng(1))
    before = made.snapshot()
    made.tell([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    assert before.awaiting == 1
    assert len(before.samples) == 8
    assert before.best_loss == 10.0
    assert before.core.generation == 0
