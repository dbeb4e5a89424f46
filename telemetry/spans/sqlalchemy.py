"""Makes SQLAlchemy emit spans on every engine, and counts its statements independently of them."""

from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.instrumentation.sqlalchemy import engine as contrib
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import get_tracer
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

# Imported before the instrumentor runs: it patches a name of this module, and if the module is first imported
# later, each statement of an async engine starts two spans and ends one.
# https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2149
from sqlalchemy.ext.asyncio import AsyncEngine

from telemetry.conventions import SCOPE_SQLALCHEMY
from telemetry.errors import Guard
from telemetry.request.slots import current_slot
from telemetry.spans.binding import sink_for
from telemetry.spans.counting import CountingGuard
from telemetry.spans.engine_tracer import RememberingTracer
from telemetry.spans.source import origin
from telemetry.spans.statements import describe

_GUARD = Guard("sqlalchemy")
_COUNTING = CountingGuard("sqlalchemy")


def watch(provider: TracerProvider | None, engines: Iterable[Engine | AsyncEngine]) -> None:
    """Counts the statements of every engine of the process, and times them with spans.

    Engines are seen whenever and however they were made: those that the
    instrumentation missed are given to it when they first connect.

    Args:
        provider: Where spans come from; None to count only.
        engines: Engines to prepare now rather than at their first connection.
    """
    if not event.contains(Engine, "before_cursor_execute", _count):
        # With retval, SQLAlchemy calls the function itself and not a wrapper around it.
        event.listen(Engine, "before_cursor_execute", _count, retval=True)
    if provider is None:
        return
    instrumentor = SQLAlchemyInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        # Its check refuses SQLAlchemy 2.1, on which it works.
        # https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2971
        instrumentor.instrument(skip_dep_check=True, tracer_provider=provider)
        # By this name its wrappers around `create_engine` make tracers.
        setattr(contrib, "EngineTracer", RememberingTracer)  # noqa: B010 - a type, to mypy
    _providers[:] = [provider]
    if not event.contains(Engine, "engine_connect", _trace_on_connect):
        event.listen(Engine, "engine_connect", _trace_on_connect)
    for engine in engines:
        _trace(engine.sync_engine if isinstance(engine, AsyncEngine) else engine)


def _count(_connection: Connection, _cursor: Any, text: str, parameters: Any, *_context: Any) -> tuple[str, Any]:
    try:
        statement = describe(text)
        sink = sink_for(statement)
        if sink.statement_counted(statement, current_slot()):
            sink.repeat_located(statement, origin())
    except Exception as error:
        if not _COUNTING.took(error):
            raise
    return text, parameters


def _trace_on_connect(connection: Connection) -> None:
    with _GUARD:
        _trace(connection.engine)


def _trace(engine: Engine) -> None:
    # An engine with execution options shares the events of the engine that it was derived from.
    while (origin_engine := getattr(engine, "_proxied", None)) is not None:
        engine = origin_engine
    if engine in _traced:
        return
    _traced.add(engine)
    if not _has_tracer(engine):
        # The instrumentor takes engines only in its first call.
        # https://github.com/open-telemetry/opentelemetry-python-contrib/issues/3977
        usage = NoOpMeter(SCOPE_SQLALCHEMY).create_up_down_counter("db.client.connections.usage")
        RememberingTracer(get_tracer(SCOPE_SQLALCHEMY, tracer_provider=_providers[0]), engine, usage)


def _has_tracer(engine: Engine) -> bool:
    listeners = getattr(contrib.EngineTracer, "_remove_event_listener_params", ())
    return any(reference() is engine for reference, *_ in listeners)


_providers: list[TracerProvider] = []
_traced: WeakSet[Engine] = WeakSet()
