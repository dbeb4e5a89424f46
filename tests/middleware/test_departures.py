"""A client that leaves is no failure, however the application learns of it, and no status that was sent."""

import asyncio
import contextvars
from collections.abc import Awaitable, Coroutine
from typing import Any

import pytest
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

import telemetry
from telemetry.budgets.model import Kind
from telemetry.middleware import Pipeline, TelemetryMiddleware
from telemetry.request.context import current_record
from telemetry.request.departure import is_departure
from telemetry.request.record import RequestRecord
from tests.apps import samples
from tests.asgi import Server, scope_of
from tests.budgets.made import book, budget

pytestmark = pytest.mark.anyio
ERRORS, SLOW = budget(Kind.ERROR_RATE, "0.001"), budget(Kind.LATENCY, "100", "p95_ms")
DURATION = "http_server_request_duration_seconds_count"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


async def gone() -> Message:
    return {"type": "http.disconnect"}


def counted(registry: CollectorRegistry, name: str) -> dict[str, float]:
    found = samples(registry, f"performance_budget_{name}_total")
    return {labels[0]: value for labels, value in found.items() if labels[2:4] == ("GET", "/")}


async def test_a_client_that_leaves_a_task_group_is_no_error(registry: CollectorRegistry) -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint(request: Request) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(request.body())

    telemetry.instrument(app, registry=registry, budgets=book(ERRORS, SLOW))
    with pytest.raises(ExceptionGroup):
        await Server().serve(app, scope_of("/"), gone)
    assert counted(registry, "events") == {"error_rate": 1, "p95_ms": 0}
    assert counted(registry, "over") == {"error_rate": 0, "p95_ms": 0}


async def test_a_cancelled_request_that_sent_nothing_has_the_status_of_a_client_that_left(
    registry: CollectorRegistry,
) -> None:
    app, waiting = FastAPI(), asyncio.Event()

    @app.get("/")
    async def endpoint() -> None:
        waiting.set()
        await asyncio.Event().wait()

    telemetry.instrument(app, registry=registry)
    request = asyncio.create_task(Server().serve(app, scope_of("/")))
    await waiting.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert samples(registry, DURATION) == {("GET", "499", "/"): 1}


async def test_a_request_that_failed_before_it_was_answered_has_the_status_that_the_server_sends(
    registry: CollectorRegistry,
) -> None:
    app = FastAPI()

    @app.get("/")
    def endpoint() -> None:
        raise ExceptionGroup("both", [ClientDisconnect(), RuntimeError()])

    telemetry.instrument(app, registry=registry, budgets=book(ERRORS))
    with pytest.raises(ExceptionGroup):
        await Server().serve(app, scope_of("/"))
    assert counted(registry, "over") == {"error_rate": 1}
    assert samples(registry, DURATION) == {("GET", "500", "/"): 1}


def test_all_that_a_group_holds_at_any_depth_must_say_so() -> None:
    left = BaseExceptionGroup("outer", [ClientDisconnect(), BaseExceptionGroup("inner", [asyncio.CancelledError()])])
    assert is_departure(ClientDisconnect())
    assert is_departure(left)
    assert not is_departure(BaseExceptionGroup("outer", [left, OSError()]))
    assert not is_departure(RuntimeError())


class Suspended:
    """Waits for nothing that comes."""

    def __await__(self) -> Any:
        yield


async def waits(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await Suspended()


async def flush() -> None:
    return None


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_coroutine_that_is_closed_in_another_context_raises_nothing(kind: str) -> None:
    pipeline = Pipeline(open_record=RequestRecord, release=lambda _record: None, outputs=(), flush=flush)
    serving: Awaitable[None] = TelemetryMiddleware(waits, pipeline)(scope_of("/") | {"type": kind}, gone, Server().send)
    assert isinstance(serving, Coroutine)
    began = contextvars.copy_context()
    began.run(serving.send, None)
    contextvars.copy_context().run(serving.close)
    assert began.run(current_record) is None
