"""The routes of an application, named as their requests are."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from starlette.endpoints import HTTPEndpoint
from starlette.routing import BaseRoute, Host, Mount, Route
from starlette.staticfiles import StaticFiles

from telemetry.routes import MOUNTED, routes_behind

ANY: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_READ: Final = ("GET", "HEAD")
_MAX_DEPTH: Final = 20


def routes_of(app: Any) -> tuple[tuple[str, str], ...]:
    """Method and template of each route, sorted; the templates are those of `http_route`.

    A mounted application that is not known to have routes is one route, `/static/{path}`. Requests that no route
    serves are not in it, nor are WebSockets.

    Args:
        app: A FastAPI or Starlette application, middleware around it allowed.
    """
    return tuple(sorted(set(_listed(routes_behind(app), "", _MAX_DEPTH))))


def _listed(routes: Sequence[BaseRoute], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    for route in routes:
        match route:
            case Mount():
                yield from _mounted(route, prefix + route.path_format.removesuffix(MOUNTED), depth)
            case Host():
                yield from _listed(routes_behind(route.app), prefix, depth - 1)
            case _:
                yield from ((method, prefix + template) for method, template in _own(route))


def _mounted(mount: Mount, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    inner = routes_behind(mount.app)
    if inner:
        yield from _listed(inner, prefix, depth - 1)
    elif prefix:
        methods = _READ if isinstance(mount.app, StaticFiles) else ANY
        yield from ((method, prefix + MOUNTED) for method in methods)


def _own(route: BaseRoute) -> Iterator[tuple[str, str]]:
    # FastAPI keeps an included router whole, and beside it what each of its routes is with the prefix.
    contexts = getattr(route, "effective_route_contexts", None)
    for part in (route,) if contexts is None else contexts():
        whole = getattr(part, "starlette_route", None) or part
        template = getattr(whole, "path_format", None)
        original = getattr(part, "original_route", None) or whole
        if isinstance(original, Route) and isinstance(template, str):
            yield from ((method, template) for method in _methods(original))


def _methods(route: Route) -> Sequence[str]:
    if route.methods:
        return tuple(route.methods)
    endpoint = route.endpoint
    if isinstance(endpoint, type) and issubclass(endpoint, HTTPEndpoint):
        return [method for method in ANY if hasattr(endpoint, method.lower())]
    return ANY
