"""What the record keeps of a run as a whole, and of one ask."""

from __future__ import annotations

import msgspec

from provolve.record import EPOCH, Budget, Call, Candidate, Proposal, Spent


class Borrowed(msgspec.Struct, frozen=True):
    """What a run took over from an earlier run of the same task."""

    run: str
    """Name of the earlier run."""
    digest: str
    """32 hexadecimal digits of its spec and of all its candidates, as they were then."""
    candidates: tuple[Candidate, ...]
    """They join the starts, and are judged anew there."""


class RunSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Everything from which a run can be rebuilt. Kept as JSON, so options hold plain values only."""

    task: str
    """Reference to the task as typed: a gallery name or an absolute path."""
    task_name: str
    task_digest: str
    parameters: dict[str, str]
    data: str
    """Folder of the task's data; empty where there is none."""
    champion: str = "validation"
    """How the champion is chosen: on ``validation``, or among finalists by ``knockout`` or ``majority``, or
    by ``tests`` or the name of a selector where there are tests."""
    tests: bytes = b""
    """Content of the user's file of tests; empty where there is none."""
    data_digest: str = ""
    """Digest of the content of the data files; empty where there are none."""
    direction: str
    kind: str
    self_judged: bool = False
    """Whether scores are the candidates' word: given by an evaluator that runs beside them."""
    proposer: str
    strategy: str
    proposer_options: dict[str, object]
    strategy_options: dict[str, object]
    seed: int
    test_seed: int
    batch: int
    window: int
    """Asks that may be open at once; it belongs to the run and not to the workers."""
    borrowed: Borrowed | None = None
    """What was taken over from an earlier run; None where nothing was."""
    growth: bool = False
    """Whether train grows in epochs, as its task says; runs of before there were epochs do without."""
    budget: Budget
    """The budget in force: a resume may have set another than the run began with."""
    versions: dict[str, str]
    """Versions of provolve, python, numpy and the platform."""
    live: bool = False
    """Whether asks are told in the order in which their answers arrive, as with models and programs."""
    task_source: dict[str, bytes]
    """Files of the task as they were, name to content, so that a run can be shown after its task moved."""


class AskRecord(msgspec.Struct, frozen=True):
    """One ask with its proposals, as it was when its verdicts were told."""

    ask: int
    """0 for the run's own start, then the ids of the asks, ascending."""
    parents: tuple[str, ...]
    """Digests of the candidates that the strategy offered as parents."""
    island: int
    proposals: tuple[Proposal, ...]
    spent: Spent
    """What the run had spent after this ask."""
    at: float
    """Seconds of searching when the verdicts were told; a time, so left out of canonical exports."""
    choice: str = ""
    """What a live proposer chose for this ask, such as ``improve@MODEL``; ``epoch`` where it begins an epoch;
    empty for other asks."""
    calls: tuple[Call, ...] = ()
    """The calls that were made for it, in their order."""
    thought: str = ""
    """The thought that its proposals carry out; empty where there was none."""

    @property
    def begins_epoch(self) -> bool:
        """Whether its proposals are elites that were judged anew on other instances than before."""
        return self.choice == EPOCH
