"""Chains of hops: pieces that anybody may carry out, levels from coarse to fine, states that survive."""

import msgspec
import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.propose import build
from provolve.propose.numeric import NumericProposer, worker
from provolve.propose.numeric.chains import Chains, State, _evenly
from provolve.propose.numeric.climb import QUICK, Climb, Pace, length, onward
from provolve.propose.numeric.continuation import SHARPEST, SOFTEST, follow
from provolve.propose.numeric.halving import STAYS, Heat, halved
from provolve.propose.numeric.hops import blurred, hops
from provolve.propose.numeric.pieces import Chain, Outcome, Piece, carry_out
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
    for number in range(60):
        found = chains.round(np.random.default_rng(number))
        levels.append(max(chain.level for chain in chains.state.chains))
        for one in found:
            assert len(chains.answer(one)) == 3 * 2**one.level
    assert max(levels) == 2
    assert levels[-1] < 2 or levels.count(0) > 1
    assert min(chains.state.best) == pytest.approx(1.0, abs=1e-9)


def test_chains_climb_together_and_begin_anew():
    chains = Chains(least(12, least(6)), chains=8, hops_each=4, patience=2)
    seen = []
    for number in range(60):
        chains.round(np.random.default_rng(number))
        levels = {chain.level for chain in chains.state.chains}
        assert len(levels) == 1
        seen.append((chains.state.climb.number, levels.pop()))
    # A climb that follows another is seen once before its first round. Quick and deep ones take turns.
    assert [seen.count((climb, 0)) for climb in range(3)] == [QUICK[0].rounds, 1 + 16, 1 + QUICK[1].rounds]
    assert min(seen.count((climb, 1)) for climb in range(3)) >= 2


def test_every_level_gets_about_half_as_much_time_as_the_one_below_it_in_deep_climbs():
    levels = least(96, least(48, least(24, least(12, least(6))))).levels()
    for number in range(3):
        pace = Pace(2 * number + 1, levels, count=16, hops_each=8)
        rounds = [pace.rounds(level) for level in range(5)]
        assert rounds == [int(16 * (1, 1, 2)[number] * part) for part in (1, 1 / 2, 1 / 4, 1 / 32, 1 / 256)]
        assert [pace.hops(level) for level in range(4)] == [4, 2, 1, 1]
        assert [pace.chains(level) for level in range(5)] == [16, 8, 4, 4, 4]
        assert pace.steps(4) == 100
    assert Pace(1, [least(300)], count=16, hops_each=8).steps(0) == 300


def test_quick_climbs_do_the_same_at_every_level():
    levels = least(300, least(150)).levels()
    for number, effort in enumerate(QUICK * 2):
        pace = Pace(2 * number, levels, count=16, hops_each=8)
        assert [(pace.rounds(level), pace.steps(level), pace.hops(level)) for level in (0, 1)] == [
            (effort.rounds, effort.steps, 4)
        ] * 2


def test_where_rounds_are_dear_a_climb_stands_still_sooner_at_the_finest_level():
    levels = least(96, least(6)).levels()
    chain = Chain(np.full(96, 2.0).tobytes(), 2.0, 0, 1)
    for first, rounds in ((0, 5), (1, 3)):
        climb, chains, pace = Climb(first), [chain], Pace(first, levels, count=7, hops_each=8)
        for _ in range(rounds):
            assert climb.number == first
            climb, chains = onward(climb, chains, pace, levels, [np.inf, 2.0], patience=4)
        assert climb == Climb(first + 1)
        assert chains == [Chain()] * 7


@pytest.mark.parametrize(
    ("first", "best", "goes_on"), [(0, None, True), (0, 1.9, False), (1, None, False), (1, 1.9, False)]
)
def test_small_improvements_at_the_finest_level_are_worth_it_to_a_quick_climb_that_leads(
    first, best, goes_on
):
    levels = least(96, least(6)).levels()
    climb, value, pace = Climb(first), 2.0, Pace(first, levels, count=7, hops_each=8)
    for _ in range(9):
        value *= 1 - 1.2e-5
        chains = [Chain(np.full(96, 2.0).tobytes(), value, 0, 1)]
        climb, _ = onward(climb, chains, pace, levels, [np.inf, best or value], patience=4)
        if climb.number != first:
            break
    assert (climb.number == first) is goes_on


def kept(*values):
    return [Chain(np.full(6, value / 16).tobytes(), value) for value in values]


def test_deep_climbs_are_as_long_as_luby_and_others_say():
    assert [length(number) for number in range(15)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]


@pytest.mark.parametrize(("value", "goes_on"), [(1.0, True), (1.0002, True), (1.0004, False)])
def test_a_deep_climb_that_is_behind_an_earlier_one_goes_no_further(value, goes_on):
    levels = least(24, least(12, least(6))).levels()
    chain = Chain(np.full(12, 0.5).tobytes(), value, 0, 1)
    climb, (after,) = on(Climb(1, 99), [chain], levels, best=[0.5, 1.0, np.inf])
    assert (climb, after.level) == ((Climb(1), 2) if goes_on else (Climb(2), 0))
    assert on(Climb(0, 99), [chain], levels, best=[0.5, 1.0, np.inf])[1][0].level == 2
    coarse = Chain(np.full(6, 0.5).tobytes(), value, 0, 0)
    assert on(Climb(1, 99), [coarse], levels, best=[0.5, 1.0, np.inf])[1][0].level == 1


def on(climb, chains, levels, *, best=(np.inf,) * 3, patience=3):
    pace = Pace(climb.number, levels, count=len(chains), hops_each=4)
    return onward(climb, chains, pace, levels, best, patience=patience)


def test_the_better_half_goes_up_and_its_values_are_not_known_there():
    problem = least(12, least(6))
    climb, up = on(Climb(1, 16), kept(*range(16, 0, -1)), problem.levels())
    assert [16 * np.frombuffer(chain.point)[0] for chain in up] == [*range(1, 9)]
    assert {(chain.level, chain.value, len(chain.point)) for chain in up} == {(1, np.inf, 12 * 8)}
    assert climb == Climb(1)
    few = on(Climb(1, 16), kept(4.0, 3.0, 2.0, 1.0), problem.levels())[1]
    assert len(few) == 4


def test_chains_that_came_to_the_same_solution_go_up_once():
    problem = least(12, least(6))
    chains = kept(1.0, 1.0 + 1e-9, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, *range(6, 14))
    up = on(Climb(1, 16), chains, problem.levels())[1]
    assert [16 * np.frombuffer(chain.point)[0] for chain in up] == [*range(1, 9)]
    alike = on(Climb(1, 16), kept(*[1.0] * 6, 2.0, 3.0), problem.levels())[1]
    assert [16 * np.frombuffer(chain.point)[0] for chain in alike] == [1, 2, 3, 1]


def test_the_worse_half_gives_way_now_and_then():
    levels, climb, chains = least(12, least(6)).levels(), Climb(1), kept(5.0, 1.0, 4.0, 2.0, 3.0)
    for number in range(1, 5):
        climb, chains = on(climb, chains, levels)
        values = [chain.value for chain in chains]
        assert values == ([1.0, 2.0, 3.0, 4.0, 5.0] if number < 4 else [1.0, 2.0, 3.0, 1.0, 2.0])


def test_a_climb_ends_when_the_best_at_the_finest_level_stays_as_it_is():
    levels, climb = least(12, least(6)).levels(), Climb(1)
    chains = [Chain(np.full(12, 2.0).tobytes(), 2.0, 0, 1)]
    for number in range(3):
        climb, chains = on(climb, chains, levels)
        assert climb.number == 1
        chains[0].value -= 1e-6 if number else 0.1  # the first of them counts
    for _ in range(2):
        climb, chains = on(climb, chains, levels)
    assert climb == Climb(2)
    assert chains == [Chain()]


def test_a_point_from_a_coarser_level_is_solved_before_it_is_hopped_from():
    problem = least(12, least(6))
    chain = Chain(np.full(12, 0.9).tobytes(), np.inf, 0, 1)
    outcome = carry_out(problem.levels(), Piece((chain,), 2, np.inf, (1,)))
    assert outcome.chains[0].value == pytest.approx(1.0, abs=1e-9)
    assert outcome.found[0].how in ("hop", "polish")
    blur = blurred(problem, np.full((50, 12), 0.5), np.random.default_rng(3)) - 0.5
    assert 0.002 < blur.std() < 0.05
    assert not blurred(problem, np.zeros((2, 12)), np.random.default_rng(3)).any()


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
    state = State([], [], 0)
    kept = msgspec.msgpack.encode({"state": msgspec.to_builtins(state), "pending": {}})
    with pytest.raises(UsageError, match="0 chains, not 3"):
        NumericProposer(chains=3).restore(kept)


def hard(values):
    """Items in a row whose local solve comes to one of ``values``, by the first: no two starts alike."""

    def evaluate(points):
        pulls = np.zeros_like(points)
        return (
            np.interp(points[:, 0], np.linspace(0.0, 1.0, len(values)), values),
            np.ones((len(points), 1)),
            (lambda weights: pulls),
        )

    return Surrogate(
        items=2, coordinates=1, low=(0.0,), high=(1.0,), evaluate=evaluate, answer=lambda x: x.tolist()
    )


def test_the_better_half_goes_on_until_few_are_left_and_nothing_gets_better():
    heat, chains, seen = Heat(1), kept(*range(16, 0, -1)), []
    for _ in range(12):
        seen.append((heat.number, sorted(chain.value for chain in chains)))
        heat, chains = halved(heat, chains, count=16, patience=3)
    stay = STAYS[1]
    assert seen[:stay] == [(1, [*range(1, 17)])] * stay
    assert seen[stay : 2 * stay] == [(1, [*range(1, 9)])] * stay
    assert seen[2 * stay : 2 * stay + 4] == [(1, [1, 2, 3, 4])] * 4
    assert seen[2 * stay + 4] == (2, [np.inf] * 16)


def test_a_heat_goes_on_while_its_best_gets_better():
    heat, chains = Heat(), kept(1.0, 2.0)
    for number in range(7):  # found, four times better, twice not
        assert heat.number == 0
        heat, chains = halved(heat, chains, count=2, patience=2)
        chains[0].value -= 0.1 if number < 4 else 1e-9
    assert heat == Heat(1)


def test_of_the_same_solution_one_chain_goes_on():
    same = [*kept(*[1.0 + 1e-9 * k for k in range(6)]), *kept(3.0, 2.0)]
    chains = halved(Heat(rounds=STAYS[0] - 1), same, count=8, patience=3)[1]
    assert [chain.value for chain in chains] == [1.0, 2.0, 3.0, np.inf]
    assert chains[3] == Chain()


def test_the_work_of_a_round_stays_the_same_as_chains_are_halved():
    work, pieces = [], []

    def counted(written):
        asked = [msgspec.msgpack.decode(one, type=Piece) for one in written]
        work.append(sum(piece.hops_each * len(piece.chains) for piece in asked))
        pieces.append(len(asked))
        return [worker(problem)(one) for one in written]

    problem = hard([3.0, 1.0, 2.0, 0.0, 4.0])
    chains = Chains(problem, chains=16, hops_each=2, patience=2)
    sizes = []
    for number in range(6):
        sizes.append(len(chains.state.chains))
        chains.round(np.random.default_rng(number), counted)
    assert sizes[:3] == [16, 8, 4]
    assert set(work) == {32}
    assert min(pieces) >= 4


def test_many_workers_share_the_hops_of_few_chains_and_the_best_share_counts():
    chains = Chains(least(1280, least(640)), chains=4, hops_each=8, patience=2)
    chains.state.chains = [Chain(np.full(1280, 0.5).tobytes(), 2.0, 0, 1) for _ in range(4)]
    asked = []

    def third_is_better(written):
        asked.extend(msgspec.msgpack.decode(one, type=Piece) for one in written)
        outcomes = []
        for number, piece in enumerate(asked):
            (chain,) = piece.chains
            got = Chain(b"better", 1.0, 0, 1) if number == 2 else Chain(chain.point, 2.0, 1, 1)
            outcomes.append(msgspec.msgpack.encode(Outcome((got,), (), 1.0)))
        return outcomes

    chains.round(np.random.default_rng(1), third_is_better)
    assert [(len(piece.chains), piece.hops_each) for piece in asked] == [(1, 2)] * 8
    assert len({piece.seed for piece in asked}) == 8
    assert [(chain.value, chain.stale) for chain in chains.state.chains] == [(1.0, 0), *[(2.0, 1)] * 3]


@pytest.mark.parametrize(("count", "most"), [(1, 3), (7, 3), (16, 4), (5, 9), (13, 1)])
def test_shares_are_even_and_leave_nothing_out(count, most):
    shares = _evenly(count, most)
    assert [number for share in shares for number in share] == [*range(count)]
    lengths = {len(share) for share in shares}
    assert max(lengths) <= most
    assert max(lengths) - min(lengths) <= 1
