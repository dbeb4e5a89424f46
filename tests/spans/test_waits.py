"""Time beside the execution of statements is told apart, on every engine, and nothing else changes."""

import asyncio
import contextvars
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from telemetry.request.breakdown import Figures
from telemetry.request.phases import Phase
from telemetry.request.record import RequestRecord
from telemetry.request.statements import StatementTally
from telemetry.spans import sqlalchemy, waits
from telemetry.spans.binding import ServerSpan, attach
from telemetry.spans.processor import FigureProcessor
from tests.fresh import fresh

ROWS = 5_000


@pytest.fixture
def record() -> Iterator[RequestRecord]:
    waits.watch()
    record = RequestRecord(StatementTally())
    detach = attach(record, ServerSpan())
    yield record
    detach()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in range(ROWS)])
    yield engine
    engine.dispose()


READS: dict[str, Callable[[Engine], int]] = {}


def reads(function: Callable[[Engine], int]) -> Callable[[Engine], int]:
    READS[function.__name__] = function
    return function


@reads
def all_at_once(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(text("SELECT n FROM t")).all())


@reads
def in_parts(engine: Engine) -> int:
    with engine.connect() as connection:
        result = connection.execute(text("SELECT n FROM t"))
        return sum(len(part) for part in result.partitions(100))


@reads
def one_by_one(engine: Engine) -> int:
    with engine.connect() as connection:
        return sum(1 for _ in connection.execute(text("SELECT n FROM t")))


@reads
def streamed(engine: Engine) -> int:
    with engine.connect().execution_options(yield_per=100) as connection:
        return sum(1 for _ in connection.execute(text("SELECT n FROM t")))


@reads
def by_fetchone(engine: Engine) -> int:
    with engine.connect() as connection:
        result = connection.execute(text("SELECT n FROM t"))
        return sum(1 for _ in iter(result.fetchone, None))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_fetching_is_a_phase_however_the_rows_are_read(
    engine: Engine, record: RequestRecord, read: Callable[[Engine], int]
) -> None:
    assert read(engine) == ROWS
    figures = record.figures()
    assert 0 < figures.phases[Phase.FETCH].busy_ns <= figures.elapsed_ns


def test_commit_and_rollback_are_a_phase(engine: Engine, record: RequestRecord) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
    after_commit = record.figures().phases[Phase.TRANSACTION]
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        connection.rollback()
    after_rollback = record.figures().phases[Phase.TRANSACTION]
    assert 0 < after_commit.busy_ns < after_rollback.busy_ns
    assert after_rollback.count > after_commit.count


def test_what_fails_while_rows_are_fetched_fails_as_before(engine: Engine, record: RequestRecord) -> None:
    with engine.connect() as connection:
        result = connection.execute(text("SELECT n FROM t"))
        result.close()
        with pytest.raises(Exception, match="closed"):
            result.all()


def test_outside_of_a_request_nothing_is_timed_and_all_rows_come(engine: Engine) -> None:
    waits.watch()
    for read in READS.values():
        assert read(engine) == ROWS


def test_watching_twice_times_once(engine: Engine, record: RequestRecord) -> None:
    waits.watch()
    waits.watch()
    all_at_once(engine)
    assert record.figures().phases[Phase.FETCH].count == 1


def test_rows_that_threads_fetch_at_once_take_no_longer_than_the_request(tmp_path: Path, record: RequestRecord) -> None:
    together = threading.Barrier(4, timeout=10)
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")

    @event.listens_for(engine, "connect")
    def add_function(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("meet", 1, lambda _: together.wait() and None)

    def fetch() -> None:
        with engine.connect() as connection:
            result = connection.execute(text("SELECT meet(value) FROM json_each(:values)"), {"values": str([0] * 500)})
            assert len(list(iter(result.fetchone, None))) == 500

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(contextvars.copy_context().run, fetch)
    engine.dispose()
    figures = record.figures()
    assert 0 < figures.phases[Phase.FETCH].busy_ns <= figures.elapsed_ns


def test_time_in_which_two_rows_were_fetched_is_taken_once(
    record: RequestRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As another thread would: one row begins at 0 and ends at 10, meanwhile another one from 1 to 9.
    moments = iter([1_000, 1_001, 1_009, 1_010])
    monkeypatch.setattr(waits, "perf_counter_ns", lambda: next(moments))
    inner = waits._timed_row(lambda: "inner")
    assert waits._timed_row(inner)() == "inner"
    assert 8 <= record.row_fetch_ns <= 10


@pytest.mark.usefixtures("record")
def test_a_defect_reaches_no_row(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("a defect")

    class Broken:
        @property
        def row_fetched_ns(self) -> int:
            raise RuntimeError("a defect")

    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for found in (fails, Broken):
        monkeypatch.setattr(waits, "current_record", found)
        assert by_fetchone(engine) == ROWS


def waiting_for_the_pool(path: Path) -> Figures:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(FigureProcessor())
    trace.set_tracer_provider(provider)
    sqlalchemy.watch(provider, ())
    record = RequestRecord(StatementTally())
    attach(record, ServerSpan())
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0)

    async def hold() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(0.05)

    async def hold_three() -> None:
        await asyncio.gather(hold(), hold(), hold())
        await engine.dispose()

    asyncio.run(hold_three())
    return record.figures()


def test_waiting_for_a_pooled_connection_is_a_phase_and_no_query_time(tmp_path: Path) -> None:
    figures = fresh(waiting_for_the_pool, tmp_path / "a.db")
    waited = figures.phases[Phase.POOL_WAIT]
    assert waited.count == 3
    assert waited.sum_ns >= 150_000_000
    assert figures.db_queries == 3
    assert figures.db_busy_ns is not None
    assert figures.db_busy_ns < waited.busy_ns
