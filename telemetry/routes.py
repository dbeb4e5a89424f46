"""The template of the route that served a request, as it may stand in a label."""

from collections.abc import Mapping
from typing import Any


def route_template(scope: Mapping[str, Any], entry_root_path: str) -> str | None:
    """Template such as `/api/v1/items/{item_id}`, never a path with values in it.

    Args:
        scope: ASGI scope of the request after it was routed.
        entry_root_path: `root_path` when the request entered the application.

    Returns:
        None if no route matched, or if its template cannot be told.
    """
    native = getattr(scope.get("fastapi.telemetry"), "route", None)
    if isinstance(native, str):
        return native
    prefix = _mount_template(scope, scope.get("root_path", "").removeprefix(entry_root_path))
    own = _own_template(scope)
    if own is not None:
        return None if prefix is None else prefix + own
    return f"{prefix}/{{path}}" if prefix else None


def _own_template(scope: Mapping[str, Any]) -> str | None:
    route = scope.get("route")
    # A route of an included router knows only its own part; FastAPI keeps the whole beside it.
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    if context is not None and getattr(context, "original_route", None) is route:
        route = getattr(context, "starlette_route", None) or context
    template = getattr(route, "path_format", None)
    return template if isinstance(template, str) else None


def _mount_template(scope: Mapping[str, Any], mounted: str) -> str | None:
    """Template of the mounts above the route: `root_path` holds the values of their parameters."""
    route_parameters = getattr(scope.get("route"), "param_convertors", {})
    segments = mounted.split("/")
    for name, value in (scope.get("path_params") or {}).items():
        if name in route_parameters or not mounted:
            continue
        if str(value) not in segments:
            return None
        segments[segments.index(str(value))] = f"{{{name}}}"
    return "/".join(segments)
