"""The benchmark of the gallery: what it keeps, what it shows of it, and which champions it takes."""

from __future__ import annotations

import importlib
import itertools
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import provolve

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
gallery, lines_of, figures, pages = map(
    importlib.import_module, ("gallery", "gallery_lines", "gallery_figure", "gallery_pages")
)
sys.path.pop(0)

SVG = "{http://www.w3.org/2000/svg}"


def line(means: list[float | None], **changed: Any) -> Any:
    """Return the line of a search with these champions after 5, 10, 20, … seconds."""
    moments = [5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0][: len(means)]
    points = tuple(lines_of.Point(moment, 30, 0.0, mean) for moment, mean in zip(moments, means, strict=True))
    plain = lines_of.Line(
        task="paging",
        parameters={"cache": "32"},
        strategy="islands",
        seed=1,
        workers=1,
        seconds=moments[-1],
        provolve="0.1.0 abc",
        digest="d",
        label="one core",
        test_seed=1,
        direction="minimize",
        unit="%",
        kind="heuristic",
        bound=0.0,
        reason="budget",
        instances=45,
        points=points,
        others={
            "seed program": lines_of.Other(90.0, 1.0, 0.5, 1.5),
            "best": lines_of.Other(70.0, 1, None, None),
        },
        published={},
        champion="",
    )
    return msgspec.structs.replace(plain, **changed)


def test_a_line_cut_off_is_passed_over_and_the_next_one_stands_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    lines_of.append(file, line([3.0]))
    whole = file.read_bytes()
    file.write_bytes(whole + whole[: len(whole) // 2])
    lines_of.append(file, line([2.0], seed=2))
    assert [one.seed for one in lines_of.read(file)] == [1, 2]


def test_a_seed_counts_once_by_its_longest_search() -> None:
    short, long = line([9.0] * 5), line([5.0] * 9)
    other = line([4.0] * 5, seed=2)
    for order in itertools.permutations([short, long, other]):
        assert sorted(point.mean for point in lines_of.found_by(order, "islands", 60.0)) == [4.0, 5.0]
        assert [point.mean for point in lines_of.found_by(order, "islands", 600.0)] == [5.0]


def test_the_table_tells_median_range_seeds_and_what_was_rejected() -> None:
    searches = [line([mean] * 5, seed=seed) for seed, mean in enumerate([50.0, 40.0, None, 44.0])]
    shown = list(lines_of.table([*searches, line([60.0] * 5, strategy="random")]))
    assert shown[1].split() == "provolve 1 minute 44 40 to 50, 1 rejected 4 30".split()
    assert shown[2].split() == "random 1 minute 60 1 30".split()
    assert [row.split()[0] for row in shown[3:]] == ["best", "seed", "bound"]


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (1 + 8.3e-8, 1.0, "1+8.3e-08"),
        (1.0, 1.0, "1"),
        (1 + 2.2e-15, 1.0, "1"),
        (2.07, 1.0, "2.07"),
        (-1.8712, -6.0, "-1.871"),
        (5e-9, 0.0, "5e-09"),
    ],
)
def test_a_score_near_a_bound_is_told_by_what_it_misses(value: float, bound: float, shown: str) -> None:
    assert lines_of.number(value, line([1.0], bound=bound)) == shown


scores = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(
    st.lists(st.lists(st.none() | scores, min_size=5, max_size=9), min_size=1, max_size=4),
    st.sampled_from([None, 0.0, -1e6]),
    st.sampled_from(["minimize", "maximize"]),
)
def test_a_figure_is_well_formed_and_keeps_in_its_frame(found: list[Any], bound: Any, direction: str) -> None:
    searches = [
        line(means, seed=seed, bound=bound, direction=direction, label="<one> & only")
        for seed, means in enumerate(found)
    ]
    drawing = Xml.fromstring(figures.figure(searches))
    for dot in drawing.iter(f"{SVG}circle"):
        assert figures.LEFT <= float(dot.attrib["cx"]) <= figures.WIDTH - figures.RIGHT
        assert figures.TOP <= float(dot.attrib["cy"]) <= figures.HEIGHT - figures.BOTTOM


def test_a_page_gets_its_table_once_and_keeps_its_words() -> None:
    page = "# A\n\n## What the search finds\n\nWords.\n\n    x = 1\n\n## More\n"
    once = pages.with_table(page, list(lines_of.table([line([3.0] * 5)])))
    again = pages.with_table(once, list(lines_of.table([line([2.0] * 5)])))
    assert once != again
    assert once.count("median") == again.count("median") == again.count("(figure.svg)") == 1
    assert [row for row in again.split("\n") if row and row in page] == [
        row for row in page.split("\n") if row
    ]
    with pytest.raises(SystemExit, match="no section"):
        pages.with_table("# A\n", [])


def test_what_a_search_had_found_midway_is_what_a_shorter_one_ends_with(tmp_path: Path) -> None:
    found = []
    for budget in ("160candidates", "480candidates"):
        run = provolve.run("step-size-schedule", budget=budget, seed=2, workers=1, runs=tmp_path)
        champions = gallery.champions(run.path)
        assert run.claim is not None
        assert champions[-1][1:] == (run.claim.validation, champions[-1][2])
        assert champions[-1][2].digest == run.claim.champion
        assert [loss for _, loss, _ in champions] == sorted({loss for _, loss, _ in champions}, reverse=True)
        found.append([candidate.digest for _, _, candidate in champions])
    # The last ask of the shorter search is cut where its budget ends, so its last find may be another.
    short, long = found
    assert 3 <= len(short) < len(long)
    assert short[:-1] == long[: len(short) - 1]


def test_no_search_is_done_twice_and_the_table_comes_from_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gallery.jsonl"
    small = ["--tasks", "paging", "--set", "requests=60", "cache=4", "--seeds", "1", "--strategies", "random"]
    asked = [*small, "--results", str(file), "--workers", "1"]
    gallery.main([*asked, "--seconds", "1"])
    (kept,) = lines_of.read(file)
    assert kept.points[-1].mean is not None
    assert (kept.points[-1].seconds, kept.reason) == (1.0, "budget")
    assert kept.others.keys() > {"seed program", "marker"}
    monkeypatch.setattr(gallery, "searched", lambda *_: pytest.fail("it searches again"))
    gallery.main([*asked, "--seconds", "1"])
    gallery.main([*asked, "--seconds", "0.5"])
    capsys.readouterr()
    monkeypatch.setattr(gallery, "complete", lambda *_: pytest.fail("a table needs no search"))
    gallery.main([*asked, "--table"])
    assert "random 1 s" in " ".join(capsys.readouterr().out.split())
