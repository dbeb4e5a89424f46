"""The span processor: tells the record of each request what its spans stand for."""

from collections.abc import Callable
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind

from telemetry.conventions import SCOPE_REDIS, SCOPE_SQLALCHEMY
from telemetry.errors import Guard
from telemetry.request.phases import Phase
from telemetry.request.record import RequestRecord
from telemetry.request.slots import current_slot
from telemetry.spans.binding import current_server, record_at

_GUARD = Guard("spans")
# The instrumentation's span around a pool checkout: waiting for a connection is no query.
_CHECKOUT: Final = "connect"
# A bound: spans that never end, of requests that never end, must not fill the memory.
_MAX_OPEN: Final = 100_000


class FigureProcessor(SpanProcessor):
    """Finds the record of a statement's span when it starts, and reports to it when it ends.

    Nothing is looked up by trace id: concurrent requests may share one.
    """

    def __init__(self) -> None:
        # A span that ends is another object than the one that started, so what
        # is to be done then is remembered by the span's ids in between.
        self._open: dict[int, Callable[[], None]] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        with _GUARD:
            scope = span.instrumentation_scope
            name = "" if scope is None else scope.name
            if name in (SCOPE_SQLALCHEMY, SCOPE_REDIS):
                record = record_at(parent_context)
                if record is not None and len(self._open) < _MAX_OPEN:
                    self._begin(record, span, name)
            elif span.kind is SpanKind.SERVER:
                server = current_server()
                if server is not None and server.span is None:
                    server.span = span

    def on_end(self, span: ReadableSpan) -> None:
        with _GUARD:
            finish = self._open.pop(_number(span.get_span_context()), None) if self._open else None
            if finish is not None:
                finish()

    def release(self, record: RequestRecord) -> None:
        """Closes *record* and forgets its spans that never ended."""
        for number in record.close():
            self._open.pop(number, None)

    @property
    def open_spans(self) -> int:
        """How many spans are in flight."""
        return len(self._open)

    def _begin(self, record: RequestRecord, span: Span, scope: str) -> None:
        number = _number(span.get_span_context())
        if scope == SCOPE_SQLALCHEMY and span.name != _CHECKOUT:
            replaced = record.statement_began(number, current_slot())
            if replaced is not None:
                self._open.pop(replaced, None)
            self._open[number] = lambda: record.statement_ended(number)
        else:
            phase = Phase.REDIS if scope == SCOPE_REDIS else Phase.POOL_WAIT
            began_ns = record.now_ns()
            self._open[number] = lambda: record.phase_ended(phase, began_ns)


def _number(context: SpanContext | None) -> int:
    return 0 if context is None else (context.trace_id << 64) | context.span_id
