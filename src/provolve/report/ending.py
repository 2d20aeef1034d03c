"""All that is said when a run has finished, and when it has stopped."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.record import Claim, Finished, Optimism, RunStarted, Spent, strength
from provolve.report.claim import claim_report
from provolve.report.numbers import count, duration, fixed, percent, places_for, rate
from provolve.report.scale import Scale
from provolve.report.text import one_line, plain
from provolve.report.word import marked
from provolve.task.settings import Published

_COMMAND_WIDTH = 40
_REASONS = {
    "budget": "the budget is spent",
    "bound": "the bound is reached on every instance: nothing can be better",
    "exhausted": "the proposer found nothing new to try",
}


def facts(rows: Mapping[str, RenderableType | str]) -> Table:
    """Return pairs of a word and what it is, one a line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for word, value in rows.items():
        grid.add_row(word, plain(value) if isinstance(value, str) else value)
    return grid


def ending(
    finished: Finished,
    started: RunStarted,
    scale: Scale,
    published: Mapping[str, Published],
    *,
    writable: bool,
) -> RenderableType:
    """Return the report that ends ``provolve run``: the claim, how it was come by, and what to do next.

    ``writable``: whether the program's source is the user's own, into which the champion can be written.
    """
    rows: dict[str, RenderableType | str] = {
        "search": f"{spent_text(finished.spent)}; {_REASONS.get(finished.reason, finished.reason)}",
        marked("scores", started.self_judged): losses_text(finished.claim, scale, started.seed_loss),
        "sandbox": sandbox_text(started.level, started.level_detail),
        "run": f"{started.run}, seed {started.seed}",
        "next": next_commands(started.run, writable=writable),
    }
    return Group(claim_report(finished.claim, scale, published), Text(), facts(rows))


def spent_text(spent: Spent) -> str:
    """Return what was spent: candidates, of them judged, seconds, candidates a second, and tokens."""
    if spent.seconds <= 0:
        return (
            f"{count(spent.candidates)} candidates, {count(spent.judged)} of them judged{calls_text(spent)}"
        )
    return (
        f"{count(spent.candidates)} candidates in {duration(spent.seconds)} "
        f"({rate(spent.candidates / spent.seconds)}), {count(spent.judged)} of them judged "
        f"({rate(spent.judged / spent.seconds)}){calls_text(spent)}"
    )


def calls_text(spent: Spent) -> str:
    """Return what calls of models have cost; empty where there were none."""
    if not spent.tokens:
        return ""
    money = f", {spent.usd:.4f} US dollars" if spent.usd else ""
    return f"; {count(spent.tokens)} tokens{money}"


def losses_text(claim: Claim, scale: Scale, seed_loss: float | None) -> str:
    """Return the champion's result on train beside those on validation and test, so that optimism shows."""
    gain = None if seed_loss is None or claim.epoch else scale.gain(claim.train, seed_loss)
    better = (
        (f" (of epoch {claim.epoch})" if claim.epoch else "")
        if gain is None
        else f" ({percent(abs(gain))} {'better' if gain >= 0 else 'worse'} than the seed program)"
    )
    validation = scale.shown(claim.validation)
    test = _test_text(claim.optimism, scale)
    return f"train {scale.shown(claim.train)}{better}, validation {validation}{test}; {scale.meaning}"


def _test_text(optimism: Optimism | None, scale: Scale) -> str:
    """Return the result on test and how much worse it is than that on validation, with its spread."""
    if optimism is None:
        return ""
    low, high = optimism.low, optimism.high
    places = places_for(optimism.difference if low is None or high is None else (high - low) / 2)
    text = f", test {scale.shown(optimism.test)}: "
    if not optimism.difference:
        return f"{text}the same as on validation"
    better = optimism.difference < 0
    text += f"{fixed(abs(optimism.difference), places)} {'better' if better else 'worse'} than on validation"
    if low is None or high is None:
        return text
    ends = (-high, -low) if better else (low, high)
    return f"{text} (95 % interval {fixed(ends[0], places)} to {fixed(ends[1], places)})"


def sandbox_text(level: str, detail: str) -> RenderableType:
    """Return the level at which candidates were confined; what is missing is said below ``full``."""
    sound = strength(level) in ("full", "strong")
    style = "green" if sound else "yellow"
    text = Text(level, style)
    if not sound and detail:
        text.append(f": {one_line(detail, 400)} ", "dim")
        text.append("`provolve doctor` says more", "dim")
    return text


def next_commands(run: str, *, writable: bool) -> RenderableType:
    """Return the commands that make sense once a run is finished."""
    notes = {
        f"provolve show {run}": "the champion and its difference to the seed program",
        f"provolve verify {run}": "re-check the claim from scratch",
        f"provolve apply {run}{'' if writable else ' --to FILE'}": (
            "write the champion into the source" if writable else "write the champion to a file"
        ),
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", overflow="fold", min_width=min(max(map(len, notes)), _COMMAND_WIDTH))
    grid.add_column(style="dim", overflow="fold")
    for command, note in notes.items():
        grid.add_row(plain(command), note)
    return grid


def stopped_text(run: str, spent: Spent | None) -> str:
    """Return what is said of a run that was stopped."""
    so_far = "" if spent is None else f" after {spent_text(spent)}"
    return f"stopped{so_far}; nothing is lost. To go on: {' '.join(('provolve resume', run)).strip()}"
