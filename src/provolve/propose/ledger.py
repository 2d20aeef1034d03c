"""What calls may cost: every call reserves its dearest end before it starts, and settles what it did cost."""

from __future__ import annotations

import threading
from dataclasses import dataclass

_PICO = 10**12
"""Money is counted in whole billionths of a thousandth of a dollar, so that sums are exact."""


@dataclass(frozen=True)
class Reservation:
    """Room that a call has taken: tokens, and trillionths of a US dollar."""

    tokens: int
    money: int


class Ledger:
    """Keeps the sum of what is spent and what is reserved within the caps; safe to use from many threads.

    Args:
        tokens: cap on tokens; None for none.
        usd: cap on US dollars; None for none.
    """

    def __init__(self, tokens: int | None = None, usd: float | None = None) -> None:
        self._cap_tokens = tokens
        self._cap_money = None if usd is None else int(usd * _PICO)
        self._tokens = self._money = 0
        self._reserved_tokens = self._reserved_money = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def spent_tokens(self) -> int:
        """Tokens of the calls that were settled."""
        return self._tokens

    @property
    def reserved_tokens(self) -> int:
        """Tokens that calls under way may still use."""
        return self._reserved_tokens

    @property
    def spent_usd(self) -> float:
        """US dollars of the calls that were settled."""
        return self._money / _PICO

    @property
    def committed(self) -> tuple[int, int]:
        """Spent and reserved together: tokens, and trillionths of a US dollar."""
        with self._changed:
            return self._tokens + self._reserved_tokens, self._money + self._reserved_money

    def reserve(self, tokens: int, usd: float = 0.0, *, wait: bool = True) -> Reservation | None:
        """Take room for a call, or return None where the caps leave none.

        Where calls under way hold what is missing, it waits for them to settle, unless ``wait`` is false.
        """
        wanted = Reservation(tokens, _rounded_up(usd))
        with self._changed:
            while not self._fits(wanted, self._reserved_tokens, self._reserved_money):
                if self._closed or not wait or not self._fits(wanted, 0, 0):
                    return None
                self._changed.wait()
            if self._closed:
                return None
            self._reserved_tokens += wanted.tokens
            self._reserved_money += wanted.money
            return wanted

    def _fits(self, wanted: Reservation, tokens: int, money: int) -> bool:
        return (self._cap_tokens is None or self._tokens + tokens + wanted.tokens <= self._cap_tokens) and (
            self._cap_money is None or self._money + money + wanted.money <= self._cap_money
        )

    def settle(self, reservation: Reservation, tokens: int, usd: float = 0.0) -> None:
        """Give back what ``reservation`` took, and book what the call did cost; 0 for one that failed."""
        with self._changed:
            self._reserved_tokens -= reservation.tokens
            self._reserved_money -= reservation.money
            self._tokens += tokens
            self._money += _rounded_up(usd)
            self._changed.notify_all()

    def book(self, tokens: int, usd: float = 0.0) -> None:
        """Book what the record of a run says that an earlier call has cost."""
        self.settle(Reservation(0, 0), tokens, usd)

    def close(self) -> None:
        """Grant nothing more; whoever waits is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _rounded_up(usd: float) -> int:
    # A float of a few digits times 10**12 lands beside the whole number that is meant: 4 digits are spare.
    return -int(-round(usd * _PICO, 4) // 1)
