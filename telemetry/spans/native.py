"""FastAPI's own telemetry, where it has one: what it is asked to leave to us, and what is taken off its spans."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span

#: Where FastAPI keeps what it knows of a request; None tells it, and applications mounted inside, to leave it alone.
NATIVE_KEY: Final = "fastapi.telemetry"
_HIDDEN: Final = "REDACTED"


class _RequestsLeft:
    """Stands in for FastAPI's telemetry of an application: metrics and websockets go on, requests have no spans."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self._untraced = copy(native)
        self._untraced.config = {**native.config, "tracing": False}

    def enabled(self) -> Any:
        return self._native.enabled()

    async def __call__(self, *, app: Any, scope: Any, receive: Any, send: Any, **more: Any) -> None:
        if scope["type"] != "http":
            await self._native(app=app, scope=scope, receive=receive, send=send, **more)
        elif self._untraced.enabled() or self._untraced.config["exclude"] is not None:
            await self._untraced(app=app, scope=scope, receive=receive, send=send, **more)
        else:
            await app(scope, receive, send)


def leave_requests_to_us(app: Any) -> None:
    """Lets FastAPI open no SERVER span for requests to *app*, as its documented `tracing: False` does for all.

    Ours costs half as much, and can stay open for the work after the response. An
    application that names a tracer provider of its own, and a FastAPI that is other
    than we know it, keep theirs.

    Args:
        app: A FastAPI application; others are left alone.
    """
    native = getattr(app, "_native_telemetry", None)
    config = getattr(native, "config", None)
    if isinstance(config, dict) and {"tracing", "exclude"} <= set(config) and config.get("tracer_provider") is None:
        app._native_telemetry = _RequestsLeft(native)  # noqa: SLF001 - its constructor only knows the public switch


def is_excluded(scope: Mapping[str, Any]) -> bool:
    """Whether the application told FastAPI's native telemetry to leave this request alone."""
    return NATIVE_KEY in scope and scope[NATIVE_KEY] is None


def leave_out_operation_spans(scope: Mapping[str, Any]) -> None:
    """Makes FastAPI open no spans of its own inside the SERVER span of this request.

    As its documented `operation_spans: False` does, which can be given to its
    constructor only. Dependencies, endpoint and serialization as spans cost more
    than all the rest of a request's telemetry.

    Args:
        scope: ASGI scope of the request.
    """
    native = scope.get(NATIVE_KEY)
    if getattr(native, "tracer", None) is not None:
        native.tracer = None  # type: ignore[union-attr]


def hide_query(span: Span) -> None:
    """Replaces the query string on FastAPI's SERVER span: it may hold secrets.

    Args:
        span: Of the request; others than the SDK's are left alone.
    """
    if isinstance(span, ReadableSpan) and "url.query" in (span.attributes or {}):
        span.set_attribute("url.query", _HIDDEN)
