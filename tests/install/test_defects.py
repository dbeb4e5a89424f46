"""A part that fails at the start leaves its own figures out, and the application as it was."""

import os
from typing import Any
from unittest.mock import patch

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.requests import Request

import telemetry
from tests.apps import called, memory_engine, select
from tests.fresh import fresh


def failing(target: str) -> dict[str, Any]:
    # A defect is raised under pytest; what is proved here is production.
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    app, engine = FastAPI(), memory_engine()

    @app.get("/")
    def endpoint(request: Request) -> int:
        select(engine, 2)
        telemetry.increment_query_count(request)
        return 1

    with patch(target, side_effect=RuntimeError("a defect")):
        handle = telemetry.instrument(app, registry=CollectorRegistry(), engines=[engine])
    response = called(app, "/")
    return {"body": response.text, "header": response.headers.get("server-timing"), "flushed": handle.flush()}


@pytest.mark.parametrize(
    ("target", "entries"),
    [
        ("telemetry.install.drivers.watch", ["queries", "total"]),
        ("telemetry.install.sqlalchemy_spans.watch", ["queries", "total"]),
        ("telemetry.install.waits.watch", ["db", "queries", "total"]),
        ("telemetry.install.redis_spans.watch", ["db", "queries", "total"]),
        ("telemetry.install.metrics_for", None),
        ("telemetry.install.tracer_provider", None),
    ],
)
def test_the_application_runs_and_says_only_what_is_known(target: str, entries: list[str] | None) -> None:
    seen = fresh(failing, target)
    assert (seen["body"], seen["flushed"]) == ("1", True)
    header = seen["header"]
    assert (header and [entry.split(";")[0] for entry in header.split(", ")]) == entries


def test_what_was_counted_by_hand_is_shown_where_the_database_is_not_seen() -> None:
    assert 'queries;desc="1 Query"' in fresh(failing, "telemetry.install.sqlalchemy_spans.watch")["header"]
