"""An application gets its budgets from a file, and does not start with one that cannot work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient
from starlette.types import Message

import telemetry
from telemetry.budgets.problems import BudgetFileError
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
from tests.apps import call, called, samples
from tests.asgi import Server
from tests.fresh import fresh_with

GOOD = "version: 1\nservice: shop\ndefaults: {queries: 3}\n"
BAD = "version: 1\nservice: shop\ndefaults: {querys: 3, db_ms: -1, p99_ms: 5}\n"
LACKING = 'version: 1\nservice: shop\ndefaults: {queries: 3}\nroutes:\n  "GET /nowhere": {queries: 1}\n'


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def written(directory: Path, text: str) -> Path:
    path = directory / "budgets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def empty(_request: Request) -> Response:
    return Response()


def application() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.get("/items")(lambda: None)
    return app


def subjects(registry: CollectorRegistry) -> set[tuple[str, ...]]:
    return set(samples(registry, "performance_budget_events_total"))


@pytest.mark.parametrize("as_given", [str, Path])
def test_the_file_is_named_by_a_path(tmp_path: Path, registry: CollectorRegistry, as_given: Any) -> None:
    app = application()
    telemetry.instrument(app, registry=registry, budgets=as_given(written(tmp_path, GOOD)))
    called(app, "/items")
    unmatched = {("queries", "", *route, "3") for route in UNMATCHED_ROUTES}
    assert subjects(registry) == {("queries", "", "GET", "/items", "3"), *unmatched}


@pytest.mark.parametrize("as_route", [APIRoute, Route], ids=["FastAPI", "Starlette"])
def test_a_method_that_is_refused_opens_no_series_of_its_own(
    tmp_path: Path, registry: CollectorRegistry, as_route: Callable[..., BaseRoute]
) -> None:
    app = FastAPI(openapi_url=None, routes=[as_route("/items/{item_id}", empty, methods=["GET"])])
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, GOOD))
    with TestClient(app) as client:
        known = subjects(registry)
        refused = [client.request(method, "/items/1").status_code for method in ("POST", "PROPFIND")]
        client.head("/items/1")
    assert refused == [405, 405]
    counted = samples(registry, "performance_budget_events_total")
    assert set(counted) == known
    assert counted["queries", "", "POST", "unmatched", "3"] == counted["queries", "", "_OTHER", "unmatched", "3"] == 1
    # Starlette's routes answer HEAD where they answer GET; FastAPI's do not.
    answered = ("HEAD", "unmatched") if as_route is APIRoute else ("HEAD", "/items/{item_id}")
    assert counted["queries", "", *answered, "3"] == 1


def test_a_file_that_cannot_be_used_is_refused_at_once_with_a_line_for_each_problem(
    tmp_path: Path, registry: CollectorRegistry
) -> None:
    path = written(tmp_path, BAD)
    with pytest.raises(BudgetFileError) as refused:
        telemetry.instrument(application(), registry=registry, budgets=path)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:3:") for line in lines)
    assert isinstance(refused.value, telemetry.ConfigurationError)


@pytest.mark.anyio
async def test_a_route_that_the_application_lacks_stops_its_start(tmp_path: Path, registry: CollectorRegistry) -> None:
    app, server = application(), Server()
    path = written(tmp_path, LACKING)
    telemetry.instrument(app, registry=registry, budgets=path)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    with pytest.raises(BudgetFileError):
        await server.serve(app, {"type": "lifespan"}, receive)
    (sent,) = server.sent
    assert sent["type"] == "lifespan.startup.failed"
    assert sent["message"].startswith(f"{path}:5:")


def test_a_test_client_sees_why_the_application_does_not_start(tmp_path: Path, registry: CollectorRegistry) -> None:
    app = application()
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))
    with pytest.raises(BudgetFileError, match="/nowhere"), TestClient(app):
        pass


@pytest.mark.anyio
async def test_a_route_that_was_added_after_instrument_is_there(tmp_path: Path, registry: CollectorRegistry) -> None:
    app = application()
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))
    app.get("/nowhere")(lambda: None)
    assert (await call(app, "/nowhere")).status_code == 200


def test_an_application_that_has_started_is_refused_at_once(tmp_path: Path, registry: CollectorRegistry) -> None:
    app = application()
    app.middleware_stack = app.build_middleware_stack()
    with pytest.raises(BudgetFileError, match="/nowhere"):
        telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))


def from_environment(path: str) -> tuple[str, set[tuple[str, ...]]]:
    registry, app = CollectorRegistry(), application()
    try:
        telemetry.instrument(app, registry=registry)
    except telemetry.ConfigurationError as error:
        return str(error), set()
    called(app, "/items")
    return "", subjects(registry)


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    good, bad = str(written(tmp_path, GOOD)), str(tmp_path / "absent.yaml")
    message, found = fresh_with({"TELEMETRY_BUDGETS": good}, from_environment, good)
    assert (message, len(found)) == ("", 1 + len(UNMATCHED_ROUTES))
    assert fresh_with({"TELEMETRY_BUDGETS": bad}, from_environment, bad)[0].startswith(bad)


def test_a_file_is_not_looked_at_where_telemetry_is_off(tmp_path: Path) -> None:
    environ = {"TELEMETRY_BUDGETS": str(tmp_path / "absent.yaml"), "TELEMETRY_ENABLED": "false"}
    assert fresh_with(environ, from_environment, "") == ("", set())


def test_the_argument_goes_before_the_environment(tmp_path: Path, registry: CollectorRegistry) -> None:
    settings = telemetry.Settings(budgets=str(tmp_path / "absent.yaml"))
    telemetry.instrument(application(), registry=registry, settings=settings, budgets=written(tmp_path, GOOD))


def header_entry(path: str) -> bool:
    app = FastAPI()
    app.get("/")(lambda: None)
    telemetry.instrument(app, registry=CollectorRegistry(), budgets=path)
    return "budget;" in called(app, "/").headers["server-timing"]


@pytest.mark.parametrize(("value", "shown"), [("", False), ("false", False), ("true", True)])
def test_the_environment_asks_for_the_entry(tmp_path: Path, value: str, shown: bool) -> None:
    path = str(written(tmp_path, "version: 1\nservice: shop\ndefaults: {p99_ms: 0.001}\n"))
    assert fresh_with({"TELEMETRY_BUDGET_ENTRY": value}, header_entry, path) is shown
