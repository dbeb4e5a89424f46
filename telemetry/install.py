"""The one line: the only file that touches other people's objects."""

import os
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from telemetry.drivers import sqlite3, uncounted
from telemetry.drivers import watch as drivers
from telemetry.errors import ConfigurationError, Guard
from telemetry.handle import Telemetry
from telemetry.middleware import Entrance, Pipeline, TelemetryMiddleware
from telemetry.outputs.dropped import dropped_timings_for
from telemetry.outputs.exposure.level import Policy
from telemetry.outputs.exposure.policy import Choice, policy_for
from telemetry.outputs.metrics import metrics_for
from telemetry.outputs.repeats import RepeatLog
from telemetry.outputs.response_headers import ResponseHeaders
from telemetry.outputs.unknowns import unknown_figures_for
from telemetry.request.context import send_outside_to
from telemetry.request.record import RequestRecord
from telemetry.request.statements import StatementTally
from telemetry.settings import Settings
from telemetry.spans import redis as redis_spans
from telemetry.spans import sqlalchemy as sqlalchemy_spans
from telemetry.spans import waits
from telemetry.spans.processor import FigureProcessor
from telemetry.spans.provider import is_ours, tracer_provider
from telemetry.spans.server import hide_query, leave_out_operation_spans


def instrument(  # noqa: PLR0913 - one call is the promise; each argument stands alone and has a default
    app: Starlette,
    *,
    engines: Iterable[Engine | AsyncEngine] = (),
    redis: Iterable[Any] = (),
    metrics_path: str | None = None,
    registry: CollectorRegistry = REGISTRY,
    settings: Settings | None = None,
    exposure: Choice | Policy | None = None,
) -> Telemetry:
    """Makes *app* tell, for each request, its database time, query count and cache status.

    Nothing else is needed: engines and Redis clients are seen whenever they are
    made. A second call for the same application returns the first handle.

    Args:
        app: A FastAPI or Starlette application.
        engines: SQLAlchemy engines to prepare now instead of at their first connection.
        redis: Redis clients of classes that send commands in a way of their own.
        metrics_path: Path of a route that answers with the registry's metrics, None for no route.
        registry: Prometheus registry for our metrics; applications may share one.
        settings: Settings, None for those of the environment.
        exposure: Who sees the figures in the response: `always`, `never`, `debug`, a `SignedToken`, `ClientNetworks`,
            or any function that is given the ASGI scope and returns an `Exposure`. None for that of the settings,
            whose `never` always holds.

    Returns:
        The handle; the application's lifespan flushes it.

    Raises:
        ConfigurationError: A variable of the environment or an argument cannot work.
    """
    if app in _handles:
        return _handles[app]
    settings = Settings.from_environ(os.environ) if settings is None else settings
    handle = Telemetry(None, 0)
    if settings.enabled:
        try:
            handle = _install(app, engines, redis, registry, settings, exposure)
            if metrics_path is not None:
                app.add_route(metrics_path, _metrics_endpoint(registry), include_in_schema=False)
        except ConfigurationError:
            raise
        except Exception as error:
            # A defect of ours, or a library that is other than we know it: the application starts without telemetry.
            if not Guard("install").took(error):
                raise
    _handles[app] = handle
    return handle


def _install(
    app: Starlette,
    engines: Iterable[Engine | AsyncEngine],
    redis: Iterable[Any],
    registry: CollectorRegistry,
    settings: Settings,
    exposure: Choice | Policy | None,
) -> Telemetry:
    headers = ResponseHeaders(
        policy_for(exposure, settings.exposure, app), settings.traceparent, settings.timing_allow_origin
    )
    provider = tracer_provider(os.environ)
    processor = _processor_of(provider)
    sees_database = False
    # Each part by itself: what fails leaves its figures out, not the others.
    with Guard("sqlalchemy"):
        sqlalchemy_spans.watch(provider, engines)
        drivers.watch()
        sees_database = True
    with Guard("waits"):
        waits.watch()
    with Guard("redis"):
        redis_spans.watch(provider, redis)
    metrics, unknown_figures = metrics_for(registry), unknown_figures_for(registry)
    send_outside_to(metrics)
    handle = Telemetry(provider, settings.flush_seconds)
    # What is in the trace is ours to choose only where there would be none without us.
    is_owner = provider is not None and is_ours(provider)
    pipeline = Pipeline(
        enter=leave_out_operation_spans if is_owner and not settings.operation_spans else _leave,
        adopt=hide_query if is_owner else _leave,
        open_record=_open_record if sees_database else RequestRecord,
        release=processor.release,
        outputs=(metrics, unknown_figures, RepeatLog()),
        late_outputs=(metrics.late,),
        headers=headers,
        timings_dropped=dropped_timings_for(registry),
        flush=handle.aflush,
    )
    _wrap(app, lambda stack: Entrance(TelemetryMiddleware(stack, pipeline)))
    return handle


def _leave(_thing: object) -> None:
    """Does nothing to it."""


def _open_record() -> RequestRecord:
    sqlite3.trace_pending()
    record = RequestRecord(StatementTally())
    if uncounted.used_directly():
        record.database_unseen()
    return record


def _processor_of(provider: TracerProvider | None) -> FigureProcessor:
    if provider is None:
        return FigureProcessor()
    processor = _processors.get(provider)
    if processor is None:
        processor = _processors[provider] = FigureProcessor()
        provider.add_span_processor(processor)
    return processor


def _wrap(app: Starlette, middleware: Callable[[Any], Any]) -> None:
    # `add_middleware` would put us inside the handler of unhandled errors, whose 500 would then have no header.
    if app.middleware_stack is not None:
        app.middleware_stack = middleware(app.middleware_stack)
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: middleware(build())  # type: ignore[method-assign]


def _metrics_endpoint(registry: CollectorRegistry) -> Callable[[Request], Response]:
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return metrics


_handles: WeakKeyDictionary[Starlette, Telemetry] = WeakKeyDictionary()
_processors: WeakKeyDictionary[TracerProvider, FigureProcessor] = WeakKeyDictionary()
