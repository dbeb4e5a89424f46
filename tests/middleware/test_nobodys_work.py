"""What a websocket or a worker sends is of no request; whether a request says a zero meanwhile is told by who sends."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

import telemetry
from tests.apps import call, header_of, select
from tests.server_timing import queries_of

pytestmark = pytest.mark.anyio


def instrumented(app: FastAPI) -> FastAPI:
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def during_a_request(work: Callable[[], Awaitable[None]]) -> int | None:
    """Queries that a request states which was open while a websocket did some work, and sent none."""
    app, opened, go = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
            request = asyncio.create_task(client.get("/open"))
            await opened.wait()
            await work()
            go.set()
            await websocket.send_text(header_of(await request))

    @app.get("/open")
    async def wait() -> None:
        opened.set()
        await go.wait()

    with TestClient(instrumented(app)) as client, client.websocket_connect("/socket") as connection:
        connection.send_text("go")
        return queries_of(connection.receive_text())


def test_a_websocket_lets_no_request_doubt_its_zero(engine: Engine) -> None:
    async def work() -> None:
        select(engine, 3)

    assert during_a_request(work) == 0


def test_what_a_websocket_starts_may_be_a_worker_for_requests(engine: Engine) -> None:
    async def in_a_thread() -> None:
        await asyncio.to_thread(select, engine)

    async def in_a_task() -> None:
        async def query() -> None:
            select(engine)

        await asyncio.create_task(query())

    for work in (in_a_thread, in_a_task):
        assert during_a_request(work) is None, work


class Worker:
    """A task that is started by whoever asks it first, and works for all; a context is that of its task."""

    def __init__(self, engine: Engine, context: contextvars.Context | None = None) -> None:
        self._engine = engine
        self._context = context
        self._task: asyncio.Task[None] | None = None
        self._asked: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def ask(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(), context=self._context)
        done = asyncio.get_running_loop().create_future()
        await self._asked.put(done)
        await done

    async def _work(self) -> None:
        while True:
            done = await self._asked.get()
            select(self._engine)
            done.set_result(None)


def test_a_worker_that_a_websocket_started_lets_requests_doubt_their_zero_when_it_is_closed(engine: Engine) -> None:
    app, worker = FastAPI(), Worker(engine)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await worker.ask()
        await websocket.send_text("asked")

    app.get("/")(worker.ask)
    with TestClient(instrumented(app)) as client:
        with client.websocket_connect("/socket") as connection:
            assert connection.receive_text() == "asked"
        assert queries_of(client.get("/").headers["server-timing"]) is None


async def test_a_worker_that_a_request_starts_without_its_context_works_for_nobody(engine: Engine) -> None:
    app, worker = FastAPI(), Worker(engine, contextvars.Context())
    asked, go = asyncio.Event(), asyncio.Event()

    @app.get("/first")
    async def first() -> None:
        select(engine)
        await worker.ask()
        asked.set()
        await go.wait()

    app.get("/second")(worker.ask)
    request = asyncio.create_task(call(instrumented(app), "/first"))
    await asked.wait()
    assert queries_of(header_of(await call(app, "/second"))) is None
    go.set()
    assert queries_of(header_of(await request)) == 1
