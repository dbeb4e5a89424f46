"""Nothing of a request stays behind, and what is no HTTP request passes untouched."""

import gc
from typing import TypeVar

import pytest
from fastapi import FastAPI, WebSocket
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

import telemetry
from telemetry.request.context import current_record, sink_of
from telemetry.request.record import RequestRecord
from telemetry.spans.binding import current_server
from telemetry.spans.processor import FigureProcessor
from tests.apps import call, samples, select
from tests.asgi import Server, scope_of

pytestmark = pytest.mark.anyio
T = TypeVar("T")


def alive(kind: type[T]) -> list[T]:
    """Objects of a class that somebody still holds."""
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, kind)]


async def test_nothing_of_a_request_stays_in_memory(engine: Engine) -> None:
    app = FastAPI()

    # A worker thread would hold the context of its last request until the next one.
    @app.get("/{n}")
    async def endpoint(n: int) -> None:
        select(engine, n)
        if n == 3:
            raise RuntimeError("unhandled")

    telemetry.instrument(app, registry=CollectorRegistry())
    await call(app, "/1")
    before = len(alive(RequestRecord))
    for n in (0, 1, 3):
        await call(app, f"/{n}")
    assert len(alive(RequestRecord)) == before
    assert sum(processor.open_spans for processor in alive(FigureProcessor)) == 0


async def test_the_context_is_as_before_and_the_scope_too(engine: Engine) -> None:
    app = FastAPI()

    @app.get("/")
    def endpoint() -> None:
        select(engine)

    telemetry.instrument(app, registry=CollectorRegistry())
    scope = scope_of("/")
    await Server().serve(app, scope)
    assert current_record() is None
    assert current_server() is None
    assert not any(isinstance(value, RequestRecord) for value in scope.values())


async def test_what_arrives_after_the_end_goes_to_no_request(engine: Engine) -> None:
    app, requests = FastAPI(), list[Request]()

    @app.get("/")
    def endpoint(request: Request) -> None:
        requests.append(request)

    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)
    await call(app, "/")
    telemetry.increment_query_count(requests[0], 2)
    telemetry.update_cache_status(requests[0], hit=True)
    assert samples(registry, "http_server_request_db_queries_sum") == {("GET", "/"): 0}
    assert samples(registry, "telemetry_statements_outside_requests_total") == {(): 2}
    assert samples(registry, "cache_requests_total") == {("manual", "hit"): 1}
    assert not isinstance(sink_of(requests[0]), RequestRecord)


async def test_websockets_pass_untouched(engine: Engine) -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket) -> None:
        assert current_record() is None
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)
    server = Server()
    scope = scope_of("/ws") | {"type": "websocket", "scheme": "ws", "subprotocols": []}
    del scope["method"]

    async def connect() -> Message:
        return {"type": "websocket.connect"}

    await server.serve(app, scope, connect)
    assert [message["type"] for message in server.sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert not any(value for _, value in server.sent[0]["headers"] if b"dur" in value)
    assert samples(registry, "http_server_request_duration_seconds_count") == {}


async def test_messages_pass_as_the_application_sent_them() -> None:
    sent: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": ((b"X-Case", b"Kept"),), "other": object()},
        {"type": "http.response.debug", "info": {}},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body"},
    ]

    async def plain(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in sent:
            await send(message)

    app, server = FastAPI(), Server()
    app.mount("/", plain)
    telemetry.instrument(app, registry=CollectorRegistry())
    before = [dict(message) for message in sent]
    await server.serve(app, scope_of("/"))
    assert sent == before, "a message of the application was changed in place"
    assert server.sent[1:] == sent[1:]
    start = server.sent[0]
    assert start["other"] is sent[0]["other"]
    assert [pair for pair in start["headers"] if pair[0] != b"server-timing"] == [(b"X-Case", b"Kept")]
