"""Check: which SQLAlchemy engines are there, and are their statements timed?"""

from collections.abc import Iterator
from typing import Any, Final

from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from sqlalchemy import Engine

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, counted, note, ok, problem
from telemetry.spans import sqlalchemy as source

_PART: Final = "engine"


def check_engines(evidence: Evidence) -> Iterator[Finding]:
    """Every engine that is alive, and whether spans time its statements."""
    yield from counted(_finding(engine) for engine in evidence.inventory.engines)
    if not evidence.inventory.engines:
        yield note(_PART, "no SQLAlchemy engine is alive: nothing in the database is to be seen")


def described(engine: Engine) -> str:
    """Dialect, driver, host and name of the database: nothing else of its URL, which holds secrets."""
    url = engine.url
    host = url.host or ""
    place = f"{host}:{url.port}" if url.port else host
    # A file may be given as a URI of its own, with parameters.
    database = (url.database or "").partition("?")[0]
    where = f"{place}/{database}" if place else database
    return f"{engine.dialect.name}+{engine.dialect.driver} {where}".strip()


def tracers_of(engine: Engine) -> int:
    """How many spans each statement of an engine makes."""
    return len({id(tracer) for tracer in map(_owner, engine.dispatch.before_cursor_execute) if _is_tracer(tracer)})


def _finding(engine: Engine) -> Finding:
    name = described(engine)
    if tracers_of(engine):
        return ok(_PART, f"{name}: its statements are timed")
    if not _is_traced_on_connect(engine):
        return problem(
            _PART,
            f"{name}: nothing times its statements",
            "Call telemetry.instrument(app): it sees every engine, whenever and however it was made.",
        )
    if _has_connected(engine) and not SQLAlchemyInstrumentor().is_instrumented_by_opentelemetry:
        return problem(
            _PART,
            f"{name}: nothing times its statements, since SQLAlchemy's instrumentation was removed",
            "Do not call SQLAlchemyInstrumentor().uninstrument() after telemetry.instrument.",
        )
    return ok(_PART, f"{name}: its statements are timed from its next connection on")


def _is_traced_on_connect(engine: Engine) -> bool:
    return any(listener.__module__ == source.__name__ for listener in engine.dispatch.engine_connect)


def _has_connected(engine: Engine) -> bool:
    # A dialect asks the database for its version at the first connection.
    return getattr(engine.dialect, "server_version_info", None) is not None


def _owner(listener: Any) -> Any:
    return getattr(listener, "__self__", None)


def _is_tracer(owner: Any) -> bool:
    return isinstance(owner, EngineTracer)
