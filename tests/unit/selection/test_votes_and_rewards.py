"""Majority vote, weighted vote, Best-of-N and Best-of-Majority."""

import math

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.judge.selection import best_of_majority, best_of_n, majority_vote, weighted_vote


def test_the_majority_wins_by_its_first_sample() -> None:
    choice = majority_vote(["b", "a", "a", None, "c", "a"])
    assert choice.index == 1
    assert choice.ties == (1, 2, 5)
    assert choice.scores.tolist() == [1, 3, 3, -math.inf, 1, 3]
    assert "3 answers" in choice.explanation[0]


def test_equal_votes_go_to_the_answer_seen_first() -> None:
    assert majority_vote(["x", "y", "y", "x"]).index == 0


def test_no_answer_is_never_chosen_before_an_answer() -> None:
    assert majority_vote([None, None, "z"]).index == 2
    assert majority_vote([None, None]).explanation == ("no sample has an answer",)


def test_weights_can_overrule_the_count() -> None:
    assert weighted_vote(["a", "a", "b"], [1.0, 1.0, 2.5]).index == 2
    assert weighted_vote(["a", "a", "b"], [1.0, 1.0, 1.5]).index == 0


def test_votes_refuse_what_they_cannot_count() -> None:
    with pytest.raises(UsageError, match="no answers"):
        majority_vote([])
    with pytest.raises(UsageError, match="one a sample"):
        weighted_vote(["a"], [1.0, 2.0])
    with pytest.raises(UsageError, match="negative"):
        weighted_vote(["a", "b"], [1.0, -2.0])
    with pytest.raises(UsageError, match="finite"):
        weighted_vote(["a"], [math.nan])
    with pytest.raises(UsageError, match="compared"):
        majority_vote([["a list"]])


def test_best_of_n_takes_the_largest_reward() -> None:
    choice = best_of_n([0.1, 0.9, 0.9])
    assert (choice.index, choice.ties) == (1, (1, 2))
    with pytest.raises(UsageError, match="sample 1"):
        best_of_n([0.0, math.inf])
    with pytest.raises(UsageError, match="no rewards"):
        best_of_n([])


ANSWERS = ["a"] * 5 + ["b"] * 4 + ["c"]
REWARDS = [0.2] * 5 + [0.6] * 4 + [9.0]


def test_best_of_majority_screens_out_the_rare_answer_with_a_large_reward() -> None:
    assert best_of_n(REWARDS).index == 9
    assert majority_vote(ANSWERS).index == 0
    picks = best_of_majority(ANSWERS, REWARDS)
    assert picks.indices == (5,)
    assert picks.scores[9] == -math.inf


def test_best_of_majority_returns_k_distinct_answers_best_first() -> None:
    assert best_of_majority(ANSWERS, REWARDS, k=2).indices == (5, 0)
    assert best_of_majority(ANSWERS, REWARDS, k=5).indices == (5, 0)
    assert best_of_majority(ANSWERS, REWARDS, k=5, threshold=0.0).indices == (9, 5, 0)


def test_the_threshold_is_a_share_of_the_samples() -> None:
    assert best_of_majority(ANSWERS, REWARDS, k=3, threshold=0.4).indices == (5, 0)
    assert best_of_majority(ANSWERS, REWARDS, k=3, threshold=0.45).indices == (0,)
    assert best_of_majority(ANSWERS, REWARDS, k=3, threshold=0.9).indices == (0,)


def test_the_reward_of_an_answer_is_the_mean_of_its_samples() -> None:
    picks = best_of_majority(["a", "a", "b", "b"], [0.0, 10.0, 6.0, 6.0])
    assert picks.indices == (2,)
    np.testing.assert_array_equal(picks.scores, [5.0, 5.0, 6.0, 6.0])


def test_equal_rewards_go_to_the_more_frequent_answer_then_to_the_first_seen() -> None:
    assert best_of_majority(["a", "b", "b"], [1.0, 1.0, 1.0], threshold=0.0).indices == (1,)
    assert best_of_majority(["b", "a"], [1.0, 1.0], threshold=0.0).indices == (0,)


def test_samples_without_an_answer_are_not_picked_and_their_rewards_not_read() -> None:
    assert best_of_majority([None, "a"], [math.nan, 1.0], k=2).indices == (1,)
    assert best_of_majority([None], [1.0]).indices == ()


@pytest.mark.parametrize("arguments", [{"k": 0}, {"threshold": 1.5}, {"threshold": math.nan}])
def test_best_of_majority_refuses_what_it_cannot_mean(arguments: dict) -> None:
    with pytest.raises(UsageError):
        best_of_majority(ANSWERS, REWARDS, **arguments)
