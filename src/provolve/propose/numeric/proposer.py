"""The proposer that searches among the constructions themselves and prints what it finds as a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from provolve.errors import JudgeError, UsageError
from provolve.program import Function, Program, lift
from provolve.propose.numeric.chains import Chains, State
from provolve.propose.proposer import Context
from provolve.record import Ask, Proposal, Template, Vector, Verdict

CHAINS, HOPS, PATIENCE = 16, 8, 6
"""Lines of hops, hops from each in a round, and rounds without an improvement, unless told otherwise."""


class _Snapshot(msgspec.Struct):
    state: State | None
    """None before the first ask."""
    pending: dict[int, int]


class NumericProposer:
    """Answers each ask with one round of hops and local solves on the task's surrogate.

    What a task offers in its judge's ``surrogate`` is followed; its judge alone says what a construction is
    worth. Every proposal is a program that returns its construction as literals. A round is cut into pieces
    that the run's workers carry out. The same seed and asks give the same proposals: work is counted in
    steps and never in seconds, and the pieces do not depend on who does them.
    """

    def __init__(self, *, chains: int = CHAINS, hops: int = HOPS, patience: int = PATIENCE) -> None:
        """Set up the chains.

        Args:
            chains: lines of hops; at least 1.
            hops: hops from each chain in a round; at least 1.
            patience: rounds without an improvement after which a chain begins anew, or where a problem has
                levels, all do; at least 1.

        Raises:
            UsageError: if a number is below 1.
        """
        for name, value in (("chains", chains), ("hops", hops), ("patience", patience)):
            if value < 1:
                raise UsageError(f"{name} is {value}: give a whole number from 1")
        self._settings = (chains, hops, patience)
        self._chains: Chains | None = None
        self._restored: State | None = None
        self._pending: dict[int, int] = {}
        self._templates: dict[str, Template] = {}

    def propose(self, ask: Ask, context: Context) -> list[Proposal]:
        """Return at most ``ask.count`` constructions: what improved a chain, else the best of the round.

        Raises:
            UsageError: if the task offers no surrogate, or its entry point lies outside of the regions.
            ValueError: if an ask of this id is outstanding.
        """
        if ask.id in self._pending:
            raise ValueError(f"ask {ask.id} was proposed for already and awaits its verdicts")
        search = self._search(context)
        found = search.round(context.rng, context.spread)[: ask.count]
        proposals = [
            Proposal(f"numeric-{one.how}", (), self._program(context, search.answer(one))) for one in found
        ]
        self._pending[ask.id] = len(proposals)
        return proposals

    def _search(self, context: Context) -> Chains:
        if context.surrogate is None:
            raise UsageError(
                "the proposer numeric needs a task whose judge has a function surrogate: choose --proposer "
                "symbolic, or write one as docs/how-to/offer-a-surrogate.md says"
            )
        if self._chains is None:
            chains, hops, patience = self._settings
            self._chains = Chains(context.surrogate, chains=chains, hops_each=hops, patience=patience)
            if self._restored is not None:
                self._chains.state = self._restored
        return self._chains

    def _program(self, context: Context, answer: object) -> Vector:
        """Return the program whose entry point returns ``answer``."""
        literals = tuple(_floats(answer))
        shape = _written(answer, literals=False)
        if shape not in self._templates:
            self._templates[shape] = _template(context.program, context.entry, answer)
        return Vector(self._templates[shape], literals)

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Take note that the ask is done: the surrogate has told what there is to learn.

        Raises:
            ValueError: if the ask is unknown or observed already, or the number of verdicts is another.
        """
        count = self._pending.get(ask_id)
        if count is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        if len(verdicts) != count:
            raise ValueError(f"ask {ask_id} had {count} proposals and {len(verdicts)} verdicts came")
        del self._pending[ask_id]

    def snapshot(self) -> bytes:
        """Return the whole state: the chains and the outstanding asks."""
        state = self._restored if self._chains is None else self._chains.state
        return msgspec.msgpack.encode(_Snapshot(state, self._pending))

    def restore(self, data: bytes) -> None:
        """Take on the state of a proposer that was built alike.

        Raises:
            UsageError: if the state is of a proposer with another number of chains.
        """
        kept = msgspec.msgpack.decode(data, type=_Snapshot)
        if kept.state is not None and kept.state.count != self._settings[0]:
            raise UsageError(
                f"the state has {kept.state.count} chains, not {self._settings[0]}: build this one alike"
            )
        self._pending, self._restored, self._chains = kept.pending, kept.state, None


def _floats(answer: object) -> Iterator[float]:
    if isinstance(answer, list):
        for item in answer:
            yield from _floats(item)
    elif isinstance(answer, float):
        yield answer + 0.0  # no minus zero
    else:
        raise JudgeError(
            f"judge function surrogate: its answer holds a {type(answer).__name__}: return floats and lists"
        )


def _written(answer: object, *, literals: bool) -> str:
    if isinstance(answer, list):
        return "[" + ", ".join(_written(item, literals=literals) for item in answer) + "]"
    return repr(answer) if literals else "0"


def _template(program: Program, entry: Function, answer: object) -> Template:
    """Return the template of the program that returns an answer of this shape."""
    if entry.region is None:
        raise UsageError(
            f"the entry point {entry.name} lies outside of the program's regions, so it cannot be made to "
            "return a construction: mark it"
        )
    rows = answer if isinstance(answer, list) else [answer]
    lines = "".join(f"        {_written(row, literals=True)},\n" for row in rows)
    texts = list(program.texts())
    texts[entry.region] = f"def {entry.name}({', '.join(entry.arguments)}):\n    return [\n{lines}    ]\n"
    return lift(program, texts).template
