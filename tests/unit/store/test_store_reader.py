from __future__ import annotations

import sqlite3

import pytest

from provolve.errors import StoreError, UsageError
from provolve.record import Candidate, Proposal, Rejection, Spent, Vector, Verdict
from provolve.store import AskRecord, Improvement, OperatorCount, RunReader, create_run, open_reader


@pytest.fixture
def recorded(tmp_path, samples):
    """A run of a start, children of it and an ask with failures."""
    start, verdicts = samples.ask(0, [3.0, 3.5])
    parent = verdicts[0].candidate.digest
    child, children = samples.ask(1, [2.5, 2.0, 2.0, float("nan")], parent=parent)
    again = Verdict(verdicts[0].candidate, Rejection.DUPLICATE_SOURCE, duplicate_of=parent, loss=-9.0)
    repeat = Proposal("nudge", (children[0].candidate.digest,), child.proposals[0].change)
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(start, verdicts)
        writer.add_ask(child, children)
        writer.add_ask(*samples.mixed(2))
        writer.add_ask(AskRecord(3, (), 0, (repeat,), Spent(9.0, 70), 8.5), [again])
    return tmp_path, parent, children


def test_best_is_the_first_accepted_of_least_loss(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer, open_reader(tmp_path, "r") as reader:
        assert reader.best() is None
        writer.add_ask(*samples.ask(0, [3.0]))
        writer.add_ask(*samples.ask(1, [2.5, 2.0, 2.0, float("nan")]))
        writer.commit()
        best = reader.best()
        assert (best.ask, best.position, best.verdict.loss) == (1, 1, 2.0)


def test_progress_has_improvements_only(recorded):
    folder, _, _ = recorded
    with open_reader(folder, "r") as reader:
        assert reader.progress() == [
            Improvement(0, 0.0, 3.0, None),
            Improvement(10, 1.0, 2.5, None),
            Improvement(10, 1.0, 2.0, None),
            Improvement(2, 1.25, 0.125, 0.5),
        ]


def test_counts_and_operators(recorded):
    folder, _, _ = recorded
    with open_reader(folder, "r") as reader:
        assert reader.counts() == {"accepted": 7, "duplicate_source": 1, "edit_empty": 1, "raised": 1}
        assert reader.operators() == {
            "edit": OperatorCount(1, 0, 0),
            "nudge": OperatorCount(7, 6, 3),
            "rewrite": OperatorCount(2, 1, 1),
        }


def test_candidate_is_found_by_any_unambiguous_prefix(recorded):
    folder, parent, children = recorded
    with open_reader(folder, "r") as reader:
        for length in (6, 7, 32):
            assert reader.candidate(parent[:length]).digest == parent
        assert reader.candidate(children[0].candidate.digest) == children[0].candidate
        assert reader.candidate("0" * 32) is None
        assert reader.candidate("not hexadecimal") is None
        assert reader.candidate(parent + "00") is None
        with pytest.raises(UsageError, match="give more of its digits"):
            reader.candidate("")
        assert reader.candidate_named(parent).digest == parent
        assert [reader.candidate_named(other) for other in (parent[:-2], "", "0" * 32, "no")] == [None] * 4


def test_lineage_goes_back_to_the_start_by_first_parents(recorded, digest_of_mixed):
    folder, parent, children = recorded
    with open_reader(folder, "r") as reader:
        chain = reader.lineage(children[1].candidate.digest[:12])
        assert [(step.ask, step.verdict.loss) for step in chain] == [(1, 2.0), (0, 3.0)]
        # The start was proposed again by a later operator; its lineage is still its own.
        assert [step.ask for step in reader.lineage(parent)] == [0]
        # The parent of this one is in no run.
        assert [step.proposal.operator for step in reader.lineage(digest_of_mixed)] == ["rewrite"]
        assert reader.lineage("00" * 16) == []


@pytest.fixture
def digest_of_mixed(samples):
    return samples.mixed(2)[1][1].candidate.digest


def test_lineage_of_a_long_chain_follows_every_step(tmp_path, samples):
    template, parent = samples.template(), ()
    with create_run(tmp_path, "r", samples.spec()) as writer:
        for number in range(300):
            candidate = Candidate.of(template, (number, 0.5))
            proposal = Proposal(f"op{number}", parent, Vector(template, candidate.literals))
            ask = AskRecord(number, parent, 0, (proposal,), Spent(), 0.0)
            writer.add_ask(ask, [Verdict(candidate, loss=1.0)])
            parent = (candidate.digest,)
    with open_reader(tmp_path, "r") as reader:
        chain = reader.lineage(parent[0])
        assert [step.proposal.operator for step in chain] == [f"op{k}" for k in reversed(range(300))]


def test_lineage_ends_even_where_a_candidate_calls_itself_its_parent(tmp_path, samples):
    candidate = samples.candidate(1.0)
    proposal = Proposal("nudge", (candidate.digest,), Vector(candidate.template, candidate.literals))
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(AskRecord(0, (), 0, (proposal,), Spent(), 0.0), [Verdict(candidate, loss=1.0)])
    with open_reader(tmp_path, "r") as reader:
        assert len(reader.lineage(candidate.digest)) == 1


def test_streaming_sees_asks_that_come_while_it_goes(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer, open_reader(tmp_path, "r") as reader:
        for number in range(600):
            writer.add_ask(*samples.ask(number, [1.0] * (number % 3)))
        writer.commit()
        stream = reader.verdicts()
        seen = [next(stream)[0].ask for _ in range(10)]
        writer.add_ask(*samples.ask(900, [1.0]))
        writer.commit()
        rest = list(stream)
        assert seen + [ask.ask for ask, _ in rest] == [*range(600), 900]
        assert all(len(ask.proposals) == len(verdicts) for ask, verdicts in rest)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE verdict SET scores = x'0011' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET rejection = 'bad_luck' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET work = 'two' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET literals = x'c1' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET template = NULL WHERE id = 4", "row 4 of table verdict"),
        (
            "UPDATE verdict SET template = 99 WHERE id = 4",
            "row 4 of table verdict .*row 99 of table template",
        ),
        ("UPDATE verdict SET digest = x'00' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET detail = CAST(x'ff41' AS TEXT) WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE verdict SET change = NULL WHERE id = 7", "row 7 of table verdict"),
        ("UPDATE verdict SET change = '{' WHERE id = 8", "row 8 of table verdict"),
        ("UPDATE verdict SET loss = 'low' WHERE id = 4", "row 4 of table verdict"),
        ("UPDATE template SET body = x'93' WHERE id = 1", "row 1 of table template"),
        ("UPDATE ask SET parents = x'01' WHERE id = 1", "row 1 of table ask"),
        ("UPDATE ask SET island = 0.5 WHERE id = 1", "row 1 of table ask"),
        ("DELETE FROM verdict WHERE id = 4", "row 1 of table ask"),
    ],
)
def test_a_damaged_row_is_named(recorded, damage, named):
    folder, _, _ = recorded
    connection = sqlite3.connect(folder / "r.db", isolation_level=None)
    assert connection.execute(damage).rowcount == 1
    connection.close()
    with open_reader(folder, "r") as reader, pytest.raises(StoreError, match=f"{named}.*restore"):
        list(reader.verdicts())


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        ("UPDATE run SET spec = '{}'", "row 1 of table run is damaged"),
        ("DELETE FROM run", "table run is empty"),
        ("DROP TABLE run", "no such table"),
        ("INSERT INTO budget VALUES (1, 0, '[]')", "row 1 of table budget"),
    ],
)
def test_a_damaged_head_is_refused_at_once(recorded, damage, match):
    folder, _, _ = recorded
    connection = sqlite3.connect(folder / "r.db", isolation_level=None)
    connection.execute(damage)
    connection.close()
    with pytest.raises(StoreError, match=match):
        open_reader(folder, "r")


def test_a_torn_file_is_a_store_error(recorded):
    folder, _, _ = recorded
    path = folder / "r.db"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    with pytest.raises(StoreError, match=r"r\.db could not be .* damaged: restore it"):
        RunReader(path)


def test_a_reader_can_change_nothing(recorded):
    folder, _, _ = recorded
    with open_reader(folder, "r") as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM verdict")


def test_reading_leaves_the_folder_as_it_was(recorded):
    folder, _, _ = recorded
    before = (folder / "r.db").stat().st_mtime_ns
    with open_reader(folder, "r") as reader:
        list(reader.verdicts())
    assert [path.name for path in folder.iterdir()] == ["r.db"]
    assert (folder / "r.db").stat().st_mtime_ns == before
