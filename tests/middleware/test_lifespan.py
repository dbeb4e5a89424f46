"""What waits is exported in the application's own lifespan, and never for longer than was set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.types import Message, Scope

import telemetry
from telemetry.middleware import Pipeline, TelemetryMiddleware
from telemetry.request.record import RequestRecord
from tests.asgi import Server

pytestmark = pytest.mark.anyio
LIFESPAN: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}


class LifespanServer(Server):
    """Starts and stops an application, noting beside its messages when it was flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    async def receive(self) -> Message:
        return {"type": "lifespan.shutdown" if self.sent else "lifespan.startup"}

    async def send(self, message: Message) -> None:
        await super().send(message)
        self.order.append(message["type"])

    async def flush(self) -> None:
        self.order.append("flushed")


def watched(app: Starlette, server: LifespanServer) -> TelemetryMiddleware:
    pipeline = Pipeline(open_record=RequestRecord, release=lambda record: None, outputs=(), flush=server.flush)
    return TelemetryMiddleware(app, pipeline)


async def test_the_flush_comes_before_the_server_hears_that_the_application_stopped() -> None:
    server = LifespanServer()
    await server.serve(watched(Starlette(), server), dict(LIFESPAN), server.receive)
    assert server.order == ["lifespan.startup.complete", "flushed", "lifespan.shutdown.complete"]


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
async def test_a_failed_start_or_stop_is_flushed_too(phase: str) -> None:
    @asynccontextmanager
    async def fails(_app: Starlette) -> AsyncIterator[None]:
        if phase == "startup":
            raise RuntimeError(phase)
        yield
        raise RuntimeError(phase)

    server = LifespanServer()
    with pytest.raises(RuntimeError, match=phase):
        await server.serve(watched(Starlette(lifespan=fails), server), dict(LIFESPAN), server.receive)
    assert server.order[-2:] == ["flushed", f"lifespan.{phase}.failed"]


async def test_a_flush_that_fails_stops_no_application(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(LifespanServer):
        async def flush(self) -> None:
            raise OSError("no route to the Collector")

    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    server = Failing()
    await server.serve(watched(Starlette(), server), dict(LIFESPAN), server.receive)
    assert server.order == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_lifespan_of_an_instrumented_application_still_runs() -> None:
    order = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, str]]:
        order.append("started")
        yield {"made": "at start"}
        order.append("stopped")

    app, scope, server = FastAPI(lifespan=lifespan), dict(LIFESPAN), LifespanServer()
    telemetry.instrument(app, registry=CollectorRegistry())
    await server.serve(app, scope, server.receive)
    assert order == ["started", "stopped"]
    assert scope["state"] == {"made": "at start"}
