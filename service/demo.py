"""The demo file: an SQLite database that is there, whole, or not at all."""

import fcntl
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from service import seed
from service.database import make_engine
from service.database_url import DatabaseUrls
from service.revisions import head_revision, upgrade
from telemetry import ConfigurationError

# Known to everybody, and valid in this file alone.
USER_TOKEN: Final = "demo-user"  # noqa: S105
ADMIN_TOKEN: Final = "demo-admin"  # noqa: S105

# The file itself, its write-ahead log and the index of that.
_SUFFIXES: Final = ("", "-wal", "-shm")
# No such table, not a database, damaged.
_NO_DEMO: Final = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)

_LOCK_SECONDS: Final = 60.0
_LOCK_POLL_SECONDS: Final = 0.05

_logger = logging.getLogger("service")


def prepare(file: Path) -> None:
    """Makes *file* the demo database, if it is not; one process at a time does so.

    A file that cannot be read, or is of another version of this checkout, is set aside.

    Raises:
        ConfigurationError: The directory or the file cannot be used.
    """
    try:
        if _is_current(file):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file.with_suffix(".lock")):
            if not _is_current(file):
                _make(file)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"DEMO_DATA_DIR={str(file.parent)!r} cannot be used ({error}): "
            "give a directory that may be written, or set DATABASE_URL"
        ) from error


def _is_current(file: Path) -> bool:
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        # That it is locked says nothing of what is in it.
        if getattr(error, "sqlite_errorcode", None) not in _NO_DEMO:
            raise
        return False
    return bool(row == (head_revision(),))


def _make(file: Path) -> None:
    part = file.with_suffix(".part")
    for suffix in _SUFFIXES:
        _beside(part, suffix).unlink(missing_ok=True)
    _build(part)
    if file.exists():
        _logger.warning("%s is no demo database of this version: it is kept as %s.old", file, file.name)
    # With its log, which would be applied to the new file otherwise.
    for suffix in _SUFFIXES:
        if _beside(file, suffix).exists():
            _beside(file, suffix).replace(_beside(file, f".old{suffix}"))
    part.replace(file)


def _build(file: Path) -> None:
    engine = make_engine(DatabaseUrls.of_file(file).synchronous)
    try:
        with engine.begin() as connection:
            upgrade(connection)
            seed.fill(connection, {"user": USER_TOKEN, "admin": ADMIN_TOKEN})
    finally:
        # The last connection to close moves the write-ahead log into the file.
        engine.dispose()


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Holds *file* locked; the lock ends with the process, however that ends."""
    deadline = time.monotonic() + _LOCK_SECONDS
    with file.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_LOCK_POLL_SECONDS)
        yield
