"""Bundles: a zip from which a stranger re-checks a champion."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from provolve.engine.champion import Champion
from provolve.engine.claims import TestOutcome
from provolve.errors import BundleError, UsageError
from provolve.judge import PlainResult, Timings
from provolve.record import Claim, Finished, Spent
from provolve.sandbox import encode
from provolve.store import RunReader, RunSpec
from provolve.task import load, make_split

FORMAT = 1
_MANIFEST = "bundle.json"
_SEAL = "bundle.sha256"
"""SHA-256 of the manifest, so that an edit anywhere shows. It proves nothing about who wrote either."""
_CHAMPION = "champion.py"
_INSTANCES = "instances.bin"
_LARGEST = 2**30
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle claims, and the digests of everything else in it."""

    format: int
    provolve: str
    run: str
    reason: str
    spec: RunSpec
    """The spec of the run; the files of its task stand in the bundle's folder ``task``."""
    spent: Spent
    claim: Claim
    others: dict[str, tuple[float, ...]]
    failed: dict[str, str]
    exact: tuple[str, ...]
    behaviour: str
    answer_of: tuple[int, ...]
    timings: Timings | None
    """For kind ``speed``: all samples behind the claim; else None."""
    files: dict[str, str]
    """SHA-256 of every other member, by name."""


class Bundle(msgspec.Struct, frozen=True):
    """A bundle that was read and found whole."""

    manifest: Manifest
    champion: str
    answers: tuple[bytes, ...]
    task_files: dict[str, bytes]
    instances: bytes
    """The test instances in the wire format where they came from files; else empty."""


def export_bundle(run: Path, out: Path) -> None:
    """Write the bundle of the finished run at ``run`` to the file ``out``.

    The same run gives the same bytes, whenever and wherever it is exported.

    Raises:
        UsageError: if the run is not finished.
        BundleError: if the file cannot be written.
    """
    with RunReader(run) as reader:
        spec = reader.spec
        stages = [reader.stage(name) for name in ("finished", "champion", "claim")]
    if any(stage is None for stage in stages):
        raise UsageError(
            f"run {run.stem} is not finished: `provolve resume {run.stem}` carries it to its end"
        )
    finished = msgspec.msgpack.decode(stages[0] or b"", type=Finished)
    champion = msgspec.msgpack.decode(stages[1] or b"", type=Champion)
    outcome = msgspec.msgpack.decode(stages[2] or b"", type=TestOutcome)
    members = {_CHAMPION: finished.champion.encode()}
    members |= {f"answers/{number}.bin": data for number, data in enumerate(outcome.champion.answers)}
    members |= {f"task/{name}": data for name, data in spec.task_source.items()}
    if spec.data:
        task = load(spec.task, spec.parameters, data=Path(spec.data))
        members[_INSTANCES] = encode(list(make_split(task, "test", spec.test_seed)))
    manifest = Manifest(
        format=FORMAT,
        provolve=spec.versions.get("provolve", ""),
        run=finished.run,
        reason=champion.reason,
        spec=msgspec.structs.replace(spec, task_source={}),
        spent=msgspec.structs.replace(finished.spent, seconds=0.0),
        claim=outcome.claim,
        others=outcome.others,
        failed=outcome.failed,
        exact=outcome.champion.exact,
        behaviour=outcome.champion.behaviour,
        answer_of=outcome.champion.answer_of,
        timings=outcome.timings,
        files={name: hashlib.sha256(data).hexdigest() for name, data in sorted(members.items())},
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    _write(out, {_MANIFEST: text, _SEAL: _seal(text), **dict(sorted(members.items()))})


def _seal(manifest: bytes) -> bytes:
    return hashlib.sha256(manifest).hexdigest().encode() + b"\n"


def _write(out: Path, members: Mapping[str, bytes]) -> None:
    part = out.with_name(out.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BundleError(
            f"{out}: the bundle cannot be written ({error.strerror}): choose another place"
        ) from error


def read_bundle(path: Path) -> Bundle:
    """Read the bundle at ``path`` and check that it is whole.

    Raises:
        BundleError: if it is no bundle, of a newer format, or a member is missing, added or altered.
    """
    members = _members(path)
    try:
        text, seal = members.pop(_MANIFEST), members.pop(_SEAL)
        manifest = msgspec.json.decode(text, type=Manifest)
    except KeyError as error:
        raise BundleError(f"{path}: it holds no {error.args[0]}, so it is no bundle of provolve") from None
    except msgspec.MsgspecError as error:
        raise BundleError(
            f"{path}: its {_MANIFEST} cannot be read ({error}); it was altered, or made by another version"
        ) from error
    if manifest.format != FORMAT:
        raise BundleError(f"{path}: a bundle of format {manifest.format}, this provolve reads {FORMAT}")
    if seal != _seal(text):
        raise BundleError(f"{path}: {_MANIFEST} was altered after the bundle was made")
    _check_members(path, members, manifest)
    try:
        champion = members[_CHAMPION].decode()
    except (KeyError, UnicodeDecodeError):
        raise BundleError(f"{path}: it holds no readable {_CHAMPION}") from None
    answers = tuple(data for _, data in sorted(_numbered(members), key=lambda numbered: numbered[0]))
    task_files = {
        name.removeprefix("task/"): data for name, data in members.items() if name.startswith("task/")
    }
    return Bundle(manifest, champion, answers, task_files, members.get(_INSTANCES, b""))


def _check_members(path: Path, members: Mapping[str, bytes], manifest: Manifest) -> None:
    """Check that the members are those of a bundle, all of them, and as the manifest has them.

    Raises:
        BundleError: if one is missing, added, altered, or has no business here.
    """
    if set(members) != set(manifest.files):
        odd = ", ".join(sorted(set(members) ^ set(manifest.files)))
        raise BundleError(f"{path}: its members are not those it lists: {odd}")
    for name, data in members.items():
        if hashlib.sha256(data).hexdigest() != manifest.files[name]:
            raise BundleError(f"{path}: {name} was altered after the bundle was made")
    answers = {f"answers/{number}.bin" for number in range(len(set(manifest.answer_of)))}
    expected = {_CHAMPION} | answers | ({_INSTANCES} if manifest.spec.data else set())
    odd = ", ".join(sorted(expected ^ {name for name in members if not name.startswith("task/")}))
    if odd:
        raise BundleError(f"{path}: its members are not those that its claim needs: {odd}")
    if not _is_file_name(manifest.spec.task_name):
        raise BundleError(f"{path}: {manifest.spec.task_name!r} cannot be the name of a task")


def _is_file_name(name: str) -> bool:
    return _is_inside(name) and "/" not in name


def _is_inside(name: str) -> bool:
    """Whether ``name``, joined to any folder, names a file in it, here and on other systems."""
    parts = name.split("/")
    return not {"", ".", ".."} & set(parts) and not any(sign in name for sign in "\\\0")


def _numbered(members: Mapping[str, bytes]) -> list[tuple[int, bytes]]:
    found = []
    for name, data in members.items():
        stem = name.removeprefix("answers/").removesuffix(".bin")
        if name.startswith("answers/") and stem.isdecimal():
            found.append((int(stem), data))
    return found


def _members(path: Path) -> dict[str, bytes]:
    """Return the members of the zip, by name; names that could leave a folder are refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > _LARGEST:
                raise BundleError(f"{path}: it unpacks to more than {_LARGEST >> 20} MiB; that is no bundle")
            names = [info.filename for info in infos]
            for name in names:
                if not _is_inside(name):
                    raise BundleError(f"{path}: the member's name {name!r} points outside the bundle")
            if len(set(names)) < len(names):
                raise BundleError(f"{path}: a member stands in it twice")
            return {info.filename: archive.read(info) for info in infos}
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise BundleError(f"{path}: it cannot be read as a zip ({error})") from error


def stored_result(bundle: Bundle) -> PlainResult:
    """Return the champion's result on test as the bundle states it."""
    manifest = bundle.manifest
    return PlainResult(
        rejection=None,
        detail="",
        scores=manifest.claim.scores,
        exact=manifest.exact,
        behaviour=manifest.behaviour,
        answers=bundle.answers,
        answer_of=manifest.answer_of,
        explained=manifest.claim.explained,
    )
