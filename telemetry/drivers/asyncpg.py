"""asyncpg, used directly or by a raw connection of SQLAlchemy."""

from typing import Any

from telemetry.drivers.direct import Entrances, argument, wrap

# Its pool hands the calls of its users on; what other parts of it send (RESET at release, BEGIN, type look-ups)
# is housekeeping.
_PASSED = ("asyncpg.pool",)
_NEVER = ("asyncpg.",)
_CONNECTION = Entrances(argument(1, "query"), _PASSED, _NEVER)
# A prepared statement, and COPY, are not given their text in the call.
_UNNAMED = Entrances(lambda _args, _kwargs: None, _PASSED, _NEVER)
_STATEMENTS = ("execute", "executemany", "fetch", "fetchval", "fetchrow", "fetchmany")
_COPIES = ("copy_from_table", "copy_from_query", "copy_to_table", "copy_records_to_table")


def watch(asyncpg: Any) -> None:
    """Counts the statements that are not SQLAlchemy's.

    Args:
        asyncpg: The imported package.
    """
    connection = asyncpg.connection.Connection
    prepared = asyncpg.prepared_stmt.PreparedStatement
    for method in _STATEMENTS:
        wrap(connection, method, _CONNECTION.timed_async)
        wrap(prepared, method, _UNNAMED.timed_async)
    for method in _COPIES:
        wrap(connection, method, _UNNAMED.timed_async)
    # A cursor is asked for rows later.
    wrap(connection, "cursor", _CONNECTION.counted)
    wrap(prepared, "cursor", _UNNAMED.counted)
