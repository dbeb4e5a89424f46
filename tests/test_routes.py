"""The label of a route is its template: never a path that somebody asked for."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

import telemetry
from tests.apps import call, called, samples

MakeFastAPI = Callable[[], FastAPI]
# FastAPI's own telemetry on and off.
CONFIGURATIONS: tuple[TelemetryConfig | None, ...] = (None, {"tracing": False})


@pytest.fixture(params=CONFIGURATIONS, ids=["native", "not native"])
def make(request: pytest.FixtureRequest) -> MakeFastAPI:
    return lambda: FastAPI(openapi_url=None, telemetry=request.param)


async def plain(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def item(item_id: int) -> int:
    return item_id


def fail() -> None:
    raise RuntimeError("unhandled")


def routes_of(app: Starlette, paths: Iterable[str], method: str = "GET", root_path: str = "") -> set[str]:
    """Values of the `http_route` label after asking for *paths*."""
    registry = CollectorRegistry()
    telemetry.instrument(app, registry=registry)

    async def ask() -> None:
        for path in paths:
            await call(app, path, method, root_path=root_path)

    asyncio.run(ask())
    return labels(registry)


def labels(registry: CollectorRegistry) -> set[str]:
    return {route for _, route in samples(registry, "http_server_request_db_queries_count")}


def test_a_route_is_its_template(make: MakeFastAPI) -> None:
    app = make()
    app.get("/items/{item_id}")(item)
    assert routes_of(app, ["/items/1", "/items/2"]) == {"/items/{item_id}"}


@pytest.mark.parametrize(("path", "method"), [("/items/x", "GET"), ("/items/1", "DELETE"), ("/items/fail", "POST")])
def test_a_refused_or_failed_request_keeps_the_template_of_its_route(make: MakeFastAPI, path: str, method: str) -> None:
    app = make()
    app.get("/items/{item_id}")(item)
    app.post("/items/{item_id}")(fail)
    assert routes_of(app, [path], method) == {"/items/{item_id}"}


def test_a_path_without_a_route_is_unmatched(make: MakeFastAPI) -> None:
    assert routes_of(make(), ["/", "/wp-login.php", "/items/1"]) == {"unmatched"}


def test_included_routers_give_the_whole_template(make: MakeFastAPI) -> None:
    inner, outer, app = APIRouter(prefix="/items"), APIRouter(prefix="/shops/{shop_id}"), make()
    inner.get("/{item_id}")(item)
    inner.get("")(lambda: 1)
    outer.include_router(inner)
    app.include_router(outer, prefix="/api/v1")
    paths = ["/api/v1/shops/7/items/1", "/api/v1/shops/8/items/x", "/api/v1/shops/9/items"]
    assert routes_of(app, paths) == {"/api/v1/shops/{shop_id}/items/{item_id}", "/api/v1/shops/{shop_id}/items"}


def test_a_redirect_to_the_slash_has_no_raw_path(make: MakeFastAPI) -> None:
    app = make()
    app.get("/items/{item_id}/")(item)
    assert routes_of(app, ["/items/1", "/items/2"]) <= {"/items/{item_id}/", "unmatched"}


def test_a_mounted_fastapi_app_gives_mount_and_route(make: MakeFastAPI) -> None:
    app, mounted = make(), make()
    mounted.get("/items/{item_id}")(item)
    app.mount("/shops/{shop}", mounted)
    assert routes_of(app, ["/shops/a/items/1", "/shops/b/items/x"]) == {"/shops/{shop}/items/{item_id}"}


def test_a_mounted_starlette_app_gives_mount_and_route(make: MakeFastAPI) -> None:
    app = make()
    app.mount("/shops/{shop}", Starlette(routes=[Route("/items/{item_id}", plain), Route("/about", plain)]))
    found = routes_of(app, ["/shops/a/items/1", "/shops/b/items/2", "/shops/c/about"])
    assert found == {"/shops/{shop}/items/{item_id}", "/shops/{shop}/about"}


def test_a_mount_parameter_may_share_its_name_with_the_routes_own(make: MakeFastAPI) -> None:
    app = make()
    app.mount("/shops/{id}", Starlette(routes=[Route("/items/{id}", plain)]))
    found = routes_of(app, [f"/shops/{shop}/items/1" for shop in ("acme", "bolt", "1")])
    assert not any(name in route for route in found for name in ("acme", "bolt"))
    assert len(found) == 1


def test_a_mount_parameter_may_equal_a_literal_segment(make: MakeFastAPI) -> None:
    app = make()
    app.mount("/shops/{shop}", Starlette(routes=[Route("/items", plain)]))
    assert len(routes_of(app, ["/shops/acme/items", "/shops/shops/items", "/shops/items/items"])) == 1


@pytest.mark.parametrize("parent", [FastAPI, Starlette])
def test_static_files_are_one_route(parent: type[Starlette], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    app = parent(routes=[Mount("/static", StaticFiles(directory=tmp_path))])
    assert routes_of(app, ["/static/a.txt", "/static/b.txt"]) == {"/static/{path}"}


def test_a_mount_of_an_included_router_has_no_raw_path(make: MakeFastAPI, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    app, router = make(), APIRouter()
    router.mount("/files/{shop}", StaticFiles(directory=tmp_path))
    app.include_router(router, prefix="/api")
    assert routes_of(app, ["/api/files/acme/a.txt", "/api/files/bolt/b.txt"]) <= {
        "/api/files/{shop}/{path}",
        "unmatched",
    }


def test_what_no_route_of_a_mount_matches_is_one_route() -> None:
    app = Starlette(routes=[Mount("/shops", routes=[Route("/{shop}", plain)])])
    assert routes_of(app, ["/shops/1", "/shops/1/2", "/shops/3/4"]) == {"/shops/{shop}", "/shops/{path}"}


def test_a_fastapi_app_in_a_starlette_app_gives_mount_and_route(make: MakeFastAPI) -> None:
    mounted = make()
    mounted.get("/items/{item_id}")(item)
    app = Starlette(routes=[Mount("/shops/{shop}", mounted)])
    assert routes_of(app, ["/shops/a/items/1", "/shops/b/items/2"]) == {"/shops/{shop}/items/{item_id}"}


@pytest.mark.filterwarnings("ignore:The `root_path` parameter")
@pytest.mark.parametrize(("own", "server"), [("/proxy", ""), ("", "/proxy")])
def test_native_telemetry_does_not_change_the_label_under_a_root_path(own: str, server: str) -> None:
    found = []
    for native in CONFIGURATIONS:
        app = FastAPI(openapi_url=None, telemetry=native, root_path=own)
        app.get("/items/{item_id}")(item)
        found.append(routes_of(app, ["/proxy/items/1"], root_path=server))
    assert found == [{"/items/{item_id}"}] * 2


SEGMENTS = st.sampled_from(["items", "shops", "static", "1"]) | st.text(st.characters(codec="utf-8"), max_size=8)
TEMPLATES = {
    "/items/{item_id}",
    "/shops/{shop}/items/{id}",
    "/shops/{shop}/{path}",
    "/same/{id}/items/{id}",
    "/same/{id}/{path}",
    "/static/{path}",
    "/deep/{a}/{b}/items/{id}",
    "/deep/{a}/{b}/{path}",
    "/deep/{a}/{path}",
    "unmatched",
}


@pytest.fixture(scope="module")
def mounts() -> Mapping[Starlette, CollectorRegistry]:
    inner = [Route("/items/{id}", plain)]
    registries: dict[Starlette, CollectorRegistry] = {}
    for native in CONFIGURATIONS:
        app = FastAPI(openapi_url=None, telemetry=native)
        app.get("/items/{item_id}")(item)
        app.mount("/shops/{shop}", Starlette(routes=inner))
        app.mount("/same/{id}", Starlette(routes=inner))
        app.mount("/static", StaticFiles(directory=Path(__file__).parent))
        app.mount("/deep/{a}", Starlette(routes=[Mount("/{b}", routes=inner)]))
        registries[app] = CollectorRegistry()
        telemetry.instrument(app, registry=registries[app])
    return registries


@settings(max_examples=60)
@given(
    st.sampled_from(["", "/items", "/shops", "/same", "/static", "/deep"]),
    st.lists(SEGMENTS, min_size=1, max_size=5),
    st.booleans(),
)
def test_no_path_whatever_adds_a_label(
    mounts: Mapping[Starlette, CollectorRegistry], prefix: str, segments: list[str], ends_in_items: bool
) -> None:
    path = quote("/".join([prefix, *segments, *(["items", "1"] if ends_in_items else [])]) or "/")
    for app, registry in mounts.items():
        called(app, "/" + path.lstrip("/"))
        assert labels(registry) <= TEMPLATES
