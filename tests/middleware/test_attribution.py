"""Each request is charged with its own statements, and with no others."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI
from opentelemetry import context as otel_context
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request

import telemetry
from tests.apps import call, called, header_of, select
from tests.server_timing import dur_of, queries_of

pytestmark = pytest.mark.anyio
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def async_engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    yield engine
    await engine.dispose()


async def select_async(engine: AsyncEngine, times: int = 1) -> None:
    async with engine.connect() as connection:
        for _ in range(times):
            await connection.execute(text("SELECT 1"))


def instrumented(app: FastAPI) -> FastAPI:
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


async def test_fifty_concurrent_requests_of_one_trace_state_their_own_counts(
    async_engine: AsyncEngine, engine: Engine
) -> None:
    app = FastAPI()

    @app.get("/async/{n}")
    async def asynchronous(n: int) -> None:
        for _ in range(n):
            await select_async(async_engine)
            await asyncio.sleep(0)

    @app.get("/sync/{n}")
    def synchronous(n: int) -> None:
        select(engine, n)

    instrumented(app)
    counts = [(kind, n % 10) for n in range(50) for kind in ("async", "sync")]
    responses = await asyncio.gather(
        *(call(app, f"/{kind}/{n}", headers={"traceparent": TRACEPARENT}) for kind, n in counts)
    )
    assert [queries_of(header_of(response)) for response in responses] == [n for _, n in counts]


async def test_statements_of_a_gather_are_counted_each_and_timed_together(
    async_engine: AsyncEngine, engine: Engine
) -> None:
    app = FastAPI()

    @app.get("/")
    async def gathered() -> None:
        await asyncio.gather(*(select_async(async_engine, 2) for _ in range(4)))

    header = header_of(await call(instrumented(app), "/"))
    assert queries_of(header) == 8
    assert 0 < dur_of(header, "db") <= dur_of(header, "total")


def test_work_in_threads_that_carry_the_context_is_counted(engine: Engine) -> None:
    app = FastAPI()

    @app.get("/to_thread")
    async def to_thread() -> None:
        await asyncio.gather(*(asyncio.to_thread(select, engine) for _ in range(3)))

    @app.get("/copied")
    def copied() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(contextvars.copy_context().run, select, engine, 3).result()

    @app.get("/opentelemetry")
    def opentelemetry() -> None:
        current = otel_context.get_current()

        def work() -> None:
            otel_context.attach(current)
            select(engine, 3)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    instrumented(app)
    for path in ("/to_thread", "/copied", "/opentelemetry"):
        assert queries_of(header_of(called(app, path))) == 3, path


def test_dependencies_and_middleware_inside_are_counted(engine: Engine) -> None:
    def before() -> Iterator[None]:
        select(engine)
        yield

    app = FastAPI(dependencies=[Depends(before)])
    app.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))

    @app.get("/")
    def endpoint() -> None:
        select(engine)

    assert queries_of(header_of(called(instrumented(app), "/"))) == 2


async def test_a_request_served_in_process_by_another_application_is_charged_to_that_one(engine: Engine) -> None:
    inner, outer = FastAPI(), FastAPI()

    @inner.get("/")
    def served() -> None:
        select(engine, 5)

    @outer.get("/")
    async def asks() -> int | None:
        await asyncio.to_thread(select, engine)
        response = await call(inner, "/")
        await asyncio.to_thread(select, engine)
        return queries_of(header_of(response))

    instrumented(inner)
    response = await call(instrumented(outer), "/")
    assert response.json() == 5
    assert queries_of(header_of(response)) == 2


async def test_a_task_that_outlives_its_request_is_charged_to_no_later_one(engine: Engine) -> None:
    app, go, done = FastAPI(), asyncio.Event(), asyncio.Event()
    tasks = []

    async def later() -> None:
        await go.wait()
        await asyncio.to_thread(select, engine, 7)
        done.set()

    @app.get("/starts")
    async def starts() -> None:
        tasks.append(asyncio.create_task(later()))

    @app.get("/waits")
    async def waits() -> None:
        go.set()
        await done.wait()

    instrumented(app)
    assert queries_of(header_of(await call(app, "/starts"))) == 0
    # Nor is it said that it sent none: the task may be a worker that works for it.
    assert queries_of(header_of(await call(app, "/waits"))) is None


async def test_a_pool_of_threads_works_for_the_request_that_hands_over(engine: Engine) -> None:
    app, pool = FastAPI(), ThreadPoolExecutor(1)
    both = threading.Barrier(2, timeout=10)

    @app.get("/{n}")
    async def endpoint(n: int) -> None:
        # Both are open before the one thread works for either, and while it does.
        await asyncio.to_thread(both.wait)
        await asyncio.get_running_loop().run_in_executor(pool, select, engine, n)
        await asyncio.wrap_future(pool.submit(select, engine, times=n))
        await asyncio.to_thread(both.wait)

    instrumented(app)
    with pool:
        responses = await asyncio.gather(call(app, "/2"), call(app, "/5"))
        # What is handed over outside is of no request.
        pool.submit(select, engine, 9).result()
    assert [queries_of(header_of(response)) for response in responses] == [4, 10]


def test_what_is_handed_to_a_pool_wrongly_fails_as_ever() -> None:
    app = FastAPI()

    @app.get("/")
    def endpoint() -> str:
        with ThreadPoolExecutor(1) as pool, pytest.raises(TypeError, match="submit"):
            pool.submit()  # type: ignore[call-arg]
        return "as ever"

    assert called(instrumented(app), "/").json() == "as ever"


def test_the_calls_for_unseen_work_add_to_what_was_measured(engine: Engine) -> None:
    app = FastAPI()

    @app.get("/")
    def unseen(request: Request) -> None:
        select(engine, 2)
        telemetry.increment_query_count(request)
        telemetry.increment_query_count(request, 3)
        telemetry.update_cache_status(request, hit=True)
        telemetry.update_cache_status(request, hit=False)

    header = header_of(called(instrumented(app), "/"))
    assert queries_of(header) == 6
    assert 'cache;desc="Cache Partial"' in header
    assert dur_of(header, "db") > 0
