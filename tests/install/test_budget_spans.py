"""The SERVER span says what was over: our own with the work after the response, that of others until the last byte."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

import telemetry
from telemetry.budgets.model import Kind
from tests.apps import called, memory_engine, select
from tests.budgets.made import book, budget
from tests.fresh import fresh
from tests.install.recorded import recorded, servers

OFF: TelemetryConfig = {"tracing": False}
BOOK = book(budget(Kind.QUERIES, "3"), budget(Kind.LATENCY, "60000", "p99_ms"))
OVER, BREACHED = "performance.budget.over", "performance.budget.breached"
LATE_SECONDS = 0.2


def application(app: FastAPI, engine: Engine) -> FastAPI:
    @app.get("/{now}/{late}")
    def endpoint(now: int, late: int, tasks: BackgroundTasks) -> None:
        select(engine, now)
        if late:
            tasks.add_task(select, engine, late)
            tasks.add_task(time.sleep, LATE_SECONDS)

    @app.get("/fails")
    def fails() -> None:
        select(engine, 4)
        raise KeyError("unhandled")

    return app


def own(engine: Engine) -> FastAPI:
    app = application(FastAPI(telemetry=OFF), engine)
    telemetry.instrument(app, registry=CollectorRegistry(), budgets=BOOK)
    return app


def native(engine: Engine) -> FastAPI:
    app = application(FastAPI(), engine)
    telemetry.instrument(app, registry=CollectorRegistry(), budgets=BOOK)
    return app


def contrib(engine: Engine) -> FastAPI:
    app = application(FastAPI(telemetry=OFF), engine)
    FastAPIInstrumentor.instrument_app(app)
    telemetry.instrument(app, registry=CollectorRegistry(), budgets=BOOK)
    return app


def served(make: Callable[[Engine], FastAPI], path: str) -> dict[str, Any]:
    spans = recorded()
    began = time.perf_counter()
    called(make(memory_engine()), path)
    took = time.perf_counter() - began
    (server,) = servers(spans())
    assert server.start_time is not None
    assert server.end_time is not None
    attributes = dict(server.attributes or {})
    seconds = (server.end_time - server.start_time) / 1e9
    return {"name": server.name, "seconds": seconds, "took": took} | attributes


@pytest.mark.parametrize("make", [own, native, contrib])
def test_every_server_span_names_what_was_over_at_the_last_byte(make: Callable[[Engine], FastAPI]) -> None:
    span = fresh(served, make, "/4/0")
    assert (span[BREACHED], list(span[OVER])) == (True, ["queries"])


@pytest.mark.parametrize("make", [own, native, contrib])
def test_a_span_within_its_budgets_says_nothing(make: Callable[[Engine], FastAPI]) -> None:
    span = fresh(served, make, "/3/0")
    assert BREACHED not in span
    assert OVER not in span
    assert not [name for name in span if name.startswith("performance.late")]


def test_our_own_span_names_what_the_work_after_the_response_took_over_and_ends_with_the_response() -> None:
    span = fresh(served, own, "/2/2")
    assert (span[BREACHED], list(span[OVER])) == (True, ["queries"])
    assert span["performance.db.queries"] == 2
    assert span["performance.late.db.queries"] == 2
    assert span["performance.late.db.sum_seconds"] > 0
    assert LATE_SECONDS <= span["performance.late.duration_seconds"] < span["took"]
    assert span["seconds"] <= span["took"] - LATE_SECONDS
    assert (span["name"], span["http.route"], span["http.response.status_code"]) == (
        "GET /{now}/{late}",
        "/{now}/{late}",
        200,
    )


@pytest.mark.parametrize("make", [native, contrib])
def test_the_span_of_others_has_ended_by_then(make: Callable[[Engine], FastAPI]) -> None:
    span = fresh(served, make, "/2/2")
    assert BREACHED not in span
    assert "performance.late.db.queries" not in span


@pytest.mark.parametrize("make", [own, native, contrib])
def test_the_span_of_a_failure_names_what_was_over(make: Callable[[Engine], FastAPI]) -> None:
    span = fresh(served, make, "/fails")
    assert (span[BREACHED], list(span[OVER])) == (True, ["queries"])
