"""Binds a request's record to OpenTelemetry's context too, and holds its SERVER span."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import Span

from telemetry.request.context import RECORD, bind, unbind
from telemetry.request.record import RequestRecord


@dataclass(slots=True)
class ServerSpan:
    """The SERVER span of a request, once there is one."""

    span: Span | None = None


def attach(record: RequestRecord, server: ServerSpan) -> Callable[[], None]:
    """Binds *record* and *server* to the running context; returns what undoes it.

    OpenTelemetry's context is bound beside our own variable, because threads
    that people start by hand inherit the former only
    (`opentelemetry-instrumentation-threading`, `context.attach`).
    """
    record_token = bind(record)
    server_token = _server.set(server)
    otel_token = otel_context.attach(otel_context.set_value(_KEY, record))

    def detach() -> None:
        otel_context.detach(otel_token)
        _server.reset(server_token)
        unbind(record_token)

    return detach


def record_at(parent_context: Context | None) -> RequestRecord | None:
    """Record of the request for which a span is started.

    Args:
        parent_context: What the span processor was given; None for the running context.
    """
    record = RECORD.get()
    if record is not None and not record.is_closed:
        return record
    found = otel_context.get_value(_KEY, parent_context)
    return found if isinstance(found, RequestRecord) and not found.is_closed else None


def current_server() -> ServerSpan | None:
    """Holder of the SERVER span of the request that the running context serves."""
    return _server.get()


_KEY = otel_context.create_key("candid.record")
_server: ContextVar[ServerSpan | None] = ContextVar("candid_server_span", default=None)
