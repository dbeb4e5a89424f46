"""An application is instrumented once, wherever in its life that happens."""

import gc
import weakref
from collections.abc import Iterator
from functools import partial

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy import Engine
from starlette.applications import Starlette

import telemetry
from tests.apps import called, header_of, memory_engine, samples, select
from tests.server_timing import queries_of

DURATION = "http_server_request_duration_seconds_count"


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = memory_engine()
    yield engine
    engine.dispose()


def application(engine: Engine) -> FastAPI:
    app = FastAPI()
    app.get("/")(lambda: select(engine, 2))
    return app


def test_a_second_call_returns_the_first_handle_and_adds_no_second_header(engine: Engine) -> None:
    app, registry = application(engine), CollectorRegistry()
    first = telemetry.instrument(app, registry=registry)
    assert telemetry.instrument(app, registry=registry) is first
    called(app, "/")
    assert telemetry.instrument(app, registry=registry) is first
    assert queries_of(header_of(called(app, "/"))) == 2
    assert samples(registry, DURATION) == {("GET", "200", "/"): 2}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "telemetry"]


def test_a_second_call_with_other_arguments_names_them_once(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    app = application(engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    for _ in range(2):
        telemetry.instrument(app, registry=CollectorRegistry(), metrics_path="/metrics", budgets="absent.yaml")
    (line,) = warnings(caplog)
    assert line.endswith(": metrics_path, registry, budgets")
    assert called(app, "/metrics").status_code == 404


def test_a_second_call_with_the_same_arguments_or_none_says_nothing(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    app, registry = application(engine), CollectorRegistry()
    for _ in range(2):
        telemetry.instrument(app, engines=[engine], registry=registry, settings=telemetry.Settings(flush_seconds=1))
    telemetry.instrument(app)
    assert warnings(caplog) == []


class Shown:
    """Decides who sees the figures by a method, of which each access makes another object."""

    def policy(self, _scope: object) -> telemetry.Exposure:
        return telemetry.Exposure.FULL


def test_what_a_call_is_given_is_known_again_and_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    app, shown = Starlette(), Shown()
    app.state.shown = shown
    for path in ("/nowhere", "/nowhere"):
        telemetry.instrument(app, registry=CollectorRegistry(), exposure=shown.policy, metrics_path=path)
    (line,) = warnings(caplog)
    assert line.endswith(": registry")


def test_applications_may_share_a_registry(engine: Engine) -> None:
    registry = CollectorRegistry()
    apps = [application(engine), application(engine)]
    handles = {id(telemetry.instrument(app, registry=registry)) for app in apps}
    for app in apps:
        assert queries_of(header_of(called(app, "/"))) == 2
    assert len(handles) == 2
    assert samples(registry, DURATION) == {("GET", "200", "/"): 2}


def test_applications_may_have_a_registry_each(engine: Engine) -> None:
    registries = [CollectorRegistry(), CollectorRegistry()]
    for registry in registries:
        app = application(engine)
        telemetry.instrument(app, registry=registry)
        called(app, "/")
    assert [samples(registry, DURATION) for registry in registries] == [{("GET", "200", "/"): 1}] * 2


def test_an_application_that_already_serves_is_instrumented_too(engine: Engine) -> None:
    app = application(engine)
    assert "server-timing" not in called(app, "/").headers
    telemetry.instrument(app, registry=CollectorRegistry())
    assert queries_of(header_of(called(app, "/"))) == 2


def test_a_stack_that_is_built_again_keeps_the_header(engine: Engine) -> None:
    app = application(engine)
    called(app, "/")
    telemetry.instrument(app, registry=CollectorRegistry())
    app.middleware_stack = app.build_middleware_stack()
    assert queries_of(header_of(called(app, "/"))) == 2


def test_middleware_and_routes_added_later_are_inside(engine: Engine) -> None:
    app = FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())

    @app.middleware("http")
    async def counted(request, call_next):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 as users write it
        select(engine)
        return await call_next(request)

    app.get("/")(lambda: select(engine, 2))
    assert queries_of(header_of(called(app, "/"))) == 3


def test_the_metrics_route_answers_what_a_scraper_asks_for(engine: Engine) -> None:
    app = application(engine)
    telemetry.instrument(app, metrics_path="/metrics", registry=CollectorRegistry())
    called(app, "/")
    plain = called(app, "/metrics")
    modern = called(app, "/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    for text in (plain.text, modern.text):
        assert 'http_server_request_db_queries_sum{http_request_method="GET",http_route="/"} 2.0' in text
    assert modern.text.endswith("# EOF\n")
    assert "/metrics" not in app.openapi()["paths"]


def test_without_a_metrics_path_no_route_is_added(engine: Engine) -> None:
    app = application(engine)
    before = len(app.routes)
    telemetry.instrument(app, registry=CollectorRegistry())
    assert len(app.routes) == before


def test_a_registry_that_has_our_names_already_is_refused_with_the_remedy(engine: Engine) -> None:
    registry = CollectorRegistry()
    Histogram("http_server_request_duration_seconds", "Of somebody else.", registry=registry)
    with pytest.raises(telemetry.ConfigurationError, match="registry"):
        telemetry.instrument(application(engine), registry=registry)


def seen_by_all(_app: Starlette, _scope: object) -> telemetry.Exposure:
    return telemetry.Exposure.FULL


def test_an_instrumented_application_can_be_forgotten() -> None:
    app = Starlette()
    telemetry.instrument(app, registry=CollectorRegistry(), exposure=partial(seen_by_all, app))
    called(app, "/")
    forgotten = weakref.ref(app)
    del app
    gc.collect()
    assert forgotten() is None
