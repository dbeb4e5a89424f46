"""Who sees the header: the settings, the argument, what shared caches may keep, and other origins."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

import telemetry
from telemetry import ClientNetworks, ConfigurationError, Exposure, Settings, SignedToken
from tests.apps import called, samples, select
from tests.server_timing import parse

KEY = "a secret key of more than 32 bytes"


def application(engine: Engine, registry: CollectorRegistry | None = None, **options: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def endpoint(request: Request, cache_control: str | None = None) -> Response:
        select(engine, 3)
        telemetry.update_cache_status(request, hit=True)
        with telemetry.timing("render"):
            headers = {} if cache_control is None else {"cache-control": cache_control}
            return Response(b"body", headers=headers | {"server-timing": "own;dur=1"})

    telemetry.instrument(app, registry=registry or CollectorRegistry(), **options)
    return app


def names(response: Any) -> list[str]:
    """Names of all entries, our own and those of the application."""
    return [metric.name for line in response.headers.get_list("server-timing") for metric in parse(line)]


FULL = ["db", "cache", "queries", "total", "render", "own"]


def test_by_default_everybody_sees_it(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "telemetry"):
        app = application(engine)
        telemetry.instrument(app)
        assert names(called(app, "/")) == FULL
    said = [record for record in caplog.records if "docs/security.md" in record.message]
    assert [record.levelname for record in said] == ["INFO"]


def test_never_shows_nothing_of_ours_and_measures_all_the_same(engine: Engine) -> None:
    registry = CollectorRegistry()
    app = application(engine, registry, exposure="never")
    assert names(called(app, "/")) == ["own"]
    assert samples(registry, "http_server_request_db_queries_sum") == {("GET", "/"): 3}
    assert samples(registry, "cache_requests_total") == {("manual", "hit"): 1}
    assert samples(registry, "telemetry_dropped_timings_total") == {}


def test_debug_follows_the_switch_of_the_application(engine: Engine) -> None:
    app = application(engine, settings=Settings(exposure="debug"))
    assert names(called(app, "/")) == ["own"]
    app.debug = True
    assert names(called(app, "/")) == FULL


def test_coarse_shows_whole_ms_only(engine: Engine) -> None:
    response = called(application(engine, exposure=lambda _scope: Exposure.COARSE), "/")
    assert names(response) == ["db", "total", "render", "own"]
    assert all((metric.dur or "").isdigit() for metric in parse(response.headers.get_list("server-timing")[0]))


def test_a_token_opens_and_an_expired_one_does_not(engine: Engine) -> None:
    app = application(engine, exposure=SignedToken(KEY))
    old = SignedToken(KEY, clock=lambda: 1_000).token(60)
    new = SignedToken(KEY).token(60)
    assert names(called(app, "/")) == ["own"]
    assert names(called(app, "/", headers={"x-server-timing-token": old})) == ["own"]
    assert names(called(app, "/", headers={"x-server-timing-token": new})) == FULL
    assert names(called(app, "/", headers={"cookie": f"server_timing_token={new}"})) == FULL


@pytest.mark.parametrize(("network", "shown"), [("127.0.0.0/8", FULL), ("10.0.0.0/8", ["own"])])
def test_the_network_of_the_client_decides(engine: Engine, network: str, shown: list[str]) -> None:
    # The client of the tests is 127.0.0.1.
    app = application(engine, exposure=ClientNetworks([network]))
    assert names(called(app, "/", headers={"x-forwarded-for": "10.0.0.1"})) == shown


def test_a_policy_sees_what_middleware_inside_learned_of_the_request(engine: Engine) -> None:
    class Authenticates:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            scope["user"] = dict(scope["headers"]).get(b"x-user")
            await self.app(scope, receive, send)

    def for_the_admin(scope: Mapping[str, Any]) -> Exposure:
        return Exposure.FULL if scope.get("user") == b"admin" else Exposure.NOTHING

    app = application(engine, exposure=for_the_admin)
    app.add_middleware(Authenticates)
    assert names(called(app, "/", headers={"x-user": "admin"})) == FULL
    assert names(called(app, "/", headers={"x-user": "guest"})) == ["own"]


@pytest.mark.parametrize(
    ("cache_control", "gated"),
    [
        ("public", True),
        ("s-maxage=60", True),
        ("max-age=60", True),
        ("private, max-age=60", False),
        ("no-store", False),
    ],
)
def test_what_a_shared_cache_may_keep_has_no_gated_header(engine: Engine, cache_control: str, gated: bool) -> None:
    path = "/?" + urlencode({"cache_control": cache_control})
    opened = application(engine, exposure=lambda _scope: Exposure.FULL)
    assert names(called(opened, path)) == (["own"] if gated else FULL)
    assert names(called(application(engine), path)) == FULL


def raises(_scope: Mapping[str, Any]) -> Exposure:
    raise LookupError


@pytest.mark.parametrize("policy", [raises, lambda _scope: True], ids=["raises", "answers True"])
def test_a_policy_that_fails_changes_nothing_but_hides_ours(
    engine: Engine, policy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    registry = CollectorRegistry()
    response = called(application(engine, registry, exposure=policy), "/")
    assert (response.status_code, response.content, names(response)) == (200, b"body", ["own"])
    assert samples(registry, "http_server_request_db_queries_sum") == {("GET", "/"): 3}
    assert samples(registry, "telemetry_internal_errors_total")["exposure",] >= 1


@pytest.mark.parametrize("exposure", ["sometimes", 7])
def test_an_argument_that_cannot_work_is_refused_and_the_application_left_alone(engine: Engine, exposure: Any) -> None:
    app = FastAPI()
    build = app.build_middleware_stack
    with pytest.raises(ConfigurationError, match="exposure="):
        telemetry.instrument(app, exposure=exposure)
    assert app.build_middleware_stack == build
