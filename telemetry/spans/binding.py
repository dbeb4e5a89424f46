"""Binds a request's record to OpenTelemetry's context too, and holds its SERVER span."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import Span

from telemetry.request.context import CELL, Cell, bind, outside, unbind
from telemetry.request.elsewhere import query_sent
from telemetry.request.record import RequestRecord
from telemetry.request.sink import FigureSink
from telemetry.request.slots import current_slot
from telemetry.request.statement import Statement


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
    bound = bind(record)
    server_token = _server.set(server)
    otel_token = otel_context.attach(otel_context.set_value(_KEY, bound.cell))

    def detach() -> None:
        otel_context.detach(otel_token)
        server.span = None
        # Each by itself: a coroutine that was thrown away is closed in another context, where there is nothing to
        # reset. That no record is bound any more holds everywhere.
        with suppress(ValueError):
            _server.reset(server_token)
        with suppress(ValueError):
            unbind(bound)

    return detach


def record_at(parent_context: Context | None) -> RequestRecord | None:
    """Record of the request for which a span is started.

    Args:
        parent_context: What the span processor was given; None for the running context.
    """
    cell = CELL.get()
    if cell is None or cell.record is None:
        found = otel_context.get_value(_KEY, parent_context)
        if not isinstance(found, Cell):
            return None
        cell = found
    record = cell.record
    return None if record is None or record.is_closed else record


def sink_for(statement: Statement) -> FigureSink:
    """Where a statement that the running context sends is to be counted.

    Args:
        statement: What is sent. A query for which no request can be told makes
            every request that is open now doubt that it sent none.
    """
    record = record_at(None)
    if record is not None:
        return record
    cell = CELL.get()
    if statement.is_query and (cell is None or cell.apart_slot != current_slot()):
        query_sent()
    return outside()


def query_missed() -> None:
    """Says that the running context may have sent a query that was not counted, as counting it failed."""
    record = record_at(None)
    if record is None:
        query_sent()
    else:
        record.database_unseen()


class Present(NamedTuple):
    """For which request a context works; nothing else of the context."""

    cell: Cell | None
    server: ServerSpan | None
    traced: Context


def present() -> Present | None:
    """For which request the running context works; None if it works for none, as where telemetry is off."""
    cell = CELL.get()
    if cell is None and record_at(None) is None:
        return None
    return Present(cell, _server.get(), otel_context.get_current())


@contextmanager
def working_for(request: Present) -> Iterator[None]:
    """Makes the running context work for another request, until the block ends."""
    cell_token, server_token = CELL.set(request.cell), _server.set(request.server)
    otel_token = otel_context.attach(request.traced)
    try:
        yield
    finally:
        otel_context.detach(otel_token)
        # As in `attach`: a coroutine may be closed in another context.
        with suppress(ValueError):
            _server.reset(server_token)
        with suppress(ValueError):
            CELL.reset(cell_token)


def current_server() -> ServerSpan | None:
    """Holder of the SERVER span of the request that the running context serves."""
    return _server.get()


_KEY = otel_context.create_key("candid.record")
_server: ContextVar[ServerSpan | None] = ContextVar("candid_server_span", default=None)
