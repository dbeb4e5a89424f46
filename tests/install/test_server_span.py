"""There is exactly one SERVER span for each request, and it carries the figures."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import telemetry
from tests.apps import called, memory_engine, select
from tests.fresh import fresh
from tests.install.recorded import recorded, servers

OFF: TelemetryConfig = {"tracing": False}
TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def endpoints(app: FastAPI, engine: Engine) -> FastAPI:
    @app.get("/items/{item_id}")
    def item(item_id: int, request: Request) -> int:
        select(engine, 2)
        telemetry.update_cache_status(request, hit=True)
        return item_id

    @app.get("/fails")
    def fails() -> None:
        select(engine)
        raise KeyError("unhandled")

    return app


def native(engine: Engine) -> Starlette:
    app = endpoints(FastAPI(), engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def own(engine: Engine) -> Starlette:
    app = endpoints(FastAPI(telemetry=OFF), engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def contrib_first(engine: Engine) -> Starlette:
    app = endpoints(FastAPI(), engine)
    FastAPIInstrumentor.instrument_app(app)
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def contrib_last(engine: Engine) -> Starlette:
    app = endpoints(FastAPI(), engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    FastAPIInstrumentor.instrument_app(app)
    return app


def contrib_for_every_application(engine: Engine) -> Starlette:
    FastAPIInstrumentor().instrument()
    import fastapi

    app = endpoints(fastapi.FastAPI(), engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def contrib_on_a_started_application(engine: Engine) -> Starlette:
    app = endpoints(FastAPI(), engine)
    app.middleware_stack = app.build_middleware_stack()
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


MAKERS = [native, own, contrib_first, contrib_last, contrib_for_every_application, contrib_on_a_started_application]


def served(make: Callable[[Engine], Starlette], path: str, headers: Mapping[str, str] = {}) -> dict[str, Any]:
    spans, engine = recorded(ALWAYS_ON), memory_engine()
    called(make(engine), path, headers=headers)
    finished = spans()
    (server,) = servers(finished)
    statements = [span for span in finished if span.kind is SpanKind.CLIENT and span.name.startswith("SELECT")]
    return {
        "name": server.name,
        "scope": server.instrumentation_scope.name if server.instrumentation_scope else None,
        "attributes": dict(server.attributes or {}),
        "status": server.status.status_code.name,
        "trace": f"{server.context.trace_id:032x}" if server.context else None,
        "parent": f"{server.parent.span_id:016x}" if server.parent else None,
        "statements": len(statements),
        "in its trace": all(same_trace(span, server) for span in statements),
    }


def same_trace(one: ReadableSpan, other: ReadableSpan) -> bool:
    return bool(one.context and other.context and one.context.trace_id == other.context.trace_id)


@pytest.mark.parametrize("make", MAKERS)
def test_one_server_span_carries_the_figures_whoever_opened_it(make: Callable[[Engine], Starlette]) -> None:
    span = fresh(served, make, "/items/1")
    attributes = span["attributes"]
    assert attributes["performance.db.queries"] == 2
    assert 0 < attributes["performance.db.duration_seconds"] < 1
    assert attributes["performance.cache.status"] == "hit"
    assert span["statements"] == 2
    assert span["in its trace"]
    assert span["name"] == "GET /items/{item_id}"


@pytest.mark.parametrize("make", MAKERS)
def test_one_server_span_carries_the_figures_of_an_unhandled_error(make: Callable[[Engine], Starlette]) -> None:
    span = fresh(served, make, "/fails")
    assert span["attributes"]["performance.db.queries"] == 1
    assert span["status"] == "ERROR"


@pytest.mark.parametrize("make", MAKERS)
def test_the_server_span_continues_the_trace_of_its_caller(make: Callable[[Engine], Starlette]) -> None:
    span = fresh(served, make, "/items/1", {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"})
    assert (span["trace"], span["parent"]) == (TRACE_ID, PARENT_ID)


def test_a_look_up_that_was_not_made_is_not_on_the_span() -> None:
    span = fresh(served, native, "/nowhere")
    assert span["attributes"]["performance.db.queries"] == 0
    assert "performance.cache.status" not in span["attributes"]


def test_our_own_span_follows_the_semantic_conventions() -> None:
    span = fresh(served, own, "/items/1?token=geheim", {"user-agent": "tests/1"})
    attributes = span["attributes"]
    expected = {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/items/{item_id}",
        "network.protocol.version": "1.1",
        "server.address": "testserver",
        "url.path": "/items/1",
        "url.scheme": "http",
        "user_agent.original": "tests/1",
    }
    assert {name: attributes.get(name) for name in expected} == expected
    assert span["status"] == "UNSET"
    assert "geheim" not in str(attributes)


@pytest.mark.parametrize(
    ("path", "name", "status", "error"),
    [
        ("/nowhere", "GET", 404, None),
        ("/items/x", "GET /items/{item_id}", 422, None),
        ("/fails", "GET /fails", 500, "500"),
    ],
)
def test_our_own_span_tells_refusals_from_failures(path: str, name: str, status: int, error: str | None) -> None:
    span = fresh(served, own, path)
    assert span["name"] == name
    assert span["attributes"]["http.response.status_code"] == status
    assert span["attributes"].get("error.type") == error
    assert span["status"] == ("ERROR" if error else "UNSET")


def strange_method() -> tuple[str, dict[str, Any]]:
    spans = recorded()

    async def plain(_request: Request) -> Response:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", plain, methods=["BREW"])])
    telemetry.instrument(app, registry=CollectorRegistry())
    called(app, "/", "BREW")
    (server,) = servers(spans())
    return server.name, dict(server.attributes or {})


def test_an_unknown_method_is_other_on_our_own_span() -> None:
    name, attributes = fresh(strange_method)
    assert name == "HTTP /"
    assert attributes["http.request.method"] == "_OTHER"
    assert attributes["http.request.method_original"] == "BREW"


def excluded() -> tuple[int, str]:
    spans, engine = recorded(), memory_engine()
    app = endpoints(FastAPI(telemetry={"exclude": lambda scope: True}), engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    response = called(app, "/items/1")
    return len(servers(spans())), response.headers["server-timing"]


def test_a_request_that_the_application_excluded_has_no_span_and_true_figures() -> None:
    count, header = fresh(excluded)
    assert count == 0
    assert 'queries;desc="2 Queries"' in header
    assert "db;dur=0.00" not in header


def nested() -> list[tuple[str, object]]:
    spans, engine = recorded(), memory_engine()
    inner = endpoints(FastAPI(), engine)
    telemetry.instrument(inner, registry=CollectorRegistry())
    outer = FastAPI()

    @outer.get("/outer")
    def asks() -> None:
        called(inner, "/items/1")
        select(engine, 5)

    telemetry.instrument(outer, registry=CollectorRegistry())
    called(outer, "/outer")
    return sorted((span.name, (span.attributes or {}).get("performance.db.queries")) for span in servers(spans()))


def test_applications_that_call_each_other_in_process_have_a_span_each() -> None:
    assert fresh(nested) == [("GET /items/{item_id}", 2), ("GET /outer", 5)]
