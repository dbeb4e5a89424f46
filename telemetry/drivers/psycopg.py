"""psycopg 3, used directly or by a raw cursor of SQLAlchemy."""

from typing import Any

from telemetry.drivers.direct import Entrances, argument, wrap

# A pool's own calls check and reset connections.
_ENTRANCES = Entrances(
    argument(1, "query"),
    passed=("psycopg.",),
    never=("psycopg_pool.",),
    # In pipeline mode a call only queues its statement.
    is_deferred=lambda cursor: getattr(getattr(cursor, "_conn", None), "_pipeline", None) is not None,
)


def watch(psycopg: Any) -> None:
    """Counts the statements that are not SQLAlchemy's.

    Args:
        psycopg: The imported package.
    """
    for method in ("execute", "executemany"):
        for cursor in (psycopg.Cursor, psycopg.ServerCursor):
            wrap(cursor, method, _ENTRANCES.timed)
        for cursor in (psycopg.AsyncCursor, psycopg.AsyncServerCursor):
            wrap(cursor, method, _ENTRANCES.timed_async)
    for method in ("copy", "stream"):
        for cursor in (psycopg.Cursor, psycopg.AsyncCursor):
            wrap(cursor, method, _ENTRANCES.counted)
