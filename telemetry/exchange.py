"""One request on its way through the middleware."""

from opentelemetry.trace import Span, format_trace_id
from starlette.types import Message, Scope, Send

from telemetry.budgets.judge import Verdict
from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, SCOPE_KEY
from telemetry.errors import Guard
from telemetry.outputs import observers
from telemetry.outputs.traces import annotate, annotate_late, annotate_over
from telemetry.outputs.verdicts import Breach, Verdicts
from telemetry.pipeline import Pipeline
from telemetry.request.breakdown import Breakdown, Figures, LateWork
from telemetry.request.departure import is_departure
from telemetry.request.ending import Ending
from telemetry.request.phases import Phase
from telemetry.routes import route_template
from telemetry.spans.binding import ServerSpan, attach, current_server
from telemetry.spans.native import NATIVE_KEY, is_excluded
from telemetry.spans.server import OwnSpan, open_server_span, server_span_at_entry

_GUARD = Guard("middleware")
# A request takes its way through the middlewares between its messages and at its end; less than this is no work.
_LATE_NS = 1_000_000
_ENTRY_KEYS = ("app", "root_path", "fastapi.telemetry")
_SERVER_ERROR = 500
# No status of HTTP's: what nginx logs for a client that left before there was one to send.
# https://github.com/nginx/nginx/blob/master/src/http/ngx_http_request.h (NGX_HTTP_CLIENT_CLOSED_REQUEST)
_CLIENT_CLOSED = 499


class Exchange:
    """A request, from its scope to the end of its work.

    Args:
        scope: ASGI scope of the request.
        send: Takes the messages of the response.
        pipeline: The rest of telemetry.
        spans_made_inside: Whether a middleware further in opens the SERVER span.
    """

    def __init__(self, scope: Scope, send: Send, pipeline: Pipeline, *, spans_made_inside: bool) -> None:
        self._error_type: str | None = None
        self._scope = scope
        self._send = send
        self._pipeline = pipeline
        self._entry = {key: scope[key] for key in _ENTRY_KEYS if key in scope}
        self._route: str | None = None
        self._status_code: int | None = None
        self._trailers = False
        self._final: Figures | None = None
        self._breakdown: Breakdown | None = None
        self._reported = False
        self._has_broken_off = False
        self._has_client_left = False
        self._is_kept = False
        self._ended_unix_ns: int | None = None
        self._method = scope["method"] if scope["method"] in KNOWN_METHODS else METHOD_OTHER
        self._own_span: OwnSpan | None = None
        self._final_changes = 0
        self._started_ns: int | None = None
        pipeline.enter(scope)
        self._server = ServerSpan(server_span_at_entry(current_server()))
        if self._server.span is None and not spans_made_inside and not is_excluded(scope):
            # A FastAPI application that is mounted inside would open one more.
            scope.setdefault(NATIVE_KEY, None)
            self._own_span = open_server_span(scope)
            self._server.span = self._own_span.span
        elif self._server.span is not None:
            pipeline.adopt(self._server.span)
        try:
            self._record = pipeline.open_record()
            self._detach = attach(self._record, self._server)
        except BaseException:
            self._leave_span()
            raise
        scope[SCOPE_KEY] = self._record
        if pipeline.keeping is not None:
            with _GUARD:
                pipeline.keeping.adopt(self._record, self._server.span)

    async def send(self, message: Message) -> None:
        """Passes a message on, with the header on the first one; the figures are final before the last one leaves."""
        is_last = False
        with _GUARD:
            if message["type"] == "http.response.start":
                message = self._started(message)
            is_last = self._is_last(message)
            if is_last:
                # Before it is sent: whoever opened the SERVER span ends it right after the last byte.
                self._finalise()
        try:
            await self._send(message)
        except OSError:
            # The server's own: the client is gone. https://asgi.readthedocs.io/en/latest/specs/www.html
            self._has_client_left = True
            raise
        if is_last:
            with _GUARD:
                self._report()

    def failed(self, error: BaseException) -> None:
        """Notes what the application raised."""
        # Not the exception itself: its traceback leads back here, and the request would stay in memory.
        self._error_type = type(error).__qualname__
        if is_departure(error):
            self._has_client_left = True

    def close(self) -> None:
        """Ends the request when the application has returned, its background work included."""
        with _GUARD:
            self._finalise()
        with _GUARD:
            self._report()
            self._settle()
            if self._record.timings_dropped:
                self._pipeline.timings_dropped(self._record.timings_dropped)
        # Each by itself: whatever fails, the context is left as it was found.
        if self._own_span is not None:
            with _GUARD:
                self._own_span.end(self._ended_unix_ns)
        if self._pipeline.keeping is not None:
            with _GUARD:
                self._pipeline.keeping.settle(self._record, self._server.span, is_kept=self._is_kept)
        with _GUARD:
            self._pipeline.release(self._record)
        with _GUARD:
            self._scope.pop(SCOPE_KEY, None)
            self._detach()
        if self._own_span is not None:
            with _GUARD:
                self._own_span.detach()

    def _leave_span(self) -> None:
        """Undoes the opening of our own span: nobody will close this request."""
        if self._own_span is not None:
            with _GUARD:
                self._own_span.end(None)
            with _GUARD:
                self._own_span.detach()

    def _started(self, message: Message) -> Message:
        self._status_code = message["status"]
        self._started_ns = self._record.now_ns()
        self._trailers = message.get("trailers", False)
        headers = self._pipeline.headers.added(
            message.get("headers", ()), self._scope, self._record, self._server.span, self._judged
        )
        return {**message, "headers": headers}

    def _is_last(self, message: Message) -> bool:
        match message["type"]:
            case "http.response.body":
                return not message.get("more_body", False) and not self._trailers
            case "http.response.trailers":
                return not message.get("more_trailers", False)
            case "http.response.pathsend":
                return True
            case _:
                return False

    def _finalise(self) -> None:
        if self._final is None:
            self._note_streaming()
            self._final_changes = self._record.changes
            self._final = self._record.figures()
            if self._server.span is not None:
                annotate(self._server.span, self._final)
                if self._own_span is None:
                    # It ends with the last byte: what comes after cannot stand on it.
                    annotate_over(self._server.span, self._judged(self._final))

    def _note_streaming(self) -> None:
        # The last message follows the first at once, unless the body is made meanwhile.
        if self._started_ns is not None and self._record.now_ns() - self._started_ns >= _LATE_NS:
            self._record.phase_ended(Phase.STREAMING, self._started_ns)

    def _report(self) -> None:
        if self._reported:
            return
        self._reported = True
        self._has_broken_off = self._error_type is not None
        if self._own_span is not None:
            self._ended_unix_ns = self._own_span.answered(self._template(), self._status(), self._error_type)
        if self._final is None:
            return
        figures = self._final.at(self._record.elapsed_ns())
        self._breakdown = breakdown = self._broken_down(figures, _sampled_trace_id(self._server.span))
        for output in self._pipeline.outputs:
            with _GUARD:
                output(breakdown)

    def _settle(self) -> None:
        """The request is judged on all that it cost, when its work is over."""
        sent = self._breakdown
        if sent is None:
            return
        is_idle = self._record.changes == self._final_changes
        if is_idle and self._record.elapsed_ns() - sent.figures.elapsed_ns < _LATE_NS:
            ending = self._ending(sent, sent.figures)
        else:
            ending = self._ending(sent, self._record.figures())
            self._report_late(ending)
        if self._pipeline.verdicts is not None:
            self._judge(self._pipeline.verdicts, ending)
        for told in self._pipeline.endings:
            with _GUARD:
                told(ending)
        observers.tell(ending, self._record)

    def _report_late(self, ending: Ending) -> None:
        method, route, sent = ending.breakdown.method, ending.breakdown.route, ending.breakdown.figures
        now = ending.final
        work = LateWork(
            method, route, now.elapsed_ns - sent.elapsed_ns, now.queries_since(sent), now.lookups_since(sent)
        )
        for output in self._pipeline.late_outputs:
            with _GUARD:
                output(work)
        if self._own_span is not None:
            with _GUARD:
                annotate_late(self._own_span.span, ending)

    def _judge(self, verdicts: Verdicts, ending: Ending) -> None:
        found = verdicts.of(ending)
        over = tuple(verdict for verdict in found if verdict.is_over)
        trace_id = None if ending.breakdown.trace_id is None else _trace_id(self._server.span)
        keeping = self._pipeline.keeping
        if trace_id is None and keeping is not None and (over or ending.has_failed):
            self._is_kept = keeping.admitted(self._record, self._server.span)
            trace_id = _trace_id(self._server.span) if self._is_kept else None
        verdicts.count(ending, found, trace_id)
        if not over:
            return
        if self._own_span is not None:
            annotate_over(self._own_span.span, over)
        verdicts.tell(Breach(ending, over, _trace_id(self._server.span)))

    def _judged(self, figures: Figures) -> tuple[Verdict, ...]:
        """The verdicts on the request as if it were over now."""
        if self._pipeline.verdicts is None:
            return ()
        return self._pipeline.verdicts.of(self._ending(self._broken_down(figures), figures))

    def _ending(self, sent: Breakdown, final: Figures) -> Ending:
        has_failed = not self._has_client_left and (self._has_broken_off or sent.status_code >= _SERVER_ERROR)
        is_served = not has_failed and self._status_code is not None and self._status_code < _SERVER_ERROR
        return Ending(sent, final, is_served, has_failed)

    def _broken_down(self, figures: Figures, trace_id: int | None = None) -> Breakdown:
        return Breakdown(self._method, self._template(), self._status(), figures, trace_id)

    def _template(self) -> str | None:
        if self._route is None:
            self._route = route_template(self._scope, self._entry)
        return self._route

    def _status(self) -> int:
        if self._status_code is not None:
            return self._status_code
        # A server answers 500 by itself where the application sent nothing, if there is anybody to answer.
        return _CLIENT_CLOSED if self._has_client_left else _SERVER_ERROR


def _trace_id(span: Span | None) -> str | None:
    context = None if span is None else span.get_span_context()
    return format_trace_id(context.trace_id) if context is not None and context.is_valid else None


def _sampled_trace_id(span: Span | None) -> int | None:
    context = None if span is None else span.get_span_context()
    return context.trace_id if context is not None and context.trace_flags.sampled else None
