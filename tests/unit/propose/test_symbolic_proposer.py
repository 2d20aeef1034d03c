from __future__ import annotations

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.propose.symbolic import SymbolicProposer
from provolve.propose.symbolic.bandit import FLOORS
from provolve.propose.symbolic.operators import OPERATORS
from provolve.propose.symbolic.tables import MOST_NUMBERS, listed_numbers, size
from provolve.record import Ask, Candidate, Elite, Rejection, Verdict


def ask(bench, ask_id=1, count=32, others=()):
    return Ask(ask_id, (bench.start, *others), count)


def verdicts_of(proposals):
    """Judge by the digest: as good as any judge where only the flow of data matters."""
    found = []
    for proposal in proposals:
        candidate = Candidate.of(proposal.change.template, proposal.change.literals)
        lot = int(candidate.digest[:4], 16)
        if lot % 7 == 0:
            found.append(Verdict(candidate, Rejection.RAISED, "by lot"))
        elif lot % 7 == 1:
            found.append(Verdict(candidate, Rejection.DUPLICATE_BEHAVIOUR, loss=1.0, duplicate_of="0"))
        else:
            found.append(Verdict(candidate, loss=lot / 2**15, work=5))
    return found


def play(proposer, bench, ids, window=3):
    """Propose with a window of outstanding asks; return all proposals in order."""
    waiting, proposed = [], []
    for ask_id in ids:
        proposed.append(proposer.propose(ask(bench, ask_id), bench.context(ask_id)))
        waiting.append((ask_id, proposed[-1]))
        if len(waiting) == window:
            first, proposals = waiting.pop(0)
            proposer.observe(first, verdicts_of(proposals))
    return proposed, waiting


def test_never_more_than_asked_for(any_bench):
    proposer = SymbolicProposer()
    for ask_id, count in enumerate((1, 2, 7, 32, 100), start=1):
        found = proposer.propose(ask(any_bench, ask_id, count), any_bench.context(ask_id))
        assert 1 <= len(found) <= count


def test_an_ask_is_filled_by_a_few_operators(arrays):
    proposed, _ = play(SymbolicProposer(), arrays, range(1, 60))
    assert {len(proposals) for proposals in proposed} == {32}
    assert max(len({p.operator for p in proposals}) for proposals in proposed) <= 3


def test_all_operators_come_up(arrays):
    both = arrays.other("-slack * 0.5", "-slack * 0.5 * 1.0 - 7.25")
    proposer = SymbolicProposer()
    used = set()
    for ask_id in range(1, 120):
        request = Ask(ask_id, (both, arrays.start), 16)
        proposals = proposer.propose(request, arrays.context(ask_id))
        used |= {proposal.operator for proposal in proposals}
        proposer.observe(ask_id, verdicts_of(proposals))
    # Nothing here may depend on other elements, and of arrays no statements are made.
    elsewhere = {"reduce", "statements", "insert-statement"}
    # Here are neither lists of whole numbers nor a vocabulary.
    assert used == set(OPERATORS) - elsewhere - {"vary-lists", "snap"}


def test_same_seed_asks_and_verdicts_give_the_same_proposals(any_bench):
    first, _ = play(SymbolicProposer(), any_bench, range(1, 25))
    second, _ = play(SymbolicProposer(), any_bench, range(1, 25))
    assert first == second


def test_its_seed_and_the_generator_of_the_ask_both_count(arrays):
    def proposed(proposer, seed):
        return proposer.propose(ask(arrays), arrays.context(1, seed))

    assert proposed(SymbolicProposer(seed=1), 0) == proposed(SymbolicProposer(seed=1), 0)
    assert proposed(SymbolicProposer(seed=1), 0) != proposed(SymbolicProposer(seed=2), 0)
    assert proposed(SymbolicProposer(seed=1), 0) != proposed(SymbolicProposer(seed=1), 1)


@pytest.mark.parametrize("start", [1, 2, 7, 30])
def test_a_restored_proposer_goes_on_exactly(any_bench, start):
    proposer = SymbolicProposer()
    _, waiting = play(proposer, any_bench, range(1, start + 1))
    twin = SymbolicProposer()
    twin.restore(proposer.snapshot())
    for each in (proposer, twin):
        for ask_id, proposals in waiting:
            each.observe(ask_id, verdicts_of(proposals))
    ids = range(start + 1, start + 25)
    assert play(proposer, any_bench, ids) == play(twin, any_bench, ids)
    assert proposer.snapshot() == twin.snapshot()


def test_learning_changes_what_is_chosen(arrays):
    """Where only mutation earns, mutation is chosen most, and far more than what has no floor of its own."""
    proposer = SymbolicProposer()
    counts = dict.fromkeys(OPERATORS, 0)
    for ask_id in range(1, 150):
        proposals = proposer.propose(ask(arrays, ask_id), arrays.context(ask_id))
        verdicts = [
            Verdict(
                Candidate.of(proposal.change.template, proposal.change.literals),
                loss=0.5 if proposal.operator == "mutate" else 2.0,
                work=5,
            )
            for proposal in proposals
        ]
        if ask_id > 50:
            counts[proposals[0].operator] += 1
        proposer.observe(ask_id, verdicts)
    mutate = counts.pop("mutate")
    assert mutate > max(counts.values())
    assert mutate > 2 * max(count for name, count in counts.items() if name not in FLOORS)


def test_growth_limits_children(arrays):
    limit = arrays.start.candidate.template.nodes + 5
    proposed, _ = play(SymbolicProposer(growth=5), arrays, range(1, 20))
    templates = [proposal.change.template for proposals in proposed for proposal in proposals]
    assert max(map(size, templates)) <= limit
    assert max(map(listed_numbers, templates)) <= MOST_NUMBERS
    proposed, _ = play(SymbolicProposer(), arrays, range(1, 20))
    assert max(p.change.template.nodes for proposals in proposed for p in proposals) > limit


def test_only_the_named_operators_are_used(arrays):
    proposed, _ = play(SymbolicProposer(operators=["gaussian"]), arrays, range(1, 5))
    assert {p.operator for proposals in proposed for p in proposals} == {"gaussian"}


def test_nothing_to_change_gives_no_proposals(bench):
    made = bench("# EVOLVE-BLOCK-START\ndef f(text):\n    return text.upper()\n# EVOLVE-BLOCK-END\n")
    proposer = SymbolicProposer()
    assert proposer.propose(ask(made), made.context()) == []
    proposer.observe(1, [])


def test_misuse_is_named(arrays):
    proposer = SymbolicProposer()
    with pytest.raises(ValueError, match="no parent"):
        proposer.propose(Ask(1, (), 4), arrays.context())
    with pytest.raises(ValueError, match="ask 9 is unknown"):
        proposer.observe(9, [])
    proposals = proposer.propose(ask(arrays), arrays.context())
    with pytest.raises(ValueError, match="awaits"):
        proposer.propose(ask(arrays), arrays.context())
    with pytest.raises(ValueError, match="32 proposals and 1 verdicts"):
        proposer.observe(1, verdicts_of(proposals[:1]))
    proposer.observe(1, verdicts_of(proposals))
    with pytest.raises(ValueError, match="observed already"):
        proposer.observe(1, verdicts_of(proposals))


@pytest.mark.parametrize(
    "settings", [{"operators": ["gausian"]}, {"operators": []}, {"growth": -1}, {"seed": -2}]
)
def test_bad_settings_are_usage_errors(settings):
    with pytest.raises(UsageError):
        SymbolicProposer(**settings)


def test_state_of_other_operators_is_refused(arrays):
    proposer = SymbolicProposer()
    play(proposer, arrays, range(1, 10))
    with pytest.raises(UsageError, match="build this one alike"):
        SymbolicProposer(operators=["gaussian"]).restore(proposer.snapshot())


def test_losses_of_any_size_are_borne(arrays):
    proposer = SymbolicProposer()
    for ask_id, loss in enumerate((1e300, -1e300, 0.0, 5e-324), start=1):
        parent = Elite(arrays.start.candidate, loss, (), "")
        proposals = proposer.propose(Ask(ask_id, (parent,), 8), arrays.context(ask_id))
        with np.errstate(all="raise"):
            proposer.observe(ask_id, verdicts_of(proposals))
