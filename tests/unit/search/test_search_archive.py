import pytest
from search_cases import elite

from provolve.search import Archive, Grid
from provolve.search.grid import fit


def names(archive):
    return [kept.behaviour for kept in archive]


def filled(archive, *elites):
    return [archive.insert(each) for each in elites]


def test_elites_stand_in_the_order_of_loss_then_nodes_then_newest():
    archive = Archive(9)
    filled(archive, elite(2, "c"), elite(1, "large", nodes=9), elite(1, "old", nodes=4))
    filled(archive, elite(1, "new", nodes=4))
    assert names(archive) == ["new", "old", "large", "c"]


def test_the_worst_leaves_a_full_archive_and_worse_ones_do_not_enter():
    archive = Archive(2)
    assert filled(archive, elite(3, "a"), elite(1, "b"), elite(2, "c"), elite(3, "d")) == [1, 1, 1, 0]
    assert names(archive) == ["b", "c"]


def test_a_behaviour_has_one_elite_the_better_one():
    archive = Archive(9)
    filled(archive, elite(2, "b", nodes=5, template="first"))
    assert not archive.insert(elite(3, "b", nodes=1, template="worse"))
    assert not archive.insert(elite(2, "b", nodes=5, template="same"))
    assert archive.insert(elite(2, "b", nodes=4, template="smaller"))
    assert archive.insert(elite(1, "b", nodes=9, template="better"))
    assert [kept.candidate.template.digest for kept in archive] == ["better"]


def test_where_behaviour_is_unknown_candidates_do_not_drive_each_other_out():
    archive = Archive(9)
    assert filled(archive, elite(2, "", template="t"), elite(1, "", template="u")) == [True, True]
    assert not archive.insert(elite(2, "", template="t"))


def test_a_template_has_so_many_elites_and_its_worst_leaves_first():
    archive = Archive(3, per_template=2)
    filled(archive, elite(9, "x", template="u"), elite(2, "a", template="t"), elite(3, "b", template="t"))
    assert archive.insert(elite(1, "c", template="t"))
    assert not archive.insert(elite(5, "d", template="t"))
    assert names(archive) == ["c", "a", "x"]


def test_an_elite_may_drive_out_the_one_of_its_niche_and_the_worst_of_its_template():
    archive = Archive(9, per_template=1)
    filled(archive, elite(3, "a", template="t"), elite(3, "b", template="u"), elite(3, "c", template="v"))
    assert archive.insert(elite(2, "b", template="t"))
    assert names(archive) == ["b", "c"]
    assert archive.insert(elite(4, "a", template="u"))


@pytest.mark.parametrize("sizes", [{"capacity": 0}, {"capacity": 1, "per_template": 0}])
def test_an_archive_must_hold_something(sizes):
    with pytest.raises(ValueError, match="at least 1"):
        Archive(**sizes)


def test_a_cell_holds_its_lower_edge_and_the_outermost_are_open():
    grid = Grid([[0.0, 1.0], [5.0]])
    places = [(-9e9, 9e9), (0.0, 4.9), (0.99, 5.0), (1.0, 5.0)]
    cells = [grid(elite(1, "b", measures=place)) for place in places]
    assert cells == [(0, 1), (1, 0), (1, 1), (2, 1)]


@pytest.mark.parametrize("measures", [(), (1.0,), (1.0, float("nan")), (float("inf"), 1.0)])
def test_elites_without_proper_measures_share_a_niche_of_their_own(measures):
    assert Grid([[0.0], [0.0]])(elite(1, "b", measures=measures)) is None


@pytest.mark.parametrize("edges", [[], [[1.0, 0.0]], [[0.0], [float("nan")]]])
def test_edges_that_make_no_grid_are_refused(edges):
    with pytest.raises(ValueError, match="edges"):
        Grid(edges)


def test_a_fitted_grid_has_about_as_many_elites_in_each_cell():
    elites = [elite(1, f"b{i}", measures=(2.0**i, float(i % 7))) for i in range(64)]
    grid = fit([*elites, elite(1, "nowhere")], 2, 64)
    assert [len(row) for row in grid.edges] == [7, 7]
    assert [sum(grid(each)[0] == cell for each in elites) for cell in range(8)] == [8] * 8
    assert [len(row) for row in fit(elites, 2, 3).edges] == [1, 1]
    assert fit([elite(1, "nowhere", measures=(1.0,))], 2, 64) is None
