"""The SERVER span of a request, where neither FastAPI nor the contrib middleware makes one.

Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, TracerProvider

from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, SCOPE_SERVER
from telemetry.spans.binding import ServerSpan

_CONTRIB_MODULE = "opentelemetry.instrumentation.asgi"
_MAX_DEPTH = 100


class _Headers(Getter[Iterable[tuple[bytes, bytes]]]):
    def get(self, carrier: Iterable[tuple[bytes, bytes]], key: str) -> list[str] | None:
        wanted = key.lower().encode("latin-1")
        return [value.decode("latin-1") for name, value in carrier if name.lower() == wanted] or None

    def keys(self, carrier: Iterable[tuple[bytes, bytes]]) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


@dataclass(frozen=True, slots=True)
class OwnSpan:
    """A SERVER span that we opened and have to end."""

    span: Span
    method: str
    tokens: tuple[Any, ...]

    def answered(self, route: str | None, status_code: int, error_type: str | None) -> int:
        """Notes what is known of the response whose last byte has left.

        The span stays open for what the work after the response costs.

        Args:
            route: Template of the route, None if none matched.
            status_code: Status that was sent.
            error_type: Class of what the application raised, if it did.

        Returns:
            The present by the clock of spans, for `end`.
        """
        span = self.span
        if route is None:
            span.set_attribute("http.response.status_code", status_code)
        else:
            span.set_attributes({"http.response.status_code": status_code, "http.route": route})
            span.update_name(f"{self.method} {route}")
        if error_type is not None or status_code >= 500:
            span.set_attribute("error.type", error_type or str(status_code))
            span.set_status(StatusCode.ERROR)
        return time.time_ns()

    def end(self, at_ns: int | None) -> None:
        """Ends the span.

        Args:
            at_ns: When the response ended, as `answered` said; None for now.
        """
        self.span.end(at_ns)

    def detach(self) -> None:
        """Makes the span no longer the current one."""
        for token in reversed(self.tokens):
            otel_context.detach(token)


def server_span_at_entry(outer: ServerSpan | None) -> Span | None:
    """The SERVER span that is current as a request enters, if it is this request's own.

    Args:
        outer: Holder of the request in which this one is served (an in-process call), None outside one.
    """
    span = trace.get_current_span()
    if not isinstance(span, ReadableSpan) or span.kind is not SpanKind.SERVER or not span.is_recording():
        return None
    return None if outer is not None and outer.span is span else span


def makes_server_span(app: object) -> bool:
    """Whether the contrib middleware is part of a middleware stack.

    Args:
        app: The outermost middleware; each names the next one `app`.
    """
    for _ in range(_MAX_DEPTH):
        if app is None:
            return False
        if type(app).__module__ == _CONTRIB_MODULE:
            return True
        app = getattr(app, "app", None)
    return False


def open_server_span(scope: Mapping[str, Any]) -> OwnSpan:
    """Starts the SERVER span of a request and makes it current.

    The query string is left out: it may hold secrets.

    Args:
        scope: ASGI scope of the request.
    """
    method = scope["method"] if scope["method"] in KNOWN_METHODS else METHOD_OTHER
    parent = otel_context.attach(propagate.extract(scope["headers"], otel_context.get_current(), _Headers()))
    name = "HTTP" if method == METHOD_OTHER else method
    span = _tracer(trace.get_tracer_provider()).start_span(
        name, kind=SpanKind.SERVER, attributes=_attributes(scope, method)
    )
    current = otel_context.attach(trace.set_span_in_context(span))
    return OwnSpan(span, name, (parent, current))


@lru_cache(maxsize=1)
def _tracer(provider: TracerProvider) -> Tracer:
    # Asking a provider for a tracer costs as much as the span.
    return provider.get_tracer(SCOPE_SERVER)


def _attributes(scope: Mapping[str, Any], method: str) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "url.scheme": scope.get("scheme", "http"),
        "url.path": scope["path"],
        "network.protocol.version": scope.get("http_version", "1.1"),
    }
    if method == METHOD_OTHER:
        attributes["http.request.method_original"] = scope["method"]
    if scope.get("client"):
        attributes["client.address"] = scope["client"][0]
    if scope.get("server"):
        attributes["server.address"] = scope["server"][0]
        if scope["server"][1] is not None:
            attributes["server.port"] = scope["server"][1]
    agent = _Headers().get(scope["headers"], "user-agent")
    if agent:
        attributes["user_agent.original"] = agent[0]
    return attributes
