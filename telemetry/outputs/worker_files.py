"""Metrics of several workers: each writes files of its own, and a scrape adds them up."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from prometheus_client import Metric, multiprocess, values
from prometheus_client.registry import Collector

from telemetry.workers.directory import metric_files
from telemetry.workers.lock import DirectoryLock

_GAUGE: Final = "gauge"
# These are public, and have no types.
_merged: Callable[..., Iterable[Metric]] = multiprocess.MultiProcessCollector.merge
_values_by: Callable[..., Any] = values.MultiProcessValue
_forget_gauges: Callable[..., None] = multiprocess.mark_process_dead


def is_shared() -> bool:
    """Whether prometheus_client writes metrics to files, which it decided when it was first imported."""
    return bool(getattr(values.ValueClass, "_multiprocess", False))


class WorkerFiles(Collector):
    """Adds up what all workers wrote, the dead ones included.

    Args:
        directory: Where they write.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        # A file is empty between its making and its first entry, and prometheus_client cannot read it then.
        files = [str(file) for file in sorted(metric_files(self._directory)) if _size_of(file)]
        return _merged(files, accumulate=True)


def share_slots(directory: Path) -> None:
    """Lets a worker go on where a dead one stopped, in the same files, instead of leaving files behind for ever.

    prometheus_client names files by process id, so each worker that dies leaves
    some which every later scrape has to read. They hold sums, so that whoever
    goes on with them counts right. Its gauges stay by process id: a value that
    was set says nothing of another process.

    Args:
        directory: Where the workers write.

    Source: https://github.com/prometheus/client_python/issues/509 (a process identifier of one's own)
    """
    if isinstance(values.ValueClass, _Values):
        return
    _forget_dead_gauges(directory)
    values.ValueClass = _Values(_values_by(_Slot(directory)), values.ValueClass)


class _Values:
    """Makes values as prometheus_client's own class does when it is called."""

    _multiprocess = True

    def __init__(self, by_slot: Any, by_process: Any) -> None:
        self._by_slot = by_slot
        self._by_process = by_process

    def __call__(self, kind: str, *args: Any, **kwargs: Any) -> Any:
        make = self._by_process if kind == _GAUGE else self._by_slot
        return make(kind, *args, **kwargs)


class _Slot:
    """Identifies the process by a number that only one living process has; a fork takes a new one.

    Args:
        directory: What the numbers are valid for.
    """

    def __init__(self, directory: Path) -> None:
        self._lock = DirectoryLock(directory)
        self._process = 0
        self._name = ""

    def __call__(self) -> str:
        process = os.getpid()
        if process != self._process:
            slot = self._lock.take_slot()
            self._name = str(process) if slot is None else f"worker{slot}"
            self._process = process
        return self._name


def _forget_dead_gauges(directory: Path) -> None:
    """Gauges of living processes are not to outlast theirs; servers do not tell prometheus_client who died."""
    for file in directory.glob(f"{_GAUGE}_live*_*.db"):
        process = file.stem.rpartition("_")[2]
        if process.isdecimal() and not _lives(int(process)):
            _forget_gauges(process, str(directory))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is another user's.
        return True
    return True


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
