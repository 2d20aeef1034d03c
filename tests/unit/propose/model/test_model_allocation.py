"""How many drafts, and how often each goes back: what is learned from the record, and what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.errors import UsageError
from provolve.program import Program, lift
from provolve.propose.model.allocation import MOST, ONCE, Adaptive, Fixed, Plan, again, allocation, sample
from provolve.propose.model.options import Options
from provolve.record import Call, CallOutcome, Candidate, Edit, Elite, Proposal, Rejection, Verdict

PROGRAM = Program.parse("# EVOLVE-BLOCK-START\ndef f(x):\n    return x + 1\n# EVOLVE-BLOCK-END\n")
PARENT = Elite(lift(PROGRAM, ("def f(x):\n    return x + 2\n",)), 1.0, (1.0,), "")
EDIT = Proposal("improve", (), Edit("x"))


def candidate() -> Candidate:
    return lift(PROGRAM, ("def f(x):\n    return x + 3\n",))


BETTER = Verdict(candidate(), loss=0.5)
WORSE = Verdict(candidate(), loss=2.0)
UNMATCHED = Verdict(None, rejection=Rejection.EDIT_UNMATCHED)


def call(
    purpose: str, tokens: int = 100, outcome: CallOutcome = CallOutcome.ANSWERED, usd: float | None = None
):
    return Call("m", purpose, (), "text", outcome, tokens_in=tokens, usd=usd)


def adaptive(**most: int) -> Adaptive:
    return Adaptive(Plan(**{"samples": MOST, "repairs": MOST, **most}), ["improve", "explore"], ["m", "n"])


def learn(
    policy: Adaptive, calls: list[Call], verdicts: list[Verdict], times: int = 1, op: str = "improve"
) -> None:
    for _ in range(times):
        policy.learn(op, "m", PARENT, calls, [EDIT] * len(verdicts), verdicts)


def test_at_the_start_there_is_one_draft_that_goes_back_once() -> None:
    assert adaptive().plan("improve", "m") == Plan(1, 1) == ONCE


def test_mending_that_never_helps_is_given_up_and_only_for_that_model() -> None:
    policy = adaptive()
    learn(policy, [call("improve")], [BETTER], 3)
    learn(policy, [call("improve"), call("improve:again")], [UNMATCHED, UNMATCHED], 4)
    assert policy.plan("improve", "m").repairs == 0
    assert policy.plan("explore", "m").repairs == 0
    assert policy.plan("improve", "n").repairs == 1


def test_mending_that_helps_where_drafts_fail_goes_deeper() -> None:
    policy = adaptive()
    learn(policy, [call("improve"), call("improve:again")], [UNMATCHED, BETTER], 6)
    assert policy.plan("improve", "m").repairs >= 2


def test_further_drafts_are_written_where_plans_are_dear_and_drafts_cheap() -> None:
    policy = adaptive()
    calls = [call("explore:observe", 4000), call("explore:plan", 4000), call("explore:write", 100)]
    learn(policy, calls, [WORSE], 8, "explore")
    assert policy.plan("explore", "m").samples >= 2
    more = [*calls, call("explore:write-sample-2", 100)]
    learn(policy, more, [WORSE, BETTER], 8, "explore")
    assert policy.plan("explore", "m").samples >= 2


def test_drafts_that_only_say_what_was_said_before_are_given_up() -> None:
    policy = adaptive()
    learn(policy, [call("improve")], [WORSE], 30)
    assert policy.plan("improve", "m").samples >= 2
    learn(policy, [call("improve"), call("improve:sample-2")], [BETTER, BETTER], 12)
    assert policy.plan("improve", "m").samples == 1


def test_money_counts_where_all_prices_are_known() -> None:
    policy = Adaptive(Plan(MOST, MOST), ["improve"], ["m"], money=True)
    dear = [call("improve", 10, usd=0.1), call("improve:again", 10, usd=5.0)]
    learn(policy, [call("improve", 10, usd=0.1)], [BETTER], 3)
    learn(policy, dear, [UNMATCHED, BETTER], 4)
    assert policy.plan("improve", "m").repairs == 0


def test_what_a_record_cannot_be_read_as_teaches_the_sum_alone() -> None:
    policy = adaptive()
    learn(policy, [call("decompose:look", 5), call("decompose:parts", 5)], [BETTER, WORSE, UNMATCHED])
    learn(policy, [], [])
    learn(policy, [call("improve", 0, CallOutcome.BUSY)], [])
    assert policy.plan("improve", "m").repairs <= MOST


def test_the_most_is_never_passed_and_fixed_is_fixed() -> None:
    assert adaptive(samples=1, repairs=0).plan("improve", "m") == Plan(1, 0)
    fixed = allocation("fixed", 4, 2, ["improve"], ["m"])
    assert isinstance(fixed, Fixed)
    learn(fixed, [call("improve")], [BETTER], 9)  # type: ignore[arg-type]
    assert fixed.plan("improve", "m") == Plan(4, 2)
    assert allocation("fixed", None, None, [], []).plan("improve", "m") == ONCE


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"allocation": "thrifty"}, "adaptive, fixed"),
        ({"samples": 0}, "samples is 0"),
        ({"allocation": "fixed", "repairs": -1}, "repairs is -1"),
        ({"top_p": 0.0}, "top_p is 0"),
        ({"temperature": -0.5}, "temperature is -0.5"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Options(**given)  # type: ignore[arg-type]


STEPS = [again(sample(base, k), d) if d else sample(base, k) for base in ("", "write") for k in (1, 2, 3)
         for d in (0, 1, 2)]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 999), st.sampled_from([BETTER, WORSE, UNMATCHED])),
        max_size=9,
    )
)
def test_any_record_is_learned_from_and_two_that_learn_the_same_plan_the_same(record) -> None:
    calls = [call(f"improve:{step}" if step else "improve", tokens) for step, tokens, _ in record]
    verdicts = [verdict for _, _, verdict in record]
    one, other = adaptive(), adaptive()
    for policy in (one, other):
        learn(policy, calls, verdicts, 3)
    assert one.plan("improve", "m") == other.plan("improve", "m")
    assert 1 <= one.plan("improve", "m").samples <= MOST
