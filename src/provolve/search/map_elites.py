"""MAP-Elites: a map of unlike programs, all of which are changed alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import Archive, Niche
from provolve.search.base import at_least_one, elites_of
from provolve.search.grid import Edges, Grid, fit
from provolve.search.regrading import Regrading, again, best_first
from provolve.search.snapshots import read, write


class MapElites(Regrading[None]):
    """Keeps the best program of each cell of a grid, and asks for changes of each cell's alike.

    After Mouret and Clune (2015), "Illuminating search spaces by mapping elites". The grid lies over the
    measures that the task declares; where it declares none, over the size of a program and the number of its
    literals. Its edges are quantiles of what was found, laid anew now and then.

    Args:
        cells: about how many cells the grid has; at least 1.
        others: parents besides the one to improve; at least 1.
        regrid_every: asks told after which the grid is laid anew; at least 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(self, *, cells: int = 144, others: int = 2, regrid_every: int = 60, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(cells=cells, others=others, regrid_every=regrid_every)
        self._cells = cells
        self._others = others
        self._regrid_every = regrid_every
        self._told = 0
        self._grid: Grid | None = None
        self._map = self._empty()
        self._map.fill(self._starts)

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        rng = self._ledger.generator(self._ledger.number())
        count = min(1 + self._others, len(self._map))
        chosen = rng.choice(len(self._map), size=count, replace=False)
        return Ask(self._ledger.open(None), tuple(self._map[int(rank)] for rank in chosen), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Put each program into its cell, if it is the best there; see `Strategy.tell`."""
        self._ledger.close(ask_id)
        for elite in reversed(elites_of(verdicts)):
            self._map.insert(elite)
        self._told += 1
        if self._told % self._regrid_every == 0:
            self._lay(tuple(self._map))

    def __len__(self) -> int:
        return len(self._map)

    def _empty(self) -> Archive:
        return Archive(self._cells, niche=_by_program if self._grid is None else _placed(self._grid))

    def _lay(self, elites: Sequence[Elite]) -> None:
        described = [msgspec.structs.replace(elite, measures=described_by(elite)) for elite in elites]
        self._grid = fit(described, len(described_by(elites[0])), self._cells)
        self._map = self._empty()
        self._map.fill(elites)

    def _kept(self) -> Iterator[Elite]:
        return iter(self._map)

    def _renew(self, known: Mapping[str, Elite]) -> None:
        left = best_first([*again(self._map, known), *self._starts])
        self._map = self._empty()
        self._map.fill(left)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        edges = None if self._grid is None else self._grid.edges
        ledger = self._ledger
        return write(_Saved(ledger.asked, ledger.waiting, self._told, edges, tuple(self._map), self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._told = saved.told
        self._grid = None if saved.edges is None else Grid(saved.edges)
        self._map = self._empty()
        self._map.fill(saved.elites)


def described_by(elite: Elite) -> tuple[float, ...]:
    """Return the measures of an elite; its nodes and its literals where the task declares none."""
    template = elite.candidate.template
    return elite.measures or (float(template.nodes), float(len(template.kinds)))


def _placed(grid: Grid) -> Niche:
    def niche(elite: Elite) -> Hashable:
        return grid(msgspec.structs.replace(elite, measures=described_by(elite)))

    return niche


def _by_program(elite: Elite) -> Hashable:
    return elite.candidate.template.digest


class _Saved(msgspec.Struct, frozen=True, tag="map-elites/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
    told: int
    edges: Edges | None
    elites: tuple[Elite, ...]
    starts: tuple[Elite, ...]
