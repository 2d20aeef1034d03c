"""Which models fail at edits, so that whole regions are asked of them."""

from __future__ import annotations

from collections import deque

from provolve.record import Rejection, Verdict

WATCHED = 6
FAILED = 3
"""Of the last ``WATCHED`` edits of a model, so many rejected, and it is asked for whole regions."""
_EDIT_REJECTIONS = (Rejection.EDIT_UNMATCHED, Rejection.EDIT_AMBIGUOUS, Rejection.EDIT_EMPTY)


class EditHabits:
    """Watches what becomes of each model's edits."""

    def __init__(self, form: str) -> None:
        """``form``: ``edit`` or ``region`` for all models, or ``auto``."""
        self._form = form
        self._last: dict[str, deque[bool]] = {}
        self._failing: set[str] = set()

    def asks_whole(self, model: str) -> bool:
        """Whether ``model`` is asked for whole regions in place of edits."""
        return self._form == "region" or (self._form == "auto" and model in self._failing)

    def watch(self, model: str, verdict: Verdict) -> None:
        """Take the verdict on one proposal of ``model``."""
        last = self._last.setdefault(model, deque(maxlen=WATCHED))
        last.append(verdict.rejection in _EDIT_REJECTIONS)
        if sum(last) >= FAILED:
            self._failing.add(model)
