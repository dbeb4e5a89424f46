"""Who sent a statement is told right also where somebody stands between SQLAlchemy and the driver."""

import asyncio
import sqlite3
import sys
import threading
from pathlib import Path
from sqlite3 import connect as early_connect
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import telemetry
from telemetry.drivers import uncounted
from tests.apps import call, called, header_of
from tests.fresh import fresh
from tests.server_timing import queries_of


class Cursor(sqlite3.Cursor):
    """As tracers and applications put it between."""

    def execute(self, *args: Any) -> Any:
        return super().execute(*args)


class Connection(sqlite3.Connection):
    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)


def through_a_cursor_class(path: Path) -> int | None:
    app = FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path, factory=Connection), poolclass=NullPool)

    @app.get("/")
    def endpoint() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    return queries_of(header_of(called(app, "/")))


def test_a_cursor_class_between_does_not_double_the_count(tmp_path: Path) -> None:
    assert fresh(through_a_cursor_class, tmp_path / "a.db") == 1


def with_a_comment_in_front() -> int | None:
    app = FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())

    @app.get("/")
    def endpoint() -> None:
        sqlite3.connect(":memory:").execute("-- name: get_one\nSELECT 1")

    return queries_of(header_of(called(app, "/")))


def test_a_direct_statement_that_begins_with_a_comment_is_counted() -> None:
    assert fresh(with_a_comment_in_front) == 1


async def on_a_connection_of_another_thread() -> list[int | None]:
    app, local = FastAPI(), threading.local()
    telemetry.instrument(app, registry=CollectorRegistry())

    @app.get("/")
    def endpoint() -> None:
        if not hasattr(local, "connection"):
            local.connection = early_connect(":memory:")
        local.connection.execute("SELECT 1")

    return [queries_of(header_of(await call(app, "/"))) for _ in range(3)]


def early_import() -> list[int | None]:
    return asyncio.run(on_a_connection_of_another_thread())


def test_a_connection_that_cannot_be_asked_is_never_a_zero() -> None:
    assert fresh(early_import) == [None, None, None]


def drivers_noticed(use: str) -> frozenset[str]:
    driver = ModuleType("closed_driver")
    vars(driver)["connect"] = lambda: sqlite3.connect(":memory:")
    uncounted.watch(driver, "connect")
    if use == "direct":
        driver.connect()
    else:
        with create_engine("sqlite://", creator=lambda: driver.connect()).connect():  # noqa: PLW0108 - looked up late
            pass
    return uncounted.used_directly()


def test_a_driver_that_nothing_counts_is_noticed_when_it_is_used_directly() -> None:
    assert fresh(drivers_noticed, "direct") == {"closed_driver"}


class ClosedConnection:
    """What a driver that is written in C may hand out."""

    def cursor(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


def connections_found(kept: str) -> frozenset[str]:
    ClosedConnection.__module__ = "psycopg2.extensions"
    sys.modules["psycopg2"] = ModuleType("psycopg2")
    connection = ClosedConnection()
    engine = create_engine("sqlite://", creator=lambda: connection, _initialize=False)
    if kept == "in a pool":
        engine.raw_connection()
    uncounted.notice_open_connections()
    return uncounted.used_directly()


def test_a_connection_that_was_opened_before_anybody_watched_is_noticed() -> None:
    assert fresh(connections_found, "by the application") == {"psycopg2"}


def test_a_connection_in_a_pool_is_no_direct_use() -> None:
    assert fresh(connections_found, "in a pool") == frozenset()


def test_a_creator_that_opens_it_for_the_pool_is_no_direct_use() -> None:
    assert fresh(drivers_noticed, "pool") == frozenset()
