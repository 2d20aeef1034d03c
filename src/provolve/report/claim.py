"""The end of a run as people read it: the champion beside the other programs on the sealed test."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from provolve.record import Claim, Comparison
from provolve.report.numbers import fixed, places_for
from provolve.report.scale import Scale
from provolve.report.speed import speed_headline, speed_table
from provolve.report.text import one_line, plain
from provolve.report.word import MARK, MEANING
from provolve.task import Task
from provolve.task.settings import Published

SEED_PROGRAM = "seed program"
_MOST_PLACES = 6
_LEAST_PLACES = 2
_STYLES = {
    "better": "bold green",
    "worse": "bold red",
    "parity": "yellow",
    "better alone": "yellow",
    "worse alone": "red",
}


_VERBS = {
    "better": "better than the seed program",
    "worse": "worse than the seed program",
    "better alone": "better than the seed program by that comparison alone",
    "worse alone": "worse than the seed program by that comparison alone",
    "equal": "as good as the seed program",
    "parity": "at parity with the seed program",
}


def claim_report(claim: Claim, scale: Scale, published: Mapping[str, Published]) -> RenderableType:
    """Return the claim in a sentence and a table, published values among it; of a construction its value."""
    if claim.failure:
        return Text.assemble(
            ("The champion was rejected on the sealed test, so nothing is claimed. ", "bold red"),
            plain(claim.failure),
        )
    if claim.speed is not None:
        return Group(Text(speed_headline(claim.speed), "bold"), speed_table(claim, claim.speed))
    if claim.kind == "construction":
        return Group(Text(headline(claim, scale.unit), "bold"), _construction(claim, published))
    compared = _comparisons(claim, scale, published)
    return Group(Text(headline(claim, scale.unit), "bold"), compared, *_explained(claim))


def published_beside(task: Task | None) -> Mapping[str, Published]:
    """Return the published results that may stand beside a claim on ``task``.

    Instances drawn by a judge are not those that anybody published on; those of the user's may be.
    """
    if task is None or (task.kind != "construction" and task.data is None):
        return {}
    return task.settings.published


def headline(claim: Claim, unit: str = "") -> str:
    """Return the claim against the seed program, or the exact value of a construction, as one sentence."""
    if claim.speed is not None:
        return speed_headline(claim.speed)
    if claim.kind == "construction":
        return f"The champion's value is {claim.exact}, judged exactly."
    if claim.self_judged:
        return _self_judged(claim, unit)
    seed = next((other for other in claim.comparisons if other.name == SEED_PROGRAM), None)
    unit = f" {one_line(unit)}" if unit else ""
    if seed is None:
        return f"The champion scores {_plain(claim.mean)}{unit} on {_instances(claim)}."
    verb = _VERBS[finding(seed)]
    places = _places(claim.comparisons)
    text = (
        f"The champion is {verb}: {fixed(claim.mean, places)} against "
        f"{fixed(seed.mean, places)}{unit} on {_instances(claim)}"
    )
    if seed.low is None or seed.high is None:
        return f"{text}, the whole population."
    return (
        f"{text}, a difference of {fixed(seed.difference, places)} "
        f"(95 % interval {fixed(seed.low, places)} to {fixed(seed.high, places)})."
    )


def _self_judged(claim: Claim, unit: str) -> str:
    """Return what evaluators said, as no more than that."""
    unit = f" {one_line(unit)}" if unit else ""
    places = _places(claim.comparisons)
    seed = next((other for other in claim.comparisons if other.name == SEED_PROGRAM), None)
    against = "" if seed is None else f", and of {fixed(seed.mean, places)} for the seed program"
    return (
        f"{MARK.capitalize()}: the evaluator spoke of {fixed(claim.mean, places)}{unit} for the champion"
        f"{against}; nobody checked it."
    )


def finding(comparison: Comparison) -> str:
    """Return what the champion is, as `Comparison.finding`; without an interval ``equal`` if it is so."""
    if comparison.finding != "exact":
        return comparison.finding
    if comparison.difference == 0:
        return "equal"
    return "better" if comparison.difference > 0 else "worse"


def merged(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Join the rows of baselines that score exactly as the seed program does; worst first."""
    seed = next((other for other in comparisons if other.name == SEED_PROGRAM), None)
    rows, same = [], []
    for other in comparisons:
        if seed is not None and other is not seed and _equal(other, seed):
            same.append(other.name)
        elif other is not seed:
            rows.append(other)
    if seed is not None:
        rows.append(msgspec.structs.replace(seed, name=" = ".join([seed.name, *same])))
    return sorted(rows, key=lambda row: -row.difference)


def _equal(one: Comparison, other: Comparison) -> bool:
    return one.mean == other.mean and one.difference == other.difference


def _instances(claim: Claim) -> str:
    return "1 instance" if claim.instances == 1 else f"{claim.instances} sealed test instances"


def _comparisons(claim: Claim, scale: Scale, published: Mapping[str, Published]) -> RenderableType:
    places = _places(claim.comparisons)
    intervals = any(other.low is not None for other in claim.comparisons)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("program", overflow="fold", min_width=14)
    table.add_column(f"{MARK} score" if claim.self_judged else "mean score", justify="right", overflow="fold")
    table.add_column("difference", justify="right", overflow="fold")
    if intervals:
        table.add_column("95 % interval", justify="right", overflow="fold")
    table.add_column("champion is", overflow="fold")
    for other in merged(claim.comparisons):
        found = finding(other)
        cells: list[RenderableType] = [
            plain(other.name),
            fixed(other.mean, places),
            fixed(other.difference, places),
        ]
        if intervals:
            cells.append(_interval(other, places))
        table.add_row(*cells, Text(found, _STYLES.get(found, "")))
    table.add_row(Text("champion", "bold"), Text(fixed(claim.mean, places), "bold"))
    told = {name: entry for name, entry in published.items() if entry.value is not None}
    for name, entry in told.items():
        empty = [""] * (2 if intervals else 1)
        table.add_row(plain(name), f"{entry.value:g}".replace("-", "−"), *empty, Text("published", "dim"))
    notes: list[RenderableType] = [_notes(claim, scale, intervals)]
    if told:
        notes.append(Text(_where(told), "dim"))
    return Group(Text(), table, Text(), *notes)


def _where(published: Mapping[str, Published]) -> str:
    """Say on what the published values hold."""
    places = dict.fromkeys(entry.on or "instances that are not named" for entry in published.values())
    return f"Published values hold on these and on no others: {'; '.join(places)}."


def _interval(other: Comparison, places: int) -> str:
    if other.low is None or other.high is None:
        return ""
    return f"{fixed(other.low, places)} to {fixed(other.high, places)}"


def _places(comparisons: Sequence[Comparison]) -> int:
    """Return the digits after the point that the narrowest interval allows to be told."""
    widths = [
        (other.high - other.low) / 2
        for other in comparisons
        if other.low is not None and other.high is not None and other.high > other.low
    ]
    sizes = [abs(other.mean) for other in comparisons if other.mean]
    wanted = places_for(min(widths)) if widths else places_for(min(sizes) / 100 if sizes else math.inf)
    return max(_LEAST_PLACES if not widths else 0, min(wanted, _MOST_PLACES))


def _notes(claim: Claim, scale: Scale, intervals: bool) -> RenderableType:
    unit = f" in {one_line(scale.unit)}" if scale.unit else ""
    if claim.self_judged:
        return Text(f"Scores{unit}, {scale.better}. {MARK.capitalize()}: {MEANING}.", "dim")
    text = f"Scores{unit}, {scale.better}; differences are paired by instance, n = {claim.instances}."
    if intervals:
        text += " Above zero the champion is better; an interval that holds zero is parity."
        text += _together(claim)
    return Text(text, "dim")


def _together(claim: Claim) -> str:
    """Say for how many comparisons the findings hold together, and what does not."""
    count = len({(other.mean, other.difference) for other in claim.comparisons})
    if count < 2:
        return ""
    text = f" The intervals stand for themselves; better and worse hold for all {count} comparisons together"
    alone = any(finding(other).endswith("alone") for other in claim.comparisons)
    return f"{text} (Holm), what is marked alone does not." if alone else f"{text} (Holm)."


def _construction(claim: Claim, published: Mapping[str, Published]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("construction", overflow="fold")
    table.add_column("value", justify="right", overflow="fold")
    table.add_column("source", overflow="fold", ratio=1)
    for other in claim.comparisons:
        table.add_row(plain(other.name), _twelve(other.mean), "judged here")
    for name, entry in published.items():
        value = _twelve(float(entry.value)) if entry.value is not None else plain(entry.text)
        table.add_row(plain(name), value, plain(_origin(entry)))
    table.add_row(Text("champion", "bold"), Text(_twelve(claim.mean), "bold"), "judged exactly")
    return Group(Text(), table, Text(), Text(f"exact: {claim.exact}", "dim"), *_explained(claim))


def _explained(claim: Claim) -> list[RenderableType]:
    """Return what the judge says of the champion in its own words, if it does."""
    if not claim.explained:
        return []
    return [
        Text(),
        Text("the judge says of it", "bold"),
        *(plain(one_line(line)) for line in claim.explained),
    ]


def _origin(entry: Published) -> str:
    return f"{entry.source}; {entry.on}" if entry.on else entry.source


def _twelve(value: float) -> str:
    return f"{value:.12g}".replace("-", "−")


def _plain(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
