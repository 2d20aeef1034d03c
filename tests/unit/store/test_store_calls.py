"""Calls and the order of telling in the record, and records of the format before them."""

import io
import sqlite3
from pathlib import Path

import msgspec
import pytest

from provolve.errors import StoreError
from provolve.record import Call, CallOutcome, Message, Spent
from provolve.store import RunReader, create_run, export_jsonl, open_writer

CALLS = (
    Call(
        "stub",
        "improve",
        (Message("user", "do\r\n\ud800"), Message("assistant", "\0")),
        "a reply ☃",
        CallOutcome.ANSWERED,
        tokens_in=7,
        tokens_out=5,
        usd=0.25,
        seconds=1.5,
    ),
    Call("stub", "improve:again", (), "", CallOutcome.BUSY, "429", estimated=True),
)


def live_ask(samples, number: int, **changes):
    record, verdicts = samples.ask(number, [float(number)])
    return msgspec.structs.replace(record, **changes), verdicts


def test_asks_of_a_live_run_come_back_in_the_order_of_telling(samples, tmp_path: Path) -> None:
    with create_run(tmp_path, "live", samples.spec(live=True)) as writer:
        for number in (0, 3, 1, 4, 2):
            spent = Spent(float(number), 1, 1, 0, 10 * number, 0.5 * number)
            record = live_ask(
                samples, number, choice=f"improve@{number}", calls=CALLS[: number % 3], spent=spent
            )
            writer.add_ask(*record)
        with pytest.raises(StoreError, match="recorded once"):
            writer.add_ask(*live_ask(samples, 3))
    with open_writer(tmp_path, "live") as writer, pytest.raises(StoreError, match="recorded once"):
        writer.add_ask(*live_ask(samples, 1))
    with RunReader(tmp_path / "live.db") as reader:
        assert list(reader.order()) == [0, 3, 1, 4, 2]
        found = [record for record, _ in reader.verdicts()]
        assert [record.ask for record in found] == [0, 3, 1, 4, 2]
        assert [record.calls for record in found] == [CALLS[: ask % 3] for ask in (0, 3, 1, 4, 2)]
        assert [record.choice for record in found] == [f"improve@{ask}" for ask in (0, 3, 1, 4, 2)]
        assert reader.spent() == Spent(2.0, 1, 1, 0, 20, 1.0)
        assert reader.turns() == 5
        assert reader.told() == 2
        one, verdicts = reader.asked(4)
        assert (one.ask, verdicts[0].loss) == (4, 4.0)
        assert reader.asked(5) is None
        out = io.StringIO()
        export_jsonl(reader, out)
    assert out.getvalue().count('"record":"call"') == 4
    assert '"seconds":1.5' not in out.getvalue()


def older(path: Path, written: int) -> None:
    """Take a file back to an older format."""
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE ask DROP COLUMN thought")
    if written < 3:
        connection.execute("ALTER TABLE verdict DROP COLUMN printed")
    if written < 2:
        connection.execute("DROP INDEX ask_turn")
        connection.execute("DROP TABLE call")
        for column in ("turn", "tokens", "usd", "choice"):
            connection.execute(f"ALTER TABLE ask DROP COLUMN {column}")
    connection.execute(f"PRAGMA user_version = {written}")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_record_of_an_older_format_is_read_and_carried_on(samples, tmp_path: Path, written: int) -> None:
    with create_run(tmp_path, "old", samples.spec()) as writer:
        for number in range(3):
            writer.add_ask(*samples.ask(number, [1.0, 2.0]))
        writer.commit()
    with RunReader(tmp_path / "old.db") as reader:
        before = list(reader.verdicts())
    older(tmp_path / "old.db", written)
    with RunReader(tmp_path / "old.db") as reader:
        assert list(reader.verdicts()) == before
        assert reader.spent() == before[-1][0].spent
    with open_writer(tmp_path, "old") as writer:
        writer.add_ask(*samples.ask(3, [0.5]))
    with RunReader(tmp_path / "old.db") as reader:
        found = list(reader.verdicts())
        assert found[:3] == before
        assert found[3][0].ask == 3
        assert reader.calls(3) == ()
