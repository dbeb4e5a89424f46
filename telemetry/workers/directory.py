"""The directory in which the metrics of several workers meet: found, judged, made, wiped and removed."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from telemetry.conventions import ENVIRON_MULTIPROCESS
from telemetry.errors import ConfigurationError
from telemetry.workers.lock import DirectoryLock

_PREFIX: Final = "telemetry-workers-"
# As prometheus_client names its files; whatever else is there belongs to somebody.
_FILES: Final = ("counter_*.db", "gauge_*.db", "histogram_*.db", "summary_*.db")


class MetricsDirectoryError(ConfigurationError):
    """Nothing can be written where the workers are told to write their metrics."""


def given_directory(environ: Mapping[str, str]) -> str | None:
    """The directory that the environment names, as prometheus_client reads it: also in small letters.

    Returns:
        None if it names none; an empty name is one.
    """
    return environ.get(ENVIRON_MULTIPROCESS, environ.get(ENVIRON_MULTIPROCESS.lower()))


def is_usable(directory: str) -> bool:
    """Whether workers can write to *directory*."""
    # An empty name would put the files into the working directory.
    return bool(directory) and Path(directory).is_dir() and os.access(directory, os.W_OK | os.X_OK)


def usable(directory: str) -> Path:
    """*directory* as a path.

    Raises:
        MetricsDirectoryError: Nothing can be written there.
    """
    if is_usable(directory):
        return Path(directory)
    raise MetricsDirectoryError(
        f"{ENVIRON_MULTIPROCESS}={directory!r} names no directory that can be written to: make it, empty, before the"
        " server starts, or unset the variable and start with `python -m telemetry run module:app --workers N`"
    )


def metric_files(directory: Path) -> Iterator[Path]:
    """What workers, living or dead, wrote in *directory*."""
    return (file for pattern in _FILES for file in directory.glob(pattern))


@contextmanager
def private_directory() -> Iterator[Path]:
    """A new directory for one start of a server, removed at the end.

    Raises:
        ConfigurationError: The directory for temporary files cannot be used.
    """
    try:
        directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise ConfigurationError(
            f"no directory can be made for the metrics of the workers ({error.strerror}): set TMPDIR, or"
            f" {ENVIRON_MULTIPROCESS}"
        ) from None
    try:
        with _held(directory):
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def wiped_directory(name: str) -> Iterator[Path]:
    """The directory that somebody named, made if it is missing, and without the metrics of earlier starts.

    Figures of an earlier start may be counted in other buckets, and would be
    added to those of this one.

    Args:
        name: As it was given.

    Raises:
        ConfigurationError: It cannot be used, or another server uses it.
    """
    if name:
        # What stands in the way of that is told below.
        with suppress(OSError):
            Path(name).mkdir(parents=True, exist_ok=True)
    directory = usable(name)
    with _held(directory):
        yield directory


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    with closing(DirectoryLock(directory)) as lock:
        if not lock.take_all():
            raise ConfigurationError(
                f"{ENVIRON_MULTIPROCESS}={str(directory)!r} is used by a server that runs: stop that one first, or give"
                " each server a directory of its own, or unset the variable"
            )
        for file in metric_files(directory):
            file.unlink(missing_ok=True)
        lock.free_slots()
        yield
