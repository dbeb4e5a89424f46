"""What people assemble today: contrib instrumentations for traces, prometheus-fastapi-instrumentator for metrics."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator
from sqlalchemy import Engine

from benchmarks.configurations import contrib
from benchmarks.configurations.bare import cache_answered

__all__ = ["cache_answered", "instrument"]


def instrument(app: FastAPI, engine: Engine) -> None:
    """Traces and measures the requests of *app*."""
    registry = CollectorRegistry()
    Instrumentator(registry=registry).instrument(app).expose(app)
    contrib.instrument(app, engine)
