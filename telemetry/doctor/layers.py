"""An application and the middlewares around it, from the outside in."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.applications import Starlette

from telemetry.middleware import TelemetryMiddleware

_MAX_DEPTH: Final = 100


def layers(outermost: Any) -> list[Any]:
    """Middlewares from *outermost* inwards, by the attribute `app` in which each keeps the next one."""
    found: list[Any] = []
    while outermost is not None and len(found) < _MAX_DEPTH:
        found.append(outermost)
        outermost = getattr(outermost, "app", None)
    return found


def application_in(outermost: Any) -> Starlette | None:
    """The FastAPI or Starlette application, whatever stands around it; None if there is none."""
    return next((layer for layer in layers(outermost) if isinstance(layer, Starlette)), None)


def is_watched(application: Starlette) -> bool:
    """Whether the requests of an application pass our middleware.

    Args:
        application: One that has been started, so that its middlewares exist.
    """
    return any(isinstance(layer, TelemetryMiddleware) for layer in layers(application.middleware_stack))


def mounted_in(application: Starlette, depth: int = 5) -> Iterator[tuple[str, Starlette]]:
    """Applications below paths of another one, with their paths.

    Args:
        application: Whose routes to look at.
        depth: How many applications deep.
    """
    for route in application.routes if depth else ():
        inner = application_in(getattr(route, "app", None))
        if inner is not None:
            path = getattr(route, "path", "")
            yield path, inner
            yield from ((path + below, further) for below, further in mounted_in(inner, depth - 1))
