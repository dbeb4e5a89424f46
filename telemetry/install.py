"""The one line: the only file that touches other people's objects."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY, CollectorRegistry
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from telemetry.drivers import sqlite3, uncounted
from telemetry.drivers import watch as drivers
from telemetry.errors import ConfigurationError, Guard
from telemetry.handle import Telemetry
from telemetry.installation import Installation
from telemetry.middleware import Entrance, TelemetryMiddleware
from telemetry.outputs import observers
from telemetry.outputs.budget_callback import OverBudget
from telemetry.outputs.budgeting import Budgeting, Budgets, book_of
from telemetry.outputs.dropped import dropped_timings_for
from telemetry.outputs.exposition import page
from telemetry.outputs.exposure.level import Policy
from telemetry.outputs.exposure.policy import Choice, policy_for
from telemetry.outputs.kept_traces import KeptTraces, kept_traces_metrics_for
from telemetry.outputs.metrics import metrics_for
from telemetry.outputs.outside import OutsideWork
from telemetry.outputs.repeats import RepeatLog
from telemetry.outputs.response_headers import ResponseHeaders
from telemetry.outputs.service_info import service_info_for, version_of
from telemetry.outputs.unknowns import unknown_figures_for
from telemetry.outputs.worker_files import is_shared, share_slots
from telemetry.pipeline import Pipeline
from telemetry.refusal import RefusedStart, unless_wrong
from telemetry.request import executors
from telemetry.request.context import send_outside_to
from telemetry.request.record import LookupListener, RequestRecord
from telemetry.settings import Settings, is_sdk_disabled
from telemetry.spans import redis as redis_spans
from telemetry.spans import sqlalchemy as sqlalchemy_spans
from telemetry.spans import waits
from telemetry.spans.keeper import ExportersOf, TraceKeeper
from telemetry.spans.native import hide_query, leave_out_operation_spans, leave_requests_to_us
from telemetry.spans.processor import FigureProcessor
from telemetry.spans.provider import is_ours, keep_attributes, tracer_provider
from telemetry.workers.directory import MetricsDirectoryError, given_directory, usable


def instrument(  # noqa: PLR0913 - one call is the promise; each argument stands alone and has a default
    app: Starlette,
    *,
    engines: Iterable[Engine | AsyncEngine] = (),
    redis: Iterable[Any] = (),
    metrics_path: str | None = None,
    registry: CollectorRegistry = REGISTRY,
    settings: Settings | None = None,
    exposure: Choice | Policy | None = None,
    budgets: Budgets | None = None,
    on_over_budget: OverBudget | None = None,
) -> Telemetry:
    """Makes *app* tell, for each request, its database time, query count and cache status.

    Nothing else is needed: engines and Redis clients are seen whenever they are
    made. A second call for the same application changes nothing and returns the
    first handle; other arguments are named in a warning.

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
        budgets: Performance budgets, or the path of their file; None for that of the settings. Each request is
            judged by them. A file that names a route which the application lacks stops its start; where no lifespan
            runs, as in a mounted application, it serves without budgets, and an error in the log says so.
        on_over_budget: Called once for each request that exceeds a budget, with the request at its last byte and the
            verdicts that are over; it must not wait. None for nobody.

    Returns:
        The handle; the application's lifespan flushes it.

    Raises:
        ConfigurationError: A variable of the environment or an argument cannot work; for a budget file the message
            has one line for each problem.
    """
    arguments = {name: value for name, value in locals().items() if name != "app"}
    if app in _installations:
        _installations[app].asked_again(arguments, instrument.__kwdefaults__ or {})
        return _installations[app].handle
    settings = Settings.from_environ(os.environ) if settings is None else settings
    handle = Telemetry(None, 0)
    if settings.enabled and not is_sdk_disabled(os.environ):
        try:
            _share_metrics()
            parts = _Parts(
                engines,
                redis,
                registry,
                ResponseHeaders(
                    policy_for(exposure, settings.exposure, app),
                    settings.traceparent,
                    settings.timing_allow_origin,
                    settings.budget_entry,
                ),
                _budgeting(app, settings.budgets if budgets is None else budgets, registry, on_over_budget),
            )
            handle = _install(app, settings, parts)
            if metrics_path is not None:
                app.add_route(metrics_path, _metrics_endpoint(registry), include_in_schema=False)
            if metrics_path is not None or parts.budgeting is not None:
                _wrap(app, unless_wrong)
        except MetricsDirectoryError as error:
            refused = RefusedStart(error)
            _wrap(app, lambda _stack: refused)
        except ConfigurationError:
            raise
        except Exception as error:
            # A defect of ours, or a library that is other than we know it: the application starts without telemetry.
            if not Guard("install").took(error):
                raise
    _installations[app] = Installation(handle, arguments)
    return handle


@dataclass(frozen=True, slots=True)
class _Parts:
    engines: Iterable[Engine | AsyncEngine]
    redis: Iterable[Any]
    registry: CollectorRegistry
    headers: ResponseHeaders
    budgeting: Budgeting | None


def _budgeting(
    app: Starlette, budgets: Budgets | None, registry: CollectorRegistry, on_over_budget: OverBudget | None
) -> Budgeting | None:
    if budgets is None:
        return None
    budgeting = Budgeting(book_of(budgets), registry, on_over_budget)
    if app.middleware_stack is not None:
        # It has started: nobody would see a start that is refused.
        budgeting.expect(app)
    return budgeting


def _install(app: Starlette, settings: Settings, parts: _Parts) -> Telemetry:
    provider = tracer_provider(os.environ)
    processor = _processor_of(provider)
    sees_database = False
    # Each part by itself: what fails leaves its figures out, not the others.
    with Guard("sqlalchemy"):
        sqlalchemy_spans.watch(provider, parts.engines)
        drivers.watch()
        sees_database = True
    with Guard("executors"):
        executors.watch()
    with Guard("waits"):
        waits.watch()
    with Guard("redis"):
        redis_spans.watch(provider, parts.redis)
    metrics, unknown_figures = metrics_for(parts.registry), unknown_figures_for(parts.registry)
    verdicts = None if parts.budgeting is None else parts.budgeting.verdicts
    on_lookup = None if verdicts is None else verdicts.lookup_answered
    _outside.add(metrics, verdicts)
    send_outside_to(_outside)
    service_info = service_info_for(parts.registry)
    handle = Telemetry(provider, settings.flush_seconds)
    # What is in the trace is ours to choose only where there would be none without us.
    is_owner = provider is not None and is_ours(provider)
    if is_owner and not settings.operation_spans:
        with Guard("native"):
            leave_requests_to_us(app)
    pipeline = Pipeline(
        enter=leave_out_operation_spans if is_owner and not settings.operation_spans else _leave,
        adopt=hide_query if is_owner else _leave,
        open_record=partial(_open_record if sees_database else RequestRecord, on_lookup=on_lookup),
        release=processor.release,
        outputs=(metrics, unknown_figures, RepeatLog()),
        late_outputs=(metrics.late,),
        headers=parts.headers,
        timings_dropped=dropped_timings_for(parts.registry),
        flush=handle.aflush,
        verdicts=verdicts,
        keeping=None if verdicts is None else _keeping(provider, settings.kept_traces_per_minute, parts.registry),
    )
    if parts.budgeting is not None:
        pipeline = replace(
            pipeline,
            expect=partial(parts.budgeting.expect, app),
            begin=partial(parts.budgeting.expect_late, app),
            pass_by=parts.budgeting.pass_by,
        )

    def watched(stack: Any) -> Any:
        # Each worker says it for itself, once it is one.
        with Guard("service_info"):
            service_info(version_of(provider, app))
        return Entrance(TelemetryMiddleware(stack, pipeline))

    _wrap(app, watched)
    return handle


def _share_metrics() -> None:
    if is_shared():
        directory = usable(given_directory(os.environ) or "")
        with Guard("workers"):
            share_slots(directory)


def _leave(_thing: object) -> None:
    """Does nothing to it."""


def _open_record(on_lookup: LookupListener | None) -> RequestRecord:
    sqlite3.trace_pending()
    record = RequestRecord(observers.new_tally(), on_lookup=observers.also_told(on_lookup))
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


def _keeping(provider: TracerProvider | None, per_minute: int, registry: CollectorRegistry) -> KeptTraces | None:
    if provider is None or per_minute == 0:
        return None
    metrics = kept_traces_metrics_for(registry)
    keeper = _keepers.get(provider)
    if keeper is None:
        keeper = _keepers[provider] = TraceKeeper(ExportersOf(provider), metrics.lost)
        provider.add_span_processor(keeper)
        keep_attributes(provider)
    return KeptTraces(keeper, metrics, per_minute)


def _wrap(app: Starlette, middleware: Callable[[Any], Any]) -> None:
    # `add_middleware` would put us inside the handler of unhandled errors, whose 500 would then have no header.
    if app.middleware_stack is not None:
        app.middleware_stack = middleware(app.middleware_stack)
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: middleware(build())  # type: ignore[method-assign]


def _metrics_endpoint(registry: CollectorRegistry) -> Callable[[Request], Response]:
    def metrics(request: Request) -> Response:
        content, content_type = page(registry, request.headers.get("accept", ""))
        return Response(content, headers={"content-type": content_type})

    return metrics


_installations: WeakKeyDictionary[Starlette, Installation] = WeakKeyDictionary()
_outside = OutsideWork()
_keepers: WeakKeyDictionary[TracerProvider, TraceKeeper] = WeakKeyDictionary()
_processors: WeakKeyDictionary[TracerProvider, FigureProcessor] = WeakKeyDictionary()
