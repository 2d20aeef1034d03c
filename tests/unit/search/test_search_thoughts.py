"""Thoughts in a tree: had, carried out, written anew after a failure, given up, and written down."""

from __future__ import annotations

import numpy as np
import pytest
from search_cases import STARTS, stream, verdict

from provolve.record import Ask, Rejection, Verdict
from provolve.search import Portfolio, Thinking, Tree
from provolve.search.thoughts import MOST

RAISED = Verdict(None, rejection=Rejection.RAISED, detail="IndexError")


def tree(**options: object) -> Tree:
    return Tree(starts=STARTS[:1], seed=np.random.SeedSequence(1), **{"widen": 0.0, "window": 4, **options})


def turn(strategy: Tree, said: str, verdicts: list[Verdict]) -> Ask:
    ask = strategy.ask()
    if said:
        strategy.think(ask.id, said)
    strategy.tell(ask.id, verdicts)
    return ask


def test_a_tree_has_thoughts_and_a_proposer_need_not_heed_them() -> None:
    plain, told = tree(), tree()
    assert isinstance(plain, Thinking)
    for _ in range(60):
        ask = plain.ask()
        assert ask.thought is not None
        assert (ask.thought.text, ask.thought.failure, ask.thought.others) == ("", "", ())
        assert told.ask() == ask
        plain.tell(ask.id, stream(ask, 5))
        told.tell(ask.id, stream(ask, 5))


def test_a_failed_thought_comes_back_with_its_failure_and_is_replaced_by_what_is_made_of_it() -> None:
    strategy = tree()
    turn(strategy, "sort first", [RAISED])
    ask = strategy.ask()
    assert (ask.thought.text, ask.thought.failure) == ("sort first", "raised: IndexError")
    strategy.think(ask.id, "sort, but copy before")
    strategy.tell(ask.id, [verdict(0.5, "b")])
    # It led to a better program, which the search goes on from; nothing failed there yet.
    below = turn(strategy, "", [])
    assert below.parents[0].loss == 0.5
    assert below.thought.text == ""


def test_a_program_that_is_no_better_is_a_failure_too_and_says_by_what() -> None:
    strategy = tree(widen=0.5, explore=2.0)
    turn(strategy, "guess", [verdict(STARTS[0].loss, "start again")])
    asks = [turn(strategy, "", []) for _ in range(40)]
    told = {ask.thought.failure for ask in asks if ask.thought.text}
    assert told == {"the best program of it has loss 1, and the program that it was to better 1"}


def test_a_thought_that_goes_on_failing_is_given_up_and_the_next_must_differ() -> None:
    strategy = tree(rethink=2)
    seen = [turn(strategy, f"version {number}", [RAISED]).thought for number in range(4)]
    assert [one.text for one in seen] == ["", "version 0", "version 1", ""]
    assert seen[3].others == ("version 2",)
    assert [one.text for one in (turn(tree(rethink=0), "x", [RAISED]).thought,)] == [""]


def test_a_thought_that_is_written_anew_in_the_same_words_is_given_up_too() -> None:
    strategy = tree(rethink=1)
    seen = [turn(strategy, "always this", [RAISED]).thought.text for _ in range(3)]
    assert seen == ["", "always this", ""]


def test_a_thought_that_is_being_written_anew_is_not_written_anew_twice() -> None:
    strategy = tree()
    turn(strategy, "one", [RAISED])
    first, second = strategy.ask(), strategy.ask()
    assert first.thought.text == "one"
    assert second.thought.text == ""


def test_thoughts_are_chosen_by_what_came_of_them_and_below() -> None:
    strategy = tree(widen=0.5, explore=0.0)
    turn(strategy, "weak", [verdict(0.95, "b")])
    asks = [turn(strategy, "strong", [verdict(0.9 - i / 100, f"c{i}")]) for i in range(30)]
    again = [ask.thought.text for ask in asks if ask.parents[0] == STARTS[0] and ask.thought.text]
    assert again
    assert set(again[1:]) <= {"strong"}


@pytest.mark.parametrize("window", [1, 4])
def test_a_restored_tree_goes_on_as_the_one_that_was_written_down(window: int) -> None:
    def carry_on(strategy: Tree, first: int) -> list[Ask]:
        asks = []
        for number in range(first, first + 40):
            ask = strategy.ask()
            asks.append(ask)
            if number % 3:
                strategy.think(ask.id, f"thought {number}")
            strategy.tell(ask.id, [RAISED] if number % 2 else stream(ask, 5))
        return asks

    one = tree(widen=0.5, window=window)
    carry_on(one, 0)
    waiting = one.ask() if window > 1 else None
    if waiting is not None:
        one.think(waiting.id, "under way")
    other = tree(widen=0.5, window=window)
    other.restore(one.snapshot())
    assert other.snapshot() == one.snapshot()
    if waiting is not None:
        for strategy in (one, other):
            strategy.tell(waiting.id, [RAISED])
    assert carry_on(one, 40) == carry_on(other, 40)


def test_memory_is_bounded_however_many_thoughts_are_had() -> None:
    strategy = tree(widen=3.0, capacity=4, rethink=0)
    for number in range(400):
        turn(
            strategy,
            f"thought {number}",
            [RAISED] if number % 5 else [verdict(1 / (number + 2), f"b{number}")],
        )
    assert len(strategy) <= 4
    assert len(strategy.snapshot()) < 4 * (MOST + 2) * 400


def test_a_thought_on_an_ask_that_does_not_wait_is_refused() -> None:
    strategy = tree()
    with pytest.raises(ValueError, match="never asked"):
        strategy.think(7, "x")
    ask = turn(strategy, "", [])
    with pytest.raises(ValueError, match="told before"):
        strategy.think(ask.id, "x")
    with pytest.raises(ValueError, match="rethink"):
        tree(rethink=-1)


def test_a_portfolio_hands_thoughts_on_to_the_strategy_whose_ask_it_was() -> None:
    strategy = Portfolio(starts=STARTS[:1], seed=np.random.SeedSequence(3), window=1, strategies=["tree"])
    assert isinstance(strategy, Thinking)
    turn(strategy, "sort first", [RAISED])
    ask = strategy.ask()
    assert (ask.thought.text, ask.thought.failure) == ("sort first", "raised: IndexError")
    strategy.tell(ask.id, [])
    without = Portfolio(starts=STARTS[:1], seed=np.random.SeedSequence(3), window=1, strategies=["islands"])
    assert turn(without, "sort first", [RAISED]).thought is None
    with pytest.raises(ValueError, match="ask 1"):
        without.think(1, "too late")


def test_thoughts_are_forgotten_when_train_grows() -> None:
    strategy = tree()
    turn(strategy, "sort first", [RAISED])
    strategy.regraded(strategy.regrade(8).parents)
    assert strategy.ask().thought.text == ""
