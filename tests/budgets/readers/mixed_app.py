"""An application whose requests cost what their path says."""

import os

from fastapi import FastAPI, Response
from prometheus_client import REGISTRY

import telemetry
from tests.apps import memory_engine, select


def create_app() -> FastAPI:
    """The application, under the budgets of BUDGETS."""
    app, engine = FastAPI(), memory_engine()

    @app.get("/{times}/{status}")
    async def endpoint(times: int, status: int) -> Response:
        select(engine, times)
        return Response(status_code=status)

    telemetry.instrument(
        app,
        metrics_path="/metrics",
        registry=REGISTRY,
        budgets=os.environ["BUDGETS"],
        settings=telemetry.Settings(budget_entry=True),
    )
    return app
