"""The archive against a plain model of it, and as a map of elites against that of pyribs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from ribs.archives import GridArchive

from provolve.record import Candidate, Elite, Template
from provolve.search import Archive, Grid


def elite(loss, behaviour, template, nodes, measures=()):
    made = Candidate.of(Template(f"{template}", (("", ""),), "f", nodes), [loss])
    return Elite(made, loss, (loss,), behaviour, measures)


elites = st.builds(
    elite,
    st.integers(0, 6).map(float),
    st.sampled_from("abcdefgh"),
    st.integers(0, 4),
    st.integers(1, 3),
)


def rank(kept):
    return kept.loss, kept.candidate.template.nodes


def insert_plainly(kept, new, capacity, per_template):
    """Return what a list, best first, becomes: lists searched from end to end, no index, no bisection."""
    kin = [e for e in kept if e.candidate.template.digest == new.candidate.template.digest]
    same = [e for e in kept if e.behaviour == new.behaviour]
    if any(rank(e) <= rank(new) for e in same):
        return kept
    left = [e for e in kept if e.behaviour != new.behaviour]
    rest = [e for e in kin if e.behaviour != new.behaviour]
    if len(rest) >= per_template:
        if rank(rest[-1]) < rank(new):
            return kept
        left = [e for e in left if e is not rest[-1]]
    if len(left) >= capacity:
        if rank(left[-1]) < rank(new):
            return kept
        left = left[:-1]
    return [e for e in left if rank(e) < rank(new)] + [new] + [e for e in left if rank(e) >= rank(new)]


@given(st.lists(elites, max_size=60), st.integers(1, 6), st.integers(1, 3))
def test_the_archive_is_what_a_plain_list_would_be(stream, capacity, per_template):
    archive, plain = Archive(capacity, per_template=per_template), []
    for new in stream:
        before = plain
        plain = insert_plainly(plain, new, capacity, per_template)
        assert archive.insert(new) == (plain is not before)
        assert list(archive) == plain
        assert len(archive) <= capacity


@given(st.lists(elites, min_size=1, max_size=60), st.integers(1, 6))
def test_the_best_never_leaves(stream, capacity):
    archive = Archive(capacity, per_template=2)
    for count, new in enumerate(stream, 1):
        archive.insert(new)
        assert rank(archive[0]) == min(map(rank, stream[:count]))


@given(st.lists(elites, max_size=60), st.integers(1, 6), st.lists(elites, max_size=9))
def test_a_filled_archive_goes_on_as_the_one_it_was_filled_from(stream, capacity, more):
    archive, other = (Archive(capacity, per_template=2) for _ in range(2))
    for new in stream:
        archive.insert(new)
    other.fill(archive)
    for new in more:
        assert archive.insert(new) == other.insert(new)
    assert list(archive) == list(other)


@given(st.data())
def test_a_map_of_elites_is_that_of_pyribs(data):
    cells = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    # Middles of the cells of a finer grid: pyribs adds a small number at the edges.
    measure = st.integers(-60, 160).map(lambda step: (step + 0.5) / 60)
    stream = data.draw(
        st.lists(st.tuples(st.integers(0, 5).map(float), measure, measure), min_size=1, max_size=60)
    )
    oracle = GridArchive(solution_dim=1, dims=cells, ranges=[(0, 1), (0, 1)])
    archive = Archive(100, niche=Grid([np.linspace(0, 1, n + 1)[1:-1].tolist() for n in cells]))
    for place, (loss, *measures) in enumerate(stream):
        told = oracle.add_single([place], -loss, measures)
        kept = archive.insert(elite(loss, f"{place}", place, 1, tuple(measures)))
        assert kept == bool(told["status"] > 0)
    found = oracle.data(["solution", "objective"])
    expected = sorted(zip(-found["objective"], found["solution"][:, 0], strict=True))
    assert sorted((kept.loss, float(kept.behaviour)) for kept in archive) == expected
