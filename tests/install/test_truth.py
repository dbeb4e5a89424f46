"""Statements that are hard to see are counted and timed all the same, or no time is claimed."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable

import pytest
import sqlalchemy
from fastapi import FastAPI
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, event, text

import telemetry
from tests.apps import call, called, header_of, memory_engine, samples, select
from tests.fresh import fresh
from tests.install.recorded import logged, recorded
from tests.server_timing import dur_of, parse, queries_of


def instrumented(registry: CollectorRegistry | None = None) -> FastAPI:
    app = FastAPI()
    telemetry.instrument(app, registry=registry or CollectorRegistry())
    return app


def ask(app: FastAPI, endpoint: Callable[[], object]) -> str:
    app.get("/")(endpoint)
    return header_of(called(app, "/"))


def by_attribute() -> Engine:
    """An engine that the instrumentation wrapped, if it was there already."""
    return memory_engine(sqlalchemy.create_engine)


def traced_twice() -> tuple[str, int]:
    spans = recorded()
    engine = memory_engine()
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True, engines=[engine, engine])
    header = ask(instrumented(), lambda: select(engine, 3))
    return header, sum(span.name.startswith("SELECT") for span in spans())


def test_an_engine_that_was_instrumented_twice_is_counted_once() -> None:
    header, ended = fresh(traced_twice)
    assert queries_of(header) == 3
    assert 0 < dur_of(header, "db") <= dur_of(header, "total")
    assert ended == 3


def spans_of_options() -> tuple[int, int, list[str]]:
    spans = recorded()
    said = logged("opentelemetry")
    engine = memory_engine()
    derived = engine.execution_options(a=1).execution_options(b=2)

    def endpoint() -> None:
        select(engine)
        select(derived, 2)

    ask(instrumented(), endpoint)
    statements = [span for span in spans() if span.name.startswith("SELECT")]
    return len(statements), len({span.context.span_id for span in statements if span.context}), said


def test_options_of_options_make_one_span_for_each_statement() -> None:
    assert fresh(spans_of_options) == (3, 3, [])


def connected_before() -> str:
    engine = memory_engine()
    connection = engine.connect()
    header = ask(instrumented(), lambda: [connection.execute(text("SELECT 1")) for _ in range(3)] and None)
    connection.close()
    return header


def test_a_connection_opened_before_is_counted_and_timed_or_not_claimed_to_be() -> None:
    header = fresh(connected_before)
    assert queries_of(header) == 3
    assert "db;dur=0.00" not in header


def suppressed() -> tuple[str, list[str], dict[tuple[str, ...], float]]:
    engine, registry = memory_engine(), CollectorRegistry()
    said = logged("telemetry")
    app = instrumented(registry)

    @app.get("/hidden")
    def hidden() -> None:
        select(engine)
        with suppress_instrumentation():
            select(engine)

    headers = [header_of(called(app, "/hidden")) for _ in range(3)]
    return headers[-1], said, dict(samples(registry, "telemetry_unknown_figures_total"))


def test_a_time_that_is_not_known_is_left_out_with_one_warning_and_counted() -> None:
    header, said, unknown = fresh(suppressed)
    assert [metric.name for metric in parse(header)] == ["queries", "total"]
    assert queries_of(header) == 2
    assert len([line for line in said if "GET /hidden" in line]) == 1
    assert unknown == {("statements_not_timed",): 3}


def uninstrumented() -> str:
    app, engine = instrumented(), memory_engine()
    SQLAlchemyInstrumentor().uninstrument()
    return ask(app, lambda: select(engine, 2))


def test_an_instrumentation_that_somebody_removed_is_not_taken_for_a_database_at_rest() -> None:
    header = fresh(uninstrumented)
    assert queries_of(header) == 2
    assert "db;dur=0.00" not in header


def listening(before: bool) -> str:
    # Then the listener comes before the instrumentation's own, or after it.
    engine = by_attribute() if before else None
    app = instrumented()
    engine = engine or by_attribute()

    @event.listens_for(engine, "before_cursor_execute")
    def set_tenant(connection: sqlalchemy.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if "tenant" not in statement:
            connection.exec_driver_sql("SELECT 'tenant'")

    return ask(app, lambda: select(engine, 2))


@pytest.mark.parametrize("before", [True, False])
def test_statements_of_a_listener_are_counted_and_timed_too(before: bool) -> None:
    header = fresh(listening, before)
    assert queries_of(header) == 4
    assert 0 < dur_of(header, "db") <= dur_of(header, "total")


def failing(times: int) -> str:
    engine = memory_engine()

    def endpoint() -> None:
        for _ in range(times):
            with engine.connect() as connection, pytest.raises(sqlalchemy.exc.OperationalError):
                connection.execute(text("SELECT * FROM nowhere"))

    return ask(instrumented(), endpoint)


def test_refused_statements_are_counted_and_timed() -> None:
    header = fresh(failing, 3)
    assert queries_of(header) == 3
    assert dur_of(header, "db") > 0


def many_in_one() -> str:
    engine = memory_engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))

    def endpoint() -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in range(50)])
            with connection.begin_nested():
                connection.execute(text("SELECT n FROM t"))

    return ask(instrumented(), endpoint)


def test_a_batch_is_one_statement_and_transaction_control_is_none() -> None:
    assert queries_of(fresh(many_in_one)) == 2


def full_text() -> list[str]:
    app = instrumented()
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE d USING fts5(t)")
    connection.execute("INSERT INTO d VALUES ('a')")

    @app.get("/")
    def endpoint() -> None:
        connection.execute("-- a comment\nINSERT INTO d VALUES ('a\n-- b')")
        assert len(connection.execute("SELECT * FROM d WHERE d MATCH 'b'").fetchall()) == 1
        connection.execute("DELETE FROM d WHERE d MATCH 'b'")

    return [header_of(called(app, "/")) for _ in range(2)]


def test_what_sqlite_runs_inside_a_statement_is_no_query() -> None:
    assert [queries_of(header) for header in fresh(full_text)] == [3, 3]


def untimed_repeats() -> list[str]:
    said = logged("telemetry")
    app = instrumented()
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    ask(app, lambda: [connection.execute("SELECT 1") for _ in range(6)] and None)
    return [line for line in said if "one statement" in line]


def test_a_repeat_that_nothing_timed_is_said_without_a_time() -> None:
    (line,) = fresh(untimed_repeats)
    assert "6 times, one after another, from " in line


def given_up() -> tuple[str, float]:
    engine, registry, go = memory_engine(), CollectorRegistry(), threading.Event()
    app = instrumented(registry)

    @event.listens_for(engine, "connect")
    def add_function(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("wait", 0, go.wait)

    def query() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT wait()"))

    @app.get("/")
    async def endpoint() -> None:
        thread = asyncio.create_task(asyncio.to_thread(query))
        await asyncio.wait({thread}, timeout=0.2)

    async def asked() -> str:
        header = header_of(await call(app, "/"))
        go.set()
        return header

    header = asyncio.run(asked())
    (seconds,) = samples(registry, "http_server_request_db_sum_seconds_total").values()
    return header, seconds


def test_a_statement_that_was_not_waited_for_is_summed_up_to_the_end() -> None:
    header, seconds = fresh(given_up)
    assert 100 < dur_of(header, "db") <= dur_of(header, "total")
    assert seconds * 1_000 >= dur_of(header, "db") - 0.01


def slow() -> str:
    engine = memory_engine()

    @event.listens_for(engine, "connect")
    def add_function(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("wait", 0, lambda: asyncio.run(asyncio.sleep(0.05)))

    def endpoint() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT wait()"))
        asyncio.run(asyncio.sleep(0.05))

    return ask(instrumented(), endpoint)


def test_the_time_is_that_of_the_statement_and_not_of_the_rest() -> None:
    header = fresh(slow)
    assert dur_of(header, "db") >= 50
    assert dur_of(header, "total") >= dur_of(header, "db") + 50
