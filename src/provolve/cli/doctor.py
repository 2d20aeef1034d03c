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

if TYPE_CHECKING:
    from provolve.report.doctor import Diagnosis


@click.command(short_help="Say what holds on this machine.")
@runs_option
def command(runs: Path) -> int:
    """Say how strongly candidates are confined here and what would raise it, and what else runs need."""
    from provolve.cli.output import console
    from provolve.report.doctor import doctor_report

    diagnoses = [_versions(), _numba(), _cores(), _runs_folder(runs), _sandbox()]
    console().print(doctor_report(diagnoses))
    return FAILED if any(one.state == "bad" for one in diagnoses) else 0


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
