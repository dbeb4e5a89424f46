"""An application for several workers; it has no database."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

import telemetry
from telemetry.errors import Guard


def create_app() -> FastAPI:
    """Tells which process answered; its metrics are those of telemetry."""
    app = _app()
    telemetry.instrument(app, metrics_path="/metrics")
    return app


def create_app_with_budgets() -> FastAPI:
    """Judges its requests by BUDGETS, and has a page of its own for the metrics."""
    app = _app()
    telemetry.instrument(app, budgets=Path(os.environ["BUDGETS"]))
    return app


def create_app_without_page() -> FastAPI:
    """Has neither budgets nor a page for metrics."""
    app = _app()
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


def create_app_that_fails_at_start() -> FastAPI:
    """Fails in its lifespan."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        raise OSError("its disk is away")
        yield

    app = FastAPI(lifespan=lifespan)
    telemetry.instrument(app, metrics_path="/metrics")
    return app


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/process")
    async def process() -> int:
        return os.getpid()

    @app.get("/failing-telemetry")
    async def failing_telemetry() -> None:
        with Guard("tried"):
            raise RuntimeError("on purpose")

    return app
