"""The form in which strategies write down their state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from provolve.errors import StoreError
from provolve.record import Elite

S = TypeVar("S", bound=msgspec.Struct)


def write(state: msgspec.Struct) -> bytes:
    """Return a state as bytes; the tag of its struct names the strategy and the version of the form."""
    return msgspec.msgpack.encode(state)


def read(data: bytes, form: type[S]) -> S:
    """Return the state in ``data``.

    Raises:
        StoreError: if it was written by another strategy, in another version, or is damaged.
    """
    try:
        return msgspec.msgpack.decode(data, type=form)
    except msgspec.DecodeError as error:
        tag = form.__struct_config__.tag
        raise StoreError(
            f"the snapshot of the strategy is not of the form {tag!r} ({error}): "
            "resume the run with the strategy and the version of provolve that wrote it"
        ) from error


def check_count(saved: int, here: int, what: str) -> None:
    """Check that a snapshot holds as many parts, called ``what``, as the strategy that takes it up.

    Raises:
        StoreError: if it does not.
    """
    if saved != here:
        raise StoreError(
            f"the snapshot has {saved} {what} and this strategy {here}: "
            "resume the run with the settings it was started with"
        )


class Shelf:
    """Elites written once each, however many archives hold them."""

    def __init__(self, elites: Sequence[Elite] = ()) -> None:
        self._places: dict[Elite, int] = {elite: place for place, elite in enumerate(elites)}

    def places(self, elites: Sequence[Elite]) -> tuple[int, ...]:
        """Put the elites on the shelf where they are missing and return where they stand."""
        return tuple(self._places.setdefault(elite, len(self._places)) for elite in elites)

    @property
    def elites(self) -> tuple[Elite, ...]:
        """The elites in the order of their places."""
        return tuple(self._places)
