"""aiosqlite, used directly or by a raw connection of SQLAlchemy."""

from collections.abc import Callable
from typing import Any

from telemetry.drivers.direct import TimedStatement, wrap
from telemetry.drivers.sender import is_direct

_PASSED = ("aiosqlite",)
_STATEMENTS = frozenset({"execute", "executemany", "executescript", "_execute_insert", "_execute_fetchall"})


def watch(aiosqlite: Any) -> None:
    """Counts the statements that are not SQLAlchemy's.

    Every call of a connection and its cursors passes one method, which hands the
    function of sqlite3 to the connection's thread.

    Args:
        aiosqlite: The imported package.
    """
    wrap(aiosqlite.core.Connection, "_execute", _timed)


def _timed(method: Callable[..., Any]) -> Callable[..., Any]:
    async def direct(connection: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        with TimedStatement(args[0] if args else None):
            return await method(connection, function, *args, **kwargs)

    def execute(connection: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        is_statement = getattr(function, "__name__", "") in _STATEMENTS
        send = direct if is_statement and is_direct(_PASSED) else method
        return send(connection, function, *args, **kwargs)

    return execute
