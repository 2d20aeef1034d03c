"""Chains of hops: pieces that anybody may carry out, levels from coarse to fine, states that survive."""

import msgspec
import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.propose import build
from provolve.propose.numeric import NumericProposer, worker
from provolve.propose.numeric.chains import Chains, State
from provolve.propose.numeric.continuation import SHARPEST, SOFTEST, follow
from provolve.propose.numeric.hops import hops
from provolve.propose.numeric.sequence_hops import SEQUENCE_HOPS, hand_over, slide, turn
from provolve.task.surrogate import Surrogate

TARGET = 0.3


def least(count, coarser=None):
    """Numbers in a row, each as near to the target as can be, and smoothed as it stands."""

    def evaluate(points):
        away = points - TARGET

        def pull(weights):
            return 2.0 * away

        return (away * away).mean(axis=1) + 1.0, np.ones((len(points), 1)), pull

    def smoothed(points, sharpness):
        away = points - TARGET
        return (away * away).sum(axis=1), 2.0 * away

    return Surrogate(
        items=count, coordinates=1, low=(0.0,), high=(1.0,), evaluate=evaluate, answer=lambda x: x.tolist(),
        sequence=True, smoothed=smoothed, coarser=coarser,
        refine=None if coarser is None else lambda points: np.repeat(points, 2, axis=1),
    )  # fmt: skip


def rounds(chains, count, spread=None):
    found = []
    for number in range(count):
        found += chains.round(np.random.default_rng(number), spread)
    return [msgspec.msgpack.encode(one) for one in found]


def test_pieces_carried_out_in_any_order_elsewhere_give_the_same_rounds():
    problem = least(12, least(6))
    here = rounds(Chains(problem, chains=5, hops_each=2, patience=1), 3)
    asked = []

    def backwards(pieces):
        asked.append(len(pieces))
        done = {piece: worker(problem)(piece) for piece in reversed(pieces)}
        return [done[piece] for piece in pieces]

    assert rounds(Chains(problem, chains=5, hops_each=2, patience=1), 3, backwards) == here
    assert max(asked) > 1


def test_a_restored_state_goes_on_as_it_would_have():
    problem = least(12, least(6))
    whole, cut = (Chains(problem, chains=3, hops_each=3, patience=2) for _ in range(2))
    both = rounds(whole, 3)
    assert rounds(cut, 3) == both
    later = Chains(problem, chains=3, hops_each=3, patience=2)
    later.state = msgspec.msgpack.decode(msgspec.msgpack.encode(cut.state), type=State)
    assert later.round(np.random.default_rng(9)) == whole.round(np.random.default_rng(9))


def test_chains_go_up_to_the_finest_level_and_begin_anew():
    chains = Chains(least(12, least(6, least(3))), chains=1, hops_each=2, patience=3)
    levels = []
    for number in range(16):
        found = chains.round(np.random.default_rng(number))
        levels.append(max(chain.level for chain in chains.state.chains))
        for one in found:
            assert len(chains.answer(one)) == 3 * 2**one.level
    assert max(levels) == 2
    assert levels[-1] < 2 or levels.count(0) > 1
    assert min(chains.state.best) == pytest.approx(1.0, abs=1e-9)


def test_the_worse_half_of_the_chains_does_not_go_up():
    chains = Chains(least(12, least(6)), chains=1, hops_each=4, patience=1)
    chains.state.left[0] = [0.5] * 8  # eight chains that came to less than there is
    for number in range(8):
        chains.round(np.random.default_rng(number))
        assert chains.state.chains[0].level == 0


def test_following_ends_at_the_least_within_the_bounds():
    problem = least(5)
    starts = np.random.default_rng(0).random((3, 5))
    ends = follow(problem, starts, np.array([SOFTEST, 100.0, SHARPEST]))
    assert ends == pytest.approx(np.full((3, 5), TARGET), abs=1e-6)


@pytest.mark.parametrize("corner", [0.0, 1.0])
def test_following_leaves_a_bound_where_that_is_downhill(corner):
    ends = follow(least(4), np.full((1, 4), corner), np.array([SOFTEST]))
    assert ends == pytest.approx(np.full((1, 4), TARGET), abs=1e-6)


def test_hops_of_a_sequence_keep_what_they_say():
    problem = least(40)
    rng = np.random.default_rng(2)
    points = rng.random((6, 40))
    assert set(hops(problem)) == set(SEQUENCE_HOPS)
    for hop in (slide, turn):
        assert np.sort(hop(problem, points, rng), axis=1) == pytest.approx(np.sort(points, axis=1))
    assert hand_over(problem, points, rng).sum(axis=1) == pytest.approx(points.sum(axis=1))


def test_the_proposer_takes_no_seed_and_is_built_by_name_all_the_same():
    assert isinstance(build("numeric", seed=7), NumericProposer)
    with pytest.raises(TypeError, match="seed"):
        NumericProposer(seed=7)


def test_a_state_of_another_number_of_chains_is_refused():
    state = State([], [], [])
    kept = msgspec.msgpack.encode({"state": msgspec.to_builtins(state), "pending": {}})
    with pytest.raises(UsageError, match="0 chains, not 3"):
        NumericProposer(chains=3).restore(kept)
