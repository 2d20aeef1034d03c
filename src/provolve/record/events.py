"""What a run announces while it goes, after it is committed to the record."""

from __future__ import annotations

import msgspec

from provolve.record.budget import Budget, Spent
from provolve.record.claim import Claim
from provolve.record.verdict import Verdict


class RunStarted(msgspec.Struct, frozen=True, tag="started", tag_field="event"):
    """A run began, or went on after an interruption (``resumed``)."""

    run: str
    task: str
    direction: str
    seed: int
    budget: Budget
    proposer: str
    strategy: str
    workers: int
    level: str
    """Level of the sandbox, as proven."""
    level_detail: str
    resumed: bool
    seed_loss: float
    """Loss of the seed program on train."""
    self_judged: bool = False
    """Whether scores are the candidates' word: given by an evaluator that runs beside them."""


class AskTold(msgspec.Struct, frozen=True, tag="told", tag_field="event"):
    """The verdicts of one ask were decided and committed."""

    ask: int
    operator: str
    """Operators of the proposals, the distinct ones, joined by commas."""
    verdicts: tuple[Verdict, ...]
    spent: Spent
    best: float
    """Best loss on train so far."""
    best_digest: str
    best_validation: float | None
    """Loss on validation of the champion so far."""


class EpochBegan(msgspec.Struct, frozen=True, tag="epoch", tag_field="event"):
    """Train grew: the best so far were judged anew on the instances of the next epoch, and lead on there.

    The losses of two epochs are on different instances and cannot be compared.
    """

    number: int
    """1, 2, … ; the epoch before the first growth is 0."""
    ask: int
    """The ask whose proposals are the elites that were judged anew."""
    instances: int
    """Train instances of the epoch."""
    regraded: int
    """Elites that were judged anew."""
    kept: int
    """Of these, the ones that were accepted."""
    seed_loss: float
    """Loss of the seed program on the new instances."""
    best: float
    """Least loss on them."""


class ChampionChosen(msgspec.Struct, frozen=True, tag="champion", tag_field="event"):
    """The search is over: the champion stands in the record, and test has not been opened."""

    digest: str
    source: str
    train: float
    validation: float


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="event"):
    """The run is over. ``reason`` is ``budget``, ``bound`` or ``exhausted``."""

    run: str
    reason: str
    spent: Spent
    champion: str
    """Source of the champion: the whole program."""
    claim: Claim


class Notice(msgspec.Struct, frozen=True, tag="notice", tag_field="event"):
    """Something a person should know: ``topic`` is one word for machines, ``text`` a sentence."""

    topic: str
    text: str


Event = RunStarted | AskTold | EpochBegan | ChampionChosen | Finished | Notice


def event_to_json(event: Event) -> str:
    """Return the event as one line of JSON; a verdict's template is named by its digest only."""

    def plain(value: object) -> object:
        raise TypeError(f"{type(value).__name__} does not belong in an event")

    tree = msgspec.to_builtins(event, enc_hook=plain)
    for verdict in tree.get("verdicts", ()):
        if verdict["candidate"] is not None:
            verdict["candidate"] = verdict["candidate"]["digest"]
    return msgspec.json.encode(tree).decode()
