"""Drivers in which nothing can count: once one is used directly, query counts are left out."""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.pool.base import _ConnectionRecord

from telemetry.drivers.direct import wrap
from telemetry.drivers.sender import is_direct, opened_by_pool
from telemetry.request.context import sink_of
from telemetry.spans.counting import CountingGuard

_GUARD = CountingGuard("drivers")
# What every connection has. https://peps.python.org/pep-0249/#connection-methods
_CONNECTION: Final = frozenset({"cursor", "commit", "rollback", "close"})
# Module, and the functions in it through which connections are opened; a pool of the driver has its own way.
ENTRANCES: Final = (
    ("psycopg2", "_connect"),
    ("MySQLdb", "connect"),
    ("pymysql.connections", "Connection.__init__"),
    ("mysql.connector", "connect"),
    ("oracledb", "connect"),
    ("oracledb", "connect_async"),
    ("oracledb", "create_pool"),
    ("oracledb", "create_pool_async"),
    ("pyodbc", "connect"),
    ("pymssql", "connect"),
    ("pg8000", "connect"),
    ("aiopg", "connect"),
    ("aiomysql.connection", "Connection.__init__"),
    ("asyncmy", "connect"),
    ("asyncmy", "create_pool"),
    ("mariadb", "connect"),
    ("cx_Oracle", "connect"),
    ("aioodbc", "connect"),
    ("duckdb", "connect"),
)


def watch(module: Any, function: str) -> None:
    """Notices when a connection is opened by somebody else than SQLAlchemy.

    Args:
        module: The imported driver.
        function: Name of the function that opens a connection, or of a class and its method.
    """
    owner, _, name = function.rpartition(".")
    driver = module.__name__.partition(".")[0]
    wrap(getattr(module, owner) if owner else module, name, lambda connect: _noticed(connect, driver))


def notice_open_connections() -> None:
    """Looks for connections that were opened before anybody watched, and do not lie in a pool of SQLAlchemy."""
    drivers = {module.partition(".")[0] for module, _ in ENTRANCES}.intersection(sys.modules)
    if not drivers:
        return
    found: dict[int, str] = {}
    pooled: set[int] = set()
    for candidate in gc.get_objects():
        # Not isinstance, which runs code of proxies.
        kind = type(candidate)
        driver = str(kind.__module__).partition(".")[0]
        if kind is _ConnectionRecord:
            pooled |= {id(candidate.dbapi_connection), id(candidate.driver_connection)}
        elif driver in drivers and _CONNECTION.issubset(dir(kind)):
            found[id(candidate)] = driver
    for driver in {driver for number, driver in found.items() if number not in pooled}:
        notice(driver)


def used_directly() -> frozenset[str]:
    """Drivers in use that nothing can count; while there is one, no request knows its number of queries."""
    with _lock:
        return frozenset(_used)


def notice(driver: str) -> None:
    """Something of *driver* is in use that nothing can count: from now on, requests leave their figures out."""
    with _lock:
        _used.add(driver)
    sink_of().database_unseen()


def _noticed(connect: Callable[..., Any], driver: str) -> Callable[..., Any]:
    def open_connection(*args: Any, **kwargs: Any) -> Any:
        with _GUARD:
            if is_direct((driver,)) and not opened_by_pool():
                notice(driver)
        return connect(*args, **kwargs)

    return open_connection


_lock = threading.Lock()
_used: set[str] = set()
