"""What a request cost beside its queries, what it repeated, and what it did after its last byte."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from starlette.requests import Request

import telemetry
from tests.apps import call, header_of, samples, select
from tests.server_timing import queries_of

pytestmark = pytest.mark.anyio
LATE_QUERIES = "http_server_request_late_db_queries_total"
QUERIES = "http_server_request_db_queries_sum"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def instrumented(app: FastAPI, registry: CollectorRegistry) -> FastAPI:
    telemetry.instrument(app, registry=registry)
    return app


async def test_background_work_is_counted_as_late_work_of_its_route(
    engine: Engine, registry: CollectorRegistry
) -> None:
    app = FastAPI()

    @app.get("/items/{item_id}")
    def background(item_id: int, request: Request, tasks: BackgroundTasks) -> None:
        tasks.add_task(select, engine, 4)
        tasks.add_task(telemetry.update_cache_status, request, hit=False)
        telemetry.update_cache_status(request, hit=True)
        select(engine)

    header = header_of(await call(instrumented(app, registry), "/items/1"))
    assert queries_of(header) == 1
    assert 'cache;desc="Cache Hit"' in header
    assert samples(registry, QUERIES) == {("GET", "/items/{item_id}"): 1}
    assert samples(registry, LATE_QUERIES) == {("GET", "/items/{item_id}"): 4}
    assert samples(registry, "cache_requests_total") == {("manual", "hit"): 1, ("manual", "miss"): 1}
    assert samples(registry, "telemetry_statements_outside_requests_total") == {(): 0}


async def test_a_dependency_after_its_yield_is_late_work(engine: Engine, registry: CollectorRegistry) -> None:
    def session() -> Iterator[None]:
        select(engine)
        yield
        select(engine, 2)

    app = FastAPI()

    @app.get("/", dependencies=[Depends(session)])
    def endpoint() -> None:
        select(engine)

    header = header_of(await call(instrumented(app, registry), "/"))
    counted = samples(registry, QUERIES)["GET", "/"]
    late = samples(registry, LATE_QUERIES).get(("GET", "/"), 0)
    assert counted == queries_of(header)
    assert counted + late == 4


async def test_a_request_without_late_work_adds_none(engine: Engine, registry: CollectorRegistry) -> None:
    app = FastAPI()
    app.get("/")(lambda: select(engine))
    await call(instrumented(app, registry), "/")
    assert sum(samples(registry, LATE_QUERIES).values()) == 0


async def test_a_background_task_that_waits_does_not_lengthen_the_request(
    engine: Engine, registry: CollectorRegistry
) -> None:
    app = FastAPI()

    @app.get("/")
    async def background(tasks: BackgroundTasks) -> None:
        tasks.add_task(asyncio.sleep, 0.2)

    await call(instrumented(app, registry), "/")
    (duration,) = samples(registry, "http_server_request_duration_seconds_sum").values()
    assert duration < 0.2
    assert samples(registry, "http_server_request_late_seconds_total")["GET", "/"] >= 0.2


async def test_statements_sent_one_after_another_are_reported_once_for_a_route(
    engine: Engine, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()

    @app.get("/brands/{n}")
    def n_plus_1(n: int) -> None:
        with engine.connect() as connection:
            for brand in range(n):
                connection.execute(text("SELECT 1 WHERE 1 = :brand"), {"brand": brand})

    instrumented(app, registry)
    for n in (4, 5, 9):
        await call(app, f"/brands/{n}")
    assert samples(registry, "http_server_request_repeated_queries_total") == {("GET", "/brands/{n}"): 14}
    (line,) = [message for message in caplog.messages if "one after another" in message]
    assert "GET /brands/{n}" in line
    assert "middleware/test_costs.py" in line
    assert "in test_statements_sent_one_after_another_are_reported_once_for_a_route.<locals>.n_plus_1" in line
    assert "SELECT 1 WHERE ? = ?" in line or "SELECT ? WHERE ? = ?" in line


def phases(registry: CollectorRegistry) -> Mapping[str, float]:
    return {labels[2]: value for labels, value in samples(registry, "http_server_request_phase_seconds_total").items()}


async def test_phases_of_a_request_are_metrics_of_its_route(engine: Engine, registry: CollectorRegistry) -> None:
    app = FastAPI()

    @app.get("/")
    def endpoint() -> int:
        with engine.begin() as connection:
            return len(connection.execute(text("SELECT 1 UNION SELECT 2")).all())

    await call(instrumented(app, registry), "/")
    found = phases(registry)
    assert set(found) == {"pool_wait", "fetch", "transaction"}
    assert all(0 < seconds < 1 for seconds in found.values())
