"""Every response of an application carries the header once, whatever answered."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

import telemetry
from tests.apps import called, header_of, select
from tests.server_timing import dur_of, parse, queries_of


async def pass_on(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    return await call_next(request)


async def answer(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "ours"}, status_code=500)


def handlers(app: FastAPI, engine: Engine) -> None:
    @app.head("/status/{status}")
    @app.get("/status/{status}")
    def status(status: int) -> Response:
        select(engine, 2)
        return Response(status_code=status)

    @app.get("/redirect")
    def redirect() -> Response:
        select(engine)
        return RedirectResponse("/elsewhere")

    @app.get("/fails")
    def fails() -> None:
        select(engine, 3)
        raise RuntimeError("unhandled")

    @app.get("/validated")
    def validated(n: int) -> int:
        return n

    @app.get("/file")
    def file() -> FileResponse:
        return FileResponse(__file__)


def application(engine: Engine, app: FastAPI | None = None) -> FastAPI:
    app = FastAPI() if app is None else app
    handlers(app, engine)
    telemetry.instrument(app, registry=CollectorRegistry())
    return app


@pytest.mark.parametrize("status", [200, 201, 204, 206, 304, 400, 401, 418, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_any_status_and_head_have_it(engine: Engine, status: int, method: str) -> None:
    response = called(application(engine), f"/status/{status}", method)
    assert response.status_code == status
    assert queries_of(header_of(response)) == 2


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "GET", 404),
        ("/status/200", "DELETE", 405),
        ("/validated?n=x", "GET", 422),
        ("/validated/?n=1", "GET", 307),
        ("/file", "GET", 200),
        ("/openapi.json", "GET", 200),
        ("/docs", "GET", 200),
    ],
)
def test_an_answer_that_no_handler_of_the_application_gave_has_it(
    engine: Engine, path: str, method: str, status: int
) -> None:
    response = called(application(engine), path, method)
    assert response.status_code == status
    assert queries_of(header_of(response)) == 0


@pytest.mark.parametrize("app", [FastAPI(), FastAPI(debug=True), FastAPI(exception_handlers={KeyError: answer})])
def test_an_unhandled_error_has_it(engine: Engine, app: FastAPI) -> None:
    response = called(application(engine, app), "/fails")
    assert response.status_code == 500
    assert queries_of(header_of(response)) == 3


def test_an_error_page_of_the_application_has_it_with_its_own_queries(engine: Engine) -> None:
    async def answer_from_the_database(request: Request, error: Exception) -> Response:
        select(engine)
        return await answer(request, error)

    response = called(application(engine, FastAPI(exception_handlers={Exception: answer_from_the_database})), "/fails")
    assert response.json() == {"error": "ours"}
    assert queries_of(header_of(response)) == 4


@pytest.mark.parametrize(
    "middleware",
    [
        Middleware(BaseHTTPMiddleware, dispatch=pass_on),
        Middleware(GZipMiddleware, minimum_size=1),
        Middleware(CORSMiddleware, allow_origins=["*"]),
    ],
    ids=["BaseHTTPMiddleware", "GZipMiddleware", "CORSMiddleware"],
)
@pytest.mark.parametrize(("path", "queries"), [("/status/200", 2), ("/fails", 3), ("/nowhere", 0), ("/file", 0)])
def test_middleware_inside_does_not_hide_it(engine: Engine, middleware: Middleware, path: str, queries: int) -> None:
    headers = {"origin": "https://elsewhere.example", "accept-encoding": "gzip"}
    response = called(application(engine, FastAPI(middleware=[middleware])), path, headers=headers)
    assert queries_of(header_of(response)) == queries


def test_a_cors_preflight_has_it(engine: Engine) -> None:
    app = application(engine, FastAPI(middleware=[Middleware(CORSMiddleware, allow_origins=["*"])]))
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "GET"}
    response = called(app, "/status/200", "OPTIONS", headers=asked)
    assert response.headers["access-control-allow-origin"] == "*"
    assert queries_of(header_of(response)) == 0


def test_static_files_have_it_also_when_not_modified(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=tmp_path))
    telemetry.instrument(app, registry=CollectorRegistry())
    first = called(app, "/static/a.txt")
    again = called(app, "/static/a.txt", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert dur_of(header_of(first), "total") > 0
    assert dur_of(header_of(again), "total") > 0


@pytest.mark.parametrize("instrumented_too", [False, True])
def test_a_mounted_application_has_it_once(engine: Engine, instrumented_too: bool) -> None:
    mounted = FastAPI()
    handlers(mounted, engine)
    app = Starlette(routes=[Mount("/mounted", mounted)])
    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)
    if instrumented_too:
        telemetry.instrument(mounted, registry=registry)
    for path, queries in (("/mounted/status/201", 2), ("/mounted/fails", 3), ("/mounted/nowhere", 0)):
        assert queries_of(header_of(called(app, path))) == queries


def test_a_plain_starlette_application_has_it(engine: Engine) -> None:
    async def plain(_request: Request) -> Response:
        select(engine)
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", plain)])
    telemetry.instrument(app, registry=CollectorRegistry())
    assert queries_of(header_of(called(app, "/"))) == 1


def test_the_applications_own_entries_follow_ours() -> None:
    app = FastAPI()

    @app.get("/")
    def own() -> Response:
        return Response(headers={"Server-Timing": "render;dur=1"})

    telemetry.instrument(app, registry=CollectorRegistry())
    ours, theirs = called(app, "/").headers.get_list("server-timing")
    assert [metric.name for metric in parse(ours)] == ["db", "queries", "total"]
    assert theirs == "render;dur=1"


def test_no_other_header_changes() -> None:
    app = FastAPI()

    @app.get("/")
    def cookies() -> Response:
        response = Response(b"body", headers={"X-Own": "1"})
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    before = called(app, "/").headers.multi_items()
    telemetry.instrument(app, registry=CollectorRegistry())
    after = [(name, value) for name, value in called(app, "/").headers.multi_items() if name != "server-timing"]
    assert after == before


def test_background_work_is_not_in_it(engine: Engine) -> None:
    app = FastAPI()

    @app.get("/")
    def background(tasks: BackgroundTasks) -> None:
        tasks.add_task(select, engine, 5)
        select(engine)

    telemetry.instrument(app, registry=CollectorRegistry())
    assert queries_of(header_of(called(app, "/"))) == 1
