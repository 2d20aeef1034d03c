"""What candidates may read for their imports, and what must not be among it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from provolve.sandbox import libraries

STANDARD = sysconfig.get_path("stdlib")


def covered(path: str, paths: list[str]) -> bool:
    real = os.path.realpath(path)
    return any(real == entry or real.startswith(entry + os.sep) for entry in map(os.path.realpath, paths))


def test_the_standard_library_and_what_is_loaded_can_be_read() -> None:
    paths = libraries.readable([STANDARD])
    for file in (os.__file__, sysconfig.__file__, np.__file__, str(Path(STANDARD) / "json" / "decoder.py")):
        assert covered(file, paths)


def test_packages_that_are_not_loaded_and_our_own_cannot(tmp_path: Path) -> None:
    library = tmp_path / "lib"
    for name in ("json", "site-packages", "dist-packages"):
        (library / name).mkdir(parents=True)
        (library / name / "module.py").touch()
    paths = libraries.readable([str(library)])
    assert covered(str(library / "json" / "module.py"), paths)
    assert not covered(str(library / "site-packages" / "module.py"), paths)
    assert not covered(str(library / "dist-packages" / "module.py"), paths)
    assert not covered(libraries.__file__, paths)
    assert not covered(str(Path(np.__file__).parents[1] / "other.py"), paths)


def test_a_folder_within_another_is_not_named_by_its_entries(tmp_path: Path) -> None:
    library = tmp_path / "lib"
    (library / "lib-dynload").mkdir(parents=True)
    (library / "lib-dynload" / "extension.so").touch()
    inner = str(library / "lib-dynload")
    for order in ([str(library), inner], [inner, str(library)]):
        paths = libraries.readable(order)
        assert inner in paths
        assert str(library / "lib-dynload" / "extension.so") not in paths


COUNT = """
import sysconfig
from provolve.sandbox import libraries
standard = sysconfig.get_path("stdlib")
print(*libraries.readable([standard, sysconfig.get_path("platstdlib") + "/lib-dynload"]), sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_childs_rules_stay_few() -> None:
    """Every rule is copied at every fork of a child. Counted where little is loaded, as in a zygote."""
    told = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True).stdout
    paths = told.splitlines()
    assert 0 < len(paths) < 600
    assert not [path for path in paths if "-linux-" in Path(path).parent.name]


def test_open_to_all_looks_at_every_folder_above(tmp_path: Path) -> None:
    top = Path("/")
    inner = tmp_path / "inner"
    inner.mkdir()
    file = inner / "file"
    file.touch()
    closed = [folder for folder in tmp_path.parents if folder != top and not folder.stat().st_mode & 1]
    for mode, expected in ((0o755, not closed), (0o700, False)):
        inner.chmod(mode)
        assert libraries.open_to_all([str(file)]) is (expected and bool(tmp_path.stat().st_mode & 1))
    assert libraries.open_to_all([sys.prefix + "/no such file"]) in (True, False)
    assert libraries.open_to_all(["/"])
