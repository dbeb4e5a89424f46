"""No zero is claimed where a statement may have been missed: our counting failed, or a pool's listeners may send."""

import sqlite3

import aiosqlite
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

import telemetry
from telemetry.drivers import direct
from telemetry.drivers import sqlite3 as sqlite3_driver
from telemetry.spans import sqlalchemy as counting
from tests.apps import called, header_of, memory_engine, select
from tests.fresh import fresh
from tests.install.recorded import header_after
from tests.server_timing import parse, queries_of


def instrumented() -> FastAPI:
    app = FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def fails(*_args: object) -> None:
    raise RuntimeError("a defect")


def counting_fails() -> list[str]:
    engine, app = memory_engine(), instrumented()
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    app.get("/engine")(lambda: select(engine))
    app.get("/driver")(lambda: connection.execute("SELECT 1").fetchone())
    called(app, "/engine")
    headers = []
    for part, name, path in (
        (counting, "describe", "/engine"),
        (counting, "sink_for", "/engine"),
        (direct, "sink_for", "/driver"),
        (sqlite3_driver, "is_direct", "/driver"),
        (sqlite3_driver, "describe_once", "/driver"),
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(part, name, fails)
            headers.append(header_of(called(app, path)))
    return headers


def test_a_zero_is_not_claimed_where_our_own_counting_failed() -> None:
    for header in fresh(counting_fails):
        assert [metric.name for metric in parse(header)] == ["total"]


def driver_text_fails() -> str:
    async def endpoint() -> int:
        async with aiosqlite.connect(":memory:") as connection:
            return len(await connection.execute_fetchall("SELECT 1"))  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(direct, "describe", fails)
        return header_after(endpoint)


def test_a_defect_in_reading_the_text_of_a_statement_does_not_reach_who_sends_it() -> None:
    assert [metric.name for metric in parse(fresh(driver_text_fails))] == ["total"]


def new_connections(**how: bool) -> list[str]:
    app, engine = instrumented(), create_engine("sqlite://", poolclass=NullPool)

    def read(dbapi_connection: sqlite3.Connection, **_more: object) -> None:
        dbapi_connection.execute("SELECT 1")

    def read_plain(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        dbapi_connection.execute("SELECT 1")

    event.listen(engine, "connect", read if how.get("named") else read_plain, **how)
    app.get("/connects")(lambda: engine.connect().close())
    app.get("/selects")(lambda: select(engine))
    return [header_of(called(app, path)) for path in ("/connects", "/connects", "/selects")]


@pytest.mark.parametrize("how", [{}, {"named": True}, {"once": True}], ids=str)
def test_a_zero_is_not_claimed_where_a_listener_may_ask_a_new_connection(how: dict[str, bool]) -> None:
    first, again, selecting = fresh(new_connections, **how)
    assert (queries_of(first), queries_of(again), queries_of(selecting)) == (None, None, 1)


def listener_that_fails() -> str:
    engine = create_engine("sqlite://", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def read(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        dbapi_connection.execute("SELECT a FROM nowhere")

    return header_after(lambda: engine.connect().close())


def test_a_zero_is_not_claimed_where_such_a_listener_failed() -> None:
    assert queries_of(fresh(listener_that_fails)) is None


def pinged() -> tuple[str, list[str]]:
    sent: list[str] = []
    app, shared = instrumented(), {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=QueuePool, pool_pre_ping=True, connect_args=shared)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(sent.append)
    app.get("/")(lambda: engine.connect().close())
    return header_of(called(app, "/")), sent


def test_what_a_pool_asks_as_it_checks_a_connection_is_no_query_of_the_request() -> None:
    header, sent = fresh(pinged)
    assert sent == ["SELECT 1"]
    assert queries_of(header) == 0
