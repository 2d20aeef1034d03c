"""Spent plus reserved never passes the cap, whatever calls, failures and retries come in whatever order."""

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.errors import UsageError
from provolve.propose.ledger import Ledger
from provolve.propose.prices import Prices

PICO = 10**12


@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_a_thousand_random_schedules_keep_the_caps(first: int) -> None:
    for seed in range(first, first + 100):
        schedule(random.Random(seed))


def schedule(rng: random.Random) -> None:
    """Calls begin, fail, are tried again and end in random order; the sums are checked after every step."""
    tokens, usd = rng.randrange(1, 5000), rng.uniform(0.0001, 0.01)
    price = rng.uniform(1e-7, 1e-5)
    ledger = Ledger(tokens, usd)
    open_calls: list = []
    spent = 0
    for _ in range(60):
        most = rng.randrange(1, 800)
        if rng.random() < 0.6:
            reservation = ledger.reserve(most, most * price, wait=False)
            if reservation is not None:
                open_calls.append((reservation, most))
        elif open_calls:
            reservation, most = open_calls.pop(rng.randrange(len(open_calls)))
            used = rng.choice([0, rng.randrange(most + 1), most])  # failed, answered, dearest
            ledger.settle(reservation, used, used * price)
            spent += used
        committed, money = ledger.committed
        assert committed <= tokens
        assert money <= int(usd * PICO)
        assert ledger.spent_tokens == spent
    for reservation, _ in open_calls:
        ledger.settle(reservation, 0)
    assert ledger.reserved_tokens == 0


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), max_size=20))
def test_what_does_not_fit_is_refused_and_what_fits_is_not(cap: int, calls: list[int]) -> None:
    ledger = Ledger(cap)
    left = cap
    for most in calls:
        reservation = ledger.reserve(most, wait=False)
        assert (reservation is not None) == (most <= left)
        if reservation is not None:
            left -= most


def test_threads_that_wait_for_room_get_it_and_the_cap_holds() -> None:
    ledger = Ledger(100)
    seen: list[int] = []

    def call() -> None:
        for _ in range(50):
            reservation = ledger.reserve(40)
            assert reservation is not None
            seen.append(ledger.committed[0])
            ledger.settle(reservation, 0)

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) <= 100
    assert ledger.spent_tokens == 0


def test_a_closed_ledger_lets_nobody_wait() -> None:
    ledger = Ledger(10)
    held = ledger.reserve(10)
    answers: list = []
    thread = threading.Thread(target=lambda: answers.append(ledger.reserve(5)))
    thread.start()
    ledger.close()
    thread.join()
    assert held is not None
    assert answers == [None]
    assert ledger.reserve(1) is None


def test_no_cap_no_refusal() -> None:
    ledger = Ledger()
    assert ledger.reserve(10**12, 10.0**6) is not None
    ledger.book(5, 0.25)
    assert (ledger.spent_tokens, ledger.spent_usd) == (5, 0.25)


def test_prices_are_stated_in_options_and_files(tmp_path) -> None:
    table = tmp_path / "prices"
    table.write_text("# ours\nbig=3,15\n\nsmall=0.1,0.2\n")
    prices = Prices([str(table), "big=1,2"])
    assert prices.cost("big", 1_000_000, 500_000) == 2.0
    assert prices.cost("small", 10, 0) == pytest.approx(1e-6)
    assert prices.cost("gpt-4o", 1_000_000, 0) == 2.5
    assert Prices([], known=False).cost("gpt-4o", 1, 1) is None


@pytest.mark.parametrize("text", ["big=", "big=1", "=1,2", "big=a,b", "big=-1,2", "nowhere", "big=1,inf"])
def test_prices_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="per million tokens"):
        Prices([text])


def test_an_unknown_price_names_the_way_to_state_it() -> None:
    with pytest.raises(UsageError, match="--price strange=IN,OUT"):
        Prices().check(["gpt-4o", "strange"])
