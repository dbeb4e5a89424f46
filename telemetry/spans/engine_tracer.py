"""The contrib instrumentation's tracer of an engine, which remembers what it found out about a statement."""

from typing import Any, Final

from opentelemetry.instrumentation.sqlalchemy import engine as contrib
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind, Status, StatusCode
from sqlalchemy.engine import Connection, ExceptionContext

from telemetry.errors import Guard
from telemetry.spans.statements import describe

_GUARD: Final = Guard("sqlalchemy")
_MAX_STATEMENTS: Final = 1_000
_MAX_TEXT: Final = 10_000


def _end_failed(context: ExceptionContext) -> None:
    with _GUARD:
        span = getattr(context.execution_context, "_otel_span", None)
        if span is None:
            return
        if span.is_recording():
            error_type = type(context.original_exception).__qualname__
            span.set_attribute("error.type", error_type)
            span.set_status(Status(StatusCode.ERROR, error_type))
        span.end()


class RememberingTracer(contrib.EngineTracer):
    """Gives a statement that was traced before the same name and attributes again.

    The contrib tracer works them out for each execution, half of what a span
    costs, though they depend on the engine and the text alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._known: dict[str, tuple[str, dict[str, Any]]] = {}
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    @classmethod
    def _register_event_listener(cls, target: Any, identifier: str, func: Any, *args: Any, **kwargs: Any) -> None:
        # The contrib listener writes the driver's message into the span, and drivers quote values in theirs.
        listener = _end_failed if identifier == "handle_error" else func
        super()._register_event_listener(target, identifier, listener, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _before_cur_exec(
        self, conn: Connection, cursor: Any, statement: str, params: Any, context: Any, executemany: Any
    ) -> tuple[str, Any]:
        known = self._known.get(statement)
        if known is not None and is_instrumentation_enabled():
            name, attributes = known
            context._otel_span = self.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)  # noqa: SLF001
            return statement, params
        sent: tuple[str, Any] = super()._before_cur_exec(conn, cursor, statement, params, context, executemany)  # type: ignore[no-untyped-call]
        self._remember(conn, statement, getattr(context, "_otel_span", None))
        return sent

    def _set_db_client_span_attributes(self, span: Span, statement: str, db_name: Any, attrs: Any) -> None:
        # Literals in a text are values as well as those that are bound.
        # https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext
        text = describe(statement).fingerprint
        super()._set_db_client_span_attributes(span, text, db_name, attrs)

    def _remember(self, conn: Connection, statement: str, span: Any) -> None:
        # With comments, each execution has a text of its own; without a database in the URL, each connection may
        # be to another one.
        depends_on_more = self.enable_commenter or not (self.vendor == "sqlite" or conn.engine.url.database)
        if depends_on_more or len(statement) > _MAX_TEXT or len(self._known) >= _MAX_STATEMENTS:
            return
        if isinstance(span, Span) and span.is_recording() and span.attributes:
            self._known[statement] = (span.name, dict(span.attributes))
