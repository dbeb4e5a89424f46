"""The template of the route that served a request, as it may stand in a label."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.routing import BaseRoute, Mount, Route

_MAX_DEPTH: Final = 20
MOUNTED: Final = "/{path}"


def route_template(scope: Mapping[str, Any], entry: Mapping[str, Any]) -> str | None:
    """Template such as `/api/v1/items/{item_id}`, never a path with values in it, and without `root_path`.

    Args:
        scope: ASGI scope of the request after it was routed.
        entry: The same as the request entered the instrumented application: `app`, `root_path` and
            `fastapi.telemetry` are read.

    Returns:
        None if no route matched, or if its template cannot be told.
    """
    root_path = entry.get("root_path", "").rstrip("/")
    if entry.get("fastapi.telemetry") is not None:
        native = getattr(scope.get("fastapi.telemetry"), "route", None)
        # What it knows of a mounted application that is not FastAPI's is the mount only.
        if isinstance(native, str) and not native.endswith(MOUNTED):
            return native.removeprefix(root_path)
    mounts = _mounts(scope, entry, scope.get("root_path", "").removeprefix(root_path))
    if mounts is None:
        return None
    prefix, routes = mounts
    own = _own_template(scope, routes)
    if own is not None:
        return prefix + own
    return prefix + MOUNTED if prefix else None


def _own_template(scope: Mapping[str, Any], routes: Sequence[BaseRoute]) -> str | None:
    route = scope.get("route")
    if isinstance(route, Mount):
        return None
    # A route of an included router knows only its own part; FastAPI keeps the whole beside it.
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    whole = getattr(context, "starlette_route", None)
    if context is not None and getattr(context, "original_route", None) is route:
        route = whole or context
    if route is None:
        is_whole = isinstance(whole, Route) and whole.endpoint is scope.get("endpoint")
        route = whole if is_whole else _plain_route(scope, routes)
    template = getattr(route, "path_format", None)
    return template if isinstance(template, str) else None


def _plain_route(scope: Mapping[str, Any], routes: Sequence[BaseRoute]) -> BaseRoute | None:
    """The Starlette route in a FastAPI application, which puts only its own routes into the scope."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    for route in routes:
        if isinstance(route, Route) and route.endpoint is scope.get("endpoint") and route.path_regex.match(path):
            return route
    return None


def _mounts(scope: Mapping[str, Any], entry: Mapping[str, Any], mounted: str) -> tuple[str, Sequence[BaseRoute]] | None:
    """Template of the mounts that *mounted* went through, and the routes of the application behind them.

    `root_path` holds the values of their parameters, from which no template can be told.
    """
    prefix, routes = "", routes_behind(entry.get("app"))
    path = scope["path"].removeprefix(entry.get("root_path", ""))
    for _ in range(_MAX_DEPTH):
        if not mounted:
            return prefix, routes
        step = next(_steps(routes, path, mounted), None)
        if step is None:
            return None
        mount, consumed = step
        prefix += mount.path_format.removesuffix(MOUNTED)
        path, mounted, routes = path[len(consumed) :], mounted[len(consumed) :], routes_behind(mount.app)
    return None


def _steps(routes: Sequence[BaseRoute], path: str, mounted: str) -> Iterator[tuple[Mount, str]]:
    for route in routes:
        match = route.path_regex.match(path) if isinstance(route, Mount) else None
        if match is not None:
            consumed = path[: len(path) - len(match["path"]) - 1]
            if consumed and (mounted == consumed or mounted.startswith(consumed + "/")):
                yield route, consumed  # type: ignore[misc]


def routes_behind(app: Any) -> Sequence[BaseRoute]:
    # Middleware around a mounted application names it `app`.
    for _ in range(_MAX_DEPTH):
        routes = getattr(app, "routes", None)
        if isinstance(routes, Sequence):
            return routes
        app = getattr(app, "app", None)
    return ()
