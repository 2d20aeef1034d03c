"""A run told by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.console import Console, RenderableType

from provolve.record import AskTold, Budget, Rejection, RunStarted, Spent, Verdict


@dataclass(frozen=True)
class Story:
    """Makes the events of a run."""

    def started(self, **changes: object) -> RunStarted:
        fields: dict[str, object] = {
            "run": "packing-1",
            "task": "packing",
            "direction": "minimize",
            "seed": 7,
            "budget": Budget(candidates=1000),
            "proposer": "symbolic",
            "strategy": "islands",
            "workers": 2,
            "level": "full",
            "level_detail": "",
            "resumed": False,
            "seed_loss": 4.0,
        }
        return RunStarted(**{**fields, **changes})  # type: ignore[arg-type]

    def told(
        self,
        best: float,
        spent: Spent,
        *,
        ask: int = 1,
        operator: str = "nudge",
        rejections: tuple[Rejection | None, ...] = (None,),
        validation: float | None = None,
    ) -> AskTold:
        verdicts = tuple(Verdict(None, rejection, loss=best) for rejection in rejections)
        return AskTold(ask, operator, verdicts, spent, best, "0" * 32, validation)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def drawn() -> Callable[..., str]:
    """Return what a renderable looks like as plain text."""

    def draw(renderable: RenderableType, width: int = 80, height: int = 40) -> str:
        out = io.StringIO()
        Console(file=out, width=width, height=height, color_system=None, legacy_windows=False).print(
            renderable
        )
        return out.getvalue()

    return draw
