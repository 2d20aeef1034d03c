from __future__ import annotations

import errno
import os

import pytest

from provolve.errors import StoreError
from provolve.store import lock as store_lock
from provolve.store.lock import RunLock


def test_a_lock_file_removed_by_its_last_owner_is_made_anew(tmp_path, monkeypatch):
    path, try_lock, tries = tmp_path / "r.lock", store_lock._try_lock, []

    def removed_meanwhile(descriptor, how):
        tries.append(how)
        if len(tries) == 1:
            path.unlink()
        return try_lock(descriptor, how)

    monkeypatch.setattr(store_lock, "_try_lock", removed_meanwhile)
    lock = RunLock(path)
    try:
        assert path.read_text() == f"{os.getpid()}\n"
    finally:
        lock.release()
    assert (len(tries), path.exists()) == (2, False)


def test_one_file_under_two_names_is_one_lock(tmp_path):
    (tmp_path / "alias").symlink_to(tmp_path, target_is_directory=True)
    lock = RunLock(tmp_path / "r.lock")
    try:
        with pytest.raises(StoreError, match=f"run r is being written by process {os.getpid()}"):
            RunLock(tmp_path / "alias" / "r.lock")
        assert RunLock.holder(tmp_path / "alias" / "r.lock") == os.getpid()
    finally:
        lock.release()
    assert RunLock.holder(tmp_path / "r.lock") is None


def test_a_lock_that_cannot_be_made_is_explained(tmp_path):
    with pytest.raises(StoreError, match=r"cannot make .*missing/r\.lock .*--runs"):
        RunLock(tmp_path / "missing" / "r.lock")


def test_a_lock_that_cannot_be_signed_on_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match=r"No space left .*free some space"):
            RunLock(tmp_path / "r.lock")
    assert list(tmp_path.iterdir()) == []
    RunLock(tmp_path / "r.lock").release()
