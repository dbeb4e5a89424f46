"""One request on its way through the middleware."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from opentelemetry.trace import Span
from starlette.types import Message, Scope, Send

from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, SCOPE_KEY
from telemetry.errors import Guard
from telemetry.outputs.response_headers import ResponseHeaders
from telemetry.outputs.traces import annotate
from telemetry.request.breakdown import Breakdown, Figures, LateWork
from telemetry.request.phases import Phase
from telemetry.request.record import RequestRecord
from telemetry.request.timings import Dropped
from telemetry.routes import route_template
from telemetry.spans.binding import ServerSpan, attach, current_server
from telemetry.spans.server import OwnSpan, is_excluded, open_server_span, server_span_at_entry

_GUARD = Guard("middleware")
# A request takes its way through the middlewares between its messages and at its end; less than this is no work.
_LATE_NS = 1_000_000
_ENTRY_KEYS = ("app", "root_path", "fastapi.telemetry")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the middleware needs from the rest.

    Attributes:
        enter: Told the scope of each request as it arrives.
        adopt: Told the SERVER span that somebody else opened for a request, if there is one at its arrival.
        open_record: A new record for a request that arrives now.
        release: Closes a record and forgets what is kept for it elsewhere.
        outputs: Told of each finished request, in this order.
        late_outputs: Told of what a request did after its last byte, if anything.
        headers: Writes our headers into each response.
        timings_dropped: Told which timings of a request the header does not show, if any.
        flush: Awaited when the application has shut down.
    """

    open_record: Callable[[], RequestRecord]
    release: Callable[[RequestRecord], None]
    outputs: tuple[Callable[[Breakdown], None], ...]
    flush: Callable[[], Awaitable[object]]
    late_outputs: tuple[Callable[[LateWork], None], ...] = ()
    enter: Callable[[Scope], None] = lambda _scope: None
    adopt: Callable[[Span], None] = lambda _span: None
    headers: ResponseHeaders = field(default_factory=ResponseHeaders)
    timings_dropped: Callable[[Mapping[Dropped, int]], None] = lambda _dropped: None


class Exchange:
    """A request, from its scope to the end of its work.

    Args:
        scope: ASGI scope of the request.
        send: Takes the messages of the response.
        pipeline: The rest of telemetry.
        spans_made_inside: Whether a middleware further in opens the SERVER span.
    """

    def __init__(self, scope: Scope, send: Send, pipeline: Pipeline, *, spans_made_inside: bool) -> None:
        self.error_type: str | None = None
        self._scope = scope
        self._send = send
        self._pipeline = pipeline
        self._entry = {key: scope[key] for key in _ENTRY_KEYS if key in scope}
        self._route: str | None = None
        self._status_code: int | None = None
        self._trailers = False
        self._final: Figures | None = None
        self._reported = False
        self._sent_ns = 0
        self._method = scope["method"] if scope["method"] in KNOWN_METHODS else METHOD_OTHER
        self._own_span: OwnSpan | None = None
        self._final_changes = 0
        self._started_ns: int | None = None
        pipeline.enter(scope)
        self._server = ServerSpan(server_span_at_entry(current_server()))
        if self._server.span is None and not spans_made_inside and not is_excluded(scope):
            self._own_span = open_server_span(scope)
            self._server.span = self._own_span.span
        elif self._server.span is not None:
            pipeline.adopt(self._server.span)
        self._record = pipeline.open_record()
        self._detach = attach(self._record, self._server)
        scope[SCOPE_KEY] = self._record

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
        await self._send(message)
        if is_last:
            with _GUARD:
                self._report()

    def close(self) -> None:
        """Ends the request when the application has returned, its background work included."""
        with _GUARD:
            self._finalise()
        with _GUARD:
            self._report()
            self._report_late()
            if self._record.timings_dropped:
                self._pipeline.timings_dropped(self._record.timings_dropped)
        # Each by itself: whatever fails, the context is left as it was found.
        with _GUARD:
            self._pipeline.release(self._record)
        with _GUARD:
            self._scope.pop(SCOPE_KEY, None)
            self._detach()
        if self._own_span is not None:
            with _GUARD:
                self._own_span.detach()

    def _started(self, message: Message) -> Message:
        self._status_code = message["status"]
        self._started_ns = self._record.now_ns()
        self._trailers = message.get("trailers", False)
        headers = self._pipeline.headers.added(message.get("headers", ()), self._scope, self._record, self._server.span)
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

    def _note_streaming(self) -> None:
        # The last message follows the first at once, unless the body is made meanwhile.
        if self._started_ns is not None and self._record.now_ns() - self._started_ns >= _LATE_NS:
            self._record.phase_ended(Phase.STREAMING, self._started_ns)

    def _report(self) -> None:
        if self._reported:
            return
        self._reported = True
        # A server answers 500 by itself where the application sent nothing.
        status_code = 500 if self._status_code is None else self._status_code
        self._route = route = route_template(self._scope, self._entry)
        if self._own_span is not None:
            self._own_span.end(route, status_code, self.error_type)
        if self._final is None:
            return
        self._sent_ns = self._record.elapsed_ns()
        breakdown = Breakdown(self._method, route, status_code, self._final.at(self._sent_ns))
        for output in self._pipeline.outputs:
            with _GUARD:
                output(breakdown)

    def _report_late(self) -> None:
        if self._final is None:
            return
        is_idle = self._record.changes == self._final_changes
        if is_idle and self._record.elapsed_ns() - self._sent_ns < _LATE_NS:
            return
        now = self._record.figures()
        queries, lookups = now.queries_since(self._final), now.lookups_since(self._final)
        elapsed_ns = now.elapsed_ns - self._sent_ns
        for output in self._pipeline.late_outputs:
            with _GUARD:
                output(LateWork(self._method, self._route, elapsed_ns, queries, lookups))
