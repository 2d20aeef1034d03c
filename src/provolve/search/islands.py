"""The default strategy: islands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import Archive, elite_of
from provolve.search.base import WINDOW
from provolve.search.breeding import Breeding
from provolve.search.grid import Edges, Grid, fit
from provolve.search.island import History, Island, draw
from provolve.search.regrading import Regrading, again, best_first, by_rank
from provolve.search.snapshots import Shelf, check_count, read, write

Turn = tuple[int, int]
"""The island an ask was made for, and its epoch then."""


class Islands(Regrading[Turn]):
    """Breeds several populations apart, asked in turn, and founds those anew that get nowhere.

    Islands and the reset of the worse half follow Romera-Paredes et al. (2023), "Mathematical discoveries
    from program search with large language models". Between the resets, an island takes in the best of
    another whose line is no older than its own, as in Hornby (2006), "ALPS: the age-layered population
    structure": young lines are not overrun by old ones. An island on a plateau begins anew from a start or
    from one of the run's best; the island that holds the run's best is spared while there are others.

    Args:
        starts, seed, batch, window: as of `Base`.
        settings: fields of `Breeding`.

    Raises:
        ValueError: if there is no start or a number is out of its range.
    """

    def __init__(
        self,
        *,
        starts: Sequence[Elite],
        seed: np.random.SeedSequence,
        batch: int = 32,
        window: int = WINDOW,
        **settings: Any,
    ) -> None:
        super().__init__(starts=starts, seed=seed, batch=batch, window=window)
        self._measures = len(self._starts[0].measures)
        self._grid: Grid | None = None
        self._breeding = Breeding(**settings)
        self._best = self._hall()
        self._islands = [Island(self._empty) for _ in range(self._breeding.islands)]
        for place, island in enumerate(self._islands):
            island.found(self._dealt(place), born=0)
        for start in self._starts:
            self._best.insert(start)

    def ask(self) -> Ask:
        """Return the next request, for the next island in turn; see `Strategy.ask`."""
        number = self._ledger.number()
        rng = self._ledger.generator(number)
        place = (number - 1) % len(self._islands)
        if number % self._breeding.reset_every == 0:
            self._reset_worse_half(rng)
        if self._measures and number % self._breeding.regrid_every == 0:
            self._regrid()
        self._tend(place, number, rng)
        island = self._islands[place]
        parents = self._parents(place, rng)
        self._ledger.open((place, island.history.epoch))
        return Ask(number, parents, self._batch, place)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Keep what is worth keeping; see `Strategy.tell`.

        Where the island was founded anew since the ask, only the run's best elites take note.
        """
        place, epoch = self._ledger.close(ask_id)
        island = self._islands[place]
        current = island.history.epoch == epoch
        if current:
            island.end_turn()
        for elite in filter(None, map(elite_of, verdicts)):
            self._best.insert(elite)
            if current:
                island.insert(elite)

    @property
    def best(self) -> Elite:
        """The best elite so far."""
        return self._best[0]

    @property
    def populations(self) -> tuple[tuple[Elite, ...], ...]:
        """The elites of each island, best first."""
        return tuple(tuple(island.archive) for island in self._islands)

    def _empty(self) -> Archive:
        breeding = self._breeding
        if self._grid is None:
            return Archive(breeding.capacity, per_template=breeding.per_template)
        return Archive(breeding.capacity, niche=self._grid)

    def _hall(self) -> Archive:
        return Archive(self._breeding.capacity, per_template=1)

    def _dealt(self, place: int) -> list[Elite]:
        """Return the seed program and the island's share of the other starts."""
        count = max(len(self._starts), self._breeding.islands)
        mine = range(place, count, self._breeding.islands)
        return [self._starts[0], *(self._starts[index % len(self._starts)] for index in mine)]

    def _parents(self, place: int, rng: np.random.Generator) -> tuple[Elite, ...]:
        breeding = self._breeding
        home = self._islands[place].archive
        first = home[0] if rng.random() < breeding.best_share else draw(home, breeding.temperature, rng)
        chosen = {first.candidate.digest: first}
        abroad = rng.random() < breeding.foreign_share
        for _ in range(breeding.others):
            source = self._islands[self._another(place, rng)].archive if abroad else home
            other = draw(source, breeding.temperature, rng)
            chosen.setdefault(other.candidate.digest, other)
            abroad = False
        return tuple(chosen.values())

    def _another(self, place: int, rng: np.random.Generator) -> int:
        """Return the place of another island; of the same where there is only one."""
        return int(place + 1 + rng.integers(max(len(self._islands) - 1, 1))) % len(self._islands)

    def _tend(self, place: int, number: int, rng: np.random.Generator) -> None:
        """Found the island anew if it is on a plateau; else let the best of another in if it is time."""
        island = self._islands[place]
        history = island.history
        if history.stale >= self._breeding.patience and not self._leads(place):
            self._restart(island, number, rng)
        elif history.turns - history.visited >= self._breeding.migrate_every:
            source = self._islands[self._another(place, rng)]
            island.receive([source.archive[0]] if source.history.born >= history.born else [])

    def _leads(self, place: int) -> bool:
        """Whether the island is the first that holds the run's best, and not the only island."""
        losses = [island.archive[0].loss for island in self._islands]
        return len(losses) > 1 and losses.index(min(losses)) == place

    def _restart(self, island: Island, number: int, rng: np.random.Generator) -> None:
        if rng.random() < self._breeding.fresh_share:
            island.found([self._starts[rng.integers(len(self._starts))]], born=number)
        else:
            island.found([draw(self._best, self._breeding.temperature, rng)], born=0)

    def _reset_worse_half(self, rng: np.random.Generator) -> None:
        """Found the worse half anew, each from the best of one of the better half; the young are spared."""
        ranked = sorted(self._islands, key=lambda island: island.archive[0].loss)
        better = ranked[: (len(ranked) + 1) // 2]
        for island in ranked[len(better) :]:
            if island.history.turns >= self._breeding.patience:
                parent = better[rng.integers(len(better))]
                island.found([parent.archive[0]], born=parent.history.born)

    def _regrid(self) -> None:
        """Lay the grid anew over what the islands hold, and sort their elites into it."""
        elites = [elite for island in self._islands for elite in island.archive]
        self._grid = fit(elites, self._measures, self._breeding.capacity)
        for island in self._islands:
            island.resume(list(island.archive), island.history)

    def _kept(self) -> Iterator[Elite]:
        return by_rank(tuple(self._best), *self.populations)

    def _renew(self, known: Mapping[str, Elite]) -> None:
        """Each island keeps what is left of it, or begins anew from the seed program."""
        best = best_first([*again(self._best, known), *self._starts])
        self._best = self._hall()
        self._best.fill(best)
        for island in self._islands:
            left = best_first(again(island.archive, known)) or [self._starts[0]]
            island.resume(left, msgspec.structs.replace(island.history, stale=0))

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        shelf = Shelf()
        best = shelf.places(tuple(self._best))
        islands = tuple((shelf.places(tuple(isle.archive)), isle.history) for isle in self._islands)
        edges = None if self._grid is None else self._grid.edges
        starts = shelf.places(self._starts)
        ledger = self._ledger
        return write(_Saved(ledger.asked, ledger.waiting, shelf.elites, best, islands, edges, starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`.

        Raises:
            StoreError: if ``data`` is no snapshot of as many islands.
        """
        saved = read(data, _Saved)
        check_count(len(saved.islands), len(self._islands), "islands")
        self._take_up(saved.asked, saved.waiting, [saved.elites[place] for place in saved.starts])
        self._grid = None if saved.edges is None else Grid(saved.edges)
        self._best = self._hall()
        self._best.fill(saved.elites[place] for place in saved.best)
        for island, (places, history) in zip(self._islands, saved.islands, strict=True):
            island.resume([saved.elites[place] for place in places], history)


class _Saved(msgspec.Struct, frozen=True, tag="islands/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, Turn]
    elites: tuple[Elite, ...]
    best: tuple[int, ...]
    islands: tuple[tuple[tuple[int, ...], History], ...]
    edges: Edges | None
    starts: tuple[int, ...] = ()
