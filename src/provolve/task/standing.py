"""What stands beside a task in lists: its strongest baseline and its best published result, as texts."""

from __future__ import annotations

from provolve.task.settings import Published, Settings


def best_baseline(settings: Settings) -> str:
    """Return name and score of the strongest baseline; empty where the task names none."""
    best = settings.best_baseline
    return "" if best is None else f"{best.name} {best.value:g}"


def best_published(settings: Settings) -> str:
    """Return name and result of what was published and marked best, or of all there is; else empty."""
    marked = {name: one for name, one in settings.published.items() if one.best}
    shown = marked or (settings.published if len(settings.published) == 1 else {})
    return "; ".join(f"{name} {result(one)}" for name, one in shown.items())


def result(published: Published) -> str:
    """Return a published result as a text: its number, or its words."""
    return published.text or f"{published.value:.12g}"
