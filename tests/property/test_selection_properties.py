"""What a change of the matrix may change, selector by selector, as their docstrings state it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from provolve.judge.selection import (
    SELECTORS,
    Prior,
    b4,
    bayes,
    best_of_majority,
    best_of_n,
    codet,
    count_evidence,
    enumerate_posterior,
    functional_consensus,
    knockout,
    majority_vote,
    max_pass,
    mbr_exec,
    next_question,
    posterior_scores,
)

matrices = nps.arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 7)))
names = pytest.mark.parametrize("name", SELECTORS)


def columns(matrix: np.ndarray, value: bool) -> np.ndarray:
    return np.column_stack([matrix, np.full(len(matrix), value)])


def doubled(matrix: np.ndarray, row: int) -> np.ndarray:
    return np.vstack([matrix, matrix[row]])


@names
@settings(deadline=None)
@given(matrix=matrices, seed=st.integers(0, 1000))
def test_permuting_solutions_permutes_the_scores(name: str, matrix: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(matrix))
    before, after = SELECTORS[name](matrix), SELECTORS[name](matrix[order])
    np.testing.assert_allclose(after.scores, before.scores[order], rtol=1e-9, atol=1e-9)
    assert {int(order[i]) for i in after.ties} == set(before.ties)


@names
@settings(deadline=None)
@given(matrix=matrices, seed=st.integers(0, 1000))
def test_permuting_tests_changes_nothing(name: str, matrix: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(matrix.shape[1])
    before, after = SELECTORS[name](matrix), SELECTORS[name](matrix[:, order])
    np.testing.assert_allclose(after.scores, before.scores, rtol=1e-9, atol=1e-9)
    assert after.ties == before.ties


@names
@settings(deadline=None)
@given(matrix=matrices)
def test_equal_solutions_have_equal_scores_and_the_choice_is_a_best(name: str, matrix: np.ndarray) -> None:
    choice = SELECTORS[name](matrix)
    for i in range(len(matrix)):
        for j in range(i):
            if (matrix[i] == matrix[j]).all():
                assert choice.scores[i] == choice.scores[j]
    assert choice.index == choice.ties[0] == min(choice.ties)
    assert choice.scores[choice.index] >= choice.scores.max() - 1e-9 * max(1.0, abs(choice.scores.max()))


@given(matrix=matrices, row=st.integers(0, 6))
def test_max_pass_ignores_copies(matrix: np.ndarray, row: int) -> None:
    before, after = max_pass(matrix), max_pass(doubled(matrix, row % len(matrix)))
    np.testing.assert_array_equal(after.scores[:-1], before.scores)
    assert after.index == before.index


@pytest.mark.parametrize("select", [codet, mbr_exec])
@given(matrix=matrices, row=st.integers(0, 6))
def test_a_copy_can_move_codet_and_mbr_to_its_class_only(select, matrix: np.ndarray, row: int) -> None:
    row %= len(matrix)
    before, after = select(matrix), select(doubled(matrix, row))
    same = (matrix == matrix[row]).all(axis=1)
    np.testing.assert_array_equal(after.scores[:-1][~same], before.scores[~same])
    assert (after.scores[:-1][same] >= before.scores[same]).all()
    assert after.index == before.index or same[after.index]


@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("select", [max_pass, mbr_exec, functional_consensus])
@given(matrix=matrices)
def test_a_test_that_tells_no_two_apart_never_changes_these(select, value: bool, matrix: np.ndarray) -> None:
    assert select(columns(matrix, value)).ties == select(matrix).ties


@given(matrix=matrices)
def test_a_test_that_all_fail_does_not_change_codet(matrix: np.ndarray) -> None:
    before, after = codet(matrix), codet(columns(matrix, False))
    np.testing.assert_array_equal(after.scores, before.scores)


@given(matrix=matrices)
def test_a_test_that_all_pass_moves_codet_to_classes_at_least_as_large(matrix: np.ndarray) -> None:
    sizes = count_evidence(matrix).class_size
    before, after = codet(matrix), codet(columns(matrix, True))
    np.testing.assert_allclose(after.scores, before.scores + np.sqrt(sizes), rtol=1e-12)
    if after.index not in before.ties:
        assert sizes[after.index] >= sizes[before.index]


def changes(select, change) -> bool:
    rng = np.random.default_rng(0)
    for _ in range(400):
        matrix = rng.random((5, 6)) < 0.5
        matrix[1] = matrix[0]
        if select(change(matrix)).index != select(matrix).index:
            return True
    return False


@pytest.mark.parametrize("select", [b4, bayes])
@pytest.mark.parametrize(
    "change", [lambda m: columns(m, True), lambda m: columns(m, False), lambda m: doubled(m, 4)]
)
def test_b4_and_bayes_can_change_by_what_is_evidence_about_the_rates(select, change) -> None:
    assert changes(select, change)


def test_codet_can_change_by_a_test_that_all_pass_but_not_by_one_that_all_fail() -> None:
    assert changes(codet, lambda m: columns(m, True))
    assert not changes(codet, lambda m: columns(m, False))


def test_consensus_can_change_by_a_copy() -> None:
    assert changes(functional_consensus, lambda m: doubled(m, 4))


@settings(max_examples=40, deadline=None)
@given(
    matrix=nps.arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 4))),
    counts=st.lists(st.floats(0.2, 12.0), min_size=8, max_size=8),
)
def test_the_posterior_is_that_of_enumeration_for_any_prior(matrix: np.ndarray, counts: list[float]) -> None:
    x, y, right, wrong = zip(counts[::2], counts[1::2], strict=True)
    prior = Prior(x, y, right, wrong)
    found = np.exp(posterior_scores(count_evidence(matrix), prior))
    np.testing.assert_allclose(found, enumerate_posterior(matrix, prior), atol=1e-9)


answer_lists = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=10)


@given(answers=answer_lists, seed=st.integers(0, 1000), copy=st.integers(0, 9))
def test_votes_depend_on_answers_alone_and_a_copy_helps_its_own(answers: list, seed: int, copy: int) -> None:
    order = np.random.default_rng(seed).permutation(len(answers))
    before = majority_vote(answers)
    np.testing.assert_array_equal(majority_vote([answers[i] for i in order]).scores, before.scores[order])
    copied = answers[copy % len(answers)]
    after = majority_vote([*answers, copied])
    assert (
        answers[before.index] == ([*answers, copied])[after.index]
        or ([*answers, copied])[after.index] == copied
    )


@given(rewards=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10), copy=st.integers(0, 9))
def test_best_of_n_keeps_its_best_reward_when_a_sample_is_copied(rewards: list, copy: int) -> None:
    before, after = best_of_n(rewards), best_of_n([*rewards, rewards[copy % len(rewards)]])
    assert (after.index, after.scores[after.index]) == (before.index, before.scores[before.index])


@given(
    answers=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12),
    reward=st.fixed_dictionaries({letter: st.floats(-5, 5) for letter in "abcd"}),
    k=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_best_of_majority_permutes_and_keeps_a_pick_that_is_copied(
    answers, reward, k: int, seed: int
) -> None:
    rewards = [reward[a] for a in answers]
    picks = best_of_majority(answers, rewards, k=k)
    assert 1 <= len(picks.indices) <= k
    assert len({answers[i] for i in picks.indices}) == len(picks.indices)
    order = np.random.default_rng(seed).permutation(len(answers))
    permuted = best_of_majority([answers[i] for i in order], [rewards[i] for i in order], k=k)
    np.testing.assert_allclose(permuted.scores, picks.scores[order], rtol=1e-9, atol=1e-9)
    first = answers[picks.indices[0]]
    again = best_of_majority([*answers, first], [*rewards, reward[first]], k=k)
    assert first in {([*answers, first])[i] for i in again.indices}


@given(worth=st.permutations(range(7)), seed=st.integers(0, 1000), copies=st.integers(0, 3))
def test_a_knockout_with_a_judge_that_never_errs_finds_the_best(worth, seed: int, copies: int) -> None:
    field = [*worth, *[min(worth)] * copies]
    choice = knockout(len(field), lambda i, j: field[i] > field[j], rng=np.random.default_rng(seed))
    assert field[choice.index] == max(field)


@given(
    table=nps.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(-1, 2)),
    seed=st.integers(0, 1000),
    row=st.integers(0, 5),
)
def test_the_next_question_sees_behaviours_only(table: np.ndarray, seed: int, row: int) -> None:
    before = next_question(table)
    order = np.random.default_rng(seed).permutation(len(table))
    np.testing.assert_array_equal(next_question(table[order]).worst, before.worst)
    np.testing.assert_array_equal(next_question(doubled(table, row % len(table))).worst, before.worst)
    across = np.random.default_rng(seed).permutation(table.shape[1])
    np.testing.assert_array_equal(next_question(table[:, across]).worst, before.worst[across])
    if before.index is not None:
        assert len(np.unique(table[:, before.index])) > 1
