"""What the engine and a worker say to each other, as length-prefixed msgpack; never pickles."""

from __future__ import annotations

from typing import BinaryIO, TypeVar

import msgspec

from provolve.judge import Batch, PlainResult, SpeedResult
from provolve.record import Verdict

Message = TypeVar("Message")
_LENGTH_BYTES = 8


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Load the task and start a sandbox; the first request to every worker."""

    task: str
    parameters: dict[str, str]
    data: str
    task_digest: str
    seed: int
    test_seed: int
    slot: int
    """Number of the worker; each has its own user id in the sandbox."""
    level: str | None = None
    """Ask for a weaker level of the sandbox than the best provable."""
    allow_weak_sandbox: bool = False
    """Whether candidates for whom nobody vouches may run where only ``partial`` or ``none`` holds."""
    foreign: bool = False
    """Whether candidates come from a model or a program, so that nobody vouches for them."""


class Reference(msgspec.Struct, frozen=True, tag="reference"):
    """The seed program's scores on a split, to which losses are aggregated."""

    split: str
    scores: tuple[float, ...]


class BeginEpoch(msgspec.Struct, frozen=True, tag="epoch"):
    """Judge train on the instances of another epoch from now on, as soon as their reference is set."""

    number: int


class JudgeBatch(msgspec.Struct, frozen=True, tag="judge"):
    """Judge candidates on train."""

    batch: Batch


class JudgePlainly(msgspec.Struct, frozen=True, tag="plain"):
    """Judge whole programs on a split by the plain path."""

    split: str
    sources: tuple[str, ...]


class WatchProgram(msgspec.Struct, frozen=True, tag="watch"):
    """Run a whole program on some of train and tell in what ranges the arguments of its entry point lie."""

    source: str


class TimePrograms(msgspec.Struct, frozen=True, tag="time"):
    """Time whole programs on a split beside the seed program, for a task of kind ``speed``."""

    split: str
    programs: dict[str, str]
    """Sources by name."""


class JudgeBaselines(msgspec.Struct, frozen=True, tag="baselines"):
    """Compute the judge's own baselines on a split."""

    split: str


class TraceProgram(msgspec.Struct, frozen=True, tag="trace"):
    """Run a whole program on one train instance and tell the values of its variables on the way."""

    source: str
    place: int | None
    """Of the instance; None for the first that the program fails on."""


class RunProgram(msgspec.Struct, frozen=True, tag="run"):
    """Run a whole program on train, and tell what it does on each instance by a digest."""

    source: str


class CheckProgram(msgspec.Struct, frozen=True, tag="check"):
    """Try statements beside a whole program, and tell why each does not hold."""

    source: str
    statements: tuple[str, ...]


Look = TraceProgram | RunProgram | CheckProgram
"""Requests to look at what a program does: none gives a score."""


class SearchPiece(msgspec.Struct, frozen=True, tag="search"):
    """Carry out a piece of numeric search on the task's surrogate."""

    piece: bytes


Request = (
    Open
    | Reference
    | BeginEpoch
    | JudgeBatch
    | JudgePlainly
    | WatchProgram
    | TimePrograms
    | JudgeBaselines
    | Look
    | SearchPiece
)


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The worker is ready; what its sandbox has proven."""

    level: str
    level_detail: tuple[str, ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A request that has no answer was carried out."""


class Verdicts(msgspec.Struct, frozen=True, tag="verdicts"):
    """Answer to JudgeBatch, in order."""

    verdicts: tuple[Verdict, ...]


class PlainResults(msgspec.Struct, frozen=True, tag="plain"):
    """Answer to JudgePlainly, in order."""

    results: tuple[PlainResult, ...]


class Ranges(msgspec.Struct, frozen=True, tag="ranges"):
    """Answer to WatchProgram: least and largest value by the name of the argument."""

    ranges: dict[str, tuple[float, float]]


class Timed(msgspec.Struct, frozen=True, tag="timed"):
    """Answer to TimePrograms."""

    result: SpeedResult


class BaselineScores(msgspec.Struct, frozen=True, tag="baselines"):
    """Answer to JudgeBaselines: scores by instance for each baseline's name."""

    scores: dict[str, tuple[float, ...]]


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """Answer to a Look: a trace, a digest for each instance, or a failure for each statement."""

    texts: tuple[str, ...]


class Searched(msgspec.Struct, frozen=True, tag="searched"):
    """Answer to SearchPiece: what came of it."""

    outcome: bytes


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """The request failed: the name of an error of provolve.errors and its message."""

    error: str
    message: str


Reply = Opened | Done | Verdicts | PlainResults | Ranges | Timed | BaselineScores | Seen | Searched | Failure

encoder = msgspec.msgpack.Encoder()
request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
reply_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def write_message(stream: BinaryIO, message: Request | Reply) -> None:
    """Write one message and flush."""
    data = encoder.encode(message)
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    stream.flush()


def read_message(stream: BinaryIO, decoder: msgspec.msgpack.Decoder[Message]) -> Message | None:
    """Read one message; None at the end of the stream, also in the middle of a message."""
    header = stream.read(_LENGTH_BYTES)
    if len(header) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(header, "big")
    data = stream.read(length)
    return decoder.decode(data) if len(data) == length else None
