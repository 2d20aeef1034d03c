"""The calls that a run's proposer made, of models or of a program: their sums, and each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from provolve.record import Call, CallOutcome
from provolve.report.numbers import count, duration, fixed
from provolve.report.text import plain
from provolve.store import CallSum

_MONEY_PLACES = 4
_MOST_DETAIL = 120


def calls_table(sums: Sequence[CallSum]) -> RenderableType:
    """Return calls, tokens, money and time by operator and model, and in all where there are several."""
    table = _table(
        ("operator", "model"), ("calls", "answered", "tokens in", "tokens out", "US dollars", "time")
    )
    for one in sums:
        table.add_row(plain(one.operator), plain(one.model), *_numbers([one]))
    if len(sums) > 1:
        table.add_section()
        table.add_row(Text("all"), "", *_numbers(sums))
    return table


def calls_list(calls: Iterable[tuple[int, Call]]) -> RenderableType:
    """Return a line for each call, with the id of its ask; prompts and replies are left to JSON."""
    table = _table(("ask", "purpose", "model", "outcome"), ("tokens in", "tokens out", "US dollars", "time"))
    table.add_column("detail", overflow="fold")
    for ask, call in calls:
        style = "green" if call.outcome is CallOutcome.ANSWERED else "yellow"
        table.add_row(
            str(ask),
            plain(call.purpose),
            plain(call.model),
            plain(call.outcome.value.replace("_", " "), style),
            _tokens(call.tokens_in, call.estimated),
            _tokens(call.tokens_out, call.estimated),
            "unknown" if call.usd is None and call.tokens else fixed(call.usd or 0.0, _MONEY_PLACES),
            duration(call.seconds),
            plain(call.detail[:_MOST_DETAIL]),
        )
    return table


def _numbers(sums: Sequence[CallSum]) -> list[str]:
    unpriced = sum(one.unpriced for one in sums)
    estimated = any(one.estimated for one in sums)
    usd = sum(one.usd for one in sums)
    money = fixed(usd, _MONEY_PLACES) if usd or not unpriced else "unknown"
    return [
        count(sum(one.calls for one in sums)),
        count(sum(one.answered for one in sums)),
        _tokens(sum(one.tokens_in for one in sums), estimated),
        _tokens(sum(one.tokens_out for one in sums), estimated),
        f"{money} and {unpriced} unknown" if usd and unpriced else money,
        duration(sum(one.seconds for one in sums)),
    ]


def _tokens(number: int, estimated: bool) -> str:
    return f"≤ {count(number)}" if estimated and number else count(number)


def _table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for title in texts:
        table.add_column(title, overflow="fold")
    for title in numbers:
        table.add_column(title, justify="right")
    return table
