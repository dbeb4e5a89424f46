"""DBAPI connections that people take out of SQLAlchemy, past its events."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import Pool

from telemetry.drivers import sqlite3 as sqlite3_driver
from telemetry.drivers.direct import wrap
from telemetry.drivers.sender import is_direct
from telemetry.request.context import sink_of
from telemetry.spans.counting import CountingGuard

_GUARD = CountingGuard("drivers")
# Drivers whose own methods are watched, so that a raw connection of theirs hides nothing.
_WATCHED: Final = frozenset({"psycopg", "psycopg_async", "asyncpg", "aiosqlite"})
# Events of a pool at which its listeners may send statements: for each user, and for each connection that is opened.
_OF_USERS: Final = ("checkout", "checkin", "reset")
_OF_CONNECTIONS: Final = ("first_connect", "connect")
# Of these, none sends a statement that is the request's.
_KNOWN_LISTENERS: Final = ("telemetry.", "opentelemetry.", "sqlalchemy.")
_WRAPPING: Final = ("sqlalchemy.util.", "sqlalchemy.event.")
_MARK: Final = "_candid_counted"


def watch() -> None:
    """Sees to it that statements on raw connections are counted, or the request's count left out."""
    wrap(Engine, "raw_connection", _noticed_call)
    wrap(AsyncConnection, "get_raw_connection", _noticed_async)
    wrap(Pool, "connect", _noticed_checkout)
    if not event.contains(Pool, "checkout", _doubt):
        event.listen(Pool, "checkout", _doubt)
        event.listen(Pool, "connect", _doubt_new)
    getter = vars(Connection)["connection"].fget
    if not hasattr(getter, _MARK):
        replacement = _noticed_call(getter)
        setattr(replacement, _MARK, True)
        Connection.connection = property(replacement, doc=getter.__doc__)  # type: ignore[method-assign,assignment]


def _noticed_call(method: Callable[..., Any]) -> Callable[..., Any]:
    def take(owner: Any, *args: Any, **kwargs: Any) -> Any:
        taken = method(owner, *args, **kwargs)
        with _GUARD:
            if is_direct(()):
                _notice(owner.dialect, taken)
        return taken

    return take


def _noticed_checkout(method: Callable[..., Any]) -> Callable[..., Any]:
    def connect(pool: Pool) -> Any:
        taken = method(pool)
        with _GUARD:
            if is_direct(()):
                _notice(pool._dialect, taken)  # noqa: SLF001 - a pool says by nothing else whose connections it holds
        return taken

    return connect


def _doubt(_connection: Any, _record: Any, fairy: Any) -> None:
    """A pool's listeners may send statements on a raw cursor, which not every driver lets us count."""
    with _GUARD:
        _doubt_listeners(fairy._pool, _OF_USERS)  # noqa: SLF001 - the event gives no other way to the pool


def _doubt_new(_connection: Any, record: Any) -> None:
    """As `_doubt`, for those that are told of new connections; it comes before them, and so before they fail."""
    with _GUARD:
        _doubt_listeners(record._ConnectionRecord__pool, _OF_CONNECTIONS)  # noqa: SLF001 - as above


def _doubt_listeners(pool: Pool, events: tuple[str, ...]) -> None:
    driver = getattr(pool._dialect, "driver", None)  # noqa: SLF001 - a pool says by nothing else what it holds
    if driver not in _WATCHED and any(_has_listeners(pool, name) for name in events):
        sink_of().query_possible()


def _has_listeners(pool: Pool, event_name: str) -> bool:
    listeners = getattr(pool.dispatch, event_name)
    return any(not _module(listener).startswith(_KNOWN_LISTENERS) for listener in listeners)


def _module(listener: Any) -> str:
    """Where a listener was written, below what SQLAlchemy wraps around it for `once` and `named`."""
    module: str = getattr(listener, "__module__", None) or ""
    while module.startswith(_WRAPPING):
        wrapped = dict(zip(listener.__code__.co_freevars, listener.__closure__ or (), strict=True)).get("fn")
        if wrapped is None:
            break
        listener = wrapped.cell_contents
        module = getattr(listener, "__module__", None) or ""
    return module


def _noticed_async(method: Callable[..., Any]) -> Callable[..., Any]:
    async def direct(owner: Any, *args: Any, **kwargs: Any) -> Any:
        taken = await method(owner, *args, **kwargs)
        with _GUARD:
            _notice(owner.dialect, taken)
        return taken

    def take(owner: Any, *args: Any, **kwargs: Any) -> Any:
        return (direct if is_direct(()) else method)(owner, *args, **kwargs)

    return take


def _notice(dialect: Any, taken: Any) -> None:
    driver = getattr(dialect, "driver", None)
    if driver == "pysqlite":
        sqlite3_driver.trace(taken.driver_connection)
    elif driver not in _WATCHED:
        sink_of().database_unseen()
    elif dialect.is_async:
        # Its adapted cursor calls the driver from within SQLAlchemy; who asks for the cursor tells them apart.
        for owner in type(taken.dbapi_connection).__mro__:
            wrap(owner, "cursor", _noticed_cursor)


def _noticed_cursor(method: Callable[..., Any]) -> Callable[..., Any]:
    def cursor(*args: Any, **kwargs: Any) -> Any:
        with _GUARD:
            if is_direct(("sqlalchemy.pool.",)):
                sink_of().database_unseen()
        return method(*args, **kwargs)

    return cursor
