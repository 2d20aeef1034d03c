"""What happens in a search, written down in groups and announced once it is safe."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from provolve.record import AskTold, Event, Verdict
from provolve.store import AskRecord, RunWriter

_COMMIT_EVERY = 0.1
_GROUP = 50


class Journal:
    """Adds to the record of a run; an event is announced after what it tells of was committed."""

    def __init__(
        self, writer: RunWriter, clock: Callable[[], float], listener: Callable[[Event], None]
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._listener = listener
        self._events: list[Event] = []
        self._committed = clock()

    def add(self, record: AskRecord, verdicts: Sequence[Verdict], told: AskTold) -> None:
        """Add one ask with the verdicts on its proposals."""
        self._writer.add_ask(record, verdicts)
        self._events.append(told)

    def announce(self, event: Event) -> None:
        """Have ``event`` told with the next commit."""
        self._events.append(event)

    def commit_if_due(self) -> None:
        """Commit if a group is full or has waited long enough."""
        if self._writer.pending >= _GROUP or self._clock() - self._committed >= _COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        """Commit the open group, then announce what was committed."""
        self._writer.commit()
        self._committed = self._clock()
        events, self._events = self._events, []
        for event in events:
            self._listener(event)
