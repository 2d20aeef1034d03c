"""Whatever is recorded comes back bit for bit."""

from __future__ import annotations

import math
import struct
import tempfile
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provolve.record import (
    Budget,
    Candidate,
    Edit,
    Proposal,
    Rejection,
    Rewrite,
    Spent,
    Template,
    Vector,
    Verdict,
)
from provolve.store import AskRecord, RunSpec, create_run, open_reader
from provolve.store.values import pack_text, unpack_text

# Lone surrogates and NUL among the characters: what a candidate says is not always text.
texts = st.text(st.characters(categories=None) | st.sampled_from("\0\ud800\udfff\n"), max_size=12)
plain_texts = st.text(max_size=12)
floats = st.floats(width=64)
counts = st.integers(0, 2**63 - 1)
digests = st.binary(min_size=16, max_size=16).map(bytes.hex)
literals = st.lists(st.integers() | st.integers(-(10**60), 10**60) | floats, max_size=5).map(tuple)
float_rows = st.lists(floats, max_size=4).map(tuple)
parents = st.lists(digests, max_size=3).map(tuple)
templates = st.builds(
    Template,
    digests,
    st.lists(st.lists(plain_texts, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    st.text("if", max_size=4),
    st.integers(0, 10**6),
)
candidates = st.builds(Candidate, digests, templates, literals)
changes = (
    st.builds(Edit, texts)
    | st.builds(Rewrite, st.lists(texts, max_size=3).map(tuple))
    | st.builds(Vector, templates, literals)
)
proposals = st.builds(Proposal, texts, parents, changes)
verdicts = st.builds(
    Verdict,
    candidate=st.none() | candidates,
    rejection=st.none() | st.sampled_from(Rejection),
    detail=texts,
    loss=st.none() | floats,
    scores=float_rows,
    behaviour=texts,
    measures=float_rows,
    work=counts,
    audited=st.booleans(),
    validation=st.none() | floats,
    duplicate_of=st.just("") | digests,
    level=texts,
    cpu=floats,
)
spents = st.builds(Spent, floats, counts, counts, counts)


@st.composite
def judged(draw):
    """A proposal and its verdict; half of the vectors are the candidate itself, as they are in life."""
    proposal, verdict = draw(proposals), draw(verdicts)
    if verdict.candidate is not None and draw(st.booleans()):
        vector = Vector(verdict.candidate.template, verdict.candidate.literals)
        proposal = Proposal(proposal.operator, proposal.parents, vector)
    return proposal, verdict


asks = st.lists(
    st.tuples(parents, st.integers(-(2**63), 2**63 - 1), st.lists(judged(), max_size=4), spents, floats),
    max_size=3,
)


def bits(value: object) -> object:
    """Everything of a value that could be lost, NaN's payload, zero's sign and types included."""
    if isinstance(value, float):
        return "float", struct.pack("<d", value)
    if isinstance(value, tuple | list):
        return [bits(part) for part in value]
    if isinstance(value, msgspec.Struct):
        return type(value).__name__, [bits(getattr(value, key)) for key in value.__struct_fields__]
    return type(value).__name__, value


def spec() -> RunSpec:
    fields = {
        "budget": Budget(),
        "parameters": {},
        "proposer_options": {},
        "strategy_options": {},
        "versions": {},
    }
    numbers = dict.fromkeys(("seed", "test_seed", "batch", "window"), 1)
    words = dict.fromkeys(
        ("task", "task_name", "task_digest", "data", "direction", "kind", "proposer", "strategy"), "t"
    )
    return RunSpec(**fields, **numbers, **words, task_source={})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asks)
def test_any_verdict_and_proposal_comes_back_as_it_was(made):
    written = [
        (AskRecord(number, own, island, tuple(p for p, _ in pairs), spent, at), tuple(v for _, v in pairs))
        for number, (own, island, pairs, spent, at) in enumerate(made)
    ]
    with tempfile.TemporaryDirectory() as folder:
        with create_run(Path(folder), "r", spec()) as writer:
            for ask, told in written:
                writer.add_ask(ask, told)
        with open_reader(Path(folder), "r") as reader:
            assert bits(list(reader.verdicts())) == bits(written)
            best = reader.best()
    accepted = [v.loss for _, told in written for v in told if v.accepted and v.loss is not None]
    numbers = [loss for loss in accepted if not math.isnan(loss) and loss < math.inf]
    assert (None if best is None else best.verdict.loss) == min(numbers, default=None)


@given(texts)
def test_stored_text_is_utf_8_and_comes_back(text):
    stored = pack_text(text)
    stored.encode()
    assert unpack_text(stored) == text


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers() | st.integers(-(10**300), 10**300), max_size=2),
    st.binary(max_size=40),
    plain_texts,
)
def test_a_spec_comes_back_as_it_was(numbers, content, word):
    changed = msgspec.structs.replace(
        spec(),
        seed=sum(numbers),
        strategy_options={word: [*numbers, None, True, 0.1, {"deep": word}]},
        task_source={word: content},
    )
    with tempfile.TemporaryDirectory() as folder:
        create_run(Path(folder), "r", changed).close()
        with open_reader(Path(folder), "r") as reader:
            assert reader.spec == changed
