"""The hole ``gpu`` opens the device files it found, for reading, writing and control, and no more.

No GPU is needed: other devices stand for those of one.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_sandbox_holes import HARNESS, TRIES, answer

from provolve.sandbox import ChildFailed, Hole, Profile, Sandbox, SandboxError, devices, landlock

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.version(), reason="holes are in walls of Linux"
)
DEVICE = "/dev/full"
GPU = Hole("gpu", devices=(DEVICE,))
TRIED = (
    TRIES
    + """
import errno, fcntl
def f(value):
    device = os.open("/dev/full", os.O_RDWR)
    zeros = os.read(device, 4)
    try:
        os.write(device, b"x")
    except OSError as error:
        full = error.errno == errno.ENOSPC
    reached = {}
    for control in value["controls"]:
        try:
            fcntl.ioctl(device, control)
        except OSError as error:
            reached[control] = errno.errorcode[error.errno]
    return [zeros, full, sorted(set(reached.values())), len(reached), outcomes(
        other_device=lambda: os.open("/dev/zero", os.O_RDWR),
        other_device_to_read=lambda: os.open("/dev/zero", os.O_RDONLY),
        terminal=lambda: os.open("/dev/tty", os.O_RDWR),
        list_devices=lambda: os.listdir("/dev"),
        file=lambda: open("/etc/passwd"),
        file_to_write=lambda: os.open(value["file"], os.O_RDWR),
        library_to_write=lambda: os.open(os.__file__, os.O_RDWR),
        create=lambda: os.open("/dev/provolve-made", os.O_RDWR | os.O_CREAT),
        create_beside=lambda: os.open(value["file"] + ".new", os.O_WRONLY | os.O_CREAT),
        cut=lambda: os.open("/dev/full", os.O_RDWR | os.O_TRUNC),
        type_into_terminal=lambda: fcntl.ioctl(device, 0x5412, b"x"),
        interfaces=lambda: fcntl.ioctl(3, 0x8912, bytes(16)),
        make_device=lambda: os.mknod("/dev/provolve-made", 0o20666, os.makedev(1, 5)),
        memory=lambda: os.open("/dev/mem", os.O_RDWR),
        processes=lambda: open("/proc/1/environ"),
        system=lambda: os.listdir("/sys"),
        fork=os.fork,
        thread=threading.Thread(target=int).start,
        connect=socket.socket,
        local=lambda: socket.socket(socket.AF_UNIX),
    )]
"""
)
CONTROLS = [0xC020462A, 0x30000001, 0x25, 0xC0406400, 0x80084B01]
"""One each of nvidia's, two of nvidia-uvm's, one of dri's and one of kfd's."""


def sandbox_with(*allow: Hole, **more: object) -> Sandbox:
    return Sandbox(Profile(harness=HARNESS, allow=allow, **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        made = Path(name) / "file"
        made.write_text("1")
        made.chmod(0o666)
        yield made


def test_the_named_device_is_used_and_nothing_else(file: Path) -> None:
    with sandbox_with(GPU) as sandbox:
        assert sandbox.level.partition("+")[1:] == ("+", "gpu")
        assert f"but the task allows gpu ({DEVICE})" in sandbox.level_detail
        zeros, full, reached, count, found = answer(sandbox, TRIED, {"file": str(file), "controls": CONTROLS})
    # The driver of that device knows none of these controls, which only it can say.
    assert (zeros, full, reached, count) == (bytes(4), True, ["ENOTTY"], len(CONTROLS))
    assert {"thread": found.pop("thread")} == {"thread": "RuntimeError"}
    missing = {name for name in ("terminal", "memory") if found[name] == "FileNotFoundError"}
    assert {name: got for name, got in found.items() if name not in missing} == dict.fromkeys(
        {*found} - missing, "PermissionError"
    )
    assert file.read_text() == "1"
    assert not Path("/dev/provolve-made").exists()


def test_without_the_hole_nothing_of_it_is_open() -> None:
    source = TRIES + (
        "import fcntl\n"
        "def f(value):\n"
        "    return outcomes(open=lambda: os.open('/dev/full', os.O_RDWR), "
        "link=lambda: os.readlink('/proc/self'), control=lambda: fcntl.ioctl(3, 0xC020462A))\n"
    )
    with sandbox_with() as sandbox:
        found = answer(sandbox, source)
    assert found == dict.fromkeys(found, "PermissionError")


def test_beside_a_folder_to_write_in_nothing_more_is_written(file: Path) -> None:
    source = TRIES + (
        "def f(path):\n"
        "    open('own', 'w').write('mine')\n"
        "    return [open('own').read(), outcomes(device=lambda: os.open('/dev/full', os.O_RDWR),"
        " other=lambda: os.open('/dev/zero', os.O_RDWR), file=lambda: os.open(path, os.O_RDWR))]"
    )
    with sandbox_with(GPU, scratch=True) as sandbox:
        if "scratch" in sandbox.missing:
            pytest.skip("no folders to write in here")
        own, found = answer(sandbox, source, str(file))
    assert own == "mine"
    assert found == {"device": "done", "other": "PermissionError", "file": "PermissionError"}


def test_processes_beside_it_stand_behind_the_same_walls() -> None:
    source = TRIES + (
        "def f(value):\n"
        "    reader, writer = os.pipe()\n"
        "    if os.fork() == 0:\n"
        "        found = outcomes(device=lambda: os.open('/dev/full', os.O_RDWR),"
        " other=lambda: os.open('/dev/zero', os.O_RDWR))\n"
        "        os.write(writer, repr(found).encode())\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    return eval(os.read(reader, 999))\n"
    )
    with sandbox_with(GPU, Hole("processes")) as sandbox:
        assert sandbox.level.endswith("+gpu+processes")
        assert answer(sandbox, source) == {"device": "done", "other": "PermissionError"}


def test_where_there_is_no_gpu_the_task_is_refused() -> None:
    with pytest.raises(SandboxError, match=r"gpu needs a GPU.*/dev/nvidia\*, /dev/dri/\*, /dev/kfd.*allow"):
        sandbox_with(Hole("gpu"))


def test_what_cannot_be_kept_narrow_is_refused() -> None:
    with pytest.raises(SandboxError, match="gpu needs Landlock"):
        Sandbox(Profile(harness=HARNESS, allow=(GPU,)), level="partial")


def test_a_device_that_candidates_may_not_open_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.touch()
    closed.chmod(0)
    with pytest.raises(SandboxError, match=r"not open: gpu \(EACCES\)|not open: gpu \(EPERM\)"):
        sandbox_with(Hole("gpu", devices=(str(closed),)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other groups")
def test_candidates_are_in_the_group_of_the_device(file: Path) -> None:
    device = file.with_name("device")
    device.touch()
    os.chown(device, 0, 54321)
    device.chmod(0o660)
    source = "import os\ndef f(path):\n    os.close(os.open(path, os.O_RDWR))\n    return os.getgroups()"
    with sandbox_with(Hole("gpu", devices=(str(device),))) as sandbox:
        assert answer(sandbox, source, str(device)) == [54321]
    for mode, group in ((0o666, 54321), (0o600, 54321), (0o660, 0)):
        os.chown(device, 0, group)
        device.chmod(mode)
        assert devices.groups([str(device)]) == ()
    with sandbox_with(GPU) as sandbox:
        assert answer(sandbox, "import os\ndef f(_):\n    return os.getgroups()") == []


def test_a_harness_that_uses_the_gpu_before_the_fork_is_refused() -> None:
    profile = Profile(harness=f"HELD = open('/dev/full', 'rb')\n{HARNESS}", allow=(GPU,))
    with pytest.raises(SandboxError, match="opened /dev/full before candidates are forked"):
        Sandbox(profile)


def test_a_refused_device_names_the_hole() -> None:
    source = "def f(v):\n    raise PermissionError(13, 'Permission denied', v)"
    with sandbox_with() as sandbox:
        names = {"/dev/nvidia0": "gpu", "/dev/dri/renderD128": "gpu", "/dev/sda": "read:/dev/sda"}
        for path, told in names.items():
            with pytest.raises(ChildFailed) as caught:
                answer(sandbox, source, path)
            assert f'allow = ["{told}"] would permit' in caught.value.detail


def test_device_files_of_gpus_are_found_by_name_and_sort(tmp_path: Path) -> None:
    made = "nvidia0 nvidiactl dri/renderD128 dri/by-path/pci kfd nvidia-caps/cap1 null"
    for name in made.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.mknod(tmp_path / name, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
    (tmp_path / "nvidia-plain").touch()
    (tmp_path / "nvidia1").symlink_to(tmp_path / "nvidia0")
    found = [Path(path).relative_to(tmp_path).as_posix() for path in devices.of_gpus(tmp_path)]
    assert found == ["dri/renderD128", "kfd", "nvidia0", "nvidiactl"]


def test_what_says_which_device_it_is_may_be_read_beside_it(tmp_path: Path) -> None:
    number = Path(DEVICE).stat().st_rdev
    card = tmp_path / "devices" / "pci0" / "0000:01:00.0"
    (card / "drm").mkdir(parents=True)
    for name in ("vendor", "resource0", "rom"):
        (card / name).touch()
    entry = tmp_path / "dev" / "char" / f"{os.major(number)}:{os.minor(number)}"
    entry.mkdir(parents=True)
    (entry / "device").symlink_to(card)
    found = devices.beside([DEVICE], str(tmp_path))
    assert f"{card}/vendor" in found
    assert f"{card}/drm" in found
    assert not {str(card), f"{card}/resource0", f"{card}/rom", str(tmp_path)} & {*found}
    for name, told in (("nvidia0", "/proc/driver/nvidia"), ("kfd", f"{tmp_path}/devices/virtual/kfd")):
        stand_in = tmp_path / name
        stand_in.touch()
        assert told in devices.beside([str(stand_in)], str(tmp_path))
