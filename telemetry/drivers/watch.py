"""Watches every database driver, those that are imported later included."""

from functools import partial
from typing import Any

from wrapt import when_imported

from telemetry.drivers import aiosqlite, asyncpg, psycopg, raw, sqlite3, uncounted
from telemetry.errors import Guard


def watch() -> None:
    """Counts what goes past SQLAlchemy, in all drivers of the process."""
    raw.watch()
    sqlite3.watch()
    for name, watch_driver in (
        ("psycopg", psycopg.watch),
        ("asyncpg", asyncpg.watch),
        ("aiosqlite", aiosqlite.watch),
        *((name, partial(uncounted.watch, function=function)) for name, function in uncounted.ENTRANCES),
    ):
        when_imported(name)(_guarded(watch_driver))
    uncounted.notice_open_connections()


def _guarded(watch_driver: Any) -> Any:
    # Runs inside somebody's import statement.
    def watch_import(module: Any) -> None:
        with Guard("drivers"):
            watch_driver(module)

    return watch_import
