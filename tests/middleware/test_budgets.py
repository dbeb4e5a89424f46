"""Requests are judged by what they cost in the end, and each breach is told the same way everywhere."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

import telemetry
from telemetry.budgets.model import Budget, Kind
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
from telemetry.request.context import sink_of
from telemetry.request.lookups import CacheResult
from tests.apps import call, called, header_of, samples, select
from tests.asgi import Server, empty_body, scope_of
from tests.budgets.made import book, budget
from tests.server_timing import parse

pytestmark = pytest.mark.anyio
QUERIES = budget(Kind.QUERIES, "3")
ERRORS = budget(Kind.ERROR_RATE, "0.001")
SLOW = budget(Kind.LATENCY, "100", "p95_ms")
SHOWN = telemetry.Settings(budget_entry=True)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def instrumented(app: FastAPI, registry: CollectorRegistry, *budgets: Budget, **options: Any) -> FastAPI:
    telemetry.instrument(app, registry=registry, budgets=book(*budgets), **options)
    return app


def counted(registry: CollectorRegistry, name: str = "over", route: str = "/") -> Mapping[str, float]:
    """What was counted for GET of a route, by budget."""
    found = samples(registry, f"performance_budget_{name}_total")
    return {labels[0]: value for labels, value in found.items() if labels[2:4] == ("GET", route)}


def over_in_header(header: str) -> str | None:
    return next((entry.desc for entry in parse(header) if entry.name == "budget"), None)


async def test_at_the_limit_is_within_and_one_more_is_over(engine: Engine, registry: CollectorRegistry) -> None:
    app = FastAPI()
    app.get("/{times}")(lambda times: select(engine, int(times)))
    instrumented(app, registry, QUERIES, settings=SHOWN)
    assert over_in_header(header_of(await call(app, "/3"))) is None
    assert over_in_header(header_of(await call(app, "/4"))) == "over queries 4>3"
    assert counted(registry, "events", "/{times}") == {"queries": 2}
    assert counted(registry, "over", "/{times}") == {"queries": 1}


async def test_work_after_the_response_takes_a_request_over_its_budget_of_queries_alone(
    engine: Engine, registry: CollectorRegistry
) -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint(tasks: BackgroundTasks) -> None:
        await asyncio.to_thread(select, engine, 2)
        tasks.add_task(select, engine, 2)
        tasks.add_task(asyncio.sleep, 0.15)

    instrumented(app, registry, QUERIES, SLOW, settings=SHOWN)
    assert over_in_header(header_of(await call(app, "/"))) is None
    assert counted(registry) == {"queries": 1, "p95_ms": 0}


async def test_work_while_streaming_counts_until_the_last_byte(engine: Engine, registry: CollectorRegistry) -> None:
    app = FastAPI()

    async def rows() -> AsyncIterator[bytes]:
        await asyncio.to_thread(select, engine, 4)
        yield b"a"
        await asyncio.sleep(0.12)

    app.get("/")(lambda: StreamingResponse(rows()))
    instrumented(app, registry, QUERIES, SLOW, settings=SHOWN)
    assert over_in_header(header_of(await call(app, "/"))) is None
    assert counted(registry) == {"queries": 1, "p95_ms": 1}


async def test_failures_are_errors_refusals_are_none(registry: CollectorRegistry) -> None:
    app = FastAPI()

    @app.get("/{how}")
    def endpoint(how: str) -> None:
        if how == "raises":
            raise RuntimeError(how)
        raise HTTPException(int(how))

    instrumented(app, registry, ERRORS, SLOW)
    for how in ("raises", "503", "404", "422"):
        await call(app, f"/{how}")
    assert counted(registry, "events", "/{how}") == {"error_rate": 4, "p95_ms": 2}
    assert counted(registry, "over", "/{how}") == {"error_rate": 2, "p95_ms": 0}


async def test_an_exception_in_the_midst_of_a_body_is_an_error_and_no_response(registry: CollectorRegistry) -> None:
    app = FastAPI()

    def rows() -> Iterator[bytes]:
        yield b"a"
        raise RuntimeError("midway")

    app.get("/")(lambda: StreamingResponse(rows()))
    instrumented(app, registry, ERRORS, SLOW)
    with pytest.raises(RuntimeError, match="midway"):
        await Server().serve(app, scope_of("/"))
    assert counted(registry, "events") == {"error_rate": 1, "p95_ms": 0}
    assert counted(registry) == {"error_rate": 1, "p95_ms": 0}


async def test_an_exception_after_the_response_is_no_failed_request(registry: CollectorRegistry) -> None:
    app = FastAPI()

    def fails() -> None:
        raise RuntimeError("in the background")

    @app.get("/")
    def endpoint(tasks: BackgroundTasks) -> None:
        tasks.add_task(fails)

    instrumented(app, registry, ERRORS, SLOW)
    with pytest.raises(RuntimeError, match="background"):
        await Server().serve(app, scope_of("/"))
    assert counted(registry, "events") == {"error_rate": 1, "p95_ms": 1}
    assert counted(registry) == {"error_rate": 0, "p95_ms": 0}


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_a_client_that_leaves_during_the_response_is_no_error(
    registry: CollectorRegistry, spec_version: str
) -> None:
    app, left = FastAPI(), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b"more"

    app.get("/")(lambda: StreamingResponse(endless()))

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if left.is_set() and spec_version == "2.4":
            raise OSError
        if message["type"] == "http.response.body":
            left.set()

    instrumented(app, registry, ERRORS)
    with suppress(ClientDisconnect):
        await app(scope_of("/", spec_version), receive, send)
    assert counted(registry, "events") == {"error_rate": 1}
    assert counted(registry) == {"error_rate": 0}


async def test_a_client_that_leaves_before_the_response_is_no_error_and_no_response(
    registry: CollectorRegistry,
) -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint(request: Request) -> bytes:
        return await request.body()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    instrumented(app, registry, ERRORS, SLOW)
    with pytest.raises(ClientDisconnect):
        await Server().serve(app, scope_of("/"), receive)
    assert counted(registry, "events") == {"error_rate": 1, "p95_ms": 0}
    assert counted(registry) == {"error_rate": 0, "p95_ms": 0}


async def test_a_request_that_is_cancelled_is_no_error(registry: CollectorRegistry) -> None:
    app, waiting = FastAPI(), asyncio.Event()

    @app.get("/")
    async def waits() -> None:
        waiting.set()
        await asyncio.Event().wait()

    instrumented(app, registry, ERRORS)
    request = asyncio.create_task(Server().serve(app, scope_of("/")))
    await waiting.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert counted(registry, "events") == {"error_rate": 1}
    assert counted(registry) == {"error_rate": 0}


async def test_an_os_error_of_the_application_is_an_error(registry: CollectorRegistry) -> None:
    app = FastAPI()

    @app.get("/")
    def endpoint() -> None:
        raise OSError("disk full")

    instrumented(app, registry, ERRORS)
    await call(app, "/")
    assert counted(registry) == {"error_rate": 1}


async def test_ten_thousand_unknown_paths_add_no_series(registry: CollectorRegistry) -> None:
    app = instrumented(FastAPI(), registry, budget(Kind.QUERIES, "1"), ERRORS)
    await call(app, "/")
    before = set(samples(registry, "performance_budget_events_total"))
    for number in range(10_000):
        await app(scope_of(f"/scan/{number}"), empty_body, Server().send)
    found = samples(registry, "performance_budget_events_total")
    assert set(found) == before
    assert found["error_rate", "", "GET", "unmatched", "0.001"] == 10_001


async def test_unknown_methods_share_one_series(registry: CollectorRegistry) -> None:
    app = instrumented(FastAPI(openapi_url=None), registry, ERRORS)
    for method in ("BREW", "STEEP", "POUR"):
        await call(app, "/nowhere", method)
    found = samples(registry, "performance_budget_events_total")
    assert found["error_rate", "", "_OTHER", "unmatched", "0.001"] == 3
    assert {labels[2:4] for labels in found} == set(UNMATCHED_ROUTES)


async def test_routes_added_after_instrument_stand_at_0_before_their_first_request(
    registry: CollectorRegistry,
) -> None:
    app = instrumented(FastAPI(), registry, QUERIES)
    app.get("/late")(lambda: None)
    app.get("/other")(lambda: None)
    await call(app, "/late")
    assert counted(registry, "events", "/late") == {"queries": 1}
    assert counted(registry, "events", "/other") == {"queries": 0}


async def test_each_look_up_is_counted_once_wherever_it_is_made(registry: CollectorRegistry) -> None:
    app = FastAPI()

    def look_up(request: Request | None = None) -> None:
        sink_of(request).lookup_answered("brands", CacheResult.MISS, 1)

    @app.get("/")
    def endpoint(request: Request, tasks: BackgroundTasks) -> None:
        look_up(request)
        tasks.add_task(look_up, request)

    caches = {"brands": (budget(Kind.HIT_RATIO, "0.9"), budget(Kind.CACHE_LATENCY, "5", "p99_ms"))}
    telemetry.instrument(app, registry=registry, budgets=book(caches=caches))
    await call(app, "/")
    look_up()
    events = samples(registry, "performance_budget_events_total")
    assert events == {("hit_ratio", "brands", "", "", "0.9"): 3, ("p99_ms", "brands", "", "", "5"): 3}
    assert samples(registry, "performance_budget_over_total")["hit_ratio", "brands", "", "", "0.9"] == 3
    assert samples(registry, "cache_requests_total") == {("brands", "miss"): 3}


async def test_the_callback_gets_each_request_that_is_over_once(engine: Engine, registry: CollectorRegistry) -> None:
    told: list[tuple[Any, Any]] = []
    app = FastAPI()
    app.get("/{times}")(lambda times: select(engine, int(times)))
    instrumented(
        app,
        registry,
        QUERIES,
        budget(Kind.LATENCY, "0.000001", "p99_ms"),
        on_over_budget=lambda breakdown, over: told.append((breakdown, over)),
    )
    await call(app, "/5")
    ((breakdown, over),) = told
    assert (breakdown.method, breakdown.route, breakdown.status_code) == ("GET", "/{times}", 200)
    assert [(verdict.budget.name, verdict.is_over) for verdict in over] == [("queries", True), ("p99_ms", True)]
    assert over[0].figure == 5


async def test_a_callback_that_fails_costs_the_request_nothing_but_is_counted(
    engine: Engine, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_breakdown: object, _over: object) -> None:
        raise RuntimeError("not ours")

    async def hidden() -> None: ...

    for function in (fails, lambda _breakdown, _over: hidden()):
        app = FastAPI()
        app.get("/")(lambda: select(engine, 9))
        instrumented(app, registry, QUERIES, on_over_budget=function)
        with monkeypatch.context() as patched:
            patched.delenv("PYTEST_CURRENT_TEST")
            assert (await call(app, "/")).status_code == 200
    assert counted(registry) == {"queries": 2}
    assert samples(registry, "telemetry_internal_errors_total")[("budgets",)] >= 2


async def test_a_callback_that_would_have_to_be_awaited_is_refused(registry: CollectorRegistry) -> None:
    async def later(_breakdown: object, _over: object) -> None: ...

    with pytest.raises(telemetry.ConfigurationError, match=r"on_over_budget=.*later is a coroutine function"):
        instrumented(FastAPI(), registry, QUERIES, on_over_budget=later)
    with pytest.raises(telemetry.ConfigurationError, match="on_over_budget='x' cannot be called"):
        instrumented(FastAPI(), registry, QUERIES, on_over_budget="x")


async def test_a_breach_is_one_log_line_without_values(
    engine: Engine, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()
    app.get("/items/{secret}")(lambda secret: select(engine, 9))
    instrumented(app, registry, QUERIES, budget(Kind.REPEATED_QUERIES, "4"))
    with caplog.at_level(logging.WARNING, "telemetry.budgets"):
        await call(app, "/items/geheim?token=geheim")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "telemetry.budgets"]
    assert 'http_route="/items/{secret}"' in line
    assert 'over="queries 9>3, repeated_queries 9>4"' in line
    assert 'repeated_statement="SELECT ?"' in line
    assert f'repeated_source="tests/{Path("apps.py")}:' in line
    assert "geheim" not in line


@pytest.mark.parametrize("exposure", ["never", lambda _scope: telemetry.Exposure.COARSE])
async def test_who_does_not_see_everything_sees_no_budgets(
    engine: Engine, registry: CollectorRegistry, exposure: Any
) -> None:
    app = FastAPI()
    app.get("/")(lambda: select(engine, 9))
    instrumented(app, registry, QUERIES, settings=SHOWN, exposure=exposure)
    assert "budget" not in (await call(app, "/")).headers.get("server-timing", "")
    assert counted(registry) == {"queries": 1}


def test_the_entry_is_off_unless_it_is_asked_for(engine: Engine, registry: CollectorRegistry) -> None:
    app = FastAPI()
    app.get("/")(lambda: select(engine, 9))
    assert "budget" not in header_of(called(instrumented(app, registry, QUERIES), "/"))
