"""Slots of a directory of metrics: one for each living process, free again when that ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from telemetry.workers.lock import DirectoryLock

_HOLDER = """
import os, sys
from pathlib import Path
from telemetry.workers.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
print(lock.take_slot(), flush=True)
if os.fork() == 0:
    # A child that only inherits the file holds nothing.
    sys.stdin.read()
    os._exit(0)
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(directory: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """Another process and the slot that it holds; it has forked."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        slot = int(process.stdout.readline())
        process.stdout.readline()
        yield slot, process
        process.kill()


def test_processes_that_live_hold_different_slots_and_a_killed_one_gives_its_own_back(tmp_path: Path) -> None:
    with holder(tmp_path) as (first, process), holder(tmp_path) as (second, _):
        assert (first, second) == (1, 2)
        process.kill()
        process.wait()
        with closing(DirectoryLock(tmp_path)) as lock:
            assert lock.take_slot() == 1


def test_nobody_takes_all_while_one_slot_is_held(tmp_path: Path) -> None:
    with closing(DirectoryLock(tmp_path)) as lock:
        with holder(tmp_path) as (_, process):
            assert not lock.take_all()
            process.kill()
            process.wait()
            assert lock.take_all()
        lock.free_slots()
        with holder(tmp_path) as (slot, _):
            assert slot == 1
