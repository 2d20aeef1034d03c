"""``provolve doctor``: what holds on this machine, and what would be better."""

from __future__ import annotations

import os
import platform
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provolve.cli.group import FAILED
from provolve.cli.options import runs_option
from provolve.errors import SandboxUnavailable

if TYPE_CHECKING:
    from provolve.report.doctor import Diagnosis


@click.command(short_help="Say what holds on this machine.")
@click.option(
    "--hostile",
    is_flag=True,
    help="Set the worst candidates on this machine and see what comes of it (1 min).",
)
@runs_option
def command(runs: Path, hostile: bool) -> int:
    """Say how strongly candidates are confined here and what would raise it, and what else runs need."""
    from provolve.cli.output import console
    from provolve.report.doctor import doctor_report

    if hostile:
        return _attacked()
    diagnoses = [_versions(), _numba(), _cores(), _runs_folder(runs), _sandbox()]
    console().print(doctor_report(diagnoses))
    return FAILED if any(one.state == "bad" for one in diagnoses) else 0


def _attacked() -> int:
    """Run the hostile suite at the level of this machine; print a table by family of attack."""
    from provolve.cli.output import console
    from provolve.report.doctor import Onslaught, hostile_report
    from provolve.sandbox import Sandbox, SandboxError
    from provolve.sandbox.attacks import ATTACKS, PROFILE, planted, suite

    try:
        with (
            planted() as surroundings,
            Sandbox(PROFILE) as sandbox,
            console(err=True).status(f"{len(ATTACKS)} hostile candidates, one after another"),
        ):
            found = [
                Onslaught(one.attack.family, one.attack.name, one.verdict, one.detail)
                for one in suite(sandbox, surroundings, ATTACKS)
            ]
            level, told = sandbox.level, sandbox.level_detail[0]
    except SandboxError as error:
        raise SandboxUnavailable(str(error)) from None
    console().print(hostile_report(level, told, found))
    return FAILED if any(one.verdict == "effect" for one in found) else 0


def _versions() -> Diagnosis:
    from provolve.report.doctor import Diagnosis

    parts = [
        f"provolve {version('provolve')}",
        f"Python {platform.python_version()}",
        f"numpy {version('numpy')}",
    ]
    return Diagnosis("versions", "good", f"{', '.join(parts)} on {platform.system()} {platform.machine()}")


def _numba() -> Diagnosis:
    from provolve.report.doctor import Diagnosis

    try:
        return Diagnosis("numba", "good", f"{version('numba')}: judges that can be compiled are")
    except PackageNotFoundError:
        return Diagnosis(
            "numba",
            "note",
            "not installed: judges that could be compiled run as plain Python, many times slower",
            ("pip install 'provolve[fast]'",),
        )


def _cores() -> Diagnosis:
    from provolve.engine.api import default_workers
    from provolve.report.doctor import Diagnosis

    usable, present = default_workers(), os.cpu_count() or 1
    extra = "" if usable == present else f" of {present}"
    return Diagnosis(
        "processors", "good", f"{usable}{extra}: as many workers unless --workers says otherwise"
    )


def _runs_folder(runs: Path) -> Diagnosis:
    from provolve.report.doctor import Diagnosis

    nearest = next(folder for folder in (runs.absolute(), *runs.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        return Diagnosis(
            "runs",
            "bad",
            f"{runs} cannot be written: {nearest}: {error.strerror}",
            ("make it writable, or name another folder with --runs or PROVOLVE_RUNS",),
        )
    made = "" if runs.exists() else "; it is made by the first run"
    return Diagnosis("runs", "good", f"{runs} can be written{made}")


def _sandbox() -> Diagnosis:
    from provolve.report.doctor import Diagnosis
    from provolve.sandbox import Profile, Sandbox, SandboxError

    try:
        with Sandbox(Profile(harness="")) as sandbox:
            level, detail = sandbox.level, tuple(sandbox.level_detail)
    except SandboxError as error:
        return Diagnosis("sandbox", "bad", str(error))
    return Diagnosis(
        "sandbox",
        "good" if level == "full" else "note",
        f"{level}: {detail[0] if detail else ''}",
        detail[1:],
    )
