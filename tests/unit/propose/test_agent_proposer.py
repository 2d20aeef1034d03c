"""What joins asks of a run with the submissions of somebody outside."""

from __future__ import annotations

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.program import Program, entry_point, lift
from provolve.propose import Answered, Context, LiveProposer, Unhurried
from provolve.propose.agent import AgentProposer
from provolve.record import Ask, AskTold, Edit, Elite, Rewrite, Spent, Verdict

PROGRAM = Program.parse("# EVOLVE-BLOCK-START\ndef guess(x):\n    return 1.0 * x\n# EVOLVE-BLOCK-END\n")


def candidate(factor: float):
    return lift(PROGRAM, (f"def guess(x):\n    return {factor} * x\n",))


SEED = candidate(1.0)
CONTEXT = Context(PROGRAM, entry_point(PROGRAM, "guess"), (), np.random.default_rng(0))


def ask(number: int) -> Ask:
    return Ask(number, (Elite(SEED, 1.0, (1.0,), ""),), 1)


def told(number: int, *verdicts: Verdict) -> AskTold:
    return AskTold(number, "agent", verdicts, Spent(), 1.0, SEED.digest, None)


def submit(proposer: AgentProposer, text: str):
    return proposer.submit(SEED.digest, Edit(text))


@pytest.fixture
def proposer() -> AgentProposer:
    return AgentProposer(attended=True)


def test_it_is_a_live_proposer_that_can_be_told_that_it_is_enough(proposer: AgentProposer) -> None:
    assert isinstance(proposer, LiveProposer)
    assert isinstance(proposer, Unhurried)


@pytest.mark.parametrize("asked_first", [True, False])
def test_asks_and_submissions_meet_in_their_order(proposer: AgentProposer, asked_first: bool) -> None:
    if asked_first:
        answers = [proposer.begin(ask(number), CONTEXT) for number in (1, 2)]
        assert not any(answer.done() for answer in answers)
    waiting = [submit(proposer, "first"), proposer.submit(SEED.digest, Rewrite(("second",)))]
    if not asked_first:
        answers = [proposer.begin(ask(number), CONTEXT) for number in (1, 2)]
    proposals = [answer.result(0).proposals[0] for answer in answers]
    assert [proposal.change for proposal in proposals] == [Edit("first"), Rewrite(("second",))]
    assert {proposal.parents for proposal in proposals} == {(SEED.digest,)}
    for number in (2, 1):
        proposer.observe(number, ())
        proposer.told(told(number))
    assert [future.result(0).ask for future in waiting] == [1, 2]


def test_a_verdict_is_told_when_it_is_committed_and_not_before(proposer: AgentProposer) -> None:
    proposer.begin(ask(1), CONTEXT)
    waiting = submit(proposer, "one")
    proposer.observe(1, (Verdict(candidate(2.0), loss=0.5, scores=(0.5,)),))
    assert not waiting.done()
    proposer.close()  # the loop closes it before the last group is committed
    assert not waiting.done()
    proposer.told(told(1))
    assert waiting.done()


def test_the_end_comes_after_what_was_submitted_before_it(proposer: AgentProposer) -> None:
    submit(proposer, "one")
    proposer.finish()
    first, second, third = (proposer.begin(ask(number), CONTEXT) for number in (1, 2, 3))
    assert first.result(0).proposals
    assert second.result(0) == Answered(choice="finish", exhausted=True)
    assert not third.done()


def test_once_it_is_enough_nothing_waits_any_more(proposer: AgentProposer) -> None:
    answered = proposer.begin(ask(1), CONTEXT)
    submit(proposer, "one")
    waiting = proposer.begin(ask(2), CONTEXT)
    proposer.enough()
    proposer.enough()
    assert answered.result(0).proposals
    assert waiting.cancelled()
    assert proposer.begin(ask(3), CONTEXT).cancelled()
    with pytest.raises(UsageError, match="the search is over"):
        submit(proposer, "two")
    proposer.finish()


def test_what_was_not_judged_in_time_is_told_so(proposer: AgentProposer) -> None:
    proposer.begin(ask(1), CONTEXT)
    with_the_judge, queued = submit(proposer, "one"), submit(proposer, "two")
    proposer.give_up("it is too late")
    for future in (with_the_judge, queued):
        with pytest.raises(UsageError, match=r"it is too late|not on record"):
            future.result(0)


def test_with_nobody_there_only_what_is_recorded_is_answered() -> None:
    alone = AgentProposer(seed=1, in_flight=4)
    recorded = Answered(choice="agent")
    assert alone.begin(ask(1), CONTEXT, recorded).result(0) is recorded
    alone.observe(1, ())
    with pytest.raises(ValueError, match="observed already"):
        alone.observe(1, ())
    with pytest.raises(UsageError, match=r"provolve mcp --resume"):
        alone.begin(ask(2), CONTEXT)


def test_the_best_are_kept_in_order_and_everything_judged_can_be_named(proposer: AgentProposer) -> None:
    losses = {2.0: 0.5, 3.0: 0.25, 4.0: 0.75}
    proposer.keep([Verdict(candidate(factor), loss=loss) for factor, loss in losses.items()])
    refused = Verdict(candidate(5.0), rejection="raised")  # type: ignore[arg-type]
    proposer.keep([refused, Verdict(candidate(2.0), loss=0.5), Verdict(None)])
    assert [elite.loss for elite in proposer.elites()] == [0.25, 0.5, 0.75]
    assert proposer.find(candidate(5.0).digest[:8]) == [candidate(5.0)]
    assert proposer.find("none of these") == []


def test_a_secret_of_the_environment_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "not-to-be-seen-0123")
    proposer = AgentProposer(attended=True)
    submit(proposer, "x = 'not-to-be-seen-0123'")
    change = proposer.begin(ask(1), CONTEXT).result(0).proposals[0].change
    assert isinstance(change, Edit)
    assert "not-to-be-seen" not in change.text
