"""Rows of the tables ``ask``, ``verdict`` and ``call``, to and from the structs that rooms speak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from provolve.record import (
    Call,
    CallOutcome,
    Candidate,
    Edit,
    Message,
    Proposal,
    Rejection,
    Rewrite,
    Spent,
    Template,
    Vector,
    Verdict,
)
from provolve.store.spec import AskRecord
from provolve.store.values import (
    DIGEST_BYTES,
    pack_digest,
    pack_digests,
    pack_float,
    pack_floats,
    pack_literals,
    pack_text,
    unpack_digests,
    unpack_float,
    unpack_floats,
    unpack_literals,
    unpack_text,
)

DAMAGE = (msgspec.MsgspecError, ValueError, OverflowError)
"""What reading a damaged row raises."""

_REGIONS = msgspec.json.Decoder(tuple[str, ...])
_MESSAGES = msgspec.json.Decoder(list[tuple[str, str]])


class AskRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of the table ``ask``, in the order of its columns."""

    id: int
    first: int
    """Running number of the ask's first verdict."""
    verdicts: int
    parents: bytes
    island: int
    seconds: float | bytes
    candidates: int
    judged: int
    source_rejections: int
    at: float | bytes
    turn: int
    """Its place in the order of telling; 0 for the start."""
    tokens: int
    usd: float | bytes
    choice: str
    thought: str


class VerdictRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of the table ``verdict``, in the order of its columns."""

    id: int
    ask: int
    position: int
    improved: int
    operator: str
    kind: Literal["edit", "rewrite", "vector"]
    rejection: Rejection | None
    loss: float | bytes | None
    validation: float | bytes | None
    work: int
    audited: int
    cpu: float | bytes
    level: str
    digest: bytes | None
    template: int | None
    literals: bytes | None
    duplicate_of: bytes | None
    behaviour: str
    parents: bytes
    scores: bytes
    measures: bytes
    detail: str
    change_template: int | None
    change_literals: bytes | None
    change: str | None
    printed: str


class CallRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of the table ``call``, in the order of its columns."""

    id: int
    ask: int
    model: str
    purpose: str
    outcome: CallOutcome
    detail: str
    tokens_in: int
    tokens_out: int
    estimated: int
    usd: float | bytes | None
    seconds: float | bytes
    reply: str
    messages: str


ASK_COLUMNS = ", ".join(AskRow.__struct_fields__)
VERDICT_COLUMNS = ", ".join(VerdictRow.__struct_fields__)
ASK_PLACES = ", ".join("?" * len(AskRow.__struct_fields__))
CALL_COLUMNS = ", ".join(CallRow.__struct_fields__)
CALL_PLACES = ", ".join("?" * len(CallRow.__struct_fields__))
VERDICT_PLACES = ", ".join("?" * len(VerdictRow.__struct_fields__))

Row = tuple[object, ...]


def pack_ask(ask: AskRecord, first: int, turn: int) -> Row:
    """Return the row of an ask whose verdicts begin with number ``first`` and that is told as ``turn``.

    Raises:
        ValueError: if a digest is malformed.
    """
    spent = ask.spent
    return (
        ask.ask,
        first,
        len(ask.proposals),
        pack_digests(ask.parents),
        ask.island,
        pack_float(spent.seconds),
        spent.candidates,
        spent.judged,
        spent.source_rejections,
        pack_float(ask.at),
        turn,
        spent.tokens,
        pack_float(spent.usd),
        pack_text(ask.choice),
        pack_text(ask.thought),
    )


def unpack_spent(row: AskRow) -> Spent:
    """Return what had been spent after the ask. Raises one of ``DAMAGE`` where the row is damaged."""
    return Spent(
        seconds=unpack_float(row.seconds),
        candidates=row.candidates,
        judged=row.judged,
        source_rejections=row.source_rejections,
        tokens=row.tokens,
        usd=unpack_float(row.usd),
    )


def unpack_ask(row: AskRow, proposals: tuple[Proposal, ...], calls: tuple[Call, ...]) -> AskRecord:
    """Undo ``pack_ask``. Raises one of ``DAMAGE`` where the row is damaged."""
    return AskRecord(
        ask=row.id,
        parents=unpack_digests(row.parents),
        island=row.island,
        proposals=proposals,
        spent=unpack_spent(row),
        at=unpack_float(row.at),
        choice=unpack_text(row.choice),
        calls=calls,
        thought=unpack_text(row.thought),
    )


def pack_call(key: int, ask: int, call: Call) -> Row:
    """Return the row of the call with running number ``key`` that was made for ``ask``."""
    return (
        key,
        ask,
        pack_text(call.model),
        pack_text(call.purpose),
        str(call.outcome),
        pack_text(call.detail),
        call.tokens_in,
        call.tokens_out,
        call.estimated,
        pack_float(call.usd),
        pack_float(call.seconds),
        pack_text(call.reply),
        msgspec.json.encode([(pack_text(m.role), pack_text(m.content)) for m in call.messages]).decode(),
    )


def unpack_call(row: CallRow) -> Call:
    """Undo ``pack_call``. Raises one of ``DAMAGE`` where the row is damaged."""
    return Call(
        model=unpack_text(row.model),
        purpose=unpack_text(row.purpose),
        messages=tuple(
            Message(unpack_text(role), unpack_text(text)) for role, text in _MESSAGES.decode(row.messages)
        ),
        reply=unpack_text(row.reply),
        outcome=row.outcome,
        detail=unpack_text(row.detail),
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        estimated=bool(row.estimated),
        usd=None if row.usd is None else unpack_float(row.usd),
        seconds=unpack_float(row.seconds),
    )


def pack_verdict(
    key: tuple[int, int, int],
    improved: bool,
    proposal: Proposal,
    verdict: Verdict,
    number: Callable[[Template], int],
) -> Row:
    """Return the row of a verdict.

    Args:
        key: running number, ask and position within the ask.
        improved: whether it was the best accepted candidate when it came.
        proposal: what was judged.
        verdict: what the judge said.
        number: gives a template its id in the table ``template``.

    Raises:
        ValueError: if a digest is malformed.
    """
    candidate = verdict.candidate
    named = None if candidate is None else pack_digest(candidate.digest)
    template = None if candidate is None else number(candidate.template)
    literals = None if candidate is None else pack_literals(candidate.literals)
    return (
        *key,
        improved,
        pack_text(proposal.operator),
        proposal.change.__struct_config__.tag,
        None if verdict.rejection is None else str(verdict.rejection),
        pack_float(verdict.loss),
        pack_float(verdict.validation),
        verdict.work,
        verdict.audited,
        pack_float(verdict.cpu),
        pack_text(verdict.level),
        named,
        template,
        literals,
        pack_digest(verdict.duplicate_of) if verdict.duplicate_of else None,
        pack_text(verdict.behaviour),
        pack_digests(proposal.parents),
        pack_floats(verdict.scores),
        pack_floats(verdict.measures),
        pack_text(verdict.detail),
        *_pack_change(proposal.change, template, literals, number),
        pack_text(verdict.printed),
    )


def _pack_change(
    change: Edit | Rewrite | Vector,
    template: int | None,
    literals: bytes | None,
    number: Callable[[Template], int],
) -> Row:
    if isinstance(change, Edit):
        return None, None, pack_text(change.text)
    if isinstance(change, Rewrite):
        return None, None, msgspec.json.encode([pack_text(text) for text in change.regions]).decode()
    own = number(change.template), pack_literals(change.literals)
    # A vector nearly always is the candidate: then it is not kept twice.
    return (None, None, None) if own == (template, literals) else (*own, None)


def unpack_verdict(row: VerdictRow, template: Callable[[int], Template]) -> tuple[Proposal, Verdict]:
    """Undo ``pack_verdict``. Raises one of ``DAMAGE`` where the row is damaged."""
    candidate = _unpack_candidate(row, template)
    change = _unpack_change(row, candidate, template)
    proposal = Proposal(unpack_text(row.operator), unpack_digests(row.parents), change)
    return proposal, Verdict(
        candidate=candidate,
        rejection=row.rejection,
        detail=unpack_text(row.detail),
        loss=None if row.loss is None else unpack_float(row.loss),
        scores=unpack_floats(row.scores),
        behaviour=unpack_text(row.behaviour),
        measures=unpack_floats(row.measures),
        work=row.work,
        audited=bool(row.audited),
        validation=None if row.validation is None else unpack_float(row.validation),
        duplicate_of="" if row.duplicate_of is None else _one_digest(row.duplicate_of),
        level=unpack_text(row.level),
        cpu=unpack_float(row.cpu),
        printed=unpack_text(row.printed),
    )


def _unpack_candidate(row: VerdictRow, template: Callable[[int], Template]) -> Candidate | None:
    if row.digest is None:
        return None
    if row.template is None or row.literals is None:
        raise ValueError("a candidate without its template or literals")
    return Candidate(_one_digest(row.digest), template(row.template), unpack_literals(row.literals))


def _unpack_change(
    row: VerdictRow, candidate: Candidate | None, template: Callable[[int], Template]
) -> Edit | Rewrite | Vector:
    if row.kind != "vector":
        if row.change is None:
            raise ValueError(f"a change of kind {row.kind} without its text")
        if row.kind == "edit":
            return Edit(unpack_text(row.change))
        return Rewrite(tuple(unpack_text(text) for text in _REGIONS.decode(row.change)))
    if row.change_template is not None and row.change_literals is not None:
        return Vector(template(row.change_template), unpack_literals(row.change_literals))
    if candidate is None:
        raise ValueError("a change of kind vector without its literals")
    return Vector(candidate.template, candidate.literals)


def _one_digest(data: bytes) -> str:
    if len(data) != DIGEST_BYTES:
        raise ValueError(f"a digest of {len(data)} bytes")
    return data.hex()
