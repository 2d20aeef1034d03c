"""When an epoch ends: counted in candidates, whatever the scale of the losses."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from provolve.engine.epoch import LEAST, NOTABLE, SHARE, Epoch


def fresh(seed_loss: float = 4.0, best: float = 4.0) -> Epoch:
    return Epoch((seed_loss,), (), seed_loss, notable=best, notable_at=0)


def test_an_epoch_without_any_gain_ends_after_the_least() -> None:
    epoch = fresh().noting(4.0, LEAST - 1)
    assert not epoch.on_plateau(LEAST - 1)
    assert epoch.on_plateau(LEAST)


def test_what_took_long_to_find_is_given_as_long_again() -> None:
    found = 10 * LEAST
    epoch = fresh().noting(1.0, found)
    ends = next(n for n in range(found, 100 * LEAST) if epoch.on_plateau(n))
    assert ends == pytest.approx(found / (1 - SHARE), abs=1)


def test_a_tail_of_small_gains_is_no_gain() -> None:
    epoch = fresh(best=1.0)
    step = 0.9 * NOTABLE * 3.0 / 4
    for number in range(1, 5):
        epoch = epoch.noting(1.0 - number * step, 100 * number)
    assert epoch.notable_at == 0
    assert epoch.noting(1.0 - 6 * step, 600).notable_at == 600


def test_a_later_epoch_is_given_as_long_as_all_before() -> None:
    epoch = Epoch((4.0,), (), 4.0, notable=1.0, notable_at=90_000, number=1, ask=7)
    ends = next(n for n in range(90_000, 400_000) if epoch.on_plateau(n))
    assert ends == pytest.approx(90_000 / (1 - SHARE), abs=1)


gains = st.lists(st.tuples(st.floats(-5.0, 5.0), st.integers(1, 2_000)), max_size=30)


@given(gains, st.sampled_from([0.25, 1.0, 1024.0]), st.sampled_from([0.0, 64.0, -4096.0]))
def test_neither_scale_nor_origin_of_losses_matters(plan, scale, origin) -> None:
    """Steps in binary fractions, so that nothing is rounded."""
    one, other, best, at = fresh(), fresh(4.0 * scale + origin, 4.0 * scale + origin), 4.0, 0
    for step, candidates in plan:
        best, at = min(best, best - round(step * 16) / 16), at + candidates
        edge = one.notable - NOTABLE * (one.seed_loss - one.notable)
        assume(abs(best - edge) > 1e-6 or best == one.notable)
        one = one.noting(best, at)
        other = other.noting(best * scale + origin, at)
        assert one.notable_at == other.notable_at
        assert one.on_plateau(at) == other.on_plateau(at)
