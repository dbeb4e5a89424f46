"""Switched off, telemetry leaves the application as it was; a switch that cannot work is refused."""

from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from opentelemetry import trace
from prometheus_client import REGISTRY, CollectorRegistry
from sqlalchemy import Engine
from starlette.requests import Request

import telemetry
from tests.apps import called, memory_engine, select
from tests.fresh import fresh, fresh_with
from tests.server_timing import queries_of


def switched_off(settings: telemetry.Settings | None) -> dict[str, object]:
    app, engine, registry = FastAPI(), memory_engine(), CollectorRegistry()
    build, routes = app.build_middleware_stack, len(app.routes)

    @app.get("/")
    def endpoint(request: Request) -> None:
        select(engine)
        telemetry.increment_query_count(request, 3)
        telemetry.update_cache_status(request, hit=True)

    handle = telemetry.instrument(app, metrics_path="/metrics", registry=registry, settings=settings, engines=[engine])
    response = called(app, "/")
    return {
        "status": response.status_code,
        "header": response.headers.get("server-timing"),
        "stack": app.build_middleware_stack == build,
        "routes": len(app.routes) - routes,
        "metrics": len(list(registry.collect())),
        "provider": isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider),
        "hooks": bool(engine.dispatch.before_cursor_execute) or Engine._has_events,
        "flushed": handle.flush(),
    }


OFF = {
    "status": 200,
    "header": None,
    "stack": True,
    "routes": 1,
    "metrics": 0,
    "provider": True,
    "hooks": False,
    "flushed": True,
}


@pytest.mark.parametrize(
    "environ",
    [{"TELEMETRY_ENABLED": value} for value in ("false", "False", "0", "off", "no")]
    + [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_SDK_DISABLED": "TRUE", "TELEMETRY_ENABLED": "true"}],
    ids=str,
)
def test_switched_off_the_application_is_as_it_was(environ: Mapping[str, str]) -> None:
    assert fresh_with(environ, switched_off, None) == OFF


def test_switched_off_by_an_argument_the_application_is_as_it_was() -> None:
    assert fresh(switched_off, telemetry.Settings(enabled=False)) == OFF


def test_the_switch_of_the_sdk_is_stronger_than_an_argument() -> None:
    assert fresh_with({"OTEL_SDK_DISABLED": "true"}, switched_off, telemetry.Settings(flush_seconds=1)) == OFF


def test_an_argument_is_stronger_than_the_environment() -> None:
    found = fresh_with({"TELEMETRY_ENABLED": "false"}, switched_off, telemetry.Settings(enabled=True))
    assert queries_of(str(found["header"])) == 4


@pytest.mark.parametrize(
    "environ", [{}, {"TELEMETRY_ENABLED": ""}, {"TELEMETRY_ENABLED": "true"}, {"OTEL_SDK_DISABLED": ""}], ids=str
)
def test_it_is_on_unless_switched_off(environ: Mapping[str, str]) -> None:
    assert queries_of(str(fresh_with(environ, switched_off, None)["header"])) == 4


def refusal() -> str:
    app = FastAPI()
    build = app.build_middleware_stack
    with pytest.raises(telemetry.ConfigurationError) as refused:
        telemetry.instrument(app)
    assert app.build_middleware_stack == build
    return str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TELEMETRY_ENABLED", "maybe"), ("TELEMETRY_FLUSH_SECONDS", "2s"), ("TELEMETRY_FLUSH_SECONDS", "0")],
)
def test_a_value_that_cannot_work_is_refused_with_its_name(variable: str, value: str) -> None:
    message = fresh_with({variable: value}, refusal)
    assert variable in message
    assert value in message
    assert "\n" not in message


def imported() -> dict[str, bool]:
    ours = [family.name for family in REGISTRY.collect() if family.name.startswith(("http_server", "telemetry"))]
    return {
        "provider": not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider),
        "hooks": Engine._has_events,
        "metrics": bool(ours),
    }


def test_importing_telemetry_has_no_effect() -> None:
    assert fresh(imported) == {"provider": False, "hooks": False, "metrics": False}
