"""The time of a streamed body is told apart, since the header left before it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry

import telemetry
from tests.apps import call

pytestmark = pytest.mark.anyio

_SECONDS = 0.03


async def test_a_body_that_is_made_slowly_is_streaming_time_and_a_plain_one_is_none() -> None:
    app, registry = FastAPI(), CollectorRegistry()

    @app.get("/slow")
    async def slow() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.sleep(_SECONDS)
            yield b"second"

        return StreamingResponse(body())

    @app.get("/plain")
    async def plain() -> str:
        await asyncio.sleep(_SECONDS)
        return "all at once"

    telemetry.instrument(app, registry=registry)
    for path in ("/slow", "/plain"):
        assert (await call(app, path)).status_code == 200

    def streaming(route: str) -> float | None:
        labels = {"http_request_method": "GET", "http_route": route, "phase": "streaming"}
        return registry.get_sample_value("http_server_request_phase_seconds_total", labels)

    assert (streaming("/slow") or 0) >= _SECONDS
    assert streaming("/plain") is None
