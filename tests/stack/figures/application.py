"""Builds the application in the variant that the environment names."""

import os
from collections.abc import Callable
from typing import Final

import sqlalchemy
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio

import telemetry
from tests.stack.figures import cached, concurrency, drivers, past, repeated, responses, soak, statements, waits
from tests.stack.figures.resources import IMPORTED_EARLY, Makers, Resources

_ROUTES: Final = (cached, concurrency, drivers, past, repeated, responses, soak, statements, waits)


def create_app() -> FastAPI:
    """The application; VARIANT says in which order it is put together, and what else instruments it."""
    return VARIANTS[os.environ["VARIANT"]]()


def _app(app: FastAPI | None = None) -> FastAPI:
    app = FastAPI() if app is None else app
    app.state.resources = Resources(IMPORTED_EARLY)
    for module in _ROUTES:
        app.include_router(module.router)
    sub = responses.mounted()
    sub.state.resources = app.state.resources
    app.mount("/sub", sub)
    return app


def _instrumented(app: FastAPI) -> FastAPI:
    telemetry.instrument(app, metrics_path="/metrics")
    return app


def _engines_made_before() -> FastAPI:
    app = _app()
    app.state.resources.make_all()
    return _instrumented(app)


def _engines_made_after_by_attribute() -> FastAPI:
    app = _instrumented(_app())
    app.state.resources.makers = Makers(sqlalchemy.create_engine, sqlalchemy_asyncio.create_async_engine)
    app.state.resources.make_all()
    return app


def _engines_made_in_requests() -> FastAPI:
    return _instrumented(_app())


def _engines_passed() -> FastAPI:
    app = _app()
    engines = app.state.resources.make_all()
    telemetry.instrument(app, engines=engines, redis=[app.state.resources.redis], metrics_path="/metrics")
    return app


def _instrumented_twice() -> FastAPI:
    app = _instrumented(_engines_made_before())
    telemetry.instrument(FastAPI())
    return app


def _drivers_instrumented() -> FastAPI:
    PsycopgInstrumentor().instrument()
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]
    return _engines_made_before()


def _sqlalchemy_instrumented() -> FastAPI:
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)
    return _engines_made_before()


def _contrib_first() -> FastAPI:
    app = _app()
    FastAPIInstrumentor.instrument_app(app)
    return _instrumented(app)


def _contrib_last() -> FastAPI:
    app = _engines_made_before()
    FastAPIInstrumentor.instrument_app(app)
    return app


def _native_off() -> FastAPI:
    return _instrumented(_app(FastAPI(telemetry={"tracing": False, "metrics": False})))


def _provider_of_the_application() -> FastAPI:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return _engines_made_before()


VARIANTS: Final[dict[str, Callable[[], FastAPI]]] = {
    "engines made before": _engines_made_before,
    "engines made after": _engines_made_after_by_attribute,
    "engines made in requests": _engines_made_in_requests,
    "engines passed": _engines_passed,
    "instrumented twice": _instrumented_twice,
    "drivers instrumented": _drivers_instrumented,
    "SQLAlchemy instrumented": _sqlalchemy_instrumented,
    "contrib first": _contrib_first,
    "contrib last": _contrib_last,
    "native off": _native_off,
    "provider of the application": _provider_of_the_application,
}
