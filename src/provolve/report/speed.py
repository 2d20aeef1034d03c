"""The claim of a task of kind speed: the champion's time over that of the other programs."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.engine.speed_claims import CHAMPION
from provolve.record import Claim, Comparison, Ratio, Speed
from provolve.report.numbers import fixed, number
from provolve.report.text import plain

_WORDS = {"better": "faster", "worse": "slower", "parity": "no difference"}
_STYLES = {"better": "bold green", "worse": "bold red", "parity": "yellow"}


def speed_headline(speed: Speed) -> str:
    """Return the claim against the seed program as one sentence."""
    ratio, loading = speed.ratio, "without loading" if speed.warm else "loading included"
    takes = {
        "better": f"takes {fixed(ratio.value, 3)} times the seed program's CPU time",
        "worse": f"is slower: it takes {fixed(ratio.value, 3)} times the seed program's CPU time",
        "parity": (f"shows no difference to the seed program: {fixed(ratio.value, 3)} times its CPU time"),
    }[ratio.finding]
    return (
        f"The champion {takes} (95 % interval {_span(ratio)}), {loading}; its answers were right on all "
        f"{speed.equal} sealed test inputs."
    )


def speed_table(claim: Claim, speed: Speed) -> RenderableType:
    """Return a row a program, slowest first, and below them the control."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("program", overflow="fold", min_width=12)
    table.add_column("CPU ms", justify="right", overflow="fold")
    table.add_column("loading", justify="right", overflow="fold")
    table.add_column("champion / it", justify="right", overflow="fold")
    table.add_column("95 % interval", justify="right", overflow="fold")
    table.add_column("champion is", overflow="fold")
    for other in sorted(claim.comparisons, key=lambda row: -row.mean):
        table.add_row(*_row(other, speed))
    table.add_row(Text("champion", "bold"), _ms(speed.seconds[CHAMPION]), _ms(speed.loading[CHAMPION]))
    return Group(Text(), table, Text(), _notes(speed))


def _row(other: Comparison, speed: Speed) -> list[RenderableType]:
    cells: list[RenderableType] = [
        plain(other.name),
        _ms(speed.seconds[other.name]),
        _ms(speed.loading[other.name]),
    ]
    if other.ratio is not None:
        found = other.finding
        cells += [number(other.ratio.value, 3), _span(other.ratio), Text(_WORDS[found], _STYLES[found])]
    return cells


def _notes(speed: Speed) -> RenderableType:
    control = speed.control
    text = (
        f"Control, the seed program against itself: {fixed(control.value, 3)} ({_span(control)}). The "
        f"intervals are widened by its spread; below 5 % is no difference. All inputs together, least of "
        f"{speed.rounds} samples, less a floor of {number(1e6 * speed.floor, 3)} µs a call. "
        "That answers were right on these inputs proves nothing for others."
    )
    if speed.warm:
        text += f" With loading the ratio is {fixed(speed.cold, 3)}."
    return Text(text, "dim")


def _span(ratio: Ratio) -> str:
    return f"{number(ratio.low, 3)} to {number(ratio.high, 3)}"


def _ms(seconds: float) -> str:
    return number(1000 * seconds, 3)
