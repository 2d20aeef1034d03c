from __future__ import annotations

import math

import pytest

from provolve.errors import StoreError
from provolve.record import Budget, Spent
from provolve.store import create_run, open_reader, open_writer


def test_what_is_committed_comes_back_exactly(tmp_path, samples):
    asks = [samples.ask(0, [3.0, 2.0]), samples.mixed(1), samples.ask(4, [])]
    with create_run(tmp_path, "r", samples.spec()) as writer:
        for ask, verdicts in asks:
            writer.add_ask(ask, verdicts)
    with open_reader(tmp_path, "r") as reader:
        assert list(reader.verdicts()) == [(ask, tuple(verdicts)) for ask, verdicts in asks]
        assert math.copysign(1, next(reader.verdicts(1))[1][1].measures[0]) == -1
        assert [ask.ask for ask, _ in reader.verdicts(2)] == [4]
        assert reader.spec == samples.spec()
        assert reader.told() == 4
        assert reader.spent() == Spent(4.0, 40, 20, 4)


def test_nothing_is_seen_before_the_commit(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer, open_reader(tmp_path, "r") as reader:
        writer.add_ask(*samples.ask(0, [1.0, 2.0]))
        assert (writer.pending, reader.told()) == (3, -1)
        writer.commit()
        assert (writer.pending, reader.told()) == (0, 0)


def test_age_of_the_group_follows_the_clock_given(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        assert writer.since_commit(5.0) == 0.0
        writer.add_stage("started", b"")
        assert writer.since_commit(6.0) == 0.0
        assert writer.since_commit(6.25) == 0.25
        writer.commit()
        assert writer.since_commit(9.0) == 0.0
        writer.add_ask(*samples.ask(0, []))
        assert writer.since_commit(10.0) == 0.0


def test_closing_commits_what_waits_and_leaves_one_file(tmp_path, samples):
    writer = create_run(tmp_path, "r", samples.spec())
    writer.add_ask(*samples.ask(0, [1.0]))
    writer.close()
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]
    with open_reader(tmp_path, "r") as reader:
        assert reader.told() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]


def test_asks_come_once_and_in_order(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*samples.ask(3, [1.0]))
        for number in (3, 2):
            with pytest.raises(StoreError, match=f"ask {number} .* after ask 3"):
                writer.add_ask(*samples.ask(number, [1.0]))
    with open_writer(tmp_path, "r") as writer, pytest.raises(StoreError, match=r"ask 3 .* after ask 3"):
        writer.add_ask(*samples.ask(3, [1.0]))


def test_each_proposal_needs_its_verdict(tmp_path, samples):
    ask, verdicts = samples.ask(0, [1.0, 2.0])
    with create_run(tmp_path, "r", samples.spec()) as writer:
        with pytest.raises(ValueError):
            writer.add_ask(ask, verdicts[:1])
        writer.add_ask(ask, verdicts)
    with open_reader(tmp_path, "r") as reader:
        assert list(reader.verdicts()) == [(ask, tuple(verdicts))]


def test_a_malformed_digest_is_refused_when_added(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        with pytest.raises(ValueError, match="'ABCD' is not 32"):
            writer.add_ask(*samples.ask(0, [1.0], parent="ABCD"))
        assert writer.pending == 0


def test_a_stage_is_reached_once(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_stage("started", b"\0a")
        writer.commit()
        writer.add_stage("champion", b"b")
        for name in ("started", "champion"):
            with pytest.raises(StoreError, match=f"already has its '{name}'"):
                writer.add_stage(name, b"other")
    with open_writer(tmp_path, "r") as writer, pytest.raises(StoreError, match="already has its 'champion'"):
        writer.add_stage("champion", b"other")
    with open_reader(tmp_path, "r") as reader:
        assert [reader.stage(name) for name in ("started", "champion", "claim")] == [b"\0a", b"b", None]
        assert reader.stages() == ("started", "champion")


def test_the_last_two_snapshots_are_kept(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        for told in (1, 2, 3):
            writer.put_snapshot(told, b"%d" % told)
            writer.commit()
        for told in (4, 5, 5):
            writer.put_snapshot(told, b"x%d" % told)
    with open_reader(tmp_path, "r") as reader:
        assert reader.snapshot() == (5, b"x5")
        assert reader.snapshot(at_most=4) == (4, b"x4")
        assert reader.snapshot(at_most=3) is None


def test_another_budget_is_recorded_with_the_ask_it_came_after(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*samples.ask(6, [1.0]))
        writer.set_budget(samples.spec().budget)
    with open_writer(tmp_path, "r") as writer:
        writer.set_budget(Budget(seconds=2.5))
        assert writer.spec.budget == Budget(seconds=2.5)
    with open_writer(tmp_path, "r") as writer:
        assert writer.spec == samples.spec(budget=Budget(seconds=2.5))
        writer.set_budget(Budget(candidates=9))
    with open_reader(tmp_path, "r") as reader:
        assert reader.budgets() == [(6, Budget(seconds=2.5)), (6, Budget(candidates=9))]
        assert reader.spec.budget == Budget(candidates=9)


def test_writing_goes_on_where_it_ended(tmp_path, samples):
    first, second = samples.ask(0, [2.0, 5.0]), samples.ask(1, [3.0, 1.0])
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*first)
    with open_writer(tmp_path, "r") as writer:
        writer.add_ask(*second)
    with open_reader(tmp_path, "r") as reader:
        assert [list(verdicts) for _, verdicts in reader.verdicts()] == [first[1], second[1]]
        # 3.0 is better than nothing, but not than what was recorded before.
        assert [step.loss for step in reader.progress()] == [2.0, 1.0]


def test_templates_that_differ_in_layout_alone_are_kept_apart_and_each_once(tmp_path, samples):
    plain = samples.template()
    laid_out = type(plain)(plain.digest, (("return  3*", " + ", ""),), plain.kinds, plain.nodes)
    proposals = []
    with create_run(tmp_path, "r", samples.spec()) as writer:
        for number, template in enumerate([plain, laid_out, plain, laid_out]):
            ask, verdicts = samples.ask(number, [1.0])
            (verdict,) = verdicts
            candidate = type(verdict.candidate).of(template, (1, 2.0))
            writer.add_ask(ask, [type(verdict)(candidate, loss=1.0)])
            proposals.append(candidate)
            writer.commit()
        count = writer._connection.execute("SELECT count(*) FROM template").fetchone()[0]
    with open_reader(tmp_path, "r") as reader:
        assert [verdict.candidate for _, (verdict,) in reader.verdicts()] == proposals
    assert count == 2


def test_a_full_disk_keeps_the_group_for_another_try(tmp_path, samples):
    ask, verdicts = samples.ask(1, [float(k) for k in range(500)])
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*samples.ask(0, [1.0]))
        writer.commit()
        writer._connection.execute("PRAGMA max_page_count = 1")
        writer.add_ask(ask, verdicts)
        for _ in range(2):
            with pytest.raises(
                StoreError, match=r"r\.db could not be written .*disk is full: free some space"
            ):
                writer.commit()
            assert writer.pending == 501
        with open_reader(tmp_path, "r") as reader:
            assert reader.told() == 0
        writer._connection.execute("PRAGMA max_page_count = 100000")
        writer.commit()
        assert writer.pending == 0
    with open_reader(tmp_path, "r") as reader:
        assert list(reader.verdicts(1)) == [(ask, tuple(verdicts))]


def test_a_commit_interrupted_after_it_was_made_can_be_repeated(tmp_path, samples):
    ask, verdicts = samples.ask(0, [1.0, 2.0])
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(ask, verdicts)
        writer.put_snapshot(0, b"s")
        writer._write()
        writer.commit()
    with open_reader(tmp_path, "r") as reader:
        assert list(reader.verdicts()) == [(ask, tuple(verdicts))]


def test_an_option_that_json_cannot_hold_is_refused(tmp_path, samples):
    with pytest.raises(ValueError):
        create_run(tmp_path, "r", samples.spec(strategy_options={"limit": math.inf}))
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_discarded_is_gone_and_its_name_free(tmp_path, samples):
    with create_run(tmp_path, "r", samples.spec()) as writer:
        writer.add_ask(*samples.ask(0, [1.0]))
        writer.add_ask(*samples.ask(1, []))
        writer.commit()
        assert not writer.searched
        writer.add_ask(*samples.ask(2, [1.0]))
        assert writer.searched
        writer.discard()
        assert list(tmp_path.iterdir()) == []
    with create_run(tmp_path, "r", samples.spec()) as writer:
        assert not writer.searched
