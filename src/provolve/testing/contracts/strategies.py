"""What every strategy promises, as functions that refuse one that does not keep it."""

from __future__ import annotations

from functools import partial

from provolve.errors import StoreError
from provolve.record import Ask
from provolve.search import Regradable, Resumable, Strategy, Thinking
from provolve.search.archive import elite_of
from provolve.testing.contracts import strategy_epochs
from provolve.testing.contracts.contract import (
    Rule,
    calls_of,
    footprint,
    global_chance,
    keep,
    require,
    require_refusal,
)
from provolve.testing.contracts.judging import all_new, by_lot, every_rejection, made_elite, made_starts
from provolve.testing.contracts.walks import Make, Trial, require_alike

_EARLY, _LATE, _MEASURED = 400, 1200, 40
"""Asks told before the cost is measured first, and again, and asks that it is measured over."""
_GROWTH = 1.5
"""By how much state and work may grow from the first time to the second; what keeps all grows by 3."""


def check_strategy(make: Make, *, measures: int = 0, seeds: int = 10) -> tuple[str, ...]:
    """Check that a strategy keeps what `Strategy` promises, and what it promises besides.

    Args:
        make: builds a new one from the keyword arguments ``starts``, ``seed``, ``batch`` and ``window``, as
            the engine does: the class itself, or ``functools.partial`` of it with options.
        measures: how many measures elites have.
        seeds: how often what depends on chance is tried; at least 1.

    Returns:
        The names of the rules that were checked. Those on snapshots concern strategies that are `Resumable`,
        those on epochs `Regradable` ones, those on thoughts `Thinking` ones; whoever is none of these is not
        held to them.

    Raises:
        ContractBroken: at the first rule that does not hold.
    """
    trial = Trial(make, measures, seeds)
    return keep(RULES, trial, trial.strategy())


# Asking and telling -----------------------------------------------------------------------------------


def numbers_its_asks(trial: Trial) -> None:
    """Ids are 1, 2, 3; each ask is for at least one candidate of at least one parent."""
    for place, ask in enumerate(trial.walk().run(100), 1):
        require(ask.id == place, f"ask {place} has the id {ask.id}")
        require(ask.count >= 1, f"ask {ask.id} is for {ask.count} candidates")
        require(ask.parents, f"ask {ask.id} has no parent")
        digests = {parent.candidate.digest for parent in ask.parents}
        require(len(digests) == len(ask.parents), f"ask {ask.id} names a parent twice")


def keeps_to_its_window(trial: Trial) -> None:
    """One more ask than the window holds is refused, and nothing has changed."""
    for window in (1, 3):
        strategy, other = trial.strategy(window=window), trial.strategy(window=window)
        asks = [strategy.ask() for _ in range(window)]
        require([other.ask() for _ in range(window)] == asks, "the same strategy asked otherwise")
        require_refusal(ValueError, strategy.ask, f"ask {window + 1} with a window of {window}")
        for each in (strategy, other):
            each.tell(asks[0].id, [])
        require(strategy.ask() == other.ask(), "an ask that was refused changed the next one")


def is_told_each_ask_once(trial: Trial) -> None:
    """Ids that were not asked, or were told, are refused, and nothing has changed."""
    strategy, other = trial.strategy(), trial.strategy()
    for each in (strategy, other):
        for _ in range(3):
            each.ask()
        each.tell(2, [])
    for unknown in (0, -1, 4, 2):
        tell = partial(strategy.tell, unknown, [])
        require_refusal(ValueError, tell, f"a tell of ask {unknown}, where 1 and 3 wait,")
    require(strategy.ask() == other.ask(), "a tell that was refused changed the next ask")


def takes_any_verdict(trial: Trial) -> None:
    """Whatever the reason of a rejection, and where there is no verdict, the search goes on."""
    strategy = trial.strategy(window=1)
    starts = made_starts(trial.measures)
    for verdict in every_rejection(made_elite("rejected", 0.1).candidate):
        strategy.tell(strategy.ask().id, [verdict])
    strategy.tell(strategy.ask().id, [])
    for parent in strategy.ask().parents:
        require(parent in starts, f"of rejections alone came the parent {parent.behaviour!r}")


def builds_on_what_was_accepted(trial: Trial) -> None:
    """Every parent is a start, or the elite of a verdict that was told."""
    for seed in range(trial.seeds):
        walk = trial.walk(seed)
        known = {*made_starts(trial.measures)}
        told: set[int] = set()
        open_asks: dict[int, Ask] = {}
        for _ in range(120):
            ask = walk.step()
            if ask is not None:
                open_asks[ask.id] = ask
                for parent in ask.parents:
                    require(parent in known, f"ask {ask.id} has a parent that nobody told of: {parent}")
            for done in open_asks.keys() - {one.id for one in walk.waiting} - told:
                told.add(done)
                known |= {elite for elite in map(elite_of, by_lot(open_asks[done], seed)) if elite}


# Chance and state -------------------------------------------------------------------------------------


def repeats_by_its_seed(trial: Trial) -> None:
    """The same seed and verdicts give the same asks, whatever else draws from the process's generators."""
    for seed in range(trial.seeds):
        asks = []
        for elsewhere in (1, 2):
            with global_chance(elsewhere):
                asks.append(trial.walk(seed).run(150))
        for one, other in zip(*asks, strict=True):
            require(one == other, f"with seed {seed}, ask {one.id} is not the same the second time")


def goes_on_from_its_snapshot(trial: Trial) -> None:
    """Who is restored goes on as the unbroken one does, asks that wait among it."""
    for seed in range(trial.seeds):
        unbroken, written = trial.walk(seed), trial.walk(seed)
        for walk in (unbroken, written):
            walk.run(37 * seed % 190)
        data = _resumable(written.strategy).snapshot()
        twin = trial.strategy(seed)
        _resumable(twin).restore(data)
        require(_resumable(twin).snapshot() == data, "the snapshot of who was restored is another one")
        waiting = f"restored while {len(unbroken.waiting)} asks wait"
        resumed = unbroken.gone_on_by(twin)
        require_alike(unbroken, {"its snapshot being taken": written, waiting: resumed}, 60)
        ends = [_resumable(each.strategy).snapshot() for each in (unbroken, resumed)]
        require(ends[0] == ends[1], "60 steps after the snapshot the states differ")


def refuses_what_is_no_snapshot(trial: Trial) -> None:
    """What was cut short, or is of something else, is a StoreError."""
    walk = trial.walk()
    walk.run(60)
    data = _resumable(walk.strategy).snapshot()
    for what, wrong in (("half a snapshot", data[: len(data) // 2]), ("no snapshot", b"\xc1 no snapshot")):
        restore = partial(_resumable(trial.strategy()).restore, wrong)
        require_refusal(StoreError, restore, f"the restoring of {what}")


def costs_no_more_later(trial: Trial) -> None:
    """What it holds, and what an ask and a tell take, do not grow with the number of candidates told."""
    strategy = trial.strategy(window=1)

    def lead(asks: int) -> None:
        for _ in range(asks):
            ask = strategy.ask()
            strategy.tell(ask.id, all_new(ask))

    found = []
    for asks in (_EARLY, _LATE - _EARLY - _MEASURED):
        lead(asks)
        found.append((footprint(strategy), calls_of(lambda: lead(_MEASURED))))
    (held, work), (later_held, later_work) = found
    when = f"after {_EARLY} asks and after {_LATE}"
    require(later_held <= _GROWTH * held, f"it holds {held} and {later_held} bytes {when}")
    require(later_work <= _GROWTH * work, f"{_MEASURED} asks take {work} and {later_work} calls {when}")


def names_thoughts_of_open_asks(trial: Trial) -> None:
    """A thought for an ask that does not wait is refused; one for an ask that does is taken."""
    strategy = trial.strategy()
    if not isinstance(strategy, Thinking):
        raise TypeError("it has no think")
    strategy.ask()
    strategy.think(1, "another order")
    require_refusal(ValueError, partial(strategy.think, 2, "no"), "a thought for ask 2, which was not asked,")
    strategy.tell(1, [])
    require_refusal(ValueError, partial(strategy.think, 1, "late"), "a thought for ask 1, which was told,")


def _resumable(strategy: Strategy) -> Resumable:
    if not isinstance(strategy, Resumable):
        raise TypeError("one was made that has no snapshot")
    return strategy


RULES: tuple[Rule[Trial], ...] = (
    Rule(takes_any_verdict),
    Rule(repeats_by_its_seed),
    Rule(numbers_its_asks),
    Rule(keeps_to_its_window),
    Rule(is_told_each_ask_once),
    Rule(builds_on_what_was_accepted),
    Rule(costs_no_more_later),
    Rule(goes_on_from_its_snapshot, Resumable),
    Rule(refuses_what_is_no_snapshot, Resumable),
    Rule(names_thoughts_of_open_asks, Thinking),
    *(Rule(check, Regradable) for check in strategy_epochs.CHECKS),
)
