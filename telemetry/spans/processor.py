"""The span processor: tells the record of each request which statements its spans stand for."""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind

from telemetry.conventions import SCOPE_SQLALCHEMY
from telemetry.errors import Guard
from telemetry.request.record import RequestRecord
from telemetry.request.slots import current_slot
from telemetry.spans.binding import current_server, record_at
from telemetry.spans.statements import is_query, names_query

_GUARD = Guard("spans")
# The instrumentation's span around a pool checkout: waiting for a connection is no query.
_CHECKOUT = "connect"
# Old and stable semantic convention; which one is written depends on OTEL_SEMCONV_STABILITY_OPT_IN.
_TEXT_ATTRIBUTES = ("db.statement", "db.query.text")


class FigureProcessor(SpanProcessor):
    """Finds the record of a statement's span when it starts, and reports to it when it ends.

    Nothing is looked up by trace id: concurrent requests may share one.
    """

    def __init__(self) -> None:
        # A span that ends is another object than the one that started, so the
        # record is remembered by the span's ids in between.
        self._open: dict[int, RequestRecord] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        with _GUARD:
            if span.kind is SpanKind.SERVER:
                server = current_server()
                if server is not None and server.span is None:
                    server.span = span
            elif _is_statement(span):
                record = record_at(parent_context)
                if record is not None:
                    self._begin(record, _number(span.get_span_context()), names_query(span.name))

    def on_end(self, span: ReadableSpan) -> None:
        with _GUARD:
            if _is_statement(span):
                number = _number(span.get_span_context())
                record = self._open.pop(number, None)
                if record is not None:
                    record.statement_ended(number, _counts(span))

    def release(self, record: RequestRecord) -> None:
        """Closes *record* and forgets its spans that never ended."""
        for number in record.close():
            self._open.pop(number, None)

    @property
    def open_spans(self) -> int:
        """How many statements are in flight."""
        return len(self._open)

    def _begin(self, record: RequestRecord, number: int, may_be_query: bool) -> None:
        self._open[number] = record
        replaced = record.statement_began(number, current_slot(), may_be_query)
        if replaced is not None:
            self._open.pop(replaced, None)


def _is_statement(span: ReadableSpan) -> bool:
    scope = span.instrumentation_scope
    return scope is not None and scope.name == SCOPE_SQLALCHEMY and span.name != _CHECKOUT


def _number(context: SpanContext | None) -> int:
    return 0 if context is None else (context.trace_id << 64) | context.span_id


def _counts(span: ReadableSpan) -> bool:
    attributes = span.attributes or {}
    for name in _TEXT_ATTRIBUTES:
        text = attributes.get(name)
        if isinstance(text, str):
            return is_query(text)
    return names_query(span.name)
