"""The one line, with everything on: spans and their export, header, metrics."""

from fastapi import FastAPI, Request
from sqlalchemy import Engine

import telemetry


def instrument(app: FastAPI, engine: Engine) -> None:  # noqa: ARG001 - all configurations are called alike
    """Adds the one line; the exporter comes from the environment, the engine is found."""
    telemetry.instrument(app, metrics_path="/metrics")


def cache_answered(request: Request, hit: bool) -> None:  # noqa: FBT001 - the signature that users know
    """Tells the figures of *request*."""
    telemetry.update_cache_status(request, hit)
