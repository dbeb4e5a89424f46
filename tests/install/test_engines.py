"""Statements are seen on every engine, however and whenever it was made."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy
from fastapi import FastAPI
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, engine_from_config, text
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

import telemetry
from tests.apps import called, header_of, memory_engine, select
from tests.fresh import fresh
from tests.install.recorded import logged, unended
from tests.server_timing import dur_of, queries_of

Sync = Callable[[], Engine]


def ask(app: FastAPI, endpoint: Callable[[], object]) -> str:
    app.get("/")(endpoint)
    return header_of(called(app, "/"))


def instrumented(registry: CollectorRegistry | None = None) -> FastAPI:
    app = FastAPI()
    telemetry.instrument(app, registry=registry or CollectorRegistry())
    return app


def made_before(make: Sync) -> str:
    engine = make()
    return ask(instrumented(), lambda: select(engine, 3))


def made_and_used_before(make: Sync) -> str:
    engine = make()
    select(engine)
    return ask(instrumented(), lambda: select(engine, 3))


def made_after(make: Sync) -> str:
    app = instrumented()
    engine = make()
    return ask(app, lambda: select(engine, 3))


def made_in_the_request(make: Sync) -> str:
    return ask(instrumented(), lambda: select(make(), 3))


def passed(make: Sync) -> str:
    engine, app = make(), FastAPI()
    telemetry.instrument(app, engines=[engine, engine], registry=CollectorRegistry())
    return ask(app, lambda: select(engine, 3))


def instrumented_by_the_application(make: Sync) -> str:
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)
    engine = make()
    return ask(instrumented(), lambda: select(engine, 3))


def given_to_the_instrumentor_by_the_application(make: Sync) -> str:
    engine = make()
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True, engine=engine)
    return ask(instrumented(), lambda: select(engine, 3))


def with_options(make: Sync) -> str:
    engine = make().execution_options(a=1)
    return ask(instrumented(), lambda: select(engine, 3))


def with_options_of_options(make: Sync) -> str:
    engine = make().execution_options(a=1).execution_options(b=2)
    return ask(instrumented(), lambda: select(engine, 3))


def by_a_session(make: Sync) -> str:
    engine = make()

    def endpoint() -> None:
        with Session(engine) as session:
            for _ in range(3):
                session.execute(text("SELECT 1"))
            session.commit()

    return ask(instrumented(), endpoint)


def overheard(scenario: Callable[[Sync], str], make: Sync) -> tuple[str, list[str], list[str]]:
    said, watcher = logged("opentelemetry"), unended()
    return scenario(make), said, list(watcher.names.values())


def by_attribute() -> Engine:
    return memory_engine(sqlalchemy.create_engine)


def by_config() -> Engine:
    return engine_from_config(
        {"url": "sqlite://", "poolclass": StaticPool, "connect_args": {"check_same_thread": False}}, ""
    )


SCENARIOS = [
    made_before,
    made_and_used_before,
    made_after,
    made_in_the_request,
    passed,
    instrumented_by_the_application,
    given_to_the_instrumentor_by_the_application,
    with_options,
    with_options_of_options,
    by_a_session,
]
CASES = [(scenario, make) for scenario in SCENARIOS for make in (memory_engine, by_attribute)]
CASES += [(made_before, by_config), (made_after, by_config)]


@pytest.mark.parametrize(("scenario", "make"), CASES)
def test_every_synchronous_engine_is_counted_and_timed(scenario: Callable[[Sync], str], make: Sync) -> None:
    header, said, never_ended = fresh(overheard, scenario, make)
    assert queries_of(header) == 3
    assert 0 < dur_of(header, "db") <= dur_of(header, "total")
    # An engine that is traced twice starts spans that never end, or ends spans twice.
    assert (said, never_ended) == ([], [])


def async_by_name(path: Path) -> AsyncEngine:
    return create_async_engine(f"sqlite+aiosqlite:///{path}")


def async_by_attribute(path: Path) -> AsyncEngine:
    return sqlalchemy_asyncio.create_async_engine(f"sqlite+aiosqlite:///{path}")


def async_with_options(path: Path) -> AsyncEngine:
    return async_by_name(path).execution_options(a=1)


def asynchronous(make: Callable[[Path], AsyncEngine], when: str, path: Path) -> str:
    engine = make(path) if when != "after" else None
    app = FastAPI()
    telemetry.instrument(app, engines=[engine] if engine and when == "passed" else [], registry=CollectorRegistry())
    made = engine or make(path)

    async def endpoint() -> None:
        async with made.connect() as connection:
            for _ in range(3):
                await connection.execute(text("SELECT 1"))
        await made.dispose()

    return ask(app, endpoint)


@pytest.mark.parametrize("make", [async_by_name, async_by_attribute, async_with_options])
@pytest.mark.parametrize("when", ["before", "after", "passed"])
def test_every_asynchronous_engine_is_counted_and_timed(
    make: Callable[[Path], AsyncEngine], when: str, tmp_path: Path
) -> None:
    header = fresh(asynchronous, make, when, tmp_path / "a.db")
    assert queries_of(header) == 3
    assert 0 < dur_of(header, "db") <= dur_of(header, "total")
