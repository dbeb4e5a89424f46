"""Drivers in which nothing can count: once one is used directly, query counts are left out."""

import threading
from collections.abc import Callable
from typing import Any, Final

from telemetry.drivers.direct import wrap
from telemetry.drivers.sender import is_direct
from telemetry.errors import Guard
from telemetry.request.context import sink_of

_GUARD = Guard("drivers")
# Module, and the function in it through which every connection is opened.
ENTRANCES: Final = (
    ("psycopg2", "_connect"),
    ("MySQLdb", "connect"),
    ("pymysql", "connect"),
    ("mysql.connector", "connect"),
    ("oracledb", "connect"),
    ("pyodbc", "connect"),
    ("pymssql", "connect"),
    ("pg8000", "connect"),
    ("aiopg", "connect"),
    ("aiomysql", "connect"),
    ("asyncmy", "connect"),
    ("mariadb", "connect"),
    ("cx_Oracle", "connect"),
    ("aioodbc", "connect"),
    ("duckdb", "connect"),
)


def watch(module: Any, function: str) -> None:
    """Notices when a connection is opened by somebody else than SQLAlchemy.

    Args:
        module: The imported driver.
        function: Name of the function that opens a connection.
    """
    wrap(module, function, lambda connect: _noticed(connect, module.__name__))


def used_directly() -> frozenset[str]:
    """Drivers in use that nothing can count; while there is one, no request knows its number of queries."""
    with _lock:
        return frozenset(_used)


def _noticed(connect: Callable[..., Any], driver: str) -> Callable[..., Any]:
    def open_connection(*args: Any, **kwargs: Any) -> Any:
        with _GUARD:
            if is_direct((driver,)):
                with _lock:
                    _used.add(driver)
                sink_of().database_unseen()
        return connect(*args, **kwargs)

    return open_connection


_lock = threading.Lock()
_used: set[str] = set()
