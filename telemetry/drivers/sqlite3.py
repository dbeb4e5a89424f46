"""sqlite3 of the standard library: its types are closed, so connections are asked to report what they run."""

import gc
import sqlite3
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from telemetry.drivers import uncounted
from telemetry.drivers.direct import report
from telemetry.drivers.sender import is_direct
from telemetry.request.context import sink_of
from telemetry.spans.counting import CountingGuard
from telemetry.spans.statements import describe_once

_GUARD: Final = CountingGuard("drivers")
# A connection of aiosqlite runs in a thread that serves no request; its statements are counted where they are awaited.
_NEVER: Final = ("aiosqlite",)
_MAX_PENDING: Final = 1_000


def watch() -> None:
    """Counts the statements of connections that were not made by SQLAlchemy, those that exist included."""
    if getattr(sqlite3.connect, "__wrapped__", None) is not None:
        return
    connect = _traced(sqlite3.connect)
    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
    # Sees the connections of those who imported `connect` before. An audit hook cannot be taken back.
    # https://docs.python.org/3/library/sqlite3.html#sqlite3.connect (auditing events)
    sys.addaudithook(_audit)
    for candidate in gc.get_objects():
        # Not isinstance, which runs code of proxies.
        if issubclass(type(candidate), sqlite3.Connection):
            trace(candidate)


def trace(connection: sqlite3.Connection) -> bool:
    """Counts what *connection* runs from now on, unless SQLAlchemy sends it.

    Returns:
        False if it belongs to another thread, and so cannot be asked; a closed one runs nothing more.
    """
    try:
        # Asks only whether it is open, from whatever thread.
        _ = connection.total_changes
    except sqlite3.ProgrammingError:
        return True
    try:
        connection.set_trace_callback(_report)
    except sqlite3.ProgrammingError:
        return False
    return True


def trace_pending() -> None:
    """Begins to count on the connections that could not be asked while they were being opened."""
    while _pending:
        if not trace(_pending.pop()):
            uncounted.notice("sqlite3")


def _traced(connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    @wraps(connect)
    def traced_connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        with _GUARD:
            if is_direct((), _NEVER):
                trace(connection)
        return connection

    return traced_connect


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "sqlite3.connect/handle" or sys._getframe(1).f_globals.get("__name__") == __name__:
        return
    with _GUARD:
        # It is not yet open, and reports nothing before it is: this request does not know its statements.
        if is_direct((), _NEVER):
            sink_of().database_unseen()
            if len(_pending) < _MAX_PENDING:
                _pending.append(arguments[0])
            else:
                uncounted.notice("sqlite3")


def _report(text: str) -> None:
    with _GUARD:
        if not _is_nested(text) and is_direct((), _NEVER):
            # The text holds the values that were bound.
            report(describe_once(text))


def _is_nested(text: str) -> bool:
    # What runs inside another statement, such as one on a virtual table, is reported as lines of comments.
    # https://sqlite.org/c3ref/expanded_sql.html
    return text.startswith("--") and all(line.startswith("--") for line in text.split("\n"))


_pending: list[sqlite3.Connection] = []
