"""Functional consensus and the choice of the next question, on tables of outputs."""

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.judge.selection import eliminate, functional_consensus, next_question, number_outputs


def test_outputs_are_numbered_by_input_and_failures_are_negative() -> None:
    table = number_outputs([["a", 1], ["b", None], ["a", 2]])
    assert table.tolist() == [[0, 0], [1, -1], [0, 1]]


@pytest.mark.parametrize("rows", [[], [[]], [["a"], ["a", "b"]], [[["unhashable"]]]])
def test_what_is_no_table_is_refused(rows) -> None:
    with pytest.raises(UsageError):
        number_outputs(rows)


def test_consensus_sums_the_similarities_to_all_others() -> None:
    # No two rows are equal, so a vote on rows cannot decide; solution 1 agrees most input by input.
    table = number_outputs([["a", "b", "x"], ["a", "b", "c"], ["y", "b", "c"], ["z", None, "w"]])
    choice = functional_consensus(table)
    assert choice.index == 1
    np.testing.assert_allclose(choice.scores, [1.0, 4 / 3, 1.0, 0.0], atol=1e-12)


def test_failures_are_like_nothing_not_like_each_other() -> None:
    table = number_outputs([[None, None], [None, None], ["a", "b"], ["a", "c"]])
    assert functional_consensus(table).index == 2


def test_consensus_refuses_fractions() -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        functional_consensus([[0.5]])


# Input 0 splits 3 : 1, input 1 splits 2 : 2, input 2 splits 2 : 1 : 1.
TABLE = number_outputs([["a", "p", "s"], ["a", "p", "t"], ["a", "q", "s"], ["b", "q", "u"]])


def test_the_question_is_the_one_whose_worst_answer_rules_out_most() -> None:
    question = next_question(TABLE)
    assert question.worst.tolist() == [1, 2, 2]
    assert (question.index, question.ties) == (1, (1, 2))
    assert question.options == (0, 2)


def test_answers_narrow_down_to_one_behaviour() -> None:
    alive = eliminate(TABLE, 1, like=2)
    assert alive.tolist() == [False, False, True, True]
    question = next_question(TABLE, alive)
    assert (question.index, question.worst.tolist()) == (0, [1, 0, 1])
    alive = eliminate(TABLE, 0, like=3, alive=alive)
    assert alive.tolist() == [False, False, False, True]
    assert next_question(TABLE, alive).index is None


def test_equal_rows_count_as_one_behaviour() -> None:
    # Were the five copies counted, both inputs would rule out two solutions at worst.
    table = number_outputs([["a", "p"], ["b", "p"], *[["c", "q"]] * 5])
    assert next_question(table).worst.tolist() == [2, 1]


def test_an_input_that_only_failures_tell_apart_can_be_asked_about() -> None:
    question = next_question(number_outputs([["a", "x"], [None, "x"]]))
    assert (question.index, question.options) == (0, (0,))


def test_nothing_is_asked_where_all_agree_or_none_is_left() -> None:
    assert next_question(number_outputs([["a"], ["a"]])).index is None
    assert next_question(TABLE, np.zeros(4, dtype=bool)).explanation == ("no solution is left",)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="4 solutions"):
        next_question(TABLE, [True])
    for question, like in ((9, 0), (0, 9), (-1, 0)):
        with pytest.raises(UsageError, match="no output"):
            eliminate(TABLE, question, like)
    with pytest.raises(UsageError, match="no output"):
        eliminate(number_outputs([[None], ["a"]]), 0, 0)
