"""A bundle of which any single thing was edited does not verify, and the reason is named.

Each edit is made twice: naively, and by somebody who recomputes every digest that the bundle holds.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import provolve
from provolve.cli.group import group
from provolve.engine.bundle import export_bundle
from provolve.engine.verify import Verification, verify
from provolve.errors import BundleError
from provolve.sandbox import decode, encode
from provolve.task import load

TASK = """\
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 4
# validation = 4
# test = 6
# [parameters.slope]
# default = 3.5
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield float(rng.normal())

def score(instance, answer, parameters):
    return abs(answer[0] - (parameters["slope"] * instance + instance * instance))

def explain(instance, answer):
    return [f"guessed {answer[0]:.3g}"]

def baseline_nothing(instance, parameters):
    return score(instance, [0.0], parameters)
# %% harness
def answer(program, visible):
    return [program.guess(visible)]
# %% program
# EVOLVE-BLOCK-START
def guess(x):
    return 1.0 * x + 0.5
# EVOLVE-BLOCK-END
# %% baseline double
# EVOLVE-BLOCK-START
def guess(x):
    return 2.0 * x
# EVOLVE-BLOCK-END
# %% baseline failing
# EVOLVE-BLOCK-START
def guess(x):
    return 1.0 / 0
# EVOLVE-BLOCK-END
"""
Members = dict[str, bytes]
Manifest = dict[str, Any]
Edit = Callable[[Members, Manifest], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the task and the bundle of a finished run."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "guess.py").write_text(TASK)
    run = provolve.run(
        folder / "guess.py", budget="300candidates", seed=5, workers=1, runs=folder / "runs", name="done"
    )
    export_bundle(run.path, folder / "guess.zip")
    return folder


def unpacked(path: Path) -> tuple[Members, Manifest]:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return members, json.loads(members["bundle.json"])


def packed(path: Path, members: Members, manifest: Manifest, *, cunning: bool) -> Path:
    """Write a bundle; ``cunning``: with its digests recomputed."""
    others = {name: data for name, data in members.items() if name not in ("bundle.json", "bundle.sha256")}
    if cunning:
        manifest["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}
    same = manifest == json.loads(members["bundle.json"])
    text = members["bundle.json"] if same else json.dumps(manifest).encode()
    seal = hashlib.sha256(text).hexdigest().encode() + b"\n" if cunning else members["bundle.sha256"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {"bundle.json": text, "bundle.sha256": seal, **others}.items():
            archive.writestr(name, data)
    return path


def found(made: Path, path: Path, *, known: bool = True) -> Verification:
    return verify(path, runs=made / "runs", task=str(made / "guess.py") if known else None)


def reasons(made: Path, path: Path, *, known: bool = True) -> str:
    """Return everything that is said to be wrong with the bundle at ``path``."""
    try:
        verification = found(made, path, known=known)
    except BundleError as error:
        return f"refused: {error}"
    return "; ".join(f"{check.name}: {check.detail}" for check in verification.checks if not check.holds)


def test_what_nobody_touched_holds(made: Path, tmp_path: Path) -> None:
    assert reasons(made, made / "guess.zip") == ""
    assert reasons(made, made / "guess.zip", known=False) == ""
    members, manifest = unpacked(made / "guess.zip")
    assert sorted(manifest["others"]) == ["double", "nothing", "seed program"]
    assert manifest["failed"] == {"failing": manifest["failed"]["failing"]}
    assert len([name for name in members if name.startswith("answers/")]) == 6
    assert reasons(made, packed(tmp_path / "again.zip", members, manifest, cunning=True)) == ""


def text_edit(name: str, old: str, new: str) -> Edit:
    def edit(members: Members, manifest: Manifest) -> None:
        assert old.encode() in members[name]
        members[name] = members[name].replace(old.encode(), new.encode())

    return edit


def answer_edit(number: int) -> Edit:
    def edit(members: Members, manifest: Manifest) -> None:
        (value,) = decode(members[f"answers/{number}.bin"])
        members[f"answers/{number}.bin"] = encode([value + 1e-9])

    return edit


def stated(*place: str | int, by: Callable[[Any], Any] = lambda value: value * 0.999) -> Edit:
    """Return an edit of one value of the manifest."""

    def edit(members: Members, manifest: Manifest) -> None:
        at: Any = manifest
        for step in place[:-1]:
            at = at[step]
        before = at[place[-1]]
        at[place[-1]] = by(before)
        assert at[place[-1]] != before

    return edit


def plus_one(value: int) -> int:
    return value + 1


def turned(value: list[Any]) -> list[Any]:
    return value[::-1]


def champion_grown(members: Members, manifest: Manifest) -> None:
    members["champion.py"] = members["champion.py"].replace(b"return ", b"return 0.001 + ", 1)


def comparison_dropped(members: Members, manifest: Manifest) -> None:
    del manifest["others"]["double"]
    manifest["claim"]["comparisons"] = [
        one for one in manifest["claim"]["comparisons"] if one["name"] != "double"
    ]


def comparison_called_failed(members: Members, manifest: Manifest) -> None:
    comparison_dropped(members, manifest)
    manifest["failed"]["double"] = "raised: ZeroDivisionError: division by zero"


def member_added(members: Members, manifest: Manifest) -> None:
    members["letter.txt"] = b"trust me"


def answer_added(members: Members, manifest: Manifest) -> None:
    members["answers/6.bin"] = members["answers/0.bin"]


def task_file_added(members: Members, manifest: Manifest) -> None:
    members["task/more.py"] = b"x = 1\n"


def instances_added(members: Members, manifest: Manifest) -> None:
    members["instances.bin"] = encode([0.0] * 6)


def member_removed(members: Members, manifest: Manifest) -> None:
    del members["answers/5.bin"]


def champion_removed(members: Members, manifest: Manifest) -> None:
    del members["champion.py"]


def member_renamed(members: Members, manifest: Manifest) -> None:
    members["answers/7.bin"] = members.pop("answers/5.bin")


def answer_broken(members: Members, manifest: Manifest) -> None:
    members["answers/2.bin"] = members["answers/2.bin"][:-1]


TASK_FILE = "task/guess.py"
EDITS: dict[str, tuple[Edit, str, str]] = {
    # name: the edit, why it fails when digests are left, why it fails when they are recomputed
    "champion source": (champion_grown, "champion.py was altered", "champion: its digest is"),
    **{
        f"answer {number}": (
            answer_edit(number),
            f"answers/{number}.bin was altered",
            f"stored answers: instance {number}",
        )
        for number in range(6)
    },
    "answer broken": (answer_broken, "answers/2.bin was altered", "stored answers: the message"),
    "harness": (
        text_edit(TASK_FILE, "[program.guess(visible)]", "[program.guess(visible) + 0]"),
        "task/guess.py was altered",
        "task: the task in the bundle has digest",
    ),
    "judge": (
        text_edit(TASK_FILE, "return abs(", "return 0.5 * abs("),
        "task/guess.py was altered",
        "task: the task in the bundle has digest",
    ),
    "program": (
        text_edit(TASK_FILE, "1.0 * x + 0.5", "1.0 * x + 5.5"),
        "task/guess.py was altered",
        "task: the task in the bundle has digest",
    ),
    "baseline": (
        text_edit(TASK_FILE, "return 2.0 * x", "return 9.0 * x"),
        "task/guess.py was altered",
        "task: the task in the bundle has digest",
    ),
    "score": (
        stated("claim", "scores", 0),
        "bundle.json was altered",
        "stored answers: instance 0",
    ),
    "baseline's score": (
        stated("others", "double", 1, by=lambda value: value * 1.5),
        "bundle.json was altered",
        "double, run again: instance 1",
    ),
    "judge's baseline's score": (
        stated("others", "nothing", 1, by=lambda value: value * 1.5),
        "bundle.json was altered",
        "nothing, run again",
    ),
    "interval": (stated("claim", "comparisons", 0, "low"), "bundle.json was altered", "claim: comparisons"),
    "interval's end": (
        stated("claim", "comparisons", 1, "high"),
        "bundle.json was altered",
        "claim: comparisons",
    ),
    "comparison's mean": (
        stated("claim", "comparisons", 0, "mean"),
        "bundle.json was altered",
        "claim: comparisons",
    ),
    "comparison's difference": (
        stated("claim", "comparisons", 0, "difference"),
        "bundle.json was altered",
        "claim: comparisons",
    ),
    "comparison's name": (
        stated("claim", "comparisons", 0, "name", by=lambda name: "best known"),
        "bundle.json was altered",
        "claim: comparisons",
    ),
    "comparison dropped": (
        comparison_dropped,
        "bundle.json was altered",
        "programs compared: the champion must be compared with each program of the task once; "
        "not so with double",
    ),
    "comparison called failed": (
        comparison_called_failed,
        "bundle.json was altered",
        "programs compared: double: it is said to be rejected",
    ),
    "mean": (stated("claim", "mean"), "bundle.json was altered", "claim: mean"),
    "instances": (stated("claim", "instances", by=plus_one), "bundle.json was altered", "claim: instances"),
    "kind": (
        stated("claim", "kind", by=lambda kind: "construction"),
        "bundle.json was altered",
        "claim: kind",
    ),
    "claim's exact": (
        stated("claim", "exact", by=lambda exact: "1/3"),
        "bundle.json was altered",
        "claim: exact",
    ),
    "claim's explanation": (
        stated("claim", "explained", by=lambda lines: ["proven"]),
        "bundle.json was altered",
        "stored answers: the judge explains it in other words",
    ),
    "champion's digest": (stated("claim", "champion", by=turned), "bundle.json was altered", "champion: "),
    "train": (stated("claim", "train"), "bundle.json was altered", "claim: train"),
    "validation": (stated("claim", "validation"), "bundle.json was altered", "claim: validation"),
    "seed": (stated("spec", "seed", by=plus_one), "bundle.json was altered", "claim: train"),
    "test_seed": (
        stated("spec", "test_seed", by=plus_one),
        "bundle.json was altered",
        "stored answers: instance 0",
    ),
    "parameter": (
        stated("spec", "parameters", by=lambda parameters: {"slope": "3.25"}),
        "bundle.json was altered",
        "task: the task in the bundle has digest",
    ),
    "task's digest": (
        stated("spec", "task_digest", by=turned),
        "bundle.json was altered",
        "task: the task in the bundle has digest",
    ),
    "exact": (
        stated("exact", 3, by=lambda exact: exact + "1"),
        "bundle.json was altered",
        "stored answers: instance 3: the exact score",
    ),
    "exact left out": (
        stated("exact", by=lambda exact: exact[:-1]),
        "bundle.json was altered",
        "stored answers: instance 5: the exact score",
    ),
    "behaviour": (
        stated("behaviour", by=turned),
        "bundle.json was altered",
        "stored answers: behaviour",
    ),
    "answer_of": (stated("answer_of", by=turned), "bundle.json was altered", "stored answers: instance 0"),
    "format": (stated("format", by=plus_one), "a bundle of format 2", "a bundle of format 2"),
    "spent": (stated("spent", "candidates", by=plus_one), "bundle.json was altered", ""),
    "task's name": (
        stated("spec", "task_name", by=lambda name: "../guess"),
        "bundle.json was altered",
        "'../guess' cannot be the name of a task",
    ),
    "member added": (member_added, "not those it lists: letter.txt", "its claim needs: letter.txt"),
    "answer added": (answer_added, "not those it lists: answers/6.bin", "its claim needs: answers/6.bin"),
    "task file added": (
        task_file_added,
        "not those it lists: task/more.py",
        "task: the bundle's files are not those of its task: more.py",
    ),
    "instances added": (
        instances_added,
        "not those it lists: instances.bin",
        "its claim needs: instances.bin",
    ),
    "member removed": (
        member_removed,
        "not those it lists: answers/5.bin",
        "its claim needs: answers/5.bin",
    ),
    "champion removed": (champion_removed, "not those it lists: champion.py", "its claim needs: champion.py"),
    "member renamed": (
        member_renamed,
        "not those it lists: answers/5.bin, answers/7.bin",
        "its claim needs: answers/5.bin, answers/7.bin",
    ),
}
UNSEEN = {"spent"}
"""What a bundle says of its run and nothing else depends on: who recomputes its digests can say otherwise."""


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_with_the_digests_left_is_named(made: Path, tmp_path: Path, name: str) -> None:
    members, manifest = unpacked(made / "guess.zip")
    edit, why, _ = EDITS[name]
    edit(members, manifest)
    with pytest.raises(BundleError, match=re.escape(why)):
        found(made, packed(tmp_path / "edited.zip", members, manifest, cunning=False))


@pytest.mark.parametrize("name", [name for name in EDITS if name not in UNSEEN])
def test_an_edit_with_all_digests_recomputed_is_named(made: Path, tmp_path: Path, name: str) -> None:
    members, manifest = unpacked(made / "guess.zip")
    edit, _, why = EDITS[name]
    edit(members, manifest)
    assert why in reasons(made, packed(tmp_path / "edited.zip", members, manifest, cunning=True))


# Everything recomputed, the digest of the task too ----------------------------------------------------------


def with_another_judge(made: Path, folder: Path) -> tuple[Path, str]:
    """Return a bundle of the run under a judge that halves all scores, and the digest of that task."""
    (folder / "other").mkdir()
    other = folder / "other" / "guess.py"
    other.write_text(TASK.replace("return abs(", "return 0.5 * abs("))
    run = provolve.run(other, budget="100candidates", seed=5, workers=1, runs=folder / "runs", name="other")
    export_bundle(run.path, folder / "other.zip")
    return folder / "other.zip", load(other).digest


def test_a_judge_edited_and_everything_recomputed_fails_against_the_known_task(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, digest = with_another_judge(made, tmp_path)
    known = load(made / "guess.py").digest
    told = reasons(made, bundle)
    assert f"task guess is known here with digest {known}, the bundle was made with {digest}" in told
    unknown = found(made, bundle, known=False)
    assert unknown.holds
    assert not unknown.installed
    assert unknown.task_digest == digest
    monkeypatch.setenv("COLUMNS", "200")
    shown = " ".join(CliRunner().invoke(group, ["verify", str(bundle)]).output.split())
    assert f"task guess: not installed here, digest {digest}: the judge came with the bundle" in shown


def test_a_bundle_cannot_take_the_name_of_a_task_of_the_gallery(made: Path, tmp_path: Path) -> None:
    members, manifest = unpacked(made / "guess.zip")
    manifest["spec"]["task_name"] = "bin-packing"
    members["task/bin-packing.py"] = members.pop(TASK_FILE)
    manifest["spec"]["parameters"] = {}
    path = packed(tmp_path / "edited.zip", members, manifest, cunning=True)
    assert "task: task bin-packing is known here with digest" in reasons(made, path, known=False)


def test_what_lies_beside_a_bundle_is_not_the_installed_task(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the task's name, as it may come with a bundle, is not trusted."""
    beside = tmp_path / "guess"
    beside.mkdir()
    (beside / "task.toml").write_text('direction = "minimize"\nanswer = "certificate"\n')
    (beside / "program.py").write_text(
        "# EVOLVE-BLOCK-START\ndef guess(x):\n    return x\n# EVOLVE-BLOCK-END\n"
    )
    (beside / "judge.py").write_text(
        "def instances(split, count, rng): ...\ndef score(instance, answer): ...\n"
    )
    monkeypatch.chdir(tmp_path)
    verification = found(made, made / "guess.zip", known=False)
    assert (verification.installed, verification.holds) == (False, True)


# Instances from files ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def from_files(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundle of a run on instances from a file of the user's."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "values.json").write_text(json.dumps([number / 8 for number in range(40)]))
    run = provolve.run(
        made / "guess.py",
        budget="60candidates",
        seed=5,
        workers=1,
        runs=folder / "runs",
        name="files",
        data=folder / "values.json",
    )
    export_bundle(run.path, folder / "files.zip")
    return folder / "files.zip"


def test_instances_that_came_with_a_bundle_are_told(made: Path, from_files: Path) -> None:
    verification = found(made, from_files)
    assert verification.holds
    assert "the losses on these are the bundle's word" in verification.unchecked
    assert found(made, made / "guess.zip").unchecked == ""
    shown = CliRunner().invoke(group, ["verify", str(from_files), "--task", str(made / "guess.py")])
    assert "Not checked: the test instances came with the bundle" in " ".join(shown.output.split())


def test_an_instance_of_train_is_none_of_test(made: Path, from_files: Path, tmp_path: Path) -> None:
    members, manifest = unpacked(from_files)
    instances = decode(members["instances.bin"])
    others = [number / 8 for number in range(40) if number / 8 not in instances]
    members["instances.bin"] = encode([others[0], *instances[1:]])
    naive = reasons(made, packed(tmp_path / "naive.zip", members, manifest, cunning=False))
    assert "instances.bin was altered" in naive
    told = reasons(made, packed(tmp_path / "edited.zip", members, manifest, cunning=True))
    assert "instances: instance 0 does not belong to test by its content" in told
    members["instances.bin"] = encode([instances[1], *instances[1:]])
    twice = reasons(made, packed(tmp_path / "twice.zip", members, manifest, cunning=True))
    assert "instances: they are not in the order of their content, each once" in twice


# Zips that are none -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../outside.py", "/etc/outside.py", "task//tmp/outside.py", "task/../../outside.py", "a\\b", "task/./x"],
)
def test_a_name_that_points_outside_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    members, manifest = unpacked(made / "guess.zip")
    members[name] = b"x"
    told = reasons(made, packed(tmp_path / "edited.zip", members, manifest, cunning=True))
    assert "points outside the bundle" in told


def test_a_member_that_stands_twice_is_refused(made: Path, tmp_path: Path) -> None:
    members, manifest = unpacked(made / "guess.zip")
    path = packed(tmp_path / "edited.zip", members, manifest, cunning=True)
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(path, "a") as archive,
    ):
        archive.writestr("champion.py", members["champion.py"])
    assert "stands in it twice" in reasons(made, path)


def test_a_zip_cut_anywhere_is_refused(made: Path, tmp_path: Path) -> None:
    whole = (made / "guess.zip").read_bytes()
    for end in (0, 3, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        (tmp_path / "cut.zip").write_bytes(whole[:end])
        assert "cannot be read as a zip" in reasons(made, tmp_path / "cut.zip")


def test_a_header_that_promises_a_bomb_is_refused(made: Path, tmp_path: Path) -> None:
    members, manifest = unpacked(made / "guess.zip")
    data = bytearray(packed(tmp_path / "bomb.zip", members, manifest, cunning=True).read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 2**31)
    (tmp_path / "bomb.zip").write_bytes(data)
    assert "unpacks to more than 1024 MiB" in reasons(made, tmp_path / "bomb.zip")


def test_a_byte_changed_anywhere_never_verifies_or_changes_nothing(made: Path, tmp_path: Path) -> None:
    """Of a zip as it is, one byte in 41 is changed: it is refused in words, or every member is the same."""
    from provolve.engine.bundle import read_bundle

    whole = (made / "guess.zip").read_bytes()
    before, refused = read_bundle(made / "guess.zip"), 0
    for place in range(0, len(whole), 41):
        edited = bytearray(whole)
        edited[place] ^= 0x55
        (tmp_path / "edited.zip").write_bytes(edited)
        try:
            assert read_bundle(tmp_path / "edited.zip") == before
        except BundleError:
            refused += 1
    assert refused > len(whole) // 41 // 2
