from __future__ import annotations

import csv
import io
import json
import math

from provolve.record import Proposal, Spent, Vector, Verdict
from provolve.store import AskRecord, create_run, export_csv, export_jsonl, open_reader, open_writer
from provolve.store.export import CSV_COLUMNS


def record(folder, name, samples, *, later=0.0, resumed=False):
    """Record one search; ``later`` moves every time, ``resumed`` writes it in two sittings."""
    writer = create_run(folder, name, samples.spec())
    for number, (ask, verdicts) in enumerate([samples.ask(0, [2.0, math.inf]), samples.mixed(1)]):
        if resumed and number:
            writer.close()
            writer = open_writer(folder, name)
        spent = Spent(
            ask.spent.seconds + later, *[getattr(ask.spent, key) for key in Spent.__struct_fields__[1:]]
        )
        moved = AskRecord(ask.ask, ask.parents, ask.island, ask.proposals, spent, ask.at + later)
        timed = [
            Verdict(**{**{key: getattr(v, key) for key in Verdict.__struct_fields__}, "cpu": v.cpu + later})
            for v in verdicts
        ]
        writer.add_ask(moved, timed)
    writer.close()


def exported(folder, name, **options):
    out = io.StringIO()
    with open_reader(folder, name) as reader:
        export_jsonl(reader, out, **options)
    return out.getvalue()


def test_equal_searches_give_equal_bytes(tmp_path, samples):
    record(tmp_path, "a", samples)
    record(tmp_path, "b", samples, later=3.25, resumed=True)
    assert exported(tmp_path, "a") == exported(tmp_path, "b")
    assert exported(tmp_path, "a", canonical=False) != exported(tmp_path, "b", canonical=False)


def test_a_differing_verdict_shows(tmp_path, samples):
    for name, loss in (("a", 1.0), ("b", math.nextafter(1.0, 2.0))):
        with create_run(tmp_path, name, samples.spec()) as writer:
            writer.add_ask(*samples.ask(0, [loss]))
    assert exported(tmp_path, "a") != exported(tmp_path, "b")


def test_lines_hold_everything_but_times(tmp_path, samples):
    record(tmp_path, "a", samples)
    text = exported(tmp_path, "a")
    assert text.isascii()
    lines = [json.loads(line) for line in text.splitlines()]
    kinds = [line["record"] for line in lines]
    assert kinds == [
        "run",
        "ask",
        "template",
        "verdict",
        "verdict",
        "ask",
        "verdict",
        *["template", "verdict"] * 2,
    ]
    first, second = lines[3:5]
    assert (first["loss"], second["loss"], second["scores"]) == (2.0, "inf", ["inf", "inf"])
    assert first["change"] == {"type": "vector", "template": 1, "literals": [3, 0.0]}
    assert lines[6]["change"] == {"type": "edit", "text": "no blocks \ud800 here"}
    assert lines[8]["measures"] == [-0.0, 2.0]
    assert lines[0]["seed"] == 2**100 + 1
    assert not {"cpu", "at", "seconds", "name"} & {key for line in lines for key in line}
    full = [json.loads(line) for line in exported(tmp_path, "a", canonical=False).splitlines()]
    assert (full[0]["name"], full[5]["at"], full[5]["spent"]["seconds"], full[10]["cpu"]) == (
        "a",
        1.25,
        1.5,
        1e-9,
    )


def test_csv_has_one_line_a_verdict(tmp_path, samples):
    record(tmp_path, "a", samples)
    out = io.StringIO(newline="")
    with open_reader(tmp_path, "a") as reader:
        export_csv(reader, out)
    out.getvalue().encode()
    rows = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert len(rows) == 5
    assert tuple(rows[0]) == CSV_COLUMNS
    assert (rows[1]["literals"], rows[1]["loss"], rows[1]["scores"]) == ("3 0.01", "inf", "inf inf")
    assert (rows[2]["rejection"], rows[2]["candidate"], rows[2]["detail"]) == (
        "edit_empty",
        "",
        "no block found\n=1+1",
    )
    assert rows[3]["audited"] == "True"
    assert rows[4]["detail"] == "ZeroDivisionError: \\udcff\0"
    assert rows[4]["seconds"] == "1.5"


def test_csv_lets_no_detail_pass_for_a_formula(tmp_path, samples):
    candidate = samples.candidate(1.0)
    proposal = Proposal("nudge", (), Vector(candidate.template, candidate.literals))
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(
            AskRecord(0, (), 0, (proposal,), Spent(), 0.0), [Verdict(candidate, detail="=cmd|'/c x'!A1")]
        )
    out = io.StringIO(newline="")
    with open_reader(tmp_path, "r") as reader:
        export_csv(reader, out)
    assert "'=cmd" in out.getvalue()
