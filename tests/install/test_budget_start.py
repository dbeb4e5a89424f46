"""Routes are held against the file when the application has all of them, and only a start can be refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient
from starlette.types import Message

import telemetry
from telemetry.budgets.problems import BudgetFileError
from tests.apps import call, called, samples
from tests.asgi import Server
from tests.install.test_budget_file import LACKING, application, written

EVENTS = "performance_budget_events_total"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "telemetry"]


def test_where_no_lifespan_runs_a_wrong_file_is_one_error_and_no_budgets(
    tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    app = application()
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))
    assert [called(app, "/items").status_code for _ in range(2)] == [200, 200]
    (line,) = errors(caplog)
    assert "GET /nowhere" in line
    assert samples(registry, EVENTS) == {}


def test_a_mounted_application_with_a_wrong_file_serves_without_budgets(
    tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    root, app = FastAPI(), application()
    root.mount("/sub", app)
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))
    with TestClient(root) as client:
        assert client.get("/sub/items").status_code == 200
    assert len(errors(caplog)) == 1
    assert samples(registry, EVENTS) == {}


@asynccontextmanager
async def adds_a_route(app: FastAPI) -> AsyncIterator[None]:
    # What an application asks itself as it starts must not be taken for all that it has.
    await call(app, "/items")
    app.get("/nowhere")(lambda: None)
    yield


def test_routes_may_be_added_as_the_application_starts(tmp_path: Path, registry: CollectorRegistry) -> None:
    app = FastAPI(lifespan=adds_a_route, openapi_url=None)
    telemetry.instrument(app, registry=registry, budgets=written(tmp_path, LACKING))
    with TestClient(app) as client:
        assert samples(registry, EVENTS)["queries", "", "GET", "/nowhere", "1"] == 0
        assert client.get("/nowhere").status_code == 200
    assert samples(registry, EVENTS)["queries", "", "GET", "/nowhere", "1"] == 1


@pytest.mark.anyio
@pytest.mark.parametrize("swallowed", [(), (BudgetFileError,)], ids=["raised", "swallowed"])
async def test_a_refused_start_is_undone_and_the_server_hears_of_nothing_else(
    tmp_path: Path, registry: CollectorRegistry, swallowed: tuple[type[Exception], ...]
) -> None:
    undone = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with suppress(*swallowed):
            try:
                yield
            finally:
                undone.append("closed")

    app, server, path = FastAPI(lifespan=lifespan), Server(), written(tmp_path, LACKING)
    telemetry.instrument(app, registry=registry, budgets=path)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    with suppress(BudgetFileError):
        await server.serve(app, {"type": "lifespan"}, receive)
    (sent,) = server.sent
    assert (sent["type"], sent["message"].splitlines()[0].startswith(f"{path}:5:")) == ("lifespan.startup.failed", True)
    assert undone == ["closed"]


def test_budgets_of_an_application_inside_another_one_are_said_to_rest(
    tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    root, app, path = FastAPI(), FastAPI(openapi_url=None), written(tmp_path, LACKING)
    app.get("/nowhere")(lambda: None)
    root.mount("/sub", app)
    telemetry.instrument(app, registry=registry, budgets=path)
    telemetry.instrument(root, registry=CollectorRegistry())
    with TestClient(root) as client:
        assert [client.get("/sub/nowhere").status_code for _ in range(2)] == [200, 200]
    (line,) = errors(caplog)
    assert line.startswith(f"{path}: its application is mounted in another one")
    assert samples(registry, EVENTS) == {}
