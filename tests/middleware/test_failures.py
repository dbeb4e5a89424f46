"""A defect of telemetry changes no response, is counted, and cannot hide in a test."""

from dataclasses import replace

import pytest
from opentelemetry import trace
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from telemetry.errors import internal_errors
from telemetry.middleware import Pipeline, TelemetryMiddleware
from telemetry.outputs.metrics import metrics_for
from telemetry.request.breakdown import Breakdown, Figures
from telemetry.request.context import current_record
from telemetry.request.record import RequestRecord
from telemetry.spans.binding import current_server
from tests.apps import call, called, memory_engine, samples, select
from tests.asgi import Server, scope_of
from tests.fresh import fresh
from tests.install.recorded import unended

pytestmark = pytest.mark.anyio


class DefectError(Exception):
    """What a defect raises."""


def raises(*_args: object, **_kwargs: object) -> None:
    raise DefectError


class FailingRecord(RequestRecord):
    """Cannot say what it holds."""

    def figures(self) -> Figures:
        raise DefectError


def refuse() -> RequestRecord:
    raise DefectError


async def flush() -> None:
    return None


def nothing(_record: RequestRecord) -> None:
    return None


HEALTHY = Pipeline(open_record=RequestRecord, release=nothing, outputs=(), flush=flush)
PIPELINES = {
    "no record": replace(HEALTHY, open_record=refuse),
    "no figures": replace(HEALTHY, open_record=FailingRecord),
    "no release": replace(HEALTHY, release=raises),
    "no output": replace(HEALTHY, outputs=(raises,)),
}


def application(engine: Engine) -> Starlette:
    def endpoint(_request: Request) -> Response:
        select(engine)
        return PlainTextResponse("from the database")

    return Starlette(routes=[Route("/", endpoint)])


@pytest.mark.parametrize("broken", PIPELINES.values(), ids=PIPELINES)
async def test_a_defect_changes_no_response(engine: Engine, broken: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    response = await call(TelemetryMiddleware(application(engine), broken), "/")
    assert (response.status_code, response.text) == (200, "from the database")


@pytest.mark.parametrize("broken", PIPELINES.values(), ids=PIPELINES)
async def test_a_defect_is_raised_in_a_test(engine: Engine, broken: Pipeline) -> None:
    with pytest.raises(DefectError):
        await Server().serve(TelemetryMiddleware(application(engine), broken), scope_of("/"))


async def test_an_output_that_fails_leaves_the_others_theirs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    taken: list[Breakdown] = []
    broken = replace(HEALTHY, outputs=(raises, taken.append))
    await call(TelemetryMiddleware(application(engine), broken), "/")
    assert [breakdown.status_code for breakdown in taken] == [200]


async def test_a_defect_is_logged_once_and_counted_each_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    registry = CollectorRegistry()
    metrics_for(registry)
    before = internal_errors().get("middleware", 0)
    app = TelemetryMiddleware(application(engine), PIPELINES["no output"])
    for _ in range(3):
        await call(app, "/")
    exposed = samples(registry, "telemetry_internal_errors_total")["middleware",]
    assert exposed == internal_errors()["middleware"] == before + 3
    assert sum("telemetry failed in middleware" in record.message for record in caplog.records) <= 1


async def test_the_record_is_unbound_although_it_could_not_be_closed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    await Server().serve(TelemetryMiddleware(application(engine), PIPELINES["no release"]), scope_of("/"))
    assert current_record() is None
    assert current_server() is None


def spans_that_never_ended(broken: str) -> tuple[int, list[str]]:
    watcher, engine = unended(), memory_engine()
    response = called(TelemetryMiddleware(application(engine), PIPELINES[broken]), "/")
    return response.status_code, list(watcher.names.values())


@pytest.mark.parametrize("broken", PIPELINES)
def test_our_own_span_ends_whatever_fails(broken: str) -> None:
    assert fresh(spans_that_never_ended, broken) == (200, [])


async def test_our_own_span_is_no_longer_current_although_no_record_could_be_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    seen = []

    async def inner(_scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(trace.get_current_span())

    await Server().serve(TelemetryMiddleware(inner, PIPELINES["no record"]), scope_of("/"))
    assert seen == [trace.INVALID_SPAN]
