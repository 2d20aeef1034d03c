"""CMA-ES on the literals, continued from ask to ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provolve.propose.symbolic.cma_state import Tuning
from provolve.propose.symbolic.operator import OperatorContext
from provolve.propose.symbolic.parsed import ParsedTemplate
from provolve.propose.symbolic.searches import LEAST_POPULATION, Searching, population
from provolve.record import Elite, Proposal

LEAST_LITERALS = 4
"""Below this many literals Gaussian steps do as well."""
STARTS = 2
"""Independent searches of one template: the second may go on while the first awaits its verdicts."""
KEPT = 16
"""Searches remembered, the least recently used forgotten first."""
LIVE = 4
"""Searches under way at a time: one needs some hundred generations, so that many would get nowhere."""


class CmaEs(Searching):
    """Tunes the literals of a few templates, each until its search has converged or stalled.

    New searches are of the parents' templates; once ``LIVE`` are under way they go on by turns, whatever the
    parents are. A generation is asked once and told once. At most ``KEPT`` searches are remembered.
    """

    name = "cma-es"

    def __init__(self) -> None:
        super().__init__(self.name, live=LIVE, kept=KEPT)

    def applicable(self, parent: Elite, context: OperatorContext) -> bool:
        """Whether a search may go on, or one of the parent's literals may begin."""
        if self._searches.idle():
            return True
        return (
            not self._searches.full
            and _tunable(context.parsed(parent.candidate.template))
            and self._free_key(parent) is not None
        )

    def propose(
        self, parent: Elite, others: Sequence[Elite], count: int, context: OperatorContext
    ) -> list[Proposal]:
        """Return whole generations, up to ``count``: of the parents' templates, then of others under way."""
        proposals: list[Proposal] = []
        self._searches.note((parent, *others))
        for elite in (parent, *others):
            parsed = context.parsed(elite.candidate.template)
            key = self._key_for(elite, parsed, count - len(proposals)) if _tunable(parsed) else None
            if key is not None:
                proposals += self._searches.ask(key, context)
        return proposals + self._searches.go_on(count - len(proposals), context)

    def _free_key(self, elite: Elite) -> str | None:
        """Return the key of the first search of the elite's template that may go on or begin."""
        for key in _keys(elite):
            tuning = self._searches.get(key)
            if tuning is None:
                return key if self._searches.room and not self._searches.full else None
            if tuning.awaiting:
                continue
            if not tuning.done or (elite.loss < tuning.best_loss and not self._searches.full):
                return key
        return None

    def _key_for(self, elite: Elite, parsed: ParsedTemplate, room: int) -> str | None:
        """Return the key of a search that has room for a generation, begun or moved where need be."""
        key = self._free_key(elite)
        if key is None:
            return None
        candidate = elite.candidate
        tuning = self._searches.get(key)
        if tuning is None:
            size = population(_free(parsed), room)
            if size < LEAST_POPULATION:
                return None
            tuning = Tuning(
                candidate.template,
                candidate.digest,
                candidate.literals,
                elite.loss,
                size,
                fixed=parsed.knots | parsed.listed,
                alike=[table.values for table in parsed.tables],
            )
            self._searches.begin(key, tuning)
        elif tuning.population > room:
            return None
        elif elite.loss < tuning.best_loss:
            tuning.move(candidate.digest, candidate.literals, elite.loss)
        return key


def _keys(elite: Elite) -> Iterator[str]:
    return (f"{elite.candidate.template.digest}/{start}" for start in range(STARTS))


def _tunable(parsed: ParsedTemplate) -> bool:
    return _free(parsed) >= LEAST_LITERALS


def _free(parsed: ParsedTemplate) -> int:
    """Return the number of literals to tune: knots of tables stay, and so do lists of whole numbers."""
    return len(parsed.template.kinds) - len(parsed.knots) - len(parsed.listed)
