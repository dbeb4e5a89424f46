"""The list of routes names each route as its requests are labelled."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

import telemetry
from telemetry.route_list import ANY, routes_of
from tests.apps import called, samples

NATIVE = pytest.mark.parametrize("native", [None, {"tracing": False}], ids=["native", "not native"])


async def plain(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def item(item_id: int) -> int:
    return item_id


class Things(HTTPEndpoint):
    async def get(self, _request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    async def post(self, _request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")


def labelled(app: Starlette, requests: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Method and route in the labels after *requests*."""
    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)
    for method, path in requests:
        called(app, path, method)
    return {(method, route) for method, route in samples(registry, "http_server_request_db_queries_count")}


def fastapi_app(native: TelemetryConfig | None, files: Path) -> FastAPI:
    app = FastAPI(openapi_url=None, telemetry=native)
    app.get("/items/{item_id:int}")(item)
    app.post("/items/{item_id}")(item)
    app.add_route("/plain", plain)
    app.router.routes.append(Route("/things", Things))
    inner, outer = APIRouter(prefix="/items"), APIRouter(prefix="/shops/{shop_id}")
    inner.get("/{item_id}")(item)
    outer.include_router(inner)
    outer.add_route("/own", plain)
    app.include_router(outer, prefix="/api/v1")
    app.include_router(outer, prefix="/api/v2")
    mounted = FastAPI(openapi_url=None, telemetry=native)
    mounted.put("/items/{item_id}")(item)
    app.mount("/sub/{name}", mounted)
    app.mount("/wrapped", GZipMiddleware(Starlette(routes=[Route("/a/{b}", plain, methods=["DELETE"])])))
    app.mount("/static", StaticFiles(directory=files))
    app.add_api_websocket_route("/socket", plain)
    return app


ASKED = [
    ("GET", "/items/1"),
    ("POST", "/items/1"),
    ("GET", "/plain"),
    ("HEAD", "/plain"),
    ("GET", "/things"),
    ("POST", "/things"),
    *[("GET", f"/api/{version}/shops/7/items/1") for version in ("v1", "v2")],
    *[(method, f"/api/{version}/own") for version in ("v1", "v2") for method in ("GET", "HEAD")],
    ("PUT", "/sub/x/items/1"),
    ("DELETE", "/wrapped/a/1"),
    ("GET", "/static/a.txt"),
    ("HEAD", "/static/a.txt"),
]


@NATIVE
def test_every_route_of_a_fastapi_app_is_named_as_its_requests_are(native: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    app = fastapi_app(native, tmp_path)
    listed = routes_of(app)
    assert labelled(app, ASKED) == set(listed)


def test_every_route_of_a_starlette_app_is_named_as_its_requests_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    deep = Mount("/{b}", routes=[Route("/items/{id:int}", plain, methods=["POST"])])
    app = Starlette(
        routes=[
            Route("/plain", plain),
            Mount("/deep/{a}", routes=[deep]),
            Host("{anything:path}", Starlette(routes=[Route("/hosted/{id}", plain, methods=["DELETE"])])),
        ]
    )
    asked = [("GET", "/plain"), ("HEAD", "/plain"), ("POST", "/deep/x/y/items/1"), ("DELETE", "/hosted/1")]
    assert labelled(app, asked) == set(routes_of(app))


def test_the_list_is_the_same_after_telemetry_was_added(tmp_path: Path) -> None:
    app = fastapi_app(None, tmp_path)
    before = routes_of(app)
    telemetry.instrument(app, registry=CollectorRegistry())
    assert routes_of(app) == before
    assert routes_of(GZipMiddleware(app)) == before


def test_a_mounted_application_without_routes_is_one_route_for_all_methods() -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    app = Starlette(routes=[Mount("/other", asgi)])
    assert routes_of(app) == tuple((method, "/other/{path}") for method in ANY)
    assert labelled(app, [(method, "/other/x") for method in ANY]) == set(routes_of(app))


def test_websockets_and_applications_without_routes_list_nothing() -> None:
    assert routes_of(Starlette(routes=[WebSocketRoute("/socket", plain)])) == ()
    assert routes_of(object()) == ()


def test_a_mount_of_itself_ends() -> None:
    app = Starlette()
    app.mount("/again", app)
    assert routes_of(app) == ()
