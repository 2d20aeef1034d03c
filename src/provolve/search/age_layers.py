"""Age layers: young lines of programs compete among themselves before they meet the old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import Archive
from provolve.search.base import at_least_one, elites_of
from provolve.search.island import draw
from provolve.search.regrading import Regrading, again, best_first, by_rank
from provolve.search.snapshots import check_count, read, write

TEMPERATURE = 0.25
"""Parents are drawn by rank: the scale of the ranks as a share of a layer's size."""
BEST_SHARE = 0.35
"""Probability that the program to improve is a layer's best."""

Turn = tuple[int, int]
"""The layer that an ask was made for, and the ask at which the line of its parents began."""


class AgeLayers(Regrading[Turn]):
    """Breeds populations by the age of their lines; the youngest begins anew from the starts every so often.

    After Hornby (2006), "ALPS: the age-layered population structure for reducing the problem of premature
    convergence". The age of a program is the number of asks since its line began from a start. Layer k holds
    lines up to age gap · k², the last one all; who grows too old for its layer competes in the next. Layers
    are asked in turn.

    Args:
        layers: how many; at least 1.
        gap: asks after which the youngest layer begins anew; at least 1.
        capacity: elites of a layer; at least 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(self, *, layers: int = 5, gap: int = 80, capacity: int = 40, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(layers=layers, gap=gap, capacity=capacity)
        self._gap = gap
        self._capacity = capacity
        self._layers = [self._filled(()) for _ in range(layers)]
        self._layers[0] = self._filled(self._starts)
        self._born: dict[str, int] = {}

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        number = self._ledger.number()
        rng = self._ledger.generator(number)
        if number % self._gap == 0:
            self._age(number)
        filled = [place for place, layer in enumerate(self._layers) if len(layer)]
        place = filled[number % len(filled)]
        below = self._layers[max(place - 1, 0)]
        home = self._layers[place]
        first = home[0] if rng.random() < BEST_SHARE else draw(home, TEMPERATURE, rng)
        other = draw(home if rng.random() < 0.5 or not len(below) else below, TEMPERATURE, rng)
        parents = {elite.candidate.digest: elite for elite in (first, other)}
        born = min(self._born.get(digest, number) for digest in parents)
        return Ask(self._ledger.open((place, born)), tuple(parents.values()), self._batch, place)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Offer what came to the layer of its age; see `Strategy.tell`."""
        _, born = self._ledger.close(ask_id)
        place = self._layer_of(born, ask_id)
        for elite in reversed(elites_of(verdicts)):
            if self._layers[place].insert(elite):
                self._born[elite.candidate.digest] = born

    @property
    def layers(self) -> tuple[tuple[Elite, ...], ...]:
        """The elites of each layer, the youngest layer first, best first."""
        return tuple(tuple(layer) for layer in self._layers)

    def _layer_of(self, born: int, now: int) -> int:
        age = now - born
        last = len(self._layers) - 1
        return next((k for k in range(last) if age <= self._gap * (k + 1) ** 2), last)

    def _age(self, now: int) -> None:
        """Let everybody move to the layer of its age, the eldest first, and begin the youngest anew."""
        for place in reversed(range(len(self._layers) - 1)):
            staying = []
            for elite in self._layers[place]:
                wanted = self._layer_of(self._born.get(elite.candidate.digest, now), now)
                if wanted > place or place == 0:
                    self._layers[max(wanted, 1)].insert(elite)
                else:
                    staying.append(elite)
            self._layers[place] = self._filled(staying)
        if len(self._layers) > 1:
            self._layers[0] = self._filled(self._starts)
        self._forget()

    def _forget(self) -> None:
        """Drop the ages of programs that are in no layer; those of the youngest's starts begin now."""
        kept = {elite.candidate.digest for layer in self._layers[1:] for elite in layer}
        self._born = {digest: born for digest, born in self._born.items() if digest in kept}

    def _filled(self, elites: Iterable[Elite]) -> Archive:
        archive = Archive(self._capacity, per_template=4)
        archive.fill(elites)
        return archive

    def _kept(self) -> Iterator[Elite]:
        return by_rank(*self.layers)

    def _renew(self, known: Mapping[str, Elite]) -> None:
        self._layers = [self._filled(best_first(again(layer, known))) for layer in self._layers]
        if not any(map(len, self._layers)):
            self._layers[0] = self._filled(self._starts)
        self._forget()

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        ledger = self._ledger
        return write(_Saved(ledger.asked, ledger.waiting, self.layers, self._born, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`.

        Raises:
            StoreError: if ``data`` is no snapshot of as many layers.
        """
        saved = read(data, _Saved)
        check_count(len(saved.layers), len(self._layers), "layers")
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._layers = [self._filled(layer) for layer in saved.layers]
        self._born = dict(saved.born)


class _Saved(msgspec.Struct, frozen=True, tag="age-layers/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, Turn]
    layers: tuple[tuple[Elite, ...], ...]
    born: dict[str, int]
    """For each program the ask at which its line began."""
    starts: tuple[Elite, ...]
