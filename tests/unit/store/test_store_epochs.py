"""A record in which epochs begin: losses are compared within an epoch, behaviours too."""

import msgspec
import pytest

from provolve.record import EPOCH, Rejection
from provolve.store import RunReader, create_run, open_writer


def regraded(samples, ask, losses, audited=0):
    """Return an ask that begins an epoch, with verdicts of the given losses, of which one is audited."""
    record, verdicts = samples.ask(ask, losses)
    marked = [
        msgspec.structs.replace(verdict, audited=place == audited, behaviour=f"b{ask}{place}")
        for place, verdict in enumerate(verdicts)
    ]
    proposals = tuple(msgspec.structs.replace(one, operator=EPOCH) for one in record.proposals)
    return msgspec.structs.replace(record, proposals=proposals, choice=EPOCH), marked


def plain(samples, ask, loss):
    return samples.ask(ask, [loss])


@pytest.fixture
def run(samples, tmp_path):
    with create_run(tmp_path, "r", samples.spec(growth=True)) as writer:
        for record, verdicts in (
            plain(samples, 0, 5.0),
            plain(samples, 1, 2.0),
            regraded(samples, 2, [7.0, 4.0, 3.5], audited=2),
            plain(samples, 3, 3.9),
        ):
            writer.add_ask(record, verdicts)
    return tmp_path


def test_the_best_is_that_of_the_epoch(run) -> None:
    with RunReader(run / "r.db") as reader:
        assert reader.epochs() == (2,)
        assert reader.best().verdict.loss == 3.5
        assert [one.loss for one in reader.progress()] == [5.0, 2.0, 3.5]


def test_a_writer_that_goes_on_knows_the_epoch(run, samples) -> None:
    with open_writer(run, "r") as writer:
        for ask, loss in ((4, 3.6), (5, 3.4)):
            writer.add_ask(*plain(samples, ask, loss))
    with RunReader(run / "r.db") as reader:
        assert reader.best().verdict.loss == 3.4
        assert [one.loss for one in reader.progress()] == [5.0, 2.0, 3.5, 3.4]


def test_an_epoch_that_cannot_begin_changes_no_best(run, samples) -> None:
    record, verdicts = regraded(samples, 4, [9.0, 8.0])
    rejected = tuple(
        msgspec.structs.replace(verdict, rejection=Rejection.RAISED, loss=None, audited=False)
        for verdict in verdicts
    )
    with open_writer(run, "r") as writer:
        writer.add_ask(record, rejected)
        writer.add_ask(*plain(samples, 5, 3.6))
    with RunReader(run / "r.db") as reader:
        assert reader.best().verdict.loss == 3.5


def test_behaviours_of_earlier_epochs_are_left_out(run) -> None:
    with RunReader(run / "r.db") as reader:
        every = list(reader.identities(3))
        late = list(reader.identities(3, 2))
    assert [digest for digest, _ in every] == [digest for digest, _ in late]
    assert [behaviour for _, behaviour in every] == ["b0", "b1", "b20", "b21", "b22", "b3"]
    assert [behaviour for _, behaviour in late] == ["", "", "b20", "b21", "b22", "b3"]
