"""The results file: appended to, gone on with, and refused where it is of something else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from provolve.engine.samples.judging import SampleVerdict
from provolve.engine.samples.results import Header, Results
from provolve.engine.samples.timing import ReferenceTimes, SampleTimes
from provolve.errors import UsageError

HEADER = Header("s", "t", 2.0, 512, 5, "full")
VERDICT = SampleVerdict(0, "inc", "m", "passed", levels=1)
REFERENCE = ReferenceTimes("inc", (0.0, 0.5), ((0.0,), (0.1,)))
TIMES = SampleTimes(0, (0.0, None), 0.25)


def write(path: Path) -> bytes:
    with Results(path, HEADER) as results:
        for found in (VERDICT, REFERENCE, TIMES):
            results.add(found)
    return path.read_bytes()


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    write(tmp_path / "r")
    with Results(tmp_path / "r", HEADER) as again:
        assert again.verdicts == {0: VERDICT}
        assert again.references == {"inc": REFERENCE}
        assert again.times == {0: TIMES}


def test_every_torn_end_is_cut_off_and_written_anew(tmp_path: Path) -> None:
    whole = write(tmp_path / "r")
    for length in range(len(whole)):
        path = tmp_path / "torn"
        path.write_bytes(whole[:length])
        with Results(path, HEADER) as results:
            for place, found in enumerate((VERDICT, REFERENCE, TIMES)):
                if (
                    found
                    not in (
                        [*results.verdicts.values()],
                        [*results.references.values()],
                        [*results.times.values()],
                    )[place]
                ):
                    results.add(found)
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("samples", "other", "other samples"),
        ("tests", "other", "other tests"),
        ("cpu_seconds", 1.0, "another limit of CPU seconds"),
        ("memory_mb", 1, "another limit of memory"),
        ("repetitions", 1, "another number of repetitions"),
        ("level", "none", "another level"),
        ("version", 2, "another version"),
    ],
)
def test_results_of_something_else_are_refused_and_kept(
    tmp_path: Path, field: str, value: object, part: str
) -> None:
    before = write(tmp_path / "r")
    with pytest.raises(UsageError, match=part):
        Results(tmp_path / "r", msgspec.structs.replace(HEADER, **{field: value}))
    assert (tmp_path / "r").read_bytes() == before


@pytest.mark.parametrize("data", [b"my notes", b"my notes\n", b'{"kind":"verdict"}\n', b"\xff\n"])
def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(UsageError, match="not overwritten"):
        Results(tmp_path / "r", HEADER)
    assert (tmp_path / "r").read_bytes() == data


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    data = write(tmp_path / "r").splitlines(keepends=True)
    (tmp_path / "r").write_bytes(data[0] + b"damage\n" + data[2])
    with pytest.raises(UsageError, match="line 2: damaged"):
        Results(tmp_path / "r", HEADER)


def test_two_cannot_write_at_once(tmp_path: Path) -> None:
    with Results(tmp_path / "r", HEADER), pytest.raises(UsageError, match="in use"):
        Results(tmp_path / "r", HEADER)
