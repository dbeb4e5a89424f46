"""The span processor: tells the record of each request what its spans stand for."""

from typing import Final, NamedTuple

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind

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


class _Waiting(NamedTuple):
    record: RequestRecord
    phase: Phase
    began_ns: int


class FigureProcessor(SpanProcessor):
    """Finds the record of a statement's span when it starts, and reports to it when it ends.

    Nothing is looked up by trace id: concurrent requests may share one.
    """

    def __init__(self) -> None:
        # A span that ends is another object than the one that started, so what
        # is to be told then is remembered by the span's ids in between.
        self._open: dict[int, RequestRecord | _Waiting] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        try:
            scope = span.instrumentation_scope
            name = None if scope is None else scope.name
            if name == SCOPE_SQLALCHEMY or name == SCOPE_REDIS:  # noqa: SIM109 - no tuple on this path
                record = record_at(parent_context)
                if record is None:
                    return
                if len(self._open) >= _MAX_OPEN:
                    raise OverflowError(f"{_MAX_OPEN} spans are open: one more is not timed")  # noqa: TRY301 - taken below
                context = span.context
                # By index, not by name: the properties cost a call each, on every span twice.
                number = context[0] << 64 | context[1]
                if name == SCOPE_REDIS or span.name == _CHECKOUT:
                    phase = Phase.REDIS if name == SCOPE_REDIS else Phase.POOL_WAIT
                    self._open[number] = _Waiting(record, phase, record.now_ns())
                    return
                self._open[number] = record
                replaced = record.statement_began(number, current_slot())
                if replaced is not None:
                    self._open.pop(replaced, None)
            elif span.kind is SpanKind.SERVER:
                server = current_server()
                if server is not None and server.span is None:
                    server.span = span
        except Exception as error:
            if not _GUARD.took(error):
                raise

    def on_end(self, span: ReadableSpan) -> None:
        try:
            if not self._open:
                return
            context = span.context
            number = context[0] << 64 | context[1]
            opened = self._open.pop(number, None)
            if opened is None:
                return
            if isinstance(opened, _Waiting):
                opened.record.phase_ended(opened.phase, opened.began_ns)
            else:
                opened.statement_ended(number)
        except Exception as error:
            if not _GUARD.took(error):
                raise

    def release(self, record: RequestRecord) -> None:
        """Closes *record* and forgets its spans that never ended."""
        for number in record.close():
            self._open.pop(number, None)

    @property
    def open_spans(self) -> int:
        """How many spans are in flight."""
        return len(self._open)
