"""The header tells what was known when the response started; the record goes on to the last byte."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

import telemetry
from tests.apps import call, header_of, samples, select
from tests.asgi import Server, scope_of
from tests.server_timing import queries_of

pytestmark = pytest.mark.anyio
QUERIES = "http_server_request_db_queries_sum"
DURATION = "http_server_request_duration_seconds_count"


def instrumented(app: Starlette) -> CollectorRegistry:
    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)
    return registry


async def test_work_while_streaming_is_measured_but_not_in_the_header(engine: Engine) -> None:
    app = FastAPI()

    def rows() -> Iterator[bytes]:
        yield b"a"
        select(engine, 3)
        yield b"b"

    @app.get("/")
    def stream() -> StreamingResponse:
        select(engine)
        return StreamingResponse(rows())

    registry = instrumented(app)
    response = await call(app, "/")
    assert response.content == b"ab"
    assert queries_of(header_of(response)) == 1
    assert samples(registry, QUERIES) == {("GET", "/"): 4}


async def test_chunks_pass_as_they_are_made() -> None:
    app, server = FastAPI(), Server()
    sent_before: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"a", b"b", b"c"):
            sent_before.append(sum(bool(message.get("body")) for message in server.sent))
            yield chunk

    @app.get("/")
    async def stream() -> StreamingResponse:
        return StreamingResponse(chunks())

    instrumented(app)
    await server.serve(app, scope_of("/"))
    assert sent_before == [0, 1, 2]


async def test_an_error_after_the_response_started_reaches_the_server_and_is_recorded(engine: Engine) -> None:
    app, server = FastAPI(), Server()

    def rows() -> Iterator[bytes]:
        yield b"a"
        select(engine, 2)
        raise RuntimeError("midway")

    @app.get("/")
    def stream() -> StreamingResponse:
        return StreamingResponse(rows())

    registry = instrumented(app)
    with pytest.raises(RuntimeError, match="midway"):
        await server.serve(app, scope_of("/"))
    assert [message["type"] for message in server.sent] == ["http.response.start", "http.response.body"]
    assert samples(registry, QUERIES) == {("GET", "/"): 2}
    assert samples(registry, DURATION) == {("GET", "200", "/"): 1}


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_a_client_that_leaves_is_recorded_once(engine: Engine, spec_version: str) -> None:
    app, left = FastAPI(), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await asyncio.to_thread(select, engine)
            yield b"more"

    @app.get("/")
    async def stream() -> StreamingResponse:
        return StreamingResponse(endless())

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if left.is_set() and spec_version == "2.4":
            raise OSError
        if message["type"] == "http.response.body":
            left.set()

    registry = instrumented(app)
    with suppress(ClientDisconnect):
        await app(scope_of("/", spec_version), receive, send)
    assert samples(registry, DURATION) == {("GET", "200", "/"): 1}
    assert samples(registry, QUERIES)["GET", "/"] >= 1


async def test_a_cancelled_request_is_recorded_once_and_stays_cancelled(engine: Engine) -> None:
    app, waiting = FastAPI(), asyncio.Event()

    @app.get("/")
    async def waits() -> None:
        await asyncio.to_thread(select, engine)
        waiting.set()
        await asyncio.Event().wait()

    registry = instrumented(app)
    request = asyncio.create_task(Server().serve(app, scope_of("/")))
    await waiting.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert samples(registry, QUERIES) == {("GET", "/"): 1}
    assert sum(samples(registry, DURATION).values()) == 1


async def test_an_application_that_answers_nothing_is_recorded_as_what_the_server_makes_of_it() -> None:
    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        return None

    app = Starlette()
    app.mount("/", silent)
    registry = instrumented(app)
    await Server().serve(app, scope_of("/"))
    assert [status for _, status, _ in samples(registry, DURATION)] == ["500"]


@pytest.mark.parametrize(
    "last", [{"type": "http.response.trailers", "headers": []}, {"type": "http.response.pathsend", "path": "/tmp/a"}]
)
async def test_the_extensions_of_asgi_end_a_response_too(last: Message) -> None:
    recorded: list[float] = []

    async def extended(_scope: Scope, _receive: Receive, send: Send) -> None:
        has_trailers = last["type"] == "http.response.trailers"
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": has_trailers})
        if has_trailers:
            await send({"type": "http.response.body", "body": b"a"})
        recorded.append(sum(samples(registry, DURATION).values()))
        await send(last)
        recorded.append(sum(samples(registry, DURATION).values()))

    app = Starlette()
    app.mount("/", extended)
    registry = instrumented(app)
    await Server().serve(app, scope_of("/"))
    assert recorded == [0, 1]
