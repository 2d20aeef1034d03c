"""A run's search as lines of JSON or as a table of comma-separated values."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from typing import TextIO

import msgspec

from provolve.record import Call, Edit, Proposal, Rewrite, Spent, Template, Verdict
from provolve.store.reader import RunReader
from provolve.store.spec import AskRecord

CSV_COLUMNS = (
    "ask",
    "position",
    "island",
    "operator",
    "parents",
    "change",
    "candidate",
    "template",
    "literals",
    "rejection",
    "detail",
    "loss",
    "validation",
    "scores",
    "behaviour",
    "measures",
    "work",
    "audited",
    "duplicate_of",
    "level",
    "self_judged",
    "cpu",
    "candidates",
    "seconds",
)


def export_jsonl(reader: RunReader, out: TextIO, canonical: bool = True) -> None:
    """Write the run as one JSON object a line: the spec, then each ask followed by its calls and verdicts.

    A ``template`` line stands before the first verdict that needs it; verdicts name templates by its number.
    Canonical lines leave out the run's name, all times (``cpu``, ``seconds``, ``at``) and what was printed,
    and have sorted keys and ASCII only: two runs that went the same way give the same bytes. Floats are
    written to the last bit, those that JSON lacks as the texts ``nan``, ``inf`` and ``-inf``.

    Raises:
        StoreError: at a damaged row, which the message names.
    """
    header = {"record": "run", **msgspec.to_builtins(reader.spec)}
    _write(out, header if canonical else {**header, "name": reader.name})
    numbers: dict[Template, int] = {}
    for ask, verdicts in reader.verdicts():
        for line in _lines(ask, verdicts, numbers, canonical):
            _write(out, line)


def _write(out: TextIO, line: dict[str, object]) -> None:
    out.write(json.dumps(line, sort_keys=True, allow_nan=False, separators=(",", ":")) + "\n")


def _lines(
    ask: AskRecord, verdicts: tuple[Verdict, ...], numbers: dict[Template, int], canonical: bool
) -> Iterator[dict[str, object]]:
    yield {
        "record": "ask",
        "ask": ask.ask,
        "parents": ask.parents,
        "island": ask.island,
        "spent": _spent(ask.spent, canonical),
        **({} if canonical else {"at": _number(ask.at)}),
        **({"choice": ask.choice} if ask.choice else {}),
        **({"thought": ask.thought} if ask.thought else {}),
    }
    yield from (_call(ask.ask, call, canonical) for call in ask.calls)
    for position, (proposal, verdict) in enumerate(zip(ask.proposals, verdicts, strict=True)):
        yield from _new_templates(proposal, verdict, numbers)
        yield {
            "record": "verdict",
            "ask": ask.ask,
            "position": position,
            "operator": proposal.operator,
            "parents": proposal.parents,
            "change": _change(proposal, numbers),
            **_verdict(verdict, numbers),
            **({} if canonical else {"cpu": _number(verdict.cpu), "printed": verdict.printed}),
        }


def _call(ask: int, call: Call, canonical: bool) -> dict[str, object]:
    line = {"record": "call", "ask": ask, **msgspec.to_builtins(call), "usd": _number(call.usd)}
    if canonical:
        del line["seconds"]
    return line


def _spent(spent: Spent, canonical: bool) -> dict[str, object]:
    counted: dict[str, object] = {
        "candidates": spent.candidates,
        "judged": spent.judged,
        "source_rejections": spent.source_rejections,
        **({"tokens": spent.tokens, "usd": _number(spent.usd)} if spent.tokens or spent.usd else {}),
    }
    return counted if canonical else {**counted, "seconds": _number(spent.seconds)}


def _new_templates(
    proposal: Proposal, verdict: Verdict, numbers: dict[Template, int]
) -> Iterator[dict[str, object]]:
    named = [] if verdict.candidate is None else [verdict.candidate.template]
    if not isinstance(proposal.change, Edit | Rewrite):
        named.append(proposal.change.template)
    for template in named:
        if template not in numbers:
            numbers[template] = len(numbers) + 1
            yield {
                "record": "template",
                "template": numbers[template],
                "digest": template.digest,
                "regions": template.regions,
                "kinds": template.kinds,
                "nodes": template.nodes,
            }


def _change(proposal: Proposal, numbers: dict[Template, int]) -> dict[str, object]:
    change = proposal.change
    if isinstance(change, Edit):
        return {"type": "edit", "text": change.text}
    if isinstance(change, Rewrite):
        return {"type": "rewrite", "regions": change.regions}
    literals = [_number(value) for value in change.literals]
    return {"type": "vector", "template": numbers[change.template], "literals": literals}


def _verdict(verdict: Verdict, numbers: dict[Template, int]) -> dict[str, object]:
    candidate = verdict.candidate
    return {
        "candidate": None if candidate is None else candidate.digest,
        "template": None if candidate is None else numbers[candidate.template],
        "literals": None if candidate is None else [_number(value) for value in candidate.literals],
        "rejection": verdict.rejection,
        "detail": verdict.detail,
        "loss": _number(verdict.loss),
        "scores": [_number(value) for value in verdict.scores],
        "behaviour": verdict.behaviour,
        "measures": [_number(value) for value in verdict.measures],
        "work": verdict.work,
        "audited": verdict.audited,
        "validation": _number(verdict.validation),
        "duplicate_of": verdict.duplicate_of,
        "level": verdict.level,
        "self_judged": verdict.self_judged,
    }


def _number(value: float | None) -> float | str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def export_csv(reader: RunReader, out: TextIO) -> None:
    """Write one line a verdict under the names of ``CSV_COLUMNS``; open ``out`` with ``newline=""``.

    Several values in one field are parted by spaces; ``candidates`` and ``seconds`` are what was spent
    after the ask. Source texts are left out.

    Raises:
        StoreError: at a damaged row, which the message names.
    """
    table = csv.writer(out, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for ask, verdicts in reader.verdicts():
        for position, (proposal, verdict) in enumerate(zip(ask.proposals, verdicts, strict=True)):
            table.writerow([_field(value) for value in _cells(ask, position, proposal, verdict)])


def _cells(ask: AskRecord, position: int, proposal: Proposal, verdict: Verdict) -> tuple[object, ...]:
    candidate = verdict.candidate
    return (
        ask.ask,
        position,
        ask.island,
        proposal.operator,
        proposal.parents,
        proposal.change.__struct_config__.tag,
        "" if candidate is None else candidate.digest,
        "" if candidate is None else candidate.template.digest,
        "" if candidate is None else candidate.literals,
        verdict.rejection,
        _harmless(verdict.detail),
        verdict.loss,
        verdict.validation,
        verdict.scores,
        verdict.behaviour,
        verdict.measures,
        verdict.work,
        verdict.audited,
        verdict.duplicate_of,
        verdict.level,
        verdict.self_judged,
        verdict.cpu,
        ask.spent.candidates,
        ask.spent.seconds,
    )


def _field(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(_field(part) for part in value)
    if value is None:
        return ""
    # Text of candidates may hold surrogates, which no encoding of a file takes.
    return str(value).encode("utf-8", "backslashreplace").decode()


def _harmless(detail: str) -> str:
    """A detail quotes what a candidate said: a spreadsheet must not take it for a formula."""
    return f"'{detail}" if detail[:1] in {"=", "+", "-", "@", "\t", "\r"} else detail
